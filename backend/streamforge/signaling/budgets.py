"""What one connection may use: token buckets for its messages, bytes, offers, joins and chat.

Addresses are limited in `admission.py`. A refusal costs the caller an answer with `rate_limited`;
whoever goes on through several seconds of refusals is cut off.
"""

from __future__ import annotations

from typing import Final

from streamforge.config.sections import Limits
from streamforge.core.clock import Clock
from streamforge.core.errors import Limited

# Refusals inside one second are one offence: a burst that is answered is no attack yet.
STRIKE_EVERY_S: Final = 1.0
STRIKES_FORGOTTEN_S: Final = 10.0


class Bucket:
    """So much at once, so much a second."""

    def __init__(self, per_s: float, burst: float, clock: Clock) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._left = burst
        self._at_s = clock.monotonic()

    def take(self, cost: float = 1) -> None:
        """Use some of it.

        Raises:
            Limited: `rate_limited`, with the time until there is enough.
        """
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + (now - self._at_s) * self._per_s)
        self._at_s = now
        if self._left < cost:
            wait_ms = int((cost - self._left) / self._per_s * 1_000) + 1
            raise Limited("rate_limited", retry_after_ms=wait_ms)
        self._left -= cost


class Strikes:
    """Counts offences of one connection."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._count = 0
        self._last_s: float | None = None

    def add(self) -> bool:
        """Note an offence; True when it was one too many."""
        now = self._clock.monotonic()
        if self._last_s is not None:
            if now - self._last_s < STRIKE_EVERY_S:
                return False
            if now - self._last_s > STRIKES_FORGOTTEN_S:
                self._count = 0
        self._last_s = now
        self._count += 1
        return self._count > self._most


class Budgets:
    """The buckets of one connection."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.messages = Bucket(limits.messages_per_s, limits.messages_burst, clock)
        self.bytes = Bucket(
            limits.message_bytes_per_10_s / 10, 2 * limits.message_bytes_per_10_s, clock
        )
        self._by_event = {
            "join-room": Bucket(limits.joins_per_10_s / 10, limits.joins_per_10_s, clock),
            "offer": Bucket(limits.offers_per_10_s / 10, limits.offers_per_10_s, clock),
            "send-chat": Bucket(limits.chat_per_5_s / 5, limits.chat_per_5_s, clock),
        }
        self.strikes = Strikes(limits.strikes, clock)

    def take_event(self, event: str) -> None:
        """Count one command of this kind, or raise `rate_limited`."""
        bucket = self._by_event.get(event)
        if bucket is not None:
            bucket.take()
