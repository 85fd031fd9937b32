"""Brings the database to the schema that this build needs. It never goes backwards.

Runs at every start, before anything reads. On an up-to-date database it costs one query and does
not load Alembic, which would be an eighth of the time in which a killed server is back.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from streamforge.core.errors import Bug
from streamforge.infra.db.engine import Database, translated_failures

SCRIPTS = Path(__file__).parent / "migrations"


async def migrate(database: Database) -> None:
    """Apply every missing migration in one pass.

    Raises:
        Unavailable: `storage_unavailable` when the database cannot be reached.
        Bug: `database_too_new` when a newer build has written it; starting would corrupt it.
    """
    with translated_failures():
        async with database.engine.begin() as connection:
            await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    known = _revisions()
    current = _current(connection)
    if current == known[-1]:
        return
    if current is not None and current not in known:
        raise Bug(
            "database_too_new",
            f"The database has schema {current!r}, which this build does not know. "
            "Start the build that wrote it, or restore an older copy of the database.",
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revisions() -> list[str]:
    """The revisions of this build, oldest first: the numbers that the scripts' names begin with."""
    return sorted(path.name.split("_")[0] for path in (SCRIPTS / "versions").glob("0*.py"))


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
