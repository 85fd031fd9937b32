"""Ids: a prefix that names the kind, and a UUIDv7 (RFC 9562 §5.7), so ids sort by creation.

Randomness and time are injected; ids are opaque to everybody else and never parsed for meaning.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol

from streamforge.core.clock import Clock

# What the wires accept as an id of ours; the short form is `SequentialIds`'.
ID_PATTERN: Final = re.compile(r"[a-z]{2,8}_[0-9a-z]{1,32}")

_COUNTER_BITS: Final = 12
_COUNTER_MAX: Final = (1 << _COUNTER_BITS) - 1
_VERSION: Final = 0x7
_VARIANT: Final = 0b10


class IdSource(Protocol):
    """Where new ids come from."""

    def new(self, prefix: str) -> str:
        """Return an id that was never returned before, as `{prefix}_{rest}`."""
        ...


class UuidV7Ids:
    """Time-ordered ids; inside a millisecond a counter keeps the order (RFC 9562 §6.2 method 1)."""

    def __init__(self, clock: Clock, randbytes: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._randbytes = randbytes
        self._last_ms = 0
        self._counter = 0

    def new(self, prefix: str) -> str:
        """Return the next id; order holds even when the machine's clock steps back."""
        now_ms = self._clock.now_ms()
        if now_ms > self._last_ms:
            self._last_ms = now_ms
            # Half of the counter stays free: a burst rarely borrows from the next millisecond.
            self._counter = int.from_bytes(self._randbytes(2), "big") & (_COUNTER_MAX >> 1)
        elif self._counter < _COUNTER_MAX:
            self._counter += 1
        else:
            self._last_ms += 1
            self._counter = 0
        tail = int.from_bytes(self._randbytes(8), "big") & ((1 << 62) - 1)
        value = self._last_ms << 80 | _VERSION << 76 | self._counter << 64 | _VARIANT << 62 | tail
        return f"{prefix}_{value:032x}"


class SequentialIds:
    """Readable ids for tests: `room_1`, `room_2`, `seat_1`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def new(self, prefix: str) -> str:
        """Return the next number of this prefix."""
        self._counts[prefix] += 1
        return f"{prefix}_{self._counts[prefix]}"


def is_id(text: str, prefix: str) -> bool:
    """Say whether `text` has the shape of an id with this prefix."""
    return text.startswith(f"{prefix}_") and ID_PATTERN.fullmatch(text) is not None
