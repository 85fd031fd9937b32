"""Waiting times that grow after each failure, with jitter so that nobody fails in step. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """Exponential from `first_s` to `last_s`; each time is drawn from its upper half."""

    def __init__(
        self, first_s: float, last_s: float, uniform: Callable[[float, float], float] | None = None
    ) -> None:
        self._first_s = first_s
        self._last_s = last_s
        # Not a secret: jitter only spreads load.
        self._uniform = uniform or random.uniform
        self._next_s = first_s

    def next_s(self) -> float:
        """Return how long to wait now."""
        ceiling = self._next_s
        self._next_s = min(self._last_s, ceiling * 2)
        return self._uniform(ceiling / 2, ceiling)

    def reset(self) -> None:
        """Begin anew after a success."""
        self._next_s = self._first_s
