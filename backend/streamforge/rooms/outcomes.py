"""`effects`: what the world has to be told or made to do because of an event. Pure.

It sees the meeting before and after: who left is found only in the one before.
"""

from __future__ import annotations

from streamforge.protocol import signaling as wire
from streamforge.rooms import views
from streamforge.rooms.effects import (
    AcceptOffer,
    Broadcast,
    CloseTransport,
    Effect,
    EndLink,
    EndMeeting,
    OpenTransport,
    SendTo,
    SetTrackMuted,
)
from streamforge.rooms.events import (
    AnyRoomEvent,
    ChatSent,
    ConnectionChanged,
    LinkReplaced,
    MeetingEnded,
    MuteEnforced,
    OfferTaken,
    SeatLeft,
    SeatTaken,
    TokenExpiryTold,
    TrackClosed,
    TrackMuted,
    TrackPublished,
    TransportLost,
    TransportOpened,
)
from streamforge.rooms.model import Meeting, Seat
from streamforge.rooms.policy import policy_of


def effects(before: Meeting | None, event: AnyRoomEvent, after: Meeting) -> list[Effect]:
    """Return what follows outside, in this order."""
    found: list[Effect] = []
    announced = announcement(event, after)
    if announced is not None:
        found.append(announced)
    match event:
        case SeatLeft():
            found += _seat_left(before.seats.get(event.seat_id) if before else None, event)
        case LinkReplaced():
            found.append(EndLink(link=event.link, code="duplicate"))
        case TokenExpiryTold():
            found += _to_seat(
                after,
                event.seat_id,
                "token-expiring",
                wire.TokenExpiring(expires_at=event.expires_at),
            )
        case MeetingEnded():
            found += _meeting_ended(after, event)
        case _:
            found += _media(before, event, after)
    return found


def _media(  # noqa: PLR0911 (one case per event)
    before: Meeting | None, event: AnyRoomEvent, after: Meeting
) -> list[Effect]:
    match event:
        case TransportOpened():
            seat = before.seats.get(event.seat_id) if before else None
            if seat is None or seat.transport is None:
                return []
            return [CloseTransport(transport_id=seat.transport.transport_id)]
        case OfferTaken():
            return _offer(after, event)
        case MuteEnforced():
            return [
                SetTrackMuted(
                    transport_id=event.transport_id,
                    producer_id=event.producer_id,
                    muted=event.muted,
                )
            ]
        case TransportLost():
            closing: list[Effect] = [CloseTransport(transport_id=event.transport_id)]
            if event.reason is None:
                return closing
            reset = wire.MediaReset(transport_epoch=event.transport_epoch, reason=event.reason)
            return closing + _to_seat(after, event.seat_id, "media-reset", reset)
        case _:
            return []


def announcement(event: AnyRoomEvent, after: Meeting) -> Broadcast | None:
    """Return what everybody hears of an event; None for what is announced to nobody."""
    seq = after.seq
    payload: wire.Announcement
    match event:
        case SeatTaken():
            seat = after.seats[event.seat.seat_id]
            payload = wire.ParticipantJoined(seq=seq, participant=views.participant(seat))
        case SeatLeft():
            payload = wire.ParticipantLeft(
                seq=seq, participant_id=event.participant_id, reason=event.reason
            )
        case ConnectionChanged():
            payload = wire.ParticipantConnectionChanged(
                seq=seq, participant_id=event.participant_id, connection=event.connection
            )
        case TrackPublished():
            payload = wire.ProducerPublished(
                seq=seq,
                participant_id=event.participant_id,
                producer=views.producer(event.track),
            )
        case TrackClosed():
            payload = wire.ProducerClosed(
                seq=seq,
                participant_id=event.participant_id,
                producer_id=event.producer_id,
                source=event.source,
            )
        case TrackMuted():
            payload = wire.MuteChanged(
                seq=seq,
                participant_id=event.participant_id,
                source=event.source,
                muted=event.muted,
            )
        case ChatSent():
            payload = wire.ChatSent(seq=seq, message=views.message(after.chat[-1]))
        case MeetingEnded():
            payload = wire.RoomClosed(seq=seq, reason=event.reason)
        case _:
            return None
    return Broadcast(seq=seq, event=views.announced_name(payload), payload=payload)


def _seat_left(seat: Seat | None, event: SeatLeft) -> list[Effect]:
    if seat is None:
        return []
    found: list[Effect] = []
    if seat.transport is not None:
        found.append(CloseTransport(transport_id=seat.transport.transport_id))
    if seat.link is not None and event.code:
        found.append(EndLink(link=seat.link, code=event.code))
    return found


def _meeting_ended(meeting: Meeting, event: MeetingEnded) -> list[Effect]:
    links = [seat.link for seat in meeting.seats.values() if seat.link is not None]
    ends: list[Effect] = [EndLink(link=link, code="room_closed") for link in links]
    return [*ends, EndMeeting(reason=event.reason)]


def _offer(meeting: Meeting, event: OfferTaken) -> list[Effect]:
    seat = meeting.seats.get(event.seat_id)
    if seat is None:
        return []
    return [
        OpenTransport(
            seat_id=event.seat_id,
            participant_id=seat.participant_id,
            transport_id=event.transport_id,
            correlation_id=event.correlation_id,
            policy=policy_of(meeting, seat),
        ),
        AcceptOffer(
            seat_id=event.seat_id,
            transport_id=event.transport_id,
            transport_epoch=event.transport_epoch,
            command_id=event.command_id,
            sdp=event.sdp,
            offered=event.offered,
            publish=event.publish,
            want=event.want,
        ),
    ]


def _to_seat(meeting: Meeting, seat_id: str, event: str, payload: wire.Struct) -> list[Effect]:
    seat = meeting.seats.get(seat_id)
    if seat is None or seat.link is None:
        return []
    return [SendTo(link=seat.link, event=event, payload=payload)]
