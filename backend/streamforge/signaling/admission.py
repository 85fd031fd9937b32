"""How many connections an address may have, and how often it may fail to join. Bounded memory."""

from __future__ import annotations

from collections import Counter

from streamforge.config.sections import Limits
from streamforge.core.clock import Clock
from streamforge.core.errors import Limited
from streamforge.web.proxies import limit_key
from streamforge.web.ratelimit import Rate, RateLimiter


class Admission:
    """Counts by IPv4 address or IPv6 /64, as REST does.

    A whole school may be one address, so valid joins are not counted.
    """

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
        key = limit_key(address)
        self._new.take(key)
        if self._open[key] >= self._limits.sockets_per_ip:
            raise Limited("rate_limited", "Too many connections from this address.")
        self._open[key] += 1

    def leave(self, address: str) -> None:
        """A connection that entered is gone."""
        key = limit_key(address)
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]

    def join_refused(self, address: str) -> None:
        """Count a join that failed: guessing tokens and rooms is slow from one address.

        Raises:
            Limited: `rate_limited`, instead of the answer to the guess.
        """
        # Not by room: who guesses rooms names another one each time.
        self._refused_joins.take(limit_key(address))
