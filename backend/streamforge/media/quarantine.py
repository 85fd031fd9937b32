"""Which routers are suspected of ending workers, and which are refused for a while. Pure.

Every end of a worker gives each router on it a strike, unless somebody ended it on purpose. Two
strikes quarantine a router that was the only suspect of the second end. Among several suspects the
innocent would suffer, so they are placed apart and three strikes decide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

# Two ends that lie further apart than this are two accidents; a quarantine lasts as long.
WINDOW_S: Final = 600.0
STRIKES_ALONE: Final = 2
STRIKES_AMONG_OTHERS: Final = 3


@dataclass(frozen=True, slots=True)
class Strike:
    """A worker ended with this router on it."""

    at: float
    index: int
    pid: int
    alone: bool
    stalled: bool


class Quarantine:
    """Strikes by router. `excused` says whether an end (index, pid) was somebody's purpose."""

    def __init__(self, excused: Callable[[int, int], bool | None]) -> None:
        self._excused = excused
        self._strikes: dict[str, list[Strike]] = {}

    def worker_ended(
        self, index: int, pid: int, router_ids: Collection[str], now: float, *, stalled: bool
    ) -> None:
        """Take down the end of a worker with these routers on it."""
        suspects = [key for key in router_ids if self.strikes(key, now)] or list(router_ids)
        alone = len(suspects) == 1
        for router_id in router_ids:
            blamed_alone = alone and router_id in suspects
            strike = Strike(now, index, pid, blamed_alone, stalled)
            self._strikes.setdefault(router_id, []).append(strike)

    def strikes(self, router_id: str, now: float) -> int:
        """Count the strikes that still matter."""
        return len(self._recent(router_id, now))

    def is_quarantined(self, router_id: str, now: float) -> bool:
        """Say whether this router is refused now."""
        recent = self._recent(router_id, now)
        if not recent:
            return False
        enough = STRIKES_ALONE if recent[-1].alone else STRIKES_AMONG_OTHERS
        return len(recent) >= enough

    def is_undecided(self, router_id: str, now: float) -> bool:
        """Say whether a quarantine hangs on an end whose reason is not known yet."""
        return self.is_quarantined(router_id, now) and any(
            not strike.stalled and self._excused(strike.index, strike.pid) is None
            for strike in self._recent(router_id, now)
        )

    def forget_old(self, now: float) -> None:
        """Drop what lies outside the window."""
        for router_id in tuple(self._strikes):
            self._recent(router_id, now)

    def _recent(self, router_id: str, now: float) -> list[Strike]:
        held = self._strikes.get(router_id, [])
        recent = [
            strike
            for strike in held
            if now - strike.at < WINDOW_S
            and (strike.stalled or self._excused(strike.index, strike.pid) is not True)
        ]
        if recent:
            self._strikes[router_id] = recent
        else:
            self._strikes.pop(router_id, None)
        return recent
