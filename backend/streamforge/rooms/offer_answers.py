"""The answers to the seats' last offers, so that a repeated offer is answered and not negotiated.

They are kept in memory only: after a restart a repetition is negotiated anew, to the same end.
"""

from __future__ import annotations

import asyncio
from typing import Final, Generic, TypeVar

# Each is some 10 kB; a client has at most one offer on its way.
MAX_PER_SEAT: Final = 2

Outcome = TypeVar("Outcome")


class OfferAnswers(Generic[Outcome]):
    """Answers, given or to come, by seat and command id."""

    def __init__(self) -> None:
        self._by_seat: dict[str, dict[str, asyncio.Future[Outcome]]] = {}

    def __len__(self) -> int:
        return len(self._by_seat)

    def remember(self, seat_id: str, command_id: str, answer: asyncio.Future[Outcome]) -> None:
        """Keep an answer; the oldest of the seat makes room."""
        answers = self._by_seat.setdefault(seat_id, {})
        answers[command_id] = answer
        for older in list(answers)[:-MAX_PER_SEAT]:
            del answers[older]

    def find(self, seat_id: str, command_id: str) -> asyncio.Future[Outcome] | None:
        """Return the answer; None for a new offer, and for one that was refused."""
        known = self._by_seat.get(seat_id, {}).get(command_id)
        is_refused = known is not None and known.done() and known.exception() is not None
        return None if is_refused else known

    def forget(self, seat_id: str) -> None:
        """The seat is gone."""
        self._by_seat.pop(seat_id, None)
