"""Token buckets, and strikes, on a clock that stands still."""

from __future__ import annotations

import pytest
from streamforge.config.sections import Limits
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Limited
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


def sdp(*sections: str) -> str:
    """An SDP whose media lines have these ICE credentials, each as `ufrag/pwd`."""
    lines = ["v=0", "t=0 0"]
    for section in sections:
        ufrag, pwd = section.split("/")
        lines += ["m=audio 9 UDP/TLS/RTP/SAVPF 111", f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{pwd}"]
    return "\r\n".join([*lines, ""])


NO_ICE = "v=0\r\nt=0 0\r\n"


@pytest.mark.parametrize(
    "offers",
    [
        pytest.param([sdp("a/1"), sdp("a/2"), sdp("a/3")], id="the password alone is new"),
        pytest.param(
            [sdp("a/1", "b/1"), sdp("a/1", "c/1"), sdp("a/1", "d/1")], id="a later line is new"
        ),
        pytest.param([sdp("a/1", "b/1"), sdp("b/1", "a/1"), sdp("a/1", "b/1")], id="they swap"),
        pytest.param(
            [sdp("a/1"), NO_ICE, sdp("b/1"), NO_ICE, sdp("c/1")], id="an offer without between"
        ),
    ],
)
def test_no_offer_begins_ice_anew_unseen(offers: list[str]) -> None:
    budgets = Budgets(Limits(ice_restarts_per_min=1), ManualClock())
    *earlier, last = offers
    for offer in earlier:
        budgets.take_offer(offer)

    with pytest.raises(Limited):
        budgets.take_offer(last)


def test_more_media_lines_with_the_same_ice_are_no_new_beginning() -> None:
    budgets = Budgets(Limits(ice_restarts_per_min=1), ManualClock())
    budgets.take_offer(sdp("a/1"))
    budgets.take_offer(sdp("b/1"))

    budgets.take_offer(sdp("b/1", "b/1", "b/1"))
    budgets.take_offer(sdp("b/1", "b/1"))


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
