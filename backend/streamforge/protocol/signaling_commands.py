"""What a browser says over Socket.IO: the commands and their payloads. Only shapes."""

from __future__ import annotations

from typing import Final

from streamforge.protocol.media import Struct, Want

PROTOCOL: Final = 1


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
