"""The hand-written migrations and the tables say the same.

Every tenant's rows name their tenant.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import streamforge.accounts.tables
import streamforge.infra.db.idempotency
import streamforge.infra.db.journal_tables
import streamforge.rooms.tables  # noqa: F401 - the imports fill the metadata
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, UniqueConstraint, text
from streamforge.core.errors import Bug
from streamforge.infra.db.base import Base
from streamforge.infra.db.engine import Database
from streamforge.infra.db.migrate import SCRIPTS, _revisions, migrate  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"


async def test_a_migrated_database_has_exactly_the_tables_of_the_code(url: str) -> None:
    database = Database(url)
    await migrate(database)

    def differences(connection: Connection) -> object:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)

    async with database.engine.connect() as connection:
        found = await connection.run_sync(differences)
    await database.close()
    assert found == []


async def test_migrating_twice_changes_nothing(url: str) -> None:
    database = Database(url)
    await migrate(database)
    async with database.transaction() as connection:
        await connection.execute(text("INSERT INTO tenants VALUES ('tnt_x', 'X', 1)"))

    await migrate(database)

    async with database.transaction() as connection:
        kept = (await connection.execute(text("SELECT name FROM tenants"))).scalars().all()
    await database.close()
    assert kept == ["X"]


async def test_a_database_of_a_newer_build_is_refused(url: str) -> None:
    database = Database(url)
    await migrate(database)
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Bug) as raised:
        await migrate(database)

    await database.close()
    assert raised.value.code == "database_too_new"


def test_the_scripts_names_begin_with_their_revisions_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    in_order = [script.revision for script in scripts.walk_revisions()][::-1]

    assert _revisions() == in_order


def test_every_tenant_owned_table_has_its_tenant_in_every_unique_key() -> None:
    for table in Base.metadata.sorted_tables:
        if table.name == "tenants":
            continue
        uniques = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
        keys = [table.primary_key, *uniques]

        assert not table.c.tenant_id.nullable, table.name
        assert all("tenant_id" in key.columns for key in keys), table.name
