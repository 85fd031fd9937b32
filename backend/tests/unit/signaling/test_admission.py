"""Addresses: how many connections each may have, and how often it may guess."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamforge.config.sections import Limits
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Limited
from streamforge.signaling.admission import Admission, Visitor


@pytest.fixture
def admission() -> Admission:
    limits = Limits(
        sockets_per_ip=2, unjoined_sockets_per_ip=3, new_sockets_burst=100, joins_per_10_s=3
    )
    return Admission(limits, ManualClock())


def allowed(attempt: Callable[[int], object]) -> int:
    """Return how many of ten attempts pass."""
    passed = 0
    for number in range(10):
        try:
            attempt(number)
        except Limited:
            continue
        passed += 1
    return passed


def test_an_address_has_only_so_many_connections(admission: Admission) -> None:
    assert allowed(lambda _: admission.enter("192.0.2.1")) == 3


def test_one_person_is_one_ipv6_network_whatever_the_address(admission: Admission) -> None:
    visitors: list[Visitor] = []

    assert allowed(lambda number: visitors.append(admission.enter(f"2001:db8::{number:x}"))) == 3

    for visitor in visitors:
        visitor.close()

    assert admission.open_count == 0
    assert admission.unjoined.total == 0


def test_those_that_joined_are_counted_apart(admission: Admission) -> None:
    def enter_and_join(_: int) -> None:
        admission.enter("192.0.2.1").join("room_1")

    # The third and those after it enter and join nothing, until there are too many of them.
    assert allowed(enter_and_join) == 2
    assert (admission.joined.total, admission.unjoined.total) == (2, 3)


def test_who_leaves_or_goes_makes_room_for_others(admission: Admission) -> None:
    first, second, third = (admission.enter("192.0.2.1") for _ in range(3))
    first.join("room_1")
    second.join("room_1")
    with pytest.raises(Limited):
        third.join("room_1")

    first.left()
    third.join("room_1")
    second.close()
    first.join("room_1")

    assert (admission.joined.total, admission.unjoined.total) == (2, 0)


def test_who_is_gone_while_joining_takes_no_place(admission: Admission) -> None:
    visitor = admission.enter("192.0.2.1")

    visitor.close()
    visitor.join("room_1")
    visitor.left()
    visitor.close()

    assert admission.open_count == 0


def test_guesses_are_counted_by_address_and_not_by_the_room_guessed(admission: Admission) -> None:
    one, two = admission.enter("192.0.2.1"), admission.enter("2001:db8::1")
    same = admission.enter("2001:db8::2")

    assert allowed(lambda _: one.guessed_wrongly()) == 3
    assert allowed(lambda number: (two, same)[number % 2].guessed_wrongly()) == 3


def test_while_guesses_are_refused_a_right_one_is_too(admission: Admission) -> None:
    eve, ann = admission.enter("192.0.2.1"), admission.enter("192.0.2.2")
    for _ in range(3):
        eve.guess()
        eve.guessed_wrongly()

    with pytest.raises(Limited):
        eve.guess()
    with pytest.raises(Limited):
        eve.join("room_1")
    ann.guess()
    ann.join("room_1")
