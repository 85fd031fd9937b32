"""What a participant may do with media: the token's grants, cut down by the room. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, get_args

from streamforge.core.errors import Invalid
from streamforge.protocol.media import Policy, Source
from streamforge.rooms.model import Meeting, Seat

ALL_SOURCES: Final[tuple[Source, ...]] = get_args(Source)


def source_named(text: str) -> Source:
    """Return the source of this name.

    Raises:
        Invalid: `unknown_source`.
    """
    if text not in ALL_SOURCES:
        raise Invalid("unknown_source", f"The sources are {', '.join(sorted(ALL_SOURCES))}.")
    return text


def granted_sources(grants: Collection[str]) -> tuple[Source, ...]:
    """Return the sources that a token's grants allow: `publish` all, `publish:camera` one."""
    if "publish" in grants:
        return ALL_SOURCES
    return tuple(source for source in ALL_SOURCES if f"publish:{source}" in grants)


def allowed_sources(meeting: Meeting, seat: Seat) -> tuple[Source, ...]:
    """Return what this person may publish in this room."""
    if meeting.room.features.screen_share:
        return seat.publish
    return tuple(source for source in seat.publish if not source.startswith("screen"))


def policy_of(meeting: Meeting, seat: Seat) -> Policy:
    """Return what the worker enforces for this person."""
    return Policy(publish=allowed_sources(meeting, seat), subscribe=seat.subscribe)
