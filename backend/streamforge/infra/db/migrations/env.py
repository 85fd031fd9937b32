"""Alembic's environment. `infra.db.migrate` hands it a connection; there is no command line.

Scripts are written by hand, so no metadata is loaded here: infra must not import the features'
tables. `tests/unit/infra/test_migrations.py` proves that scripts and tables agree.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy.engine import Connection

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=None,
    # SQLite cannot alter a column in place; batch mode rebuilds the table instead.
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
