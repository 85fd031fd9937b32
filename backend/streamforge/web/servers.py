"""Two uvicorn servers, HTTP and HTTPS, in one event loop around one application.

uvicorn would take the signals and run the lifespan once for each; here both have one owner, the
composition root, which calls `start` and `stop`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Generator, Sequence
from typing import Any, Final

import uvicorn

from streamforge.core.tasks import Tasks
from streamforge.web.edge import Asgi

# Engine.IO's own limit is lower and answers in words; this one only closes.
WEBSOCKET_MAX_BYTES: Final = 1_048_576


class _Uvicorn(uvicorn.Server):
    """uvicorn without its own signal handling, and with an event for "it accepts"."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.accepting.set()


class HttpServers:
    """Serves one application on several listening sockets, with or without TLS."""

    def __init__(
        self,
        app: Asgi,
        listeners: Sequence[tuple[socket.socket, ssl.SSLContext | None]],
        graceful_stop_s: float,
    ) -> None:
        self._listeners = listeners
        self._servers = [
            _Uvicorn(_config(app, context, graceful_stop_s)) for _, context in listeners
        ]
        self._tasks = Tasks("http-servers")
        self._running: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Accept connections on every socket."""
        self._running = [
            self._tasks.spawn(server.serve(sockets=[listening]), f"port-{index}")
            for index, (server, (listening, _)) in enumerate(
                zip(self._servers, self._listeners, strict=True)
            )
        ]
        for server in self._servers:
            await server.accepting.wait()

    async def stop(self) -> None:
        """Accept nothing more, let requests finish, close the rest."""
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._tasks.close()

    def hurry(self) -> None:
        """Do not wait for anybody: the second signal of an impatient operator."""
        for server in self._servers:
            server.force_exit = True


def _config(app: Any, context: ssl.SSLContext | None, graceful_stop_s: float) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        # `web/access_log.py` and `web/proxies.py` do these for Socket.IO as well.
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws_max_size=WEBSOCKET_MAX_BYTES,
        # Costs memory and CPU for each connection and gains nothing on short JSON messages.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=int(graceful_stop_s),
    )
    config.load()
    config.ssl = context
    return config
