"""Time that does not step with the machine's clock."""

from __future__ import annotations

from streamforge.core.clock import ManualClock
from streamforge.rooms.steady_time import SteadyTime


class SteppingClock(ManualClock):
    """A clock that somebody sets."""

    def __init__(self) -> None:
        super().__init__()
        self.step_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.step_ms


def test_a_clock_that_is_set_by_an_hour_moves_no_deadline() -> None:
    clock = SteppingClock()
    time = SteadyTime(clock)
    start = time.now_ms()

    clock.step_ms = 3_600_000
    clock.advance(seconds=2)

    assert time.now_ms() == start + 2_000
