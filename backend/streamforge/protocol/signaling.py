"""Messages between browser and server over Socket.IO, as `protocol.md` lists them.

Python owns these types. Unknown fields are ignored, so that either side may be newer. What a value
means, and whether it is allowed, is decided in `rooms`; here is only its shape.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from streamforge.core.errors import AppError
from streamforge.protocol.media import Kind, PublishedTrack, Slot, Source, Struct, Want

PROTOCOL: Final = 1

Role = Literal["moderator", "participant"]
ParticipantKind = Literal["person", "agent"]
Connection = Literal["connected", "reconnecting"]
LeaveReason = Literal["left", "lost", "duplicate", "removed"]

# What of an error's context a client is told.
TOLD_CONTEXT: Final = ("source",)

AUDIO_SLOTS: Final = 3
VIDEO_SLOTS: Final = 9


# --- browser to server -------------------------------------------------------------------------


class ConnectAuth(Struct, frozen=True):
    """What comes with the connection itself."""

    protocol: int
    correlation_id: str = ""


class MediaCapabilities(Struct, frozen=True):
    """What the browser could send, as it said when it joined: no rule, but a hint to the others."""

    audio: bool = False
    video: bool = False
    screen: bool = False


class OfferedTrack(Struct, frozen=True):
    """A sending media line of an offer. `source` is a string: an unknown one has its own code."""

    mid: str
    source: str
    muted: bool = False
    encrypted: bool = False


class OfferBody(Struct, frozen=True):
    """An offer as it travels inside `join-room`."""

    sdp: str
    publish: tuple[OfferedTrack, ...] = ()
    want: Want | None = None


class ResumeSeat(Struct, frozen=True):
    """Which seat this browser had, and the proof."""

    seat_id: str
    resume_token: str
    last_seq: int = -1


class JoinRoom(Struct, frozen=True):
    """`join-room`"""

    room_id: str
    token: str
    protocol: int
    display_name: str = ""
    media_capabilities: MediaCapabilities = MediaCapabilities()
    offer: OfferBody | None = None
    resume: ResumeSeat | None = None


class Offer(OfferBody, frozen=True, kw_only=True):
    """`offer`"""

    command_id: str
    transport_epoch: int


class SetMuted(Struct, frozen=True):
    """`set-muted`"""

    command_id: str
    source: str
    muted: bool


class SendChat(Struct, frozen=True):
    """`send-chat`"""

    command_id: str
    text: str


class RenewToken(Struct, frozen=True):
    """`renew-token`"""

    token: str


class RequestSnapshot(Struct, frozen=True):
    """`request-snapshot`"""


class Leave(Struct, frozen=True):
    """`leave`"""


COMMANDS: Final[dict[str, type[Struct]]] = {
    "join-room": JoinRoom,
    "offer": Offer,
    "set-muted": SetMuted,
    "send-chat": SendChat,
    "renew-token": RenewToken,
    "request-snapshot": RequestSnapshot,
    "leave": Leave,
}


# --- answers -----------------------------------------------------------------------------------


class Failure(Struct, frozen=True, omit_defaults=True):
    """Why a command was refused. `context` has what a program can act on."""

    code: str
    message: str
    retry_after_ms: int | None = None
    context: dict[str, str] | None = None


def failure_of(error: AppError) -> Failure:
    """Return an error in the words for a client; the rest of its context stays in the log."""
    told = {key: str(error.context[key]) for key in TOLD_CONTEXT if key in error.context}
    return Failure(
        code=error.code,
        message=error.message,
        retry_after_ms=error.retry_after_ms,
        context=told or None,
    )


class Refused(Struct, frozen=True):
    """The acknowledgement of a command that had no effect."""

    error: Failure
    ok: bool = False


class Done(Struct, frozen=True):
    """The acknowledgement of a command that was carried out."""

    result: msgspec.Struct
    ok: bool = True


class Nothing(Struct, frozen=True):
    """A result without content."""


class JoinResult(Struct, frozen=True):
    """The event `room-joined` follows."""

    status: Literal["joined"] = "joined"


class OfferResult(Struct, frozen=True):
    """The worker's answer to an offer."""

    sdp: str
    transport_epoch: int
    slots: tuple[Slot, ...]
    producers: tuple[PublishedTrack, ...]


class ChatResult(Struct, frozen=True):
    """Where the message stands in the meeting."""

    message_id: str
    seq: int


class RenewResult(Struct, frozen=True):
    """How long the seat is good for now."""

    expires_at: int


# --- server to browser -------------------------------------------------------------------------


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


class Announcement(Struct, frozen=True):
    """An event for everybody in the meeting; `seq` has no holes."""

    seq: int


class ParticipantJoined(Announcement, frozen=True):
    participant: Participant


class ParticipantLeft(Announcement, frozen=True):
    participant_id: str
    reason: LeaveReason


class ParticipantConnectionChanged(Announcement, frozen=True):
    participant_id: str
    connection: Connection


class ProducerPublished(Announcement, frozen=True):
    participant_id: str
    producer: Producer


class ProducerClosed(Announcement, frozen=True):
    participant_id: str
    producer_id: str
    source: Source


class MuteChanged(Announcement, frozen=True):
    participant_id: str
    source: Source
    muted: bool


class ChatSent(Announcement, frozen=True):
    message: ChatMessage


class RoomClosed(Announcement, frozen=True):
    reason: str


class MediaReset(Struct, frozen=True):
    """`media-reset`, to one seat: build a new peer connection and offer again."""

    transport_epoch: int
    reason: str


class SessionEnded(Struct, frozen=True):
    """`session-ended`, to one seat: terminal, unless the code is `resync`."""

    code: str
    message: str


class TokenExpiring(Struct, frozen=True):
    """`token-expiring`, to one seat: renew before this time."""

    expires_at: int
