"""One place among the children: whoever runs there is started anew when it ends.

States: starting → running → (ended → waiting → starting)* → stopped. It never raises for a child.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from streamforge.core.backoff import Backoff
from streamforge.core.clock import Clock
from streamforge.core.log import get_logger
from streamforge.supervisor.processes import Process

# The first restart is nearly at once: people wait for it. A child that keeps ending waits longer.
FIRST_WAIT_S: Final = 0.1
LAST_WAIT_S: Final = 10.0
# A child that lived this long was healthy; its end is a new story.
HEALTHY_S: Final = 5.0

_log = get_logger(__name__)


class Child:
    """Keeps one process running. `on_change(pid | None)` hears of each start and end."""

    def __init__(
        self,
        name: str,
        start: Callable[[], Awaitable[Process]],
        *,
        clock: Clock,
        on_change: Callable[[int | None], None],
        on_exit: Callable[[int, int], bool],
        backoff: Backoff | None = None,
    ) -> None:
        self.name = name
        self._start = start
        self._clock = clock
        self._on_change = on_change
        self._on_exit = on_exit
        self._backoff = backoff or Backoff(FIRST_WAIT_S, LAST_WAIT_S)
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def keep_running(self) -> None:
        """Start, wait, start anew, until `stop` is called or `on_exit` sees no use in it."""
        try:
            while not self._stopping.is_set():
                if not await self._run_once():
                    return
                if not self._stopping.is_set():
                    await self._wait_a_little()
        finally:
            self._stopped.set()

    def send_signal(self, number: int) -> None:
        """Pass a signal on to the process, if one runs."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def stop(self, grace_s: float) -> None:
        """Ask the process to end, and make it end when it takes longer than `grace_s`."""
        self._stopping.set()
        self.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace_s):
                await self._stopped.wait()
        except TimeoutError:
            _log.warning("child.killed", child=self.name, pid=self.pid, grace_s=grace_s)
            self.send_signal(signal.SIGKILL)
            await self._stopped.wait()

    async def _run_once(self) -> bool:
        try:
            self._process = await self._start()
        except OSError as error:
            _log.error("child.not_started", child=self.name, reason=str(error))
            return True
        if self._stopping.is_set():  # stop() came while it was being started
            self.send_signal(signal.SIGTERM)
        process, since = self._process, self._clock.monotonic()
        _log.info("child.running", child=self.name, pid=process.pid)
        self._on_change(process.pid)
        code = await process.wait()
        lived_s = self._clock.monotonic() - since
        self._process = None
        self._on_change(None)
        if lived_s >= HEALTHY_S:
            self._backoff.reset()
        if not self._stopping.is_set():
            _log.error("child.ended", child=self.name, pid=process.pid, exit_code=code)
        return self._on_exit(process.pid, code)

    async def _wait_a_little(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._backoff.next_s()):
                await self._stopping.wait()
