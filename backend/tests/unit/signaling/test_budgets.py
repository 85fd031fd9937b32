"""Token buckets, strikes and admission, on a clock that stands still."""

from __future__ import annotations

import pytest
from streamforge.config.sections import Limits
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Limited
from streamforge.signaling.admission import Admission
from streamforge.signaling.budgets import Bucket, Budgets, Strikes


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = ManualClock()
    bucket = Bucket(10, 2, clock)
    bucket.take()
    bucket.take()

    with pytest.raises(Limited) as refused:
        bucket.take()
    clock.advance(ms=100)
    bucket.take()

    assert 100 <= (refused.value.retry_after_ms or 0) <= 101


def test_a_refusal_costs_nothing() -> None:
    clock = ManualClock()
    bucket = Bucket(1, 1, clock)
    bucket.take()
    for _ in range(10):
        with pytest.raises(Limited):
            bucket.take()

    clock.advance(seconds=1)
    bucket.take()


def test_only_the_commands_with_a_limit_of_their_own_are_counted_apart() -> None:
    budgets = Budgets(Limits(chat_per_5_s=1), ManualClock())
    budgets.take_event("send-chat")

    for _ in range(100):
        budgets.take_event("set-muted")
    with pytest.raises(Limited):
        budgets.take_event("send-chat")


def test_strikes_of_one_second_are_one_and_old_ones_are_forgotten() -> None:
    clock = ManualClock()
    strikes = Strikes(3, clock)

    assert [strikes.add() for _ in range(50)] == [False] * 50
    clock.advance(seconds=11)
    assert not strikes.add()
    clock.advance(seconds=1)
    assert not strikes.add()
    clock.advance(seconds=1)
    assert strikes.add(), "the third"


def test_an_address_may_have_so_many_connections_and_gets_them_back() -> None:
    admission = Admission(Limits(sockets_per_ip=2), ManualClock())
    admission.enter("10.0.0.1")
    admission.enter("10.0.0.1")

    with pytest.raises(Limited):
        admission.enter("10.0.0.1")
    admission.enter("10.0.0.2")
    admission.leave("10.0.0.1")
    admission.enter("10.0.0.1")

    assert admission.open_count == 3
