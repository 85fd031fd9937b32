"""Opens the database and turns its failures into ours. It knows no table and runs no migration.

SQLite is the embedded default; any other SQLAlchemy async URL works the same way. Storage that
fails in any manner (locked, full, gone) is `storage_unavailable` for the layers above, which go on
without it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from streamforge.core.errors import Unavailable

# Longer than any transaction of ours, shorter than a client's patience.
BUSY_TIMEOUT_MS: Final = 3_000

SQLITE_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    # WAL + NORMAL survives a killed process without loss; only a power cut may cost the last
    # commits.
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
)


class Database:
    """One engine and its connections; closed once by the composition root."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_pre_ping=not self.is_sqlite,
            # Errors are logged, and parameters are names, chats and sealed answers.
            hide_parameters=True,
        )
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _apply_pragmas)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncConnection]:
        """Yield a connection that commits at the end, or rolls back on any exception.

        Raises:
            IntegrityError: a unique key or reference is violated; the caller's store translates it.
            Unavailable: `storage_unavailable` for every other failure of the database.
        """
        with translated_failures():
            async with self.engine.begin() as connection:
                yield connection

    async def ping(self) -> None:
        """Raise `storage_unavailable` unless a statement can run now."""
        async with self.transaction() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


class translated_failures:  # noqa: N801 - reads as a verb at its use: `with translated_failures():`
    """Context that raises `storage_unavailable` in place of a database failure."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, IntegrityError):
            return
        # ValueError: a connection closed under our hands (aiosqlite); OSError: no route, no disk.
        if isinstance(error, SQLAlchemyError | DBAPIError | OSError):
            raise storage_unavailable(error) from error


def storage_unavailable(error: BaseException) -> Unavailable:
    """The one error by which layers above learn that nothing can be stored now."""
    return Unavailable(
        "storage_unavailable",
        "The server cannot store anything at the moment.",
        context={"cause": type(error).__name__},
    )


def _apply_pragmas(dbapi_connection: Any, _record: object) -> None:
    cursor = dbapi_connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
