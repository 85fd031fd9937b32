"""A whole server on free ports with the in-memory media engine, and HTTP clients for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from streamforge.config.settings import load_settings
from streamforge.core.clock import ManualClock
from streamforge.media.fake import FakeMediaEngine
from streamforge.server import Server, build_server

ROOMS = "/api/v1/rooms"


@dataclass
class Running:
    """A started server and a client of it."""

    server: Server
    http: httpx.AsyncClient
    clock: ManualClock
    data_dir: Path

    @property
    def api_key(self) -> dict[str, str]:
        """The headers of the operator."""
        key = (self.data_dir / "api-key").read_text().strip()
        return {"authorization": f"Bearer {key}"}

    async def create_room(self, **body: Any) -> dict[str, Any]:
        """Create a room and return the answer."""
        answer = await self.http.post(ROOMS, json={"name": "Weekly Sync", **body})
        assert answer.status_code == 201, answer.text
        return answer.json()


StartServer = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start_server(tmp_path: Path) -> AsyncGenerator[StartServer]:
    """Start servers with chosen settings; they end with the test."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Running:
            clock = ManualClock()
            given: dict[str, Any] = {
                "data_dir": tmp_path,
                "host": "127.0.0.1",
                "http_port": 0,
                "https_port": 0,
                "workers": 1,
                "media_port_base": 0,
            }
            server = build_server(
                load_settings(**{**given, **settings}),
                clock=clock,
                media_engine=FakeMediaEngine(workers=1, clock=clock),
            )
            await server.start()
            stack.push_async_callback(server.stop)
            http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.http_port}")
            await stack.enter_async_context(http)
            return Running(server, http, clock, tmp_path)

        yield start


@pytest.fixture
async def running(start_server: StartServer) -> Running:
    """A server with the default settings."""
    return await start_server()
