"""Brings the database to the schema that this build needs. It never goes backwards.

Runs at every start, before anything reads; on an up-to-date database it costs one query.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

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
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise Bug(
            "database_too_new",
            f"The database has schema {current!r}, which this build does not know. "
            "Start the build that wrote it, or restore an older copy of the database.",
        )
    if current != scripts.get_current_head():
        command.upgrade(config, "head")
