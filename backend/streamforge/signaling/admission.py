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

        self.unjoined = Places("unjoined_sockets", limits.unjoined_sockets_per_ip, on_refused)
        self.joined = Places("sockets", limits.sockets_per_ip, on_refused)
        self._new = limiter("new_sockets", limits.new_sockets_per_s, limits.new_sockets_burst)
        joins, room_joins = limits.joins_per_10_s, limits.room_joins_per_10_s
        self.refused_joins = limiter("refused_joins", joins / 10, joins)
        self.room_joins = limiter("room_joins", room_joins / 10, room_joins)

    @property
    def open_count(self) -> int:
        """How many connections there are."""
        return self.unjoined.total + self.joined.total

    @property
    def held_count(self) -> int:
        """How many entries are kept for addresses, for those that are gone included."""
        tables = (self.unjoined, self.joined, self._new, self.refused_joins, self.room_joins)
        return sum(map(len, tables))

    def enter(self, address: str) -> Visitor:
        """Count a new connection.

        Raises:
            Limited: `rate_limited` for too many at once or too fast.
        """
        key = limit_key(address)
        self._new.take(key)
        self.unjoined.take(key)
        return Visitor(self, key)


class Visitor:
    """One connection's part in what its address may use."""

    def __init__(self, admission: Admission, key: str) -> None:
        self._admission = admission
        self._key = key
        self._at: Places | None = admission.unjoined

    def guess(self) -> None:
        """Ask to join, nobody knows yet with what right.

        Raises:
            Limited: `rate_limited` while this address has guessed too often.
        """
        self._admission.refused_joins.check(self._key)

    def guessed_wrongly(self) -> None:
        """Note that there was no right: guessing tokens and rooms is slow from one address.

        Raises:
            Limited: `rate_limited`, instead of the answer to the guess.
        """
        # Not by room: who guesses rooms names another one each time.
        self._admission.refused_joins.take(self._key)

    def join(self, room_id: str) -> None:
        """Join with a good token.

        Raises:
            Limited: `rate_limited` for too many in meetings at once, or too fast into this one.
        """
        # Once more: a right guess among many at once must not be told from the wrong ones.
        self.guess()
        self._admission.room_joins.take(f"{self._key} {room_id}")
        if self._at is self._admission.unjoined:
            self._admission.joined.take(self._key)
            self._move_to(self._admission.joined)

    def left(self) -> None:
        """The join failed after all, or is over; the connection stays."""
        if self._at is self._admission.joined:
            self._admission.unjoined.take_back(self._key)
            self._move_to(self._admission.unjoined)

    def close(self) -> None:
        """The connection is gone."""
        self._move_to(None)

    def _move_to(self, places: Places | None) -> None:
        if self._at is not None:
            self._at.give_up(self._key)
        self._at = places


class Places:
    """How many connections of one kind an address has at once."""

    def __init__(self, limit: str, most: int, on_refused: Callable[[str], None]) -> None:
        self._limit = limit
        self._most = most
        self._on_refused = on_refused
        self._taken: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._taken)

    @property
    def total(self) -> int:
        """How many are taken."""
        return self._taken.total()

    def take(self, key: str) -> None:
        """Take one.

        Raises:
            Limited: `rate_limited`.
        """
        if self._taken[key] >= self._most:
            self._on_refused(self._limit)
            raise Limited(
                "rate_limited",
                "Too many connections from this address.",
                retry_after_ms=FULL_RETRY_MS,
                context={"limit": self._limit},
            )
        self._taken[key] += 1

    def take_back(self, key: str) -> None:
        """Take one for a connection that is there already, whether or not there are too many."""
        self._taken[key] += 1

    def give_up(self, key: str) -> None:
        """Give one back."""
        self._taken[key] -= 1
        if self._taken[key] <= 0:
            del self._taken[key]
