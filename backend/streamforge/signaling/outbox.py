"""The messages that wait for one connection: in order, bounded, written as fast as it reads.

Socket.IO's own queue has no bound. Here only what the writer can take is handed to it; the rest
waits in this queue, and when that outgrows its limit the client is told to start again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, MutableSequence
from typing import Final, Protocol

from streamforge.core.tasks import Tasks

# Handed to the writer at once: some messages, so that each needs no turn of its own.
BATCH_BYTES: Final = 64 * 1024


class Wire(Protocol):
    """One connection's writer."""

    async def write(self, text: str) -> None:
        """Take a packet; it does not wait until it is sent."""
        ...

    async def drained(self) -> None:
        """Return when everything that was written is on its way."""
        ...

    async def hang_up(self) -> None:
        """Close the connection after what was written."""
        ...


class Outbox:
    """A queue and the task that empties it."""

    def __init__(
        self, wire: Wire, tasks: Tasks, most_bytes: int, on_overflow: Callable[[], None]
    ) -> None:
        self._wire = wire
        self._tasks = tasks
        self._most_bytes = most_bytes
        self._on_overflow = on_overflow
        self._queue: deque[tuple[str, int]] = deque()
        self._held: list[tuple[str, int]] = []
        self._holders = 0
        self._bytes = 0
        self._is_pumping = False
        self._is_ending = False
        self._is_closed = False

    @property
    def waiting_bytes(self) -> int:
        """How much is waiting, what is held included."""
        return self._bytes

    def push(self, text: str) -> None:
        """Queue a packet. After `end` or `close`, or above the limit, it goes nowhere."""
        if self._is_closed or self._is_ending:
            return
        self._add(self._held if self._holders else self._queue, text)

    def push_first(self, text: str) -> None:
        """Queue a packet ahead of what is held."""
        if not self._is_closed and not self._is_ending:
            self._add(self._queue, text)

    def hold(self) -> None:
        """Keep what is pushed from now on until `release`: something else has to go first."""
        self._holders += 1

    def release(self) -> None:
        """Let go what was held, once everybody who holds has released."""
        self._holders = max(0, self._holders - 1)
        if not self._holders:
            self._queue_held()

    def end(self, last: str | None, *, drop_waiting: bool = False) -> None:
        """Hang up after `last`, and after what waits unless that is dropped."""
        if self._is_closed or self._is_ending:
            return
        if drop_waiting:
            self._forget()
        else:
            self._queue_held()
        self._is_ending = True
        if last is not None:
            self._put(self._queue, last)
        self._pump_soon()

    def close(self) -> None:
        """The connection is gone: forget everything."""
        self._is_closed = True
        self._forget()

    def _forget(self) -> None:
        self._queue.clear()
        self._held.clear()
        self._bytes = 0

    def _add(self, to: MutableSequence[tuple[str, int]], text: str) -> None:
        self._put(to, text)
        if self._bytes > self._most_bytes:
            self._on_overflow()

    def _put(self, to: MutableSequence[tuple[str, int]], text: str) -> None:
        size = len(text) if text.isascii() else len(text.encode())
        to.append((text, size))
        self._bytes += size
        if to is self._queue:
            self._pump_soon()

    def _queue_held(self) -> None:
        if self._held:
            self._queue.extend(self._held)
            self._held.clear()
            self._pump_soon()

    def _pump_soon(self) -> None:
        if not self._is_pumping and not self._is_closed:
            self._is_pumping = True
            self._tasks.spawn(self._pump(), "outbox")

    async def _pump(self) -> None:
        try:
            while self._queue and not self._is_closed:
                await self._write_batch()
            if self._is_ending and not self._is_closed:
                self.close()
                await self._wire.hang_up()
        finally:
            self._is_pumping = False

    async def _write_batch(self) -> None:
        batch = 0
        while self._queue and batch < BATCH_BYTES:
            text, size = self._queue.popleft()
            self._bytes -= size
            batch += size
            await self._wire.write(text)
        await self._wire.drained()
