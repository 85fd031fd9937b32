"""How many connections an address may have, and how often it may fail to join. Bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from streamforge.config.sections import Limits
from streamforge.core.clock import Clock
from streamforge.core.errors import Limited
from streamforge.web.proxies import limit_key
from streamforge.web.ratelimit import Rate, RateLimiter

# Somebody else has to leave first, and nobody knows when: a guess that is cheap to repeat.
FULL_RETRY_MS: Final = 5_000
# Ids have 37 characters, slugs under 100; whatever is longer is no room.
MAX_ROOM_CHARS: Final = 128


class Admission:
    """Counts by IPv4 address or IPv6 /64, as REST does.

    A whole school may be one address, so valid joins are counted for each room apart, and many
    pass.
    """

    def __init__(
        self, limits: Limits, clock: Clock, on_refused: Callable[[str], None] = lambda _limit: None
    ) -> None:
        def limiter(limit: str, per_s: float, burst: int) -> RateLimiter:
            return RateLimiter(Rate(per_s, burst), clock, limit=limit, on_refused=on_refused)

        self._most_open = limits.sockets_per_ip
        self._on_refused = on_refused
        self._open: Counter[str] = Counter()
        self._new = limiter("new_sockets", limits.new_sockets_per_s, limits.new_sockets_burst)
        joins, room_joins = limits.joins_per_10_s, limits.room_joins_per_10_s
        self._refused_joins = limiter("refused_joins", joins / 10, joins)
        self._room_joins = limiter("room_joins", room_joins / 10, room_joins)

    @property
    def open_count(self) -> int:
        """How many connections there are."""
        return self._open.total()

    @property
    def held_count(self) -> int:
        """How many entries are kept for addresses, for those that are gone included."""
        limiters = (self._new, self._refused_joins, self._room_joins)
        return len(self._open) + sum(map(len, limiters))

    def enter(self, address: str) -> None:
        """Count a new connection.

        Raises:
            Limited: `rate_limited` for too many at once or too fast.
        """
        key = limit_key(address)
        self._new.take(key)
        if self._open[key] >= self._most_open:
            self._on_refused("sockets")
            raise Limited(
                "rate_limited",
                "Too many connections from this address.",
                retry_after_ms=FULL_RETRY_MS,
                context={"limit": "sockets"},
            )
        self._open[key] += 1

    def leave(self, address: str) -> None:
        """A connection that entered is gone."""
        key = limit_key(address)
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]

    def join(self, address: str, room: str) -> None:
        """Count an attempt to join a room, by the name that the client has for it.

        Raises:
            Limited: `rate_limited`.
        """
        self._room_joins.take(f"{limit_key(address)} {room[:MAX_ROOM_CHARS]}")

    def join_refused(self, address: str) -> None:
        """Count a join that failed: guessing tokens and rooms is slow from one address.

        Raises:
            Limited: `rate_limited`, instead of the answer to the guess.
        """
        # Not by room: who guesses rooms names another one each time.
        self._refused_joins.take(limit_key(address))
