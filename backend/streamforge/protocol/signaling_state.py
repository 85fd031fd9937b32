"""A meeting as browsers see it: its people, its chat, and the snapshot of it all. Only shapes."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from streamforge.protocol.media import Kind, PublishedTrack, Slot, Source, Struct
from streamforge.protocol.signaling_answers import Failure
from streamforge.protocol.signaling_commands import PROTOCOL, MediaCapabilities

Role = Literal["moderator", "participant"]
ParticipantKind = Literal["person", "agent"]
Connection = Literal["connected", "reconnecting"]
LeaveReason = Literal["left", "lost", "duplicate", "removed"]

AUDIO_SLOTS: Final = 3
VIDEO_SLOTS: Final = 9


class Producer(Struct, frozen=True):
    """A published track as the others see it."""

    producer_id: str
    source: Source
    kind: Kind
    muted: bool


class Participant(Struct, frozen=True):
    """Somebody in the meeting."""

    participant_id: str
    display_name: str
    role: Role
    kind: ParticipantKind
    joined_at: int
    connection: Connection
    media_capabilities: MediaCapabilities
    producers: tuple[Producer, ...]


class ChatMessage(Struct, frozen=True):
    """A chat message as stored."""

    message_id: str
    participant_id: str
    display_name: str
    text: str
    sent_at: int
    seq: int


class Features(Struct, frozen=True):
    """What may be used in the room."""

    recording: bool
    chat: bool
    ai_filters: bool
    screen_share: bool


class RoomInfo(Struct, frozen=True):
    """The room that the meeting is in."""

    name: str
    slug: str
    max_participants: int
    features: Features


class Self(Struct, frozen=True):
    """Who this browser is."""

    participant_id: str
    seat_id: str
    resume_token: str
    role: Role
    display_name: str
    can_publish: tuple[Source, ...]


class RtpCapabilities(Struct, frozen=True):
    """The codecs that are forwarded."""

    audio: tuple[str, ...] = ("audio/opus", "audio/red")
    video: tuple[str, ...] = ("video/VP8", "video/VP9", "video/AV1", "video/H264")


class SlotCounts(Struct, frozen=True):
    """How many receive slots a first offer should have."""

    audio: int = AUDIO_SLOTS
    video: int = VIDEO_SLOTS


class MissedEvent(Struct, frozen=True):
    """An event that was announced while this seat had no socket."""

    event: str
    data: msgspec.Struct


class JoinAnswer(Struct, frozen=True):
    """The answer to the offer that came with `join-room`."""

    sdp: str
    slots: tuple[Slot, ...]
    producers: tuple[PublishedTrack, ...]


class RoomJoined(Struct, frozen=True):
    """`room-joined`: everything that a browser needs to know of the meeting."""

    resumed: bool
    room_id: str
    meeting_id: str
    room: RoomInfo
    self: Self
    seq: int
    server_time: int
    started_at: int
    participants: tuple[Participant, ...]
    chat: tuple[ChatMessage, ...]
    transport_epoch: int
    missed: tuple[MissedEvent, ...]
    answer: JoinAnswer | None
    offer_error: Failure | None
    token_expires_at: int
    protocol: int = PROTOCOL
    ice_servers: tuple[str, ...] = ()
    rtp_capabilities: RtpCapabilities = RtpCapabilities()
    slots: SlotCounts = SlotCounts()
