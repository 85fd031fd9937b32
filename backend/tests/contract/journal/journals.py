"""The implementations of `Journal`, each as a context that opens one on an empty folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from streamforge.accounts.store import AccountStore
from streamforge.core.clock import SystemClock
from streamforge.infra.db.engine import Database
from streamforge.infra.db.journal import JournalWriter
from streamforge.infra.db.migrate import migrate
from streamforge.rooms.memory_journal import MemoryJournal
from streamforge.rooms.ports import Journal
from streamforge.rooms.sql_journal import SqlJournal

OpenJournal = Callable[[Path], AbstractAsyncContextManager[Journal]]


@asynccontextmanager
async def memory(_folder: Path) -> AsyncIterator[Journal]:
    """Nothing to open, nothing to close."""
    yield MemoryJournal()


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Journal]:
    """The embedded default: a file."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'test.db'}")
    await migrate(database)
    await AccountStore(database).ensure_default_tenant(1)
    writer = JournalWriter(
        database, clock=SystemClock(), commit_interval_s=0.0, observe_commit_s=lambda _took_s: None
    )
    try:
        yield SqlJournal(database, writer, node_id="node_1", epoch=1)
    finally:
        await writer.close()
        await database.close()


def journals() -> list[OpenJournal]:
    """Return all of them."""
    return [memory, sqlite]
