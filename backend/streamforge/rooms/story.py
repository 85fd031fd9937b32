"""Tells a meeting's story in the log: one line for whoever comes, goes, is cut or loses media.

What is said and shown is nobody's business: no chat, no names.
"""

from __future__ import annotations

from streamforge.core.log import get_logger
from streamforge.rooms.events import (
    AnyRoomEvent,
    ConnectionChanged,
    SeatLeft,
    SeatResumed,
    SeatTaken,
    TransportLost,
)

_log = get_logger("streamforge.rooms")


def tell(event: AnyRoomEvent, correlation_id: str) -> None:
    """Log an event that an operator may have to follow; the other ones pass in silence."""
    context = {"correlation_id": correlation_id} if correlation_id else {}
    match event:
        case SeatTaken():
            seat = event.seat
            _log.info(
                "participant.joined",
                participant_id=seat.participant_id,
                seat_id=seat.seat_id,
                role=seat.role,
                **context,
            )
        case SeatResumed():
            _log.info("participant.resumed", seat_id=event.seat_id, **context)
        case SeatLeft():
            _log.info("participant.left", participant_id=event.participant_id, reason=event.reason)
        case ConnectionChanged() if event.connection == "reconnecting":
            _log.info("participant.cut", participant_id=event.participant_id)
        case TransportLost() if event.reason is not None:
            _log.warning(
                "participant.media_lost",
                seat_id=event.seat_id,
                transport_id=event.transport_id,
                reason=event.reason,
            )
        case _:
            pass
