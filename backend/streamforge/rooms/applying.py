"""`apply`: the state of a meeting after an event. Pure, total, and refuses nothing.

An event about a seat that is not there (any more) changes nothing but the counters.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from streamforge.core.errors import Bug
from streamforge.rooms import answers, chat
from streamforge.rooms.answers import with_seat
from streamforge.rooms.events import (
    AnyRoomEvent,
    ChatSent,
    ConnectionChanged,
    DeadlineMoved,
    LinkReplaced,
    MeetingEnded,
    MeetingResumed,
    MeetingStarted,
    MuteEnforced,
    OfferRefused,
    OfferTaken,
    ResumeTokenRotated,
    SeatLeft,
    SeatResumed,
    SeatTaken,
    SourcesMuted,
    TokenExpiryTold,
    TokenRenewed,
    TrackClosed,
    TrackMoved,
    TrackMuted,
    TrackPublished,
    TransportChanged,
    TransportKept,
    TransportLost,
    TransportOpened,
    TransportRefused,
)
from streamforge.rooms.model import Meeting, Seat, Transport


def apply(  # noqa: PLR0911 (one case per event)
    meeting: Meeting | None, event: AnyRoomEvent
) -> Meeting:
    """Return the meeting after the event."""
    if isinstance(event, MeetingStarted):
        return Meeting(
            meeting_id=event.meeting_id,
            room=event.room,
            router_id=event.router_id,
            started_at=event.at,
            chat_history=event.chat_history,
            position=1,
            empty_since=event.at,
        )
    if meeting is None:
        raise Bug("internal", context={"reason": "a meeting starts with MeetingStarted"})
    counted = replace(
        meeting,
        position=meeting.position + event.is_stored,
        seq=meeting.seq + event.is_announced,
    )
    match event:
        case SeatTaken():
            return replace(with_seat(counted, event.seat), empty_since=None)
        case SeatLeft():
            return _without_seat(counted, event)
        case ChatSent():
            return chat.apply(counted, event)
        case MeetingEnded():
            return replace(counted, ended=event.reason)
        case MeetingResumed():
            return _resumed(counted, event)
        case SourcesMuted():
            changed = _changed(counted, event.seat_id, muted=event.muted)
            return answers.remember(changed, event.seat_id, event.command_id)
        case LinkReplaced() | MuteEnforced() | OfferTaken() | OfferRefused():
            return counted
        case _:
            seat = counted.seats.get(event.seat_id)
            return counted if seat is None else with_seat(counted, _seat_after(seat, event))


SeatEvent = (
    SeatResumed
    | ResumeTokenRotated
    | ConnectionChanged
    | DeadlineMoved
    | TokenRenewed
    | TokenExpiryTold
)
MediaEvent = (
    TransportOpened
    | TransportChanged
    | TransportKept
    | TransportLost
    | TransportRefused
    | TrackPublished
    | TrackClosed
    | TrackMoved
    | TrackMuted
)


def _seat_after(  # noqa: PLR0911 (one case per event)
    seat: Seat, event: SeatEvent | MediaEvent
) -> Seat:
    match event:
        case SeatResumed():
            return replace(
                seat,
                link=event.link,
                lost_at=None,
                leave_at=None,
                resume_hash=event.resume_hash,
                previous_resume_hash=event.used_hash,
                token_expires_at=event.token_expires_at,
                correlation_id=event.correlation_id,
                is_expiry_told=False,
            )
        case ResumeTokenRotated():
            return replace(
                seat, resume_hash=event.resume_hash, previous_resume_hash=seat.resume_hash
            )
        case ConnectionChanged():
            if event.connection == "connected":
                return replace(seat, lost_at=None, leave_at=None)
            return replace(seat, link=None, lost_at=event.at, leave_at=event.leave_at)
        case DeadlineMoved():
            return replace(seat, leave_at=event.leave_at)
        case TokenRenewed():
            return replace(seat, token_expires_at=event.expires_at, is_expiry_told=False)
        case TokenExpiryTold():
            return replace(seat, is_expiry_told=True)
        case _:
            return _media_after(seat, event)


def _media_after(  # noqa: PLR0911 (one case per event)
    seat: Seat, event: MediaEvent
) -> Seat:
    match event:
        case TransportOpened():
            transport = Transport(transport_id=event.transport_id)
            return replace(seat, transport=transport, transport_epoch=event.transport_epoch)
        case TransportChanged():
            return replace(
                seat, transport=Transport(transport_id=event.transport_id, state=event.state)
            )
        case TransportKept():
            kept = event.transport
            return replace(
                seat, transport=Transport(transport_id=kept.transport_id, state=kept.state)
            )
        case TransportLost():
            return replace(seat, transport=None, transport_epoch=event.transport_epoch)
        case TransportRefused():
            return replace(seat, transport=None)
        case TrackPublished():
            return replace(seat, tracks=(*seat.tracks, event.track))
        case TrackClosed():
            kept_tracks = (t for t in seat.tracks if t.producer_id != event.producer_id)
            return replace(seat, tracks=tuple(kept_tracks))
        case TrackMoved():
            return _track_after(seat, event.producer_id, mid=event.mid)
        case TrackMuted():
            return _track_after(seat, event.producer_id, muted=event.muted)


def _track_after(seat: Seat, producer_id: str, **changes: Any) -> Seat:
    return replace(
        seat,
        tracks=tuple(
            replace(track, **changes) if track.producer_id == producer_id else track
            for track in seat.tracks
        ),
    )


def _changed(meeting: Meeting, seat_id: str, **changes: Any) -> Meeting:
    seat = meeting.seats.get(seat_id)
    return meeting if seat is None else with_seat(meeting, replace(seat, **changes))


def _without_seat(meeting: Meeting, event: SeatLeft) -> Meeting:
    seats = {key: seat for key, seat in meeting.seats.items() if key != event.seat_id}
    empty_since = event.at if not seats and meeting.empty_since is None else meeting.empty_since
    return replace(meeting, seats=seats, empty_since=empty_since)


def _resumed(meeting: Meeting, event: MeetingResumed) -> Meeting:
    seats = {
        key: replace(
            seat,
            link=None,
            lost_at=event.at if seat.lost_at is None else seat.lost_at,
            leave_at=event.leave_at,
        )
        for key, seat in meeting.seats.items()
    }
    empty_since = event.at if not seats else None
    return replace(meeting, seats=seats, seq=event.seq, empty_since=empty_since)
