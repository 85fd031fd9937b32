"""What a room is when nobody is in it: its durable definition. The live meeting is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RoomFeatures:
    """What may be used in the room. A feature that this server lacks is always off."""

    recording: bool = False
    chat: bool = True
    ai_filters: bool = False
    screen_share: bool = True


# The names on the wire of the features that exist here; everything else is answered by a warning.
AVAILABLE_FEATURES: Final = {"chat": "chat", "screenShare": "screen_share"}


@dataclass(frozen=True, slots=True)
class RoomDefinition:
    """One room. `slug` is its address for people; it holds 48 random bits."""

    room_id: str
    tenant_id: str
    name: str
    slug: str
    max_participants: int
    features: RoomFeatures
    created_at: int
    """UTC milliseconds."""


def chosen_features(wanted: dict[str, bool]) -> tuple[RoomFeatures, tuple[str, ...]]:
    """Return a new room's features and the names asked for in vain, in their order."""
    unavailable = tuple(
        name for name, on in wanted.items() if on and name not in AVAILABLE_FEATURES
    )
    given = {
        AVAILABLE_FEATURES[name]: on for name, on in wanted.items() if name in AVAILABLE_FEATURES
    }
    return RoomFeatures(**given), unavailable
