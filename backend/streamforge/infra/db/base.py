"""The declarative base that every table shares. It defines no table itself.

Every tenant-owned table has `tenant_id NOT NULL` as the first column of its primary key and of each
unique key, so that no query or constraint can reach across tenants by accident.
"""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

# Names must be the same on every database, or a later migration cannot drop what an earlier one
# made.
NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of all mapped classes."""

    metadata = MetaData(naming_convention=NAMING)
