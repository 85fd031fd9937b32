"""What the wires say about media: sources, policies, publications, wants, slots.

Shared by the IPC and by signaling; the types of the `sfu` channel stay between browser and worker.
Unknown fields are ignored everywhere, so that either side may be newer.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["audio", "video"]
Source = Literal["microphone", "camera", "screen", "screen-audio"]
TransportState = Literal["connecting", "connected", "dark", "closed"]
# A newer worker may know more reasons than we do, so the wire type is open.
CloseReason = str

KIND_OF_SOURCE: dict[Source, Kind] = {
    "microphone": "audio",
    "camera": "video",
    "screen": "video",
    "screen-audio": "audio",
}


class Struct(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=False):
    """Base of all wire types: immutable, camelCase on the wire."""


class Policy(Struct, frozen=True):
    """What a participant may do with media; the worker enforces it."""

    publish: tuple[Source, ...] = ()
    subscribe: bool = True


class Publication(Struct, frozen=True):
    """A media line of an offer and the track that it carries."""

    mid: str
    producer_id: str
    source: Source
    encrypted: bool = False
    muted: bool = False


class Slot(Struct, frozen=True):
    """A receive line of an answer, to which any producer may be bound."""

    mid: str
    kind: Kind


class PublishedTrack(Struct, frozen=True):
    """A publication that the worker accepted."""

    producer_id: str
    mid: str
    kind: Kind
    source: Source


class Speaker(Struct, frozen=True):
    """Somebody who is heard; level 0 to 100."""

    participant_id: str
    level: int


class WantedSlot(Struct, frozen=True):
    """Which picture a slot shall show, and how large it is on the screen (0 = paused)."""

    mid: str
    participant_id: str
    source: Source
    width: int
    height: int
    priority: int = 0


class AutoWant(Struct, frozen=True, tag_field="mode", tag="auto"):
    """Bind video slots in order of publication, screens first."""

    revision: int = 0
    width: int = 640
    height: int = 360


class ExplicitWant(Struct, frozen=True, tag_field="mode", tag="explicit"):
    """Bind exactly these slots; a slot that is not named is unbound."""

    revision: int = 0
    slots: tuple[WantedSlot, ...] = ()


Want = AutoWant | ExplicitWant
