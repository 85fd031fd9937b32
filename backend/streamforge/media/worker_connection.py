"""One connection to a worker's socket: commands answered by id, events handed on once a turn.

It lives from connect to disconnect and decides nothing; `worker_client` reconnects and judges.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar, cast

import msgspec

from streamforge.core.errors import AppError, Invalid, Unavailable, from_code
from streamforge.core.log import get_logger
from streamforge.media.event_inbox import EventInbox
from streamforge.protocol.framing import FrameReader, frame
from streamforge.protocol.ipc import Answer, AnyEvent, Command, decode_message, encode_command

T = TypeVar("T")

_UCRED: Final = struct.Struct("3i")  # pid, uid, gid (Linux, unix(7))

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
        self.closed = asyncio.Event()
        self.bytes_heard = 0

    @classmethod
    async def open(cls, path: Path, on_event: Callable[[AnyEvent], None]) -> WorkerConnection:
        """Connect.

        Raises:
            OSError: nobody listens there.
        """
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_unix_connection(lambda: cls(on_event), str(path))
        return connection

    @property
    def peer_pid(self) -> int | None:
        """The process at the other end, as the kernel says; None where it does not say."""
        sock = self._transport.get_extra_info("socket") if self._transport else None
        if sock is None or not hasattr(socket, "SO_PEERCRED"):
            return None
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        pid, _, _ = _UCRED.unpack(raw)
        return pid or None

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
            _log.error("worker.bad_message", code=error.code, **error.context)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's name)
        """Called by the loop."""
        self._drain()
        self.closed.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Unavailable("worker_lost"))
        self._transport = None

    def _received(self, message: Answer | AnyEvent | None) -> None:
        if message is None:
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
