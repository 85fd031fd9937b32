"""Token buckets: a burst, then a steady rate, each key for itself."""

from __future__ import annotations

import pytest
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Limited
from streamforge.web import ratelimit
from streamforge.web.ratelimit import Rate, RateLimiter


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def limiter(clock: ManualClock) -> RateLimiter:
    return RateLimiter(Rate(per_second=2, burst=3), clock)


def take_many(limiter: RateLimiter, count: int, key: str = "a") -> int:
    taken = 0
    for _ in range(count):
        try:
            limiter.take(key)
        except Limited:
            break
        taken += 1
    return taken


def test_a_burst_is_allowed_and_no_more(limiter: RateLimiter) -> None:
    assert take_many(limiter, 10) == 3


def test_the_bucket_refills_at_its_rate_up_to_the_burst(
    limiter: RateLimiter, clock: ManualClock
) -> None:
    take_many(limiter, 3)

    clock.advance(seconds=1)
    assert take_many(limiter, 10) == 2

    clock.advance(seconds=100)
    assert take_many(limiter, 10) == 3


def test_the_refusal_says_when_to_come_back(limiter: RateLimiter, clock: ManualClock) -> None:
    take_many(limiter, 3)

    with pytest.raises(Limited) as raised:
        limiter.take("a")
    assert raised.value.code == "rate_limited"
    assert raised.value.retry_after_ms is not None

    clock.advance(ms=raised.value.retry_after_ms)
    limiter.take("a")


def test_one_caller_does_not_use_up_the_others_share(limiter: RateLimiter) -> None:
    take_many(limiter, 3, "a")

    assert take_many(limiter, 3, "b") == 3


def test_memory_is_bounded(limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "MAX_KEYS", 10)

    for number in range(100):
        limiter.take(str(number))

    assert len(limiter._buckets) == 10


def test_who_has_not_come_for_a_while_is_forgotten(
    limiter: RateLimiter, clock: ManualClock
) -> None:
    take_many(limiter, 3, "a")
    clock.advance(seconds=1)
    limiter.take("b")
    before = len(limiter)
    clock.advance(ms=500)
    limiter.take("c")

    assert before == 2
    assert len(limiter) == 2
    assert take_many(limiter, 10, "a") == 3, "full again, as it would be"
