"""Tells a meeting's story in the log: one line for whoever comes, goes, is cut or loses media.

Each line about somebody carries the correlation id of their browser. What is said and shown is
nobody's business: no chat, no names.
"""

from __future__ import annotations

from typing import Final

from streamforge.core.log import get_logger
from streamforge.rooms.commands import Command, Join, ReportTransport, SocketLost
from streamforge.rooms.events import (
    AnyRoomEvent,
    ConnectionChanged,
    LinkReplaced,
    SeatLeft,
    SeatResumed,
    SeatTaken,
    TokenRenewed,
    TransportKept,
    TransportLost,
)
from streamforge.rooms.model import Meeting, Seat

# What is counted; each has one line in the log, the event of which is named alike. The last two,
# with the meeting's media still there and without, are told by whoever resumes meetings.
HAPPENINGS: Final = (
    "participant.joined",
    "participant.resumed",
    "participant.left",
    "participant.expired",
    "participant.duplicate",
    "participant.removed",
    "participant.cut",
    "participant.token_renewed",
    "participant.token_expired",
    "participant.media_lost",
    "participant.media_kept",
    "meeting.adopted",
    "meeting.resumed",
)
_ENDS: Final = {
    "left": "participant.left",
    "lost": "participant.expired",
    "duplicate": "participant.duplicate",
    "removed": "participant.removed",
}
_FAULTS: Final = frozenset({"participant.expired", "participant.media_lost"})

_log = get_logger("streamforge.rooms")


def asker(meeting: Meeting | None, command: Command) -> dict[str, object]:
    """Return the log context of whoever a command is from, or about."""
    if isinstance(command, Join):
        return {"correlation_id": command.correlation_id}
    if meeting is None:
        return {}
    seat: Seat | None = None
    if isinstance(command, SocketLost):
        seat = meeting.seat_of_link(command.link)
    elif isinstance(command, ReportTransport):
        seat = meeting.seat_of_transport(command.transport_id)
    else:
        seat = meeting.seats.get(getattr(command, "seat_id", ""))
    return _context(seat)


def tell(before: Meeting | None, event: AnyRoomEvent, after: Meeting) -> str | None:
    """Log an event that an operator may have to follow, and return which of `HAPPENINGS` it is."""
    happening, details = _happening(event)
    if happening is None:
        return None
    write = _log.warning if happening in _FAULTS else _log.info
    write(happening, **_context(_seat_of(before, event, after)), **details)
    return happening


def _happening(event: AnyRoomEvent) -> tuple[str | None, dict[str, object]]:  # noqa: PLR0911 (cases)
    match event:
        case SeatTaken():
            return "participant.joined", {"role": event.seat.role}
        case SeatResumed():
            return "participant.resumed", {}
        case SeatLeft(code="token_expired"):
            return "participant.token_expired", {}
        case SeatLeft():
            return _ENDS[event.reason], {"reason": event.reason}
        case LinkReplaced():
            return "participant.duplicate", {"reason": "resumed"}
        case ConnectionChanged() if event.connection == "reconnecting":
            return "participant.cut", {}
        case TokenRenewed():
            return "participant.token_renewed", {"expires_at": event.expires_at}
        case TransportLost() if event.reason is not None:
            details = {"transport_id": event.transport_id, "reason": event.reason}
            return "participant.media_lost", {**details, "epoch": event.transport_epoch}
        case TransportKept():
            return "participant.media_kept", {"transport_id": event.transport.transport_id}
        case _:
            return None, {}


def _seat_of(before: Meeting | None, event: AnyRoomEvent, after: Meeting) -> Seat | None:
    if isinstance(event, SeatTaken):
        return event.seat
    if isinstance(event, LinkReplaced):
        return None if before is None else before.seat_of_link(event.link)
    seat_id = getattr(event, "seat_id", "")
    seat = after.seats.get(seat_id)
    return before.seats.get(seat_id) if seat is None and before is not None else seat


def _context(seat: Seat | None) -> dict[str, object]:
    if seat is None:
        return {}
    return {
        "participant_id": seat.participant_id,
        "seat_id": seat.seat_id,
        "correlation_id": seat.correlation_id,
    }
