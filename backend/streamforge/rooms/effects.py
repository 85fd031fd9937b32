"""What has to be done outside because something happened: plain values for the actor."""

from __future__ import annotations

from dataclasses import dataclass

from streamforge.protocol.media import Policy, Publication, Want
from streamforge.protocol.signaling import OfferedTrack
from streamforge.rooms.ports import Payload


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Tell everybody, and keep it for those whose socket is away."""

    seq: int
    event: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class SendTo:
    """Tell one connection."""

    link: str
    event: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class EndLink:
    """Tell one connection why it ends, and end it."""

    link: str
    code: str


@dataclass(frozen=True, slots=True)
class OpenTransport:
    """Make a peer connection on the meeting's router, after closing the one that it replaces."""

    seat_id: str
    participant_id: str
    transport_id: str
    correlation_id: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    """Let the worker answer an offer on a transport that was opened before."""

    seat_id: str
    transport_id: str
    transport_epoch: int
    command_id: str
    sdp: str
    offered: tuple[OfferedTrack, ...]
    publish: tuple[Publication, ...]
    want: Want


@dataclass(frozen=True, slots=True)
class CloseTransport:
    """End a peer connection."""

    transport_id: str


@dataclass(frozen=True, slots=True)
class SetTrackMuted:
    """Stop, or resume, forwarding a track in the worker."""

    transport_id: str
    producer_id: str
    muted: bool


@dataclass(frozen=True, slots=True)
class EndMeeting:
    """Close the media, forget the journal, stop the actor."""

    reason: str


Effect = (
    Broadcast
    | SendTo
    | EndLink
    | OpenTransport
    | AcceptOffer
    | CloseTransport
    | SetTrackMuted
    | EndMeeting
)
