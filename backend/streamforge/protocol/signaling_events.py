"""What browsers are told as it happens: to everybody, with `seq`, or to one seat. Only shapes."""

from __future__ import annotations

from streamforge.protocol.media import Source, Struct
from streamforge.protocol.signaling_state import (
    ChatMessage,
    Connection,
    LeaveReason,
    Participant,
    Producer,
)


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
