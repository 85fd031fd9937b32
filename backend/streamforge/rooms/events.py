"""What happens in a meeting: facts in the past tense, the only way its state changes.

| class variable | meaning |
|---|---|
| `durability` | `durable`: told to nobody before it is stored, refused without storage;
  `volatile`: live control, goes on without storage and is stored behind |
| `is_stored` | False for what has no meaning after a restart |
| `is_announced` | everybody is told, and `seq` grows by one |
| `is_awaited` | volatile, but worth the few milliseconds until it is stored, when it can be |
"""

from __future__ import annotations

from typing import ClassVar

from streamforge.core.events import Durability, Event
from streamforge.protocol.ipc import TransportInventory
from streamforge.protocol.media import Publication, Source, TransportState, Want
from streamforge.protocol.signaling import Connection, Failure, LeaveReason, OfferedTrack
from streamforge.rooms.definition import RoomDefinition
from streamforge.rooms.model import Seat, Track


class RoomEvent(Event, frozen=True):
    """Base of a meeting's events."""

    durability: ClassVar[Durability] = "volatile"
    is_stored: ClassVar[bool] = True
    is_announced: ClassVar[bool] = False
    is_awaited: ClassVar[bool] = False


class MeetingStarted(RoomEvent, frozen=True):
    """Somebody wants in, and there was no meeting."""

    durability: ClassVar[Durability] = "durable"
    meeting_id: str
    room: RoomDefinition
    router_id: str
    at: int
    chat_history: int


class MeetingResumed(RoomEvent, frozen=True):
    """A restarted server goes on. `seq` leaps over what may have been announced and not stored."""

    at: int
    seq: int
    leave_at: int


class MeetingEnded(RoomEvent, frozen=True):
    """It is over: empty for a while, or closed."""

    is_stored: ClassVar[bool] = False
    is_announced: ClassVar[bool] = True
    at: int
    reason: str


class SeatTaken(RoomEvent, frozen=True):
    """Somebody joined."""

    durability: ClassVar[Durability] = "durable"
    is_announced: ClassVar[bool] = True
    seat: Seat


class SeatResumed(RoomEvent, frozen=True):
    """The seat has a socket again, and a new resume token."""

    is_awaited: ClassVar[bool] = True
    seat_id: str
    link: str
    resume_hash: str
    used_hash: str
    token_expires_at: int
    correlation_id: str = ""


class ResumeTokenRotated(RoomEvent, frozen=True):
    """A snapshot was asked for; it brings a new resume token."""

    is_awaited: ClassVar[bool] = True
    seat_id: str
    resume_hash: str


class LinkReplaced(RoomEvent, frozen=True):
    """A newer connection speaks for the same person."""

    is_stored: ClassVar[bool] = False
    link: str


class ConnectionChanged(RoomEvent, frozen=True):
    """The socket is lost (`leave_at` is set) or back."""

    is_announced: ClassVar[bool] = True
    seat_id: str
    participant_id: str
    connection: Connection
    at: int
    leave_at: int | None = None


class DeadlineMoved(RoomEvent, frozen=True):
    """A seat without a socket lost its media too, or has it again."""

    seat_id: str
    leave_at: int


class SeatLeft(RoomEvent, frozen=True):
    """Somebody is gone for good. `code` is told to the link that was closed for it, if any."""

    is_announced: ClassVar[bool] = True
    seat_id: str
    participant_id: str
    reason: LeaveReason
    at: int
    code: str = ""


class TokenRenewed(RoomEvent, frozen=True):
    """The seat is good for longer."""

    seat_id: str
    expires_at: int


class TokenExpiryTold(RoomEvent, frozen=True):
    """The client was reminded to renew."""

    is_stored: ClassVar[bool] = False
    seat_id: str
    expires_at: int


class TransportOpened(RoomEvent, frozen=True):
    """The seat has a new peer connection; the one before, if any, is closed."""

    seat_id: str
    transport_id: str
    transport_epoch: int


class OfferTaken(RoomEvent, frozen=True):
    """An offer goes to the worker."""

    is_stored: ClassVar[bool] = False
    seat_id: str
    transport_id: str
    transport_epoch: int
    command_id: str
    sdp: str
    offered: tuple[OfferedTrack, ...]
    publish: tuple[Publication, ...]
    want: Want
    correlation_id: str


class OfferRefused(RoomEvent, frozen=True):
    """The offer that came with a join asked for too much; the seat is taken all the same."""

    is_stored: ClassVar[bool] = False
    seat_id: str
    refusal: Failure


class SourcesMuted(RoomEvent, frozen=True):
    """Which sources of the seat are muted, whether they are published or not."""

    seat_id: str
    muted: tuple[Source, ...]
    command_id: str = ""


class TransportChanged(RoomEvent, frozen=True):
    """The worker told how the peer connection is."""

    is_stored: ClassVar[bool] = False
    seat_id: str
    transport_id: str
    state: TransportState


class TransportLost(RoomEvent, frozen=True):
    """The peer connection is gone. With a reason the client is told to build a new one."""

    seat_id: str
    transport_id: str
    transport_epoch: int
    reason: str | None


class TransportRefused(RoomEvent, frozen=True):
    """The peer connection never came to be; the same epoch is tried again."""

    seat_id: str
    transport_id: str


class TransportKept(RoomEvent, frozen=True):
    """After a restart the worker still has this peer connection."""

    is_stored: ClassVar[bool] = False
    seat_id: str
    transport: TransportInventory


class TrackPublished(RoomEvent, frozen=True):
    """A participant sends a track."""

    is_announced: ClassVar[bool] = True
    seat_id: str
    participant_id: str
    track: Track


class TrackClosed(RoomEvent, frozen=True):
    """A participant no longer sends a track."""

    is_announced: ClassVar[bool] = True
    seat_id: str
    participant_id: str
    producer_id: str
    source: Source


class TrackMoved(RoomEvent, frozen=True):
    """The same track is on another media line now."""

    seat_id: str
    producer_id: str
    mid: str


class TrackMuted(RoomEvent, frozen=True):
    """A published track is silent, or heard again."""

    is_announced: ClassVar[bool] = True
    seat_id: str
    participant_id: str
    producer_id: str
    source: Source
    muted: bool


class MuteEnforced(RoomEvent, frozen=True):
    """The worker must be told, as it believes otherwise."""

    is_stored: ClassVar[bool] = False
    transport_id: str
    producer_id: str
    muted: bool


class ChatSent(RoomEvent, frozen=True):
    """Somebody said something."""

    durability: ClassVar[Durability] = "durable"
    is_announced: ClassVar[bool] = True
    seat_id: str
    command_id: str
    message_id: str
    participant_id: str
    display_name: str
    text: str
    at: int


StoredEvent = (
    MeetingStarted
    | MeetingResumed
    | SeatTaken
    | SeatResumed
    | ResumeTokenRotated
    | ConnectionChanged
    | DeadlineMoved
    | SeatLeft
    | TokenRenewed
    | TransportOpened
    | SourcesMuted
    | TransportLost
    | TransportRefused
    | TrackPublished
    | TrackClosed
    | TrackMoved
    | TrackMuted
    | ChatSent
)
"""What can come back from the journal."""

PassingEvent = (
    MeetingEnded
    | LinkReplaced
    | TokenExpiryTold
    | OfferTaken
    | OfferRefused
    | TransportChanged
    | TransportKept
    | MuteEnforced
)

AnyRoomEvent = StoredEvent | PassingEvent
