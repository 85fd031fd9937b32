"""Wall time that never steps: set once from the clock, then carried on by monotonic time.

Deadlines are kept in UTC milliseconds so that they survive in the journal; a machine whose clock is
set by an hour must neither throw everybody out nor hold seats for that long.
"""

from __future__ import annotations

from streamforge.core.clock import Clock
from streamforge.core.units import ms_from_s


class SteadyTime:
    """UTC milliseconds as of the start of this process, growing evenly."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall_start_ms = clock.now_ms()
        self._monotonic_start_s = clock.monotonic()

    def now_ms(self) -> int:
        """Return the time."""
        return self._wall_start_ms + ms_from_s(self._clock.monotonic() - self._monotonic_start_s)
