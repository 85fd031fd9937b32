"""A flood of nonsense is counted in full and fills no log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Limited
from streamforge.signaling.budgets import LINES_AT_ONCE
from streamforge.signaling.strangers import Strangers
from structlog.testing import LogCapture
from unit.signaling.wired import Noted


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.reset_defaults()


def test_all_kinds_together_log_only_so_much(lines: list[Any]) -> None:
    clock, counts = ManualClock(), Noted()
    strangers = Strangers(clock, counts)

    for _ in range(100):
        strangers.no_packet(9)
        strangers.bad_request("bad-sid", "Invalid session")
        strangers.refused(Limited("rate_limited"))
    at_once = len(lines)
    clock.advance(seconds=1)
    strangers.no_packet(9)
    strangers.no_packet(9)

    assert at_once == LINES_AT_ONCE
    assert len(lines) == LINES_AT_ONCE + 1
    assert counts.refusals == {"bad_message": 202}


def test_a_refusal_may_have_any_context(lines: list[Any]) -> None:
    context = {"event": "x", "code": "y"}

    Strangers(ManualClock(), Noted()).refused(Limited("rate_limited", context=context))

    assert lines[0]["event"] == "socket.refused"
    assert lines[0]["context"] == context
