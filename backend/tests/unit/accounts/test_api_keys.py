"""API keys: shown once, stored as a hash, refused alike for every flaw."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from streamforge.accounts.api_keys import OPERATOR_KEY_FILE, ApiKeys
from streamforge.accounts.store import DEFAULT_TENANT_ID, AccountStore
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Unauthenticated
from streamforge.core.ids import UuidV7Ids
from streamforge.infra.db.engine import Database
from streamforge.infra.db.migrate import migrate


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    await migrate(database)
    await AccountStore(database).ensure_default_tenant(1)
    yield database
    await database.close()


@pytest.fixture
def keys(database: Database) -> ApiKeys:
    clock = ManualClock()
    return ApiKeys(
        AccountStore(database), clock=clock, ids=UuidV7Ids(clock), random_bytes=os.urandom
    )


async def test_a_new_key_names_its_tenant(keys: ApiKeys) -> None:
    key = await keys.create(DEFAULT_TENANT_ID, "ci")

    principal = await keys.authenticate(key)

    assert principal.tenant_id == DEFAULT_TENANT_ID
    assert principal.api_key_id in key


async def test_the_database_does_not_hold_the_secret(keys: ApiKeys, database: Database) -> None:
    key = await keys.create(DEFAULT_TENANT_ID, "ci")

    async with database.transaction() as connection:
        rows = (await connection.execute(text("SELECT * FROM api_keys"))).all()

    assert key.rpartition("_")[2] not in repr(rows)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key.removeprefix("sf_"),
        lambda key: "sf_key_unknown_" + key.rpartition("_")[2],
        lambda _key: "",
        lambda _key: "sf_",
        lambda _key: "sf_" + "x" * 10_000,
    ],
)
async def test_a_wrong_key_is_refused(keys: ApiKeys, change: Callable[[str], str]) -> None:
    key = await keys.create(DEFAULT_TENANT_ID, "ci")

    with pytest.raises(Unauthenticated) as raised:
        await keys.authenticate(change(key))

    assert raised.value.code == "api_key_invalid"


async def test_a_revoked_key_is_refused(keys: ApiKeys, database: Database) -> None:
    key = await keys.create(DEFAULT_TENANT_ID, "ci")
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE api_keys SET revoked_at_ms = 2"))

    with pytest.raises(Unauthenticated):
        await keys.authenticate(key)


async def test_the_operators_key_is_made_once_and_private(keys: ApiKeys, tmp_path: Path) -> None:
    path = await keys.ensure_operator_key(tmp_path)
    first = path.read_text()

    await keys.ensure_operator_key(tmp_path)

    assert path == tmp_path / OPERATOR_KEY_FILE
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await keys.authenticate(first.strip())


async def test_an_operators_key_that_no_longer_works_is_replaced(
    keys: ApiKeys, tmp_path: Path
) -> None:
    (tmp_path / OPERATOR_KEY_FILE).write_text("sf_key_old_00")

    path = await keys.ensure_operator_key(tmp_path)

    await keys.authenticate(path.read_text().strip())
