"""Reads and writes room definitions. It decides nothing and knows no live meeting."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Final

from sqlalchemy import Row, Select, delete, insert, or_, select, tuple_
from sqlalchemy.exc import IntegrityError

from streamforge.core.errors import Conflict, NotFound
from streamforge.infra.db.engine import Database
from streamforge.rooms.definition import RoomDefinition, RoomFeatures
from streamforge.rooms.tables import RoomRow

__all__ = ["RoomDefinition", "RoomFeatures", "RoomStore"]

# Ids and slugs are shorter; a longer key cannot match and need not reach the database.
MAX_KEY_CHARS: Final = 100
FEATURES: Final = frozenset(field.name for field in fields(RoomFeatures))


class RoomStore:
    """The single owner of the room rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, room: RoomDefinition) -> None:
        """Store a new room.

        Raises:
            Conflict: `slug_taken`. Slugs are random: trying again gives another one.
        """
        row = insert(RoomRow).values(
            tenant_id=room.tenant_id,
            room_id=room.room_id,
            slug=room.slug,
            name=room.name,
            max_participants=room.max_participants,
            features=asdict(room.features),
            created_at_ms=room.created_at,
        )
        try:
            async with self._database.transaction() as connection:
                await connection.execute(row)
        except IntegrityError as error:
            raise Conflict("slug_taken") from error

    async def get_by_id_or_slug(self, tenant_id: str, key: str) -> RoomDefinition:
        """Return the room with this id or slug.

        Raises:
            NotFound: `room_not_found`, also for a room of another tenant.
        """
        room = None
        if 0 < len(key) <= MAX_KEY_CHARS:
            query = _rooms().where(
                RoomRow.tenant_id == tenant_id, or_(RoomRow.room_id == key, RoomRow.slug == key)
            )
            async with self._database.transaction() as connection:
                room = (await connection.execute(query)).first()
        if room is None:
            raise NotFound("room_not_found", "There is no such room.")
        return _definition(room)

    async def list(
        self, tenant_id: str, limit: int, after: tuple[int, str] | None
    ) -> list[RoomDefinition]:
        """Return rooms, newest first, that come after the sort key `(created_at, room_id)`."""
        query = (
            _rooms()
            .where(RoomRow.tenant_id == tenant_id)
            .order_by(RoomRow.created_at_ms.desc(), RoomRow.room_id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(RoomRow.created_at_ms, RoomRow.room_id) < after)
        async with self._database.transaction() as connection:
            return [_definition(row) for row in await connection.execute(query)]

    async def delete(self, tenant_id: str, room_id: str) -> None:
        """Remove the room; removing it twice is no error."""
        async with self._database.transaction() as connection:
            await connection.execute(
                delete(RoomRow).where(RoomRow.tenant_id == tenant_id, RoomRow.room_id == room_id)
            )


@dataclass(frozen=True, slots=True)
class TenantRooms:
    """The rooms of one tenant, as whoever joins finds them (`rooms.ports.RoomDirectory`)."""

    store: RoomStore
    tenant_id: str

    async def find(self, key: str) -> RoomDefinition:
        """Return the room with this id or slug, or raise `room_not_found`."""
        return await self.store.get_by_id_or_slug(self.tenant_id, key)


def _rooms() -> Select[str, str, str, str, int, dict[str, bool], int]:
    return select(
        RoomRow.room_id,
        RoomRow.tenant_id,
        RoomRow.name,
        RoomRow.slug,
        RoomRow.max_participants,
        RoomRow.features,
        RoomRow.created_at_ms,
    )


def _definition(row: Row[str, str, str, str, int, dict[str, bool], int]) -> RoomDefinition:
    # A row that a newer build wrote may hold features that this one lacks: they read as off.
    known = {name: bool(on) for name, on in row.features.items() if name in FEATURES}
    return RoomDefinition(
        room_id=row.room_id,
        tenant_id=row.tenant_id,
        name=row.name,
        slug=row.slug,
        max_participants=row.max_participants,
        features=RoomFeatures(**known),
        created_at=row.created_at_ms,
    )
