"""Addresses: how many connections each may have, and how often it may guess."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamforge.config.sections import Limits
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Limited
from streamforge.signaling.admission import Admission


@pytest.fixture
def admission() -> Admission:
    limits = Limits(sockets_per_ip=3, new_sockets_burst=100, joins_per_10_s=3)
    return Admission(limits, ManualClock())


def allowed(attempt: Callable[[int], None]) -> int:
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
    assert allowed(lambda number: admission.enter(f"2001:db8::{number:x}")) == 3

    for number in range(3):
        admission.leave(f"2001:db8::{number:x}")

    assert admission.open_count == 0


def test_guesses_are_counted_by_address_and_not_by_the_room_guessed(admission: Admission) -> None:
    assert allowed(lambda number: admission.join_refused(f"2001:db8::{number:x}")) == 3
    assert allowed(lambda _: admission.join_refused("192.0.2.1")) == 3
    assert allowed(lambda _: admission.join_refused("192.0.2.2")) == 3
