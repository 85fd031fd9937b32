"""Keeps one worker's socket connected and says when the worker is up and when it is gone.

The only user of the IPC. A worker counts as gone when nobody listens on its socket any more, when
another process answers there, or when it says nothing for `STALL_S`; a connection that merely broke
is made anew and the two sides compare notes.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from streamforge.core.backoff import Backoff
from streamforge.core.errors import AppError, Unavailable
from streamforge.core.log import get_logger
from streamforge.core.notice import Notice
from streamforge.core.tasks import Tasks
from streamforge.media.link import LinkListener, LossCause
from streamforge.media.worker_connection import WorkerConnection
from streamforge.protocol.ipc import (
    PROTOCOL,
    AnyEvent,
    CloseRouter,
    CloseTransport,
    Command,
    CreateTransport,
    Empty,
    Hello,
    Ping,
)

T = TypeVar("T")

# How a connection went: the worker answered our hello; it ended before; the worker wants us not.
Outcome = Literal["served", "unanswered", "refused"]

# The supervisor needs about 0.2 s to start a worker anew; asking more often would find nothing.
FIRST_RETRY_S: Final = 0.05
LAST_RETRY_S: Final = 0.5
# A worker of another version or of another server will not change its mind soon.
REFUSED_RETRY_S: Final = 5.0
# A worker reports every second. Five silent ones, and a ping in between, are no coincidence.
STALL_S: Final = 5.0
# A command may have been done although its answer was lost with the connection. Asked again, these
# are refused so; every other command may be done twice.
DONE_BEFORE: Final[Mapping[type[Command], str]] = {
    CreateTransport: "transport_exists",
    CloseTransport: "transport_not_found",
    CloseRouter: "router_not_found",
}


class WorkerClient:
    """A `WorkerLink` over a socket. `run()` is its life."""

    def __init__(
        self,
        path: Path,
        listener: LinkListener,
        *,
        epoch: int,
        build: str,
        command_timeout_s: float = 5.0,
        stall_s: float = STALL_S,
    ) -> None:
        self._path = path
        self._listener = listener
        self._hello = Hello(epoch=epoch, build=build)
        self._command_timeout_s = command_timeout_s
        self._stall_s = stall_s
        self._connection: WorkerConnection | None = None
        self._pid: int | None = None
        self._is_closed = False
        self._news = Notice()  # the worker came, or is gone
        self._tasks = Tasks(f"worker_client[{path.name}]")
        self._log = get_logger(__name__).bind(socket=path.name)
        self.first_attempt_done = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether the worker was last seen alive."""
        return self._pid is not None

    def start(self) -> None:
        """Begin to connect, in the background."""
        self._tasks.spawn(self.run(), "run")

    async def close(self) -> None:
        """Hang up and stop; the worker itself goes on."""
        self._is_closed = True
        await self._tasks.close()
        if self._connection is not None:
            self._connection.close()
        self._news.notify()

    async def request(self, command: Command, result: type[T]) -> T:
        """Send a command and return its answer.

        A command whose connection breaks is asked again on the next one to the same process. So
        `worker_lost` is raised only after the listener was told that the worker is gone.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._command_timeout_s
        was_asked = False
        pid = self._pid
        while True:
            connection = await self._connected(command, deadline)
            if self._pid != pid:
                # Another process took over the socket: it knows nothing of what this is about.
                raise Unavailable("worker_lost")
            try:
                return await connection.request(command, result, deadline - loop.time())
            except AppError as error:
                if error.code == "worker_lost":
                    was_asked = True
                elif was_asked and error.code == DONE_BEFORE.get(type(command)):
                    return msgspec.convert({}, result)
                else:
                    raise

    async def run(self) -> None:
        """Connect, serve, and connect again, until cancelled."""
        backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        while True:
            try:
                connection = await WorkerConnection.open(self._path, self._on_event)
            except OSError:
                self._gone("exited")
                wait_s = backoff.next_s()
            else:
                outcome = await self._serve(connection)
                if outcome == "served":
                    backoff.reset()
                    continue  # at once: whether the process lives is decided by this attempt
                wait_s = REFUSED_RETRY_S if outcome == "refused" else backoff.next_s()
            self.first_attempt_done.set()
            await asyncio.sleep(wait_s)

    async def _connected(self, command: Command, deadline: float) -> WorkerConnection:
        """Return an open connection, if need be once it is made anew.

        Raises:
            Unavailable: `worker_lost`, `command_timeout`.
        """
        try:
            async with asyncio.timeout_at(deadline):
                while True:
                    if self._pid is None or self._is_closed:
                        raise Unavailable("worker_lost")
                    connection = self._connection
                    if connection is not None and not connection.closed.is_set():
                        return connection
                    await self._news.next().wait()
        except TimeoutError as error:
            context = {"command": type(command).__name__}
            raise Unavailable("command_timeout", context=context) from error

    async def _serve(self, connection: WorkerConnection) -> Outcome:
        """Say hello and stay until the connection ends."""
        try:
            inventory = await connection.hello(self._hello, self._stall_s)
        except Unavailable as error:
            if error.code == "command_timeout":
                self._end_stalled(connection)
            return "unanswered"
        except AppError as error:
            self._log.error("worker.refused", code=error.code, message=error.message)
            connection.close()
            self._gone("fenced" if error.code == "stale_epoch" else "exited")
            return "refused"
        if inventory.protocol != PROTOCOL:
            self._log.error("worker.upgrade_required", protocol=inventory.protocol)
            connection.close()
            self._gone("exited")
            return "refused"
        if self._pid is not None and self._pid != inventory.pid:
            self._gone("exited")
        self._connection, self._pid = connection, inventory.pid
        self._listener.link_up(self, inventory)
        self._news.notify()
        self.first_attempt_done.set()
        try:
            await self._watch(connection)
        finally:
            self._connection = None
            connection.close()
        return "served"

    async def _watch(self, connection: WorkerConnection) -> None:
        """Return when the connection ended; end a worker that stopped talking."""
        heard = -1
        silent_checks = 0
        while not connection.closed.is_set():
            try:
                async with asyncio.timeout(self._stall_s / 2):
                    await connection.closed.wait()
            except TimeoutError:
                pass
            if connection.bytes_heard != heard:
                heard, silent_checks = connection.bytes_heard, 0
                continue
            silent_checks += 1
            if silent_checks == 1:
                # A machine that slept wakes with our timer first and its data second: ask once.
                self._tasks.spawn(self._probe(connection), "probe")
            elif not connection.closed.is_set():
                self._end_stalled(connection)
                return

    async def _probe(self, connection: WorkerConnection) -> None:
        try:
            await connection.request(Ping(), Empty, self._stall_s)
        except AppError as error:
            self._log.warning("worker.silent", code=error.code)

    def _end_stalled(self, connection: WorkerConnection) -> None:
        pid = connection.peer_pid
        self._log.error("worker.stalled", pid=pid)
        connection.close()
        self._gone("stalled")
        if pid is not None:
            # The supervisor starts it anew; a stopped process would keep its ports for ever.
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._log.warning("worker.not_killed", pid=pid)

    def _on_event(self, event: AnyEvent) -> None:
        if self._pid is not None:
            self._listener.link_event(self, event)

    def _gone(self, cause: LossCause) -> None:
        if self._pid is not None:
            self._pid = None
            self._listener.link_down(self, cause)
            self._news.notify()
