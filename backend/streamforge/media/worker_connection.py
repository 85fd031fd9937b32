"""One connection to a worker: commands answered by id, events handed on once a turn.

It lives from connect to disconnect and decides nothing; `worker_client` reconnects and judges.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from streamforge.core.errors import AppError, Invalid, Unavailable, from_code
from streamforge.core.log import get_logger
from streamforge.media import worker_endpoint
from streamforge.media.event_inbox import EventInbox
from streamforge.protocol.framing import FrameReader, frame
from streamforge.protocol.ipc import (
    Answer,
    AnyEvent,
    Command,
    Hello,
    Inventory,
    InventoryPart,
    decode_message,
    encode_command,
    joined,
)

T = TypeVar("T")

_log = get_logger(__name__)


class WorkerConnection(asyncio.Protocol):
    """A connected socket. `closed` is set once; every command that waits then fails."""

    def __init__(self, on_event: Callable[[AnyEvent], None]) -> None:
        self._on_event = on_event
        self._reader = FrameReader()
        self._inbox = EventInbox()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._last_id = 0
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._drain_planned = False
        self._inventory_parts: list[InventoryPart] = []
        self.closed = asyncio.Event()
        self.bytes_heard = 0
        self.peer_pid: int | None = None
        """The process at the other end, where kernel or endpoint say; for ending it."""

    @classmethod
    async def open(cls, path: Path, on_event: Callable[[AnyEvent], None]) -> WorkerConnection:
        """Connect.

        Raises:
            OSError: nobody listens there.
        """
        connection, pid = await worker_endpoint.connect(path, lambda: cls(on_event))
        connection.peer_pid = pid
        return connection

    async def hello(self, command: Hello, timeout_s: float) -> Inventory:
        """Take control and return all that runs."""
        self._inventory_parts.clear()
        last = await self.request(command, Inventory, timeout_s)
        parts, self._inventory_parts = self._inventory_parts, []
        return joined(parts, last)

    async def request(self, command: Command, result: type[T], timeout_s: float) -> T:
        """Send a command and return its answer; an answer that comes too late is ignored."""
        transport = self._transport
        if transport is None or self.closed.is_set():
            raise Unavailable("worker_lost")
        self._last_id += 1
        command_id = self._last_id
        payload = frame(encode_command(command_id, command))
        waiting: asyncio.Future[Answer] = self._loop.create_future()
        self._waiting[command_id] = waiting
        try:
            transport.write(payload)
            answer = await asyncio.wait_for(waiting, timeout_s)
        except TimeoutError as error:
            context = {"command": type(command).__name__, "timeout_s": timeout_s}
            raise Unavailable("command_timeout", context=context) from error
        finally:
            self._waiting.pop(command_id, None)
        if not answer.ok:
            raise from_code(answer.error.code, answer.error.message)
        try:
            return msgspec.json.decode(answer.result, type=result)
        except msgspec.DecodeError as error:
            raise Invalid("bad_message", context={"reason": str(error)}) from error

    def close(self) -> None:
        """Hang up; `closed` follows."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        # Not isinstance: uvloop's transports have the methods and not the base class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self.bytes_heard += len(data)
        try:
            for payload in self._reader.feed(data):
                self._received(decode_message(payload))
        except AppError as error:
            # The stream cannot be trusted any more; a new connection begins with an inventory.
            _log.error("worker.bad_message", code=error.code, context=error.context)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's name)
        """Called by the loop."""
        self._drain()
        self.closed.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Unavailable("worker_lost"))
        self._transport = None

    def _received(self, message: Answer | AnyEvent | InventoryPart | None) -> None:
        if message is None:
            return
        if isinstance(message, InventoryPart):
            self._inventory_parts.append(message)
            return
        if isinstance(message, Answer):
            waiting = self._waiting.get(message.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)
            return
        self._inbox.put(message)
        if not self._drain_planned:
            self._drain_planned = True
            self._loop.call_soon(self._drain)

    def _drain(self) -> None:
        self._drain_planned = False
        for event in self._inbox.take_all():
            self._on_event(event)
