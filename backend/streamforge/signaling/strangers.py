"""What is noted of those who are no clients yet, or never will be: all is counted, little logged.

Anybody can send them, as fast as the network is, so their lines share one budget.
"""

from __future__ import annotations

from streamforge.core.clock import Clock
from streamforge.core.errors import Limited
from streamforge.core.log import get_logger
from streamforge.signaling.budgets import log_lines
from streamforge.signaling.counts import Counts

_log = get_logger(__name__)


class Strangers:
    """Notes requests and packets outside any session."""

    def __init__(self, clock: Clock, counts: Counts) -> None:
        self._counts = counts
        self._lines = log_lines(clock)

    def no_packet(self, size: int) -> None:
        """Somebody sent what is no Engine.IO packet."""
        self._counts.count_refusal("bad_message")
        if self._lines.may():
            _log.info("socket.no_packet", size=size)

    def bad_request(self, reason: str, detail: str) -> None:
        """Engine.IO refused a request."""
        self._counts.count_refusal("bad_message")
        if self._lines.may():
            _log.info("socket.bad_request", reason=reason, detail=detail)

    def refused(self, error: Limited) -> None:
        """A connection is too many; the limit was counted where it was reached."""
        if self._lines.may():
            # As a value: its keys may be any, those of a line included.
            _log.warning("socket.refused", code=error.code, context=error.context)
