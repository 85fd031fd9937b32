"""core/backoff.py"""

from streamforge.core.backoff import Backoff


def upper(_low: float, high: float) -> float:
    return high


def test_waits_double_up_to_the_last_and_begin_anew_after_a_reset() -> None:
    backoff = Backoff(0.1, 1.0, uniform=upper)

    waits = [backoff.next_s() for _ in range(6)]
    backoff.reset()

    assert waits == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert backoff.next_s() == 0.1


def test_jitter_stays_in_the_upper_half() -> None:
    for _ in range(100):
        assert 0.5 <= Backoff(1.0, 8.0).next_s() <= 1.0
