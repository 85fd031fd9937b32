"""The JSON of the rooms' REST routes, as Structs; OpenAPI is generated from them. It has no logic.

Names are camelCase on the wire; times are UTC milliseconds.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

# A name is shown in titles; 100 characters fill a line on a wide screen.
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
FeatureName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=8_192)]


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Parent of all bodies."""


class CreateRoom(Wire, frozen=True):
    """A room to create. `features` maps a feature's name to whether it is wanted."""

    name: Name = "Meeting"
    max_participants: Annotated[int, msgspec.Meta(ge=2)] | None = None
    features: Annotated[dict[FeatureName, bool], msgspec.Meta(max_length=32)] = {}


class MissingFeature(Wire, frozen=True):
    """Something that was asked for and that this server lacks; it reads as off everywhere."""

    code: Literal["feature_unavailable"]
    feature: str


class CreatedRoomBody(Wire, frozen=True):
    """A new room; `adminToken` is shown this once."""

    room_id: str
    slug: str
    join_url: str
    admin_token: str
    warnings: list[MissingFeature]


class Features(Wire, frozen=True):
    """What may be used in the room."""

    recording: bool
    chat: bool
    ai_filters: bool
    screen_share: bool


class RoomBody(Wire, frozen=True):
    """A room and how many people are in it now."""

    room_id: str
    slug: str
    name: str
    join_url: str
    max_participants: int
    features: Features
    created_at: int
    participant_count: int


class RoomList(Wire, frozen=True):
    """One page of rooms, newest first; `nextCursor` is null on the last one."""

    items: list[RoomBody]
    next_cursor: str | None


class RoomListQuery(Wire, frozen=True):
    """Paging: `limit` from 1 to 200, `cursor` from an earlier answer."""

    limit: str | None = None
    cursor: str | None = None


class RequestAccess(Wire, frozen=True):
    """Who wants in. With the room's `adminToken` (or an API key as bearer) they are a moderator."""

    display_name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    admin_token: Token | None = None


class AccessBody(Wire, frozen=True):
    """A token for `join-room`; renew it before `expiresAt`."""

    token: str
    expires_at: int
    role: Literal["moderator", "participant"]
