"""The state as the browsers see it: builds wire messages from the model. Pure; no rules."""

from __future__ import annotations

from streamforge.core.events import wire_name
from streamforge.protocol import signaling as wire
from streamforge.rooms.model import Meeting, Message, Seat, Track
from streamforge.rooms.policy import allowed_sources


def announced_name(payload: wire.Announcement) -> str:
    """Return the name of an event on the wire: `ChatSent` → `chat-sent`."""
    return wire_name(type(payload).__name__)


def producer(track: Track) -> wire.Producer:
    """Return a track."""
    return wire.Producer(
        producer_id=track.producer_id, source=track.source, kind=track.kind, muted=track.muted
    )


def participant(seat: Seat) -> wire.Participant:
    """Return a seat without what is its owner's business alone."""
    return wire.Participant(
        participant_id=seat.participant_id,
        display_name=seat.display_name,
        role=seat.role,
        kind=seat.kind,
        joined_at=seat.joined_at,
        connection=seat.connection,
        media_capabilities=seat.media_capabilities,
        producers=tuple(producer(track) for track in seat.tracks),
    )


def message(said: Message) -> wire.ChatMessage:
    """Return a chat message."""
    return wire.ChatMessage(
        message_id=said.message_id,
        participant_id=said.participant_id,
        display_name=said.display_name,
        text=said.text,
        sent_at=said.sent_at,
        seq=said.seq,
    )


def room_info(meeting: Meeting) -> wire.RoomInfo:
    """Return the room that the meeting is in."""
    room = meeting.room
    return wire.RoomInfo(
        name=room.name,
        slug=room.slug,
        max_participants=room.max_participants,
        features=wire.Features(
            recording=room.features.recording,
            chat=room.features.chat,
            ai_filters=room.features.ai_filters,
            screen_share=room.features.screen_share,
        ),
    )


def room_joined(
    meeting: Meeting,
    seat: Seat,
    *,
    resume_token: str,
    is_resumed: bool,
    server_time: int,
    missed: tuple[wire.MissedEvent, ...] = (),
    answer: wire.JoinAnswer | None = None,
    offer_error: wire.Failure | None = None,
) -> wire.RoomJoined:
    """Return the snapshot for one seat."""
    return wire.RoomJoined(
        resumed=is_resumed,
        room_id=meeting.room.room_id,
        meeting_id=meeting.meeting_id,
        room=room_info(meeting),
        self=wire.Self(
            participant_id=seat.participant_id,
            seat_id=seat.seat_id,
            resume_token=resume_token,
            role=seat.role,
            display_name=seat.display_name,
            can_publish=allowed_sources(meeting, seat),
        ),
        seq=meeting.seq,
        server_time=server_time,
        started_at=meeting.started_at,
        participants=tuple(participant(seat) for seat in meeting.seats.values()),
        chat=tuple(message(said) for said in meeting.chat),
        transport_epoch=seat.transport_epoch,
        missed=missed,
        answer=answer,
        offer_error=offer_error,
        token_expires_at=seat.token_expires_at,
    )
