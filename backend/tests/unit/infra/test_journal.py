"""The journal's one writer: order, shared commits, and a failure that hits nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from streamforge.core.clock import SystemClock
from streamforge.core.errors import AppError
from streamforge.infra.db.engine import Database
from streamforge.infra.db.journal import JournalWriter, Write


class Counted:
    """A writer on a table of numbers, and how many commits it needed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.commits = 0
        self.writer = JournalWriter(
            database, clock=SystemClock(), commit_interval_s=0.0, observe_commit_s=self._count
        )

    async def insert(self, number: int) -> None:
        await self.writer.write(inserting(number))

    async def numbers(self) -> list[int]:
        async with self.database.transaction() as connection:
            rows = await connection.execute(text("SELECT n FROM numbers ORDER BY rowid"))
            return [row[0] for row in rows]

    def _count(self, _took_s: float) -> None:
        self.commits += 1


def inserting(number: int) -> Write:
    async def write(connection: AsyncConnection) -> None:
        await connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": number})

    return write


@pytest.fixture
async def counted(tmp_path: Path) -> AsyncGenerator[Counted]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    async with database.transaction() as connection:
        await connection.execute(text("CREATE TABLE numbers (n INTEGER UNIQUE)"))
    counted = Counted(database)
    yield counted
    await counted.writer.close()
    await database.close()


async def test_many_writes_at_once_share_few_commits_and_keep_their_order(
    counted: Counted,
) -> None:
    await asyncio.gather(*(counted.insert(number) for number in range(200)))

    assert await counted.numbers() == list(range(200))
    assert counted.commits <= 4


async def test_a_write_is_stored_when_it_returns(counted: Counted) -> None:
    await counted.insert(7)

    assert await counted.numbers() == [7]


async def test_a_conflict_fails_its_own_writer_only(counted: Counted) -> None:
    await counted.insert(3)

    results = await asyncio.gather(
        *(counted.insert(number) for number in range(6)), return_exceptions=True
    )

    failed = [number for number, result in enumerate(results) if result is not None]
    assert failed == [3]
    assert isinstance(results[3], AppError)
    assert results[3].code == "journal_conflict"
    assert await counted.numbers() == [3, 0, 1, 2, 4, 5]


async def test_a_write_with_a_bug_does_not_stop_the_writer(counted: Counted) -> None:
    async def broken(_connection: AsyncConnection) -> None:
        raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        await counted.writer.write(broken)
    await counted.insert(1)

    assert await counted.numbers() == [1]


async def test_a_caller_that_gives_up_does_not_undo_the_commit(counted: Counted) -> None:
    impatient = asyncio.ensure_future(counted.insert(1))
    await asyncio.sleep(0)
    impatient.cancel()
    await counted.insert(2)

    assert await counted.numbers() == [1, 2]


async def test_closing_stores_what_waits_and_refuses_what_comes_later(counted: Counted) -> None:
    waiting = [asyncio.ensure_future(counted.insert(n)) for n in range(20)]
    await asyncio.sleep(0)

    await counted.writer.close()
    await asyncio.gather(*waiting)
    with pytest.raises(AppError) as raised:
        await counted.insert(99)

    assert await counted.numbers() == list(range(20))
    assert raised.value.code == "shutting_down"


async def test_storage_that_is_gone_is_said_as_such_and_may_come_back(counted: Counted) -> None:
    async with counted.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE numbers RENAME TO away"))

    with pytest.raises(AppError) as raised:
        await counted.insert(1)
    async with counted.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO numbers"))
    await counted.insert(2)

    assert raised.value.code == "storage_unavailable"
    assert await counted.numbers() == [2]
