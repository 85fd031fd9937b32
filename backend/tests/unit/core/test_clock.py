"""core/clock.py"""

import pytest
from streamforge.core.clock import ManualClock, SystemClock


def test_both_times_of_a_manual_clock_move_together() -> None:
    clock = ManualClock(start_ms=1_000)

    clock.advance(ms=500, seconds=2)

    assert clock.now_ms() == 3_500
    assert clock.monotonic() == 2.5


def test_a_manual_clock_refuses_to_go_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        ManualClock().advance(ms=-1)


def test_the_system_clock_is_set_and_grows() -> None:
    clock = SystemClock()

    assert clock.now_ms() > 1_700_000_000_000
    assert clock.monotonic() <= clock.monotonic()
