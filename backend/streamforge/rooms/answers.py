"""Remembers which commands of a seat were carried out: a repetition has no second effect."""

from __future__ import annotations

from typing import Final

import msgspec

from streamforge.rooms.model import Answered, Meeting, Seat

# A client repeats only what was never acknowledged: the few commands of one cut.
MAX_ANSWERED: Final = 64


def find(seat: Seat, command_id: str) -> Answered | None:
    """Return how a command was answered before; None when it is new."""
    for answered in reversed(seat.answered):
        if answered.command_id == command_id:
            return answered
    return None


def remember(
    meeting: Meeting, seat_id: str, command_id: str, *, message_id: str = "", seq: int = -1
) -> Meeting:
    """Note that a command was carried out. Without its id, or a seat, there is nothing to note."""
    seat = meeting.seats.get(seat_id)
    if seat is None or not command_id:
        return meeting
    answered = Answered(command_id=command_id, message_id=message_id, seq=seq)
    return with_seat(
        meeting,
        msgspec.structs.replace(seat, answered=(*seat.answered, answered)[-MAX_ANSWERED:]),
    )


def with_seat(meeting: Meeting, seat: Seat) -> Meeting:
    """Return the meeting with this seat in place of the one with the same id."""
    return msgspec.structs.replace(meeting, seats={**meeting.seats, seat.seat_id: seat})
