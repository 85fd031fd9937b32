"""Time as an argument. Wall time is UTC milliseconds, durations are monotonic seconds.

Nothing else in the package may ask the operating system for the time (a lint rule says so).
"""

from __future__ import annotations

import time
from typing import Final, Protocol

# 2025-01-01T00:00:00Z: a recognisable, valid start for tests.
MANUAL_START_MS: Final = 1_735_689_600_000


class Clock(Protocol):
    """Where time comes from."""

    def now_ms(self) -> int:
        """Return wall time in UTC milliseconds; it may jump when the machine's clock is set."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow; comparable inside one process."""
        ...


class SystemClock:
    """The operating system's clocks."""

    def now_ms(self) -> int:
        """Return wall time in UTC milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is told to advance; both times move together."""

    def __init__(self, start_ms: int = MANUAL_START_MS) -> None:
        self._now_ms = start_ms
        self._elapsed_ms = 0

    def now_ms(self) -> int:
        """Return wall time in UTC milliseconds."""
        return self._now_ms

    def monotonic(self) -> float:
        """Return seconds since this clock was made."""
        return self._elapsed_ms / 1_000

    def advance(self, *, ms: int = 0, seconds: float = 0.0) -> None:
        """Move forward.

        Raises:
            ValueError: the step is negative.
        """
        step = ms + round(seconds * 1_000)
        if step < 0:
            raise ValueError("time only moves forward")
        self._now_ms += step
        self._elapsed_ms += step
