"""Alembic scripts, shipped inside the package and run at start. A landed script is never edited."""
