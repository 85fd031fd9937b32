"""What REST can do with rooms: create, find, list, delete, let people in. It knows no HTTP.

The live meeting belongs to its actor; from here it is only asked, and told to end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from streamforge.accounts.tokens import ADMIN_GRANTS, GRANTS, Grant, Kind, Role, Tokens
from streamforge.core.clock import Clock
from streamforge.core.errors import AppError, Forbidden, Unauthenticated
from streamforge.core.ids import IdSource
from streamforge.rooms.definition import RoomDefinition, chosen_features
from streamforge.rooms.slugs import new_slug
from streamforge.rooms.store import RoomStore


class LiveRooms(Protocol):
    """The meetings going on now; the registry implements it."""

    def participant_count(self, room_id: str) -> int:
        """How many people are in the room's meeting; 0 when there is none."""
        ...

    async def close_room(self, room_id: str, reason: str) -> None:
        """End the room's meeting for everybody, if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token and what the client needs to know of it."""

    token: str
    expires_at: int
    role: Role


@dataclass(frozen=True, slots=True)
class CreatedRoom:
    """A new room, the token that rules it, and the features that were asked for in vain."""

    room: RoomDefinition
    admin_token: str
    unavailable_features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoomService:
    """The use cases; every method takes the tenant that the caller acts for."""

    store: RoomStore
    tokens: Tokens
    live: LiveRooms
    clock: Clock
    ids: IdSource
    random_bytes: Callable[[int], bytes]
    renewal_grace_s: float
    """How long after its end a meeting token can still be renewed."""

    async def create(
        self, tenant_id: str, name: str, max_participants: int, features: dict[str, bool]
    ) -> CreatedRoom:
        """Store a new room and issue its admin token."""
        chosen, unavailable = chosen_features(features)
        room = RoomDefinition(
            room_id=self.ids.new("room"),
            tenant_id=tenant_id,
            name=name,
            slug=new_slug(name, self.random_bytes),
            max_participants=max_participants,
            features=chosen,
            created_at=self.clock.now_ms(),
        )
        await self.store.add(room)
        admin_token, _ = self.tokens.issue(
            Grant(
                tenant_id=tenant_id,
                room_id=room.room_id,
                subject=self.ids.new("adm"),
                role="moderator",
                grants=ADMIN_GRANTS,
                kind="admin",
            )
        )
        return CreatedRoom(room, admin_token, unavailable)

    async def get(self, tenant_id: str, key: str) -> RoomDefinition:
        """Return a room by id or slug, or raise `room_not_found`."""
        return await self.store.get_by_id_or_slug(tenant_id, key)

    async def list(
        self, tenant_id: str, limit: int, after: tuple[int, str] | None
    ) -> list[RoomDefinition]:
        """Return rooms, newest first."""
        return await self.store.list(tenant_id, limit, after)

    async def delete(self, room: RoomDefinition) -> None:
        """Remove the room for ever and end its meeting."""
        # Removed first: whoever is put out of the meeting must not be able to come straight back.
        await self.store.delete(room.tenant_id, room.room_id)
        await self.live.close_room(room.room_id, "deleted")

    def participant_count(self, room: RoomDefinition) -> int:
        """How many people are in the room now."""
        return self.live.participant_count(room.room_id)

    def require_admin(self, room: RoomDefinition, admin_token: str) -> None:
        """Check an admin token.

        Raises:
            Forbidden: `admin_required` when it is a genuine token of the wrong kind or room.
            Unauthenticated: `token_invalid` or `token_expired`.
        """
        try:
            grant = self.tokens.verify(admin_token, room.room_id, kind="admin")
        except Forbidden as error:
            raise _admin_required() from error
        except Unauthenticated as error:
            if error.code == "token_invalid" and self._is_meeting_token(room, admin_token):
                raise _admin_required() from error
            raise
        if not grant.allows("admin") or grant.tenant_id != room.tenant_id:
            raise _admin_required()

    def grant_access(
        self, room: RoomDefinition, display_name: str, *, is_moderator: bool
    ) -> IssuedToken:
        """Let somebody in: a token for one person's place in the meeting."""
        role: Role = "moderator" if is_moderator else "participant"
        return self._issue(
            Grant(
                tenant_id=room.tenant_id,
                room_id=room.room_id,
                subject=self.ids.new("sub"),
                role=role,
                grants=GRANTS[role],
                display_name=display_name,
            )
        )

    def renew(self, room: RoomDefinition, token: str) -> IssuedToken:
        """Exchange a valid token of either kind for one that lasts longer.

        Same subject and rights. A meeting token may have run out a moment ago: whoever comes back
        from a sleep takes the seat again that is still held.
        """
        return self._issue(replace(self._verify_any(room, token), token_id="", expires_at=0))

    def _verify_any(self, room: RoomDefinition, token: str) -> Grant:
        kinds: tuple[Kind, ...] = ("meeting", "admin")
        failure: AppError | None = None
        for kind in kinds:
            try:
                grace_s = self.renewal_grace_s if kind == "meeting" else 0
                return self.tokens.verify(token, room.room_id, kind=kind, grace_s=grace_s)
            except Unauthenticated as error:
                # Of the two refusals the telling one is "expired": the other is only "not this
                # kind".
                failure = error if failure is None or error.code == "token_expired" else failure
        raise failure or _admin_required()

    def _is_meeting_token(self, room: RoomDefinition, token: str) -> bool:
        try:
            self.tokens.verify(token, room.room_id)
        except AppError:
            return False
        return True

    def _issue(self, grant: Grant) -> IssuedToken:
        token, expires_at = self.tokens.issue(grant)
        return IssuedToken(token, expires_at, grant.role)


def _admin_required() -> Forbidden:
    return Forbidden("admin_required", "This needs the room's admin token or an API key.")
