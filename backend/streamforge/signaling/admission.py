"""How many connections an address may have, and how often it may fail to join. Bounded memory."""

from __future__ import annotations

from collections import Counter

from streamforge.config.sections import Limits
from streamforge.core.clock import Clock
from streamforge.core.errors import Limited
from streamforge.web.ratelimit import Rate, RateLimiter


class Admission:
    """Counts by address. A whole school may be one address, so valid joins are not counted."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._open: Counter[str] = Counter()
        self._new = RateLimiter(Rate(limits.new_sockets_per_s, limits.new_sockets_burst), clock)
        self._refused_joins = RateLimiter(
            Rate(limits.joins_per_10_s / 10, limits.joins_per_10_s), clock
        )

    @property
    def open_count(self) -> int:
        """How many connections there are."""
        return self._open.total()

    def enter(self, address: str) -> None:
        """Count a new connection.

        Raises:
            Limited: `rate_limited` for too many at once or too fast.
        """
        self._new.take(address)
        if self._open[address] >= self._limits.sockets_per_ip:
            raise Limited("rate_limited", "Too many connections from this address.")
        self._open[address] += 1

    def leave(self, address: str) -> None:
        """A connection that entered is gone."""
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]

    def join_refused(self, address: str, room: str) -> None:
        """Count a join that failed: guessing tokens and rooms is slow from one address.

        Raises:
            Limited: `rate_limited`, instead of the answer to the guess.
        """
        self._refused_joins.take(f"{address} {room[:100]}")
