"""Token buckets: so many at once, so many a second. They do not know whom they limit.

Memory is bounded: a bucket that is full again is forgotten with the next use of any other, and past
`MAX_KEYS` the one that was used longest ago is, which at worst gives its owner a full one again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from streamforge.core.clock import Clock
from streamforge.core.errors import Limited

MAX_KEYS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A sustained rate and the burst that is allowed on top of it."""

    per_second: float
    burst: int


@dataclass(slots=True)
class _Bucket:
    tokens: float
    updated_s: float


class RateLimiter:
    """One rate for many keys (an address, an API key, a room and an address).

    `limit` names it to the log and to `on_refused`.
    """

    def __init__(
        self,
        rate: Rate,
        clock: Clock,
        *,
        limit: str = "",
        on_refused: Callable[[str], None] = lambda _limit: None,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._limit = limit
        self._on_refused = on_refused
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str) -> None:
        """Count one action.

        Raises:
            Limited: `rate_limited`, with the time after which one more is allowed.
        """
        self.check(key)
        self._buckets[key].tokens -= 1

    def check(self, key: str) -> None:
        """Count nothing.

        Raises:
            Limited: `rate_limited`, when an action would be refused now.
        """
        now = self._clock.monotonic()
        self._forget_full(now)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(float(self._rate.burst), now)
        refilled = bucket.tokens + (now - bucket.updated_s) * self._rate.per_second
        bucket.tokens, bucket.updated_s = min(float(self._rate.burst), refilled), now
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            wait_ms = int((1 - bucket.tokens) / self._rate.per_second * 1_000) + 1
            self._on_refused(self._limit)
            raise Limited(
                "rate_limited",
                "Too many requests; wait a moment.",
                retry_after_ms=wait_ms,
                context={"limit": self._limit},
            )

    def _forget_full(self, now: float) -> None:
        # In the order of their last use, and full at the latest `burst / per_second` after it.
        full_since = now - self._rate.burst / self._rate.per_second
        while self._buckets:
            oldest = next(iter(self._buckets))
            if self._buckets[oldest].updated_s > full_since:
                return
            del self._buckets[oldest]
