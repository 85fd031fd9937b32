"""Room definitions in a real SQLite file: what is taken twice, and what errors may show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from streamforge.accounts.store import DEFAULT_TENANT_ID, AccountStore
from streamforge.core.errors import Conflict
from streamforge.infra.db.engine import Database
from streamforge.infra.db.migrate import migrate
from streamforge.rooms.definition import RoomDefinition, RoomFeatures
from streamforge.rooms.store import RoomStore

ROOM = RoomDefinition(
    room_id="room_1",
    tenant_id=DEFAULT_TENANT_ID,
    name="Weekly",
    slug="weekly-lusab",
    max_participants=3,
    features=RoomFeatures(),
    created_at=1,
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'rooms.db'}")
    await migrate(opened)
    await AccountStore(opened).ensure_default_tenant(1)
    yield opened
    await opened.close()


async def test_a_slug_that_another_room_has_is_taken(database: Database) -> None:
    store = RoomStore(database)
    await store.add(ROOM)

    with pytest.raises(Conflict) as refused:
        await store.add(replace(ROOM, room_id="room_2"))

    assert refused.value.code == "slug_taken"
    assert await store.get_by_id_or_slug(DEFAULT_TENANT_ID, ROOM.slug) == ROOM


async def test_an_error_of_the_database_shows_no_values(database: Database) -> None:
    insert = text("INSERT INTO rooms (tenant_id, slug) VALUES (:tenant, :slug)")

    with pytest.raises(IntegrityError) as failed:
        async with database.transaction() as connection:
            await connection.execute(insert, {"tenant": "tnt_none", "slug": "secret-slug"})

    assert "secret-slug" not in str(failed.value)
