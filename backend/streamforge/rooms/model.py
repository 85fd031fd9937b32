"""The state of a live meeting: immutable values, replaced whole by `room.apply`. It does nothing.

One `Meeting` holds its seats; a seat is one participant's place, which outlives sockets and peer
connections. Everything here is JSON by msgspec, so a snapshot is the state itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from streamforge.protocol.media import Kind, Source, TransportState
from streamforge.protocol.signaling import Connection, MediaCapabilities, ParticipantKind, Role
from streamforge.rooms.definition import RoomDefinition


class Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of the state's parts."""


class Track(Value, frozen=True):
    """A published track; its id outlives the peer connection that carries it."""

    producer_id: str
    source: Source
    kind: Kind
    mid: str
    muted: bool = False
    encrypted: bool = False


class Transport(Value, frozen=True):
    """The seat's peer connection on a worker."""

    transport_id: str
    state: TransportState = "connecting"


class Answered(Value, frozen=True):
    """A command that was carried out; a repetition gets the same answer. Seq -1: empty answer."""

    command_id: str
    message_id: str = ""
    seq: int = -1


class Seat(Value, frozen=True):
    """One participant's place. Without a `link` (socket) it is given up at `leave_at`."""

    seat_id: str
    participant_id: str
    subject: str
    display_name: str
    role: Role
    joined_at: int
    resume_hash: str
    token_expires_at: int
    kind: ParticipantKind = "person"
    publish: tuple[Source, ...] = ()
    subscribe: bool = True
    may_chat: bool = True
    media_capabilities: MediaCapabilities = MediaCapabilities()
    # Of the browser that joined, or resumed last: it leads from its log to ours and the worker's.
    correlation_id: str = ""
    # The token before stays good until the newer one was used: its answer may have been lost.
    previous_resume_hash: str = ""
    link: str | None = None
    lost_at: int | None = None
    leave_at: int | None = None
    is_expiry_told: bool = False
    transport_epoch: int = 1
    transport: Transport | None = None
    tracks: tuple[Track, ...] = ()
    muted: tuple[Source, ...] = ()
    answered: tuple[Answered, ...] = ()

    @property
    def connection(self) -> Connection:
        """What the others see."""
        return "connected" if self.lost_at is None else "reconnecting"

    @property
    def has_media(self) -> bool:
        """Whether packets flow, as far as the worker told."""
        return self.transport is not None and self.transport.state == "connected"


class Message(Value, frozen=True):
    """A chat message."""

    message_id: str
    participant_id: str
    display_name: str
    text: str
    sent_at: int
    seq: int


class Meeting(Value, frozen=True):
    """A live meeting. `seq` counts what was announced, `position` all events."""

    meeting_id: str
    room: RoomDefinition
    router_id: str
    started_at: int
    chat_history: int
    position: int = 0
    seq: int = 0
    seats: dict[str, Seat] = {}
    chat: tuple[Message, ...] = ()
    empty_since: int | None = None
    ended: str | None = None

    def seat_of_link(self, link: str) -> Seat | None:
        """Return the seat that a connection speaks for."""
        return next((seat for seat in self.seats.values() if seat.link == link), None)

    def seat_of_transport(self, transport_id: str) -> Seat | None:
        """Return the seat that a peer connection is of."""
        return next((seat for seat in self.seats.values() if _has(seat, transport_id)), None)


def _has(seat: Seat, transport_id: str) -> bool:
    return seat.transport is not None and seat.transport.transport_id == transport_id


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits and times that decisions depend on; from the settings, in milliseconds."""

    chat_characters: int = 4_000
    chat_history: int = 200
    producers_per_participant: int = 4
    participants_per_room: int = 100
    offer_bytes: int = 65_536
    offer_media_lines: int = 64
    seat_held_ms: int = 60_000
    seat_reconnecting_ms: int = 15_000
    meeting_empty_ms: int = 60_000
    token_notice_ms: int = 300_000
