"""What can be asked of a meeting: by people, by timers, by the media engine. Plain values.

Whoever sends a command brings what the pure core may not make itself: new ids, hashes, times.
Commands of a person carry the `link` they came over; a link that lost its seat rules nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from streamforge.protocol.ipc import TransportInventory
from streamforge.protocol.media import AutoWant, PublishedTrack, Source, TransportState, Want
from streamforge.protocol.signaling import MediaCapabilities, OfferedTrack, ParticipantKind, Role
from streamforge.rooms.definition import RoomDefinition


@dataclass(frozen=True, slots=True)
class StartMeeting:
    """The first command of all."""

    meeting_id: str
    room: RoomDefinition
    router_id: str


@dataclass(frozen=True, slots=True)
class OfferRequest:
    """An offer, with an id for each thing that it may create."""

    sdp: str
    publish: tuple[OfferedTrack, ...]
    transport_id: str
    producer_ids: tuple[str, ...]
    want: Want = field(default_factory=AutoWant)


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """A claim on a seat that exists."""

    seat_id: str
    token_hash: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class Join:
    """Take a seat, or take one's own again. The grants come from a verified token."""

    link: str
    subject: str
    display_name: str
    role: Role
    publish: tuple[Source, ...]
    subscribe: bool
    may_chat: bool
    token_expires_at: int
    seat_id: str
    participant_id: str
    resume_hash: str
    correlation_id: str = ""
    kind: ParticipantKind = "person"
    media_capabilities: MediaCapabilities = field(default_factory=MediaCapabilities)
    resume: ResumeRequest | None = None
    offer: OfferRequest | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Negotiate media."""

    link: str
    seat_id: str
    command_id: str
    transport_epoch: int
    offer: OfferRequest
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class SetMuted:
    """Report, and enforce, that a source is silent or heard again."""

    link: str
    seat_id: str
    command_id: str
    source: str
    muted: bool


@dataclass(frozen=True, slots=True)
class SendChat:
    """Say something to everybody."""

    link: str
    seat_id: str
    command_id: str
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class RenewToken:
    """Stay longer: a newer token was verified."""

    link: str
    seat_id: str
    subject: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class RequestSnapshot:
    """Say again what the meeting looks like. The resume token rotates with it."""

    link: str
    seat_id: str
    resume_hash: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Give the seat up."""

    link: str
    seat_id: str


@dataclass(frozen=True, slots=True)
class SocketLost:
    """A connection is gone."""

    link: str


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Some deadline may be due."""


@dataclass(frozen=True, slots=True)
class CloseMeeting:
    """End it for everybody."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReportTransport:
    """The media engine says how a peer connection is."""

    transport_id: str
    state: TransportState
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """The media engine answered an offer; `told_muted` are the sources it took as muted."""

    seat_id: str
    transport_id: str
    offered: tuple[OfferedTrack, ...]
    producers: tuple[PublishedTrack, ...]
    told_muted: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ReportRefusal:
    """The media engine refused an offer; `is_gone` when its transport does not exist (any more)."""

    seat_id: str
    transport_id: str
    is_gone: bool


@dataclass(frozen=True, slots=True)
class ReportRouterLost:
    """The worker with the meeting's media is gone."""

    reason: str = "worker-lost"
    spared: frozenset[str] = frozenset()
    """Transports that are being opened: their offers go to the next worker."""


@dataclass(frozen=True, slots=True)
class ReportInventory:
    """A worker that was out of reach is back, with these transports of the meeting."""

    transports: tuple[TransportInventory, ...]


@dataclass(frozen=True, slots=True)
class Resume:
    """A restarted server goes on with the meeting; these transports are still alive."""

    seq: int
    transports: tuple[TransportInventory, ...]


Command = (
    StartMeeting
    | Join
    | Offer
    | SetMuted
    | SendChat
    | RenewToken
    | RequestSnapshot
    | Leave
    | SocketLost
    | TimePassed
    | CloseMeeting
    | ReportTransport
    | ReportAnswer
    | ReportRefusal
    | ReportRouterLost
    | ReportInventory
    | Resume
)
