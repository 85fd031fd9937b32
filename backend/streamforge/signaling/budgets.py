"""What one connection may use: token buckets for its messages, bytes, offers, joins and chat.

Addresses are limited in `admission.py`. A refusal costs the caller an answer with `rate_limited`;
whoever goes on through several seconds of refusals is cut off (`strikes`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from streamforge.config.sections import Limits
from streamforge.core.clock import Clock
from streamforge.core.errors import Limited

# Refusals inside one second are one offence: a burst that is answered is no attack yet.
STRIKE_EVERY_S: Final = 1.0
STRIKES_FORGOTTEN_S: Final = 10.0
# Enough lines to see what is wrong, too few to fill a disk.
LINES_PER_S: Final = 1
LINES_AT_ONCE: Final = 10
# RFC 8839 §5.4. Read from all media lines: which one counts is the worker's to know.
ICE_CREDENTIAL: Final = re.compile(r"^a=ice-(?:ufrag|pwd):.*$", re.MULTILINE)


class Bucket:
    """So much at once, so much a second. `limit` names it to the log and to `on_refused`."""

    def __init__(
        self,
        per_s: float,
        burst: float,
        clock: Clock,
        *,
        limit: str = "",
        on_refused: Callable[[str], None] = lambda _limit: None,
    ) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._limit = limit
        self._on_refused = on_refused
        self._left = burst
        self._at_s = clock.monotonic()

    def take(self, cost: float = 1) -> None:
        """Use some of it; what costs more than the burst costs the burst.

        Raises:
            Limited: `rate_limited`, with the time until there is enough.
        """
        cost = min(cost, self._burst)
        if not self.may(cost):
            wait_ms = int((cost - self._left) / self._per_s * 1_000) + 1
            self._on_refused(self._limit)
            raise Limited("rate_limited", retry_after_ms=wait_ms, context={"limit": self._limit})

    def may(self, cost: float = 1) -> bool:
        """Use some of it if there is enough, and say whether there was."""
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + (now - self._at_s) * self._per_s)
        self._at_s = now
        if self._left < cost:
            return False
        self._left -= cost
        return True


def log_lines(clock: Clock) -> Bucket:
    """Return what may be logged of refusals that one side can bring about at will."""
    return Bucket(LINES_PER_S, LINES_AT_ONCE, clock)


class Strikes:
    """Counts offences of one connection."""

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._count = 0
        self._last_s: float | None = None

    def add(self) -> bool:
        """Note an offence; True when it was the last one."""
        now = self._clock.monotonic()
        if self._last_s is not None:
            if now - self._last_s < STRIKE_EVERY_S:
                return False
            if now - self._last_s > STRIKES_FORGOTTEN_S:
                self._count = 0
        self._last_s = now
        self._count += 1
        return self._count >= self._most


class Budgets:
    """The buckets of one connection."""

    def __init__(
        self, limits: Limits, clock: Clock, on_refused: Callable[[str], None] = lambda _limit: None
    ) -> None:
        def bucket(limit: str, per_s: float, burst: float) -> Bucket:
            return Bucket(per_s, burst, clock, limit=limit, on_refused=on_refused)

        per_10_s = limits.message_bytes_per_10_s
        self._messages = bucket("messages", limits.messages_per_s, limits.messages_burst)
        self._bytes = bucket("message_bytes", per_10_s / 10, per_10_s)
        self._by_event = {
            "join-room": bucket("joins", limits.joins_per_10_s / 10, limits.joins_per_10_s),
            "offer": bucket("offers", limits.offers_per_10_s / 10, limits.offers_per_10_s),
            "send-chat": bucket("chat", limits.chat_per_5_s / 5, limits.chat_per_5_s),
        }
        restarts = limits.ice_restarts_per_min
        self._ice_restarts = bucket("ice_restarts", restarts / 60, restarts)
        self._ice: tuple[str, ...] = ()
        self.strikes = Strikes(limits.strikes, clock)
        self.log_lines = log_lines(clock)

    def take_message(self, size: int) -> None:
        """Count a message of so many bytes, or raise `rate_limited`."""
        self._messages.take()
        self._bytes.take(size)

    def take_event(self, event: str) -> None:
        """Count one command of this kind, or raise `rate_limited`."""
        bucket = self._by_event.get(event)
        if bucket is not None:
            bucket.take()

    def take_offer(self, sdp: str) -> None:
        """Count an offer that begins ICE anew (RFC 8839 §4.4.3.1.1), or raise `rate_limited`."""
        # Each once, in their order: media lines that only repeat them are no new beginning.
        ice = tuple(dict.fromkeys(ICE_CREDENTIAL.findall(sdp)))
        if not ice:
            return
        if self._ice and ice != self._ice:
            self._ice_restarts.take()
        self._ice = ice
