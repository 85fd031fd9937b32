"""A second server process that has loaded its code and waits for word to begin.

Loading takes two seconds of CPU time, which become ten on a machine whose cores carry a call:
exactly when the server of that call is gone. A standby has them behind it. It holds memory, but no
port, no database and no worker: it is nobody before it is told to begin.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from streamforge.core.log import get_logger
from streamforge.core.tasks import Tasks
from streamforge.supervisor.processes import Process

_log = get_logger(__name__)


class Waiting(Process, Protocol):
    """A process that was started and waits."""

    @property
    def has_ended(self) -> bool: ...

    def begin(self) -> None:
        """Give it the word. A process that has ended meanwhile is seen to have ended by `wait`."""
        ...

    def dismiss(self) -> None:
        """Let it end without having begun."""
        ...


class WaitingProcess:
    """A child that begins with the first line on its standard input, and ends with its end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def wait(self) -> int:
        """Return its exit code."""
        return await self._process.wait()

    def send_signal(self, signal: int) -> None:
        """Send a signal; one that has ended is none the wiser."""
        self._process.send_signal(signal)

    @property
    def has_ended(self) -> bool:
        """Whether it is known to have ended."""
        return self._process.returncode is not None

    def begin(self) -> None:
        """Write the line."""
        if self._process.stdin is not None:
            self._process.stdin.write(b"begin\n")
            self._process.stdin.close()

    def dismiss(self) -> None:
        """Close its input."""
        if self._process.stdin is not None:
            self._process.stdin.close()


class Standby:
    """Hands out processes that begin: the one that waits, or else a fresh one.

    `after_s` is how long after that the next one is loaded, so that the two do not compete; 0 keeps
    none.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[Waiting]],
        *,
        after_s: float,
        on_change: Callable[[int | None], None],
    ) -> None:
        self._start = start
        self._after_s = after_s
        self._on_change = on_change
        self._tasks = Tasks("standby")
        self._waiting: Waiting | None = None
        self._loading = False

    async def take(self) -> Process:
        """Return a process that has been told to begin.

        Raises:
            OSError: it cannot be started.
        """
        process, self._waiting = self._waiting, None
        if process is None or process.has_ended:
            process = await self._start()
        else:
            self._on_change(None)
        process.begin()
        if self._after_s and not self._loading:
            self._loading = True
            self._tasks.spawn(self._load_the_next(), "load")
        return process

    async def close(self) -> None:
        """Keep none any more."""
        await self._tasks.close()
        if self._waiting is not None:
            self._waiting.dismiss()
            await self._waiting.wait()
            self._waiting = None

    async def _load_the_next(self) -> None:
        await asyncio.sleep(self._after_s)
        try:
            process = await self._start()
        except OSError as error:
            _log.warning("standby.not_started", reason=str(error))
            return
        finally:
            self._loading = False
        self._waiting = process
        self._on_change(process.pid)
