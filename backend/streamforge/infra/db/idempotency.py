"""The table of remembered answers, for `Idempotency-Key`. The rules are in `web/idempotency.py`.

An answer may hold a token, so it is stored sealed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Index,
    Integer,
    LargeBinary,
    String,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from streamforge.infra.db.base import Base
from streamforge.infra.db.engine import Database


class IdempotencyRow(Base):
    """One use of a key; `status` is NULL while the first request is still at work."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at_ms", "created_at_ms"),)

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    # SHA-256 over caller, route and key: the caller's address is not kept in clear.
    scope_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_sha256: Mapped[str] = mapped_column(String(64))
    created_at_ms: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[int | None] = mapped_column(Integer)
    sealed_body: Mapped[bytes | None] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What is known of an earlier use of the key."""

    body_sha256: str
    created_at_ms: int
    status: int | None
    sealed_body: bytes | None


class IdempotencyStore:
    """The single owner of the rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self, tenant_id: str, scope_sha256: str, body_sha256: str, now_ms: int
    ) -> StoredAnswer | None:
        """Reserve the key; return None when it is ours now, else the earlier use."""
        row = {
            "tenant_id": tenant_id,
            "scope_sha256": scope_sha256,
            "body_sha256": body_sha256,
            "created_at_ms": now_ms,
        }
        try:
            async with self._database.transaction() as connection:
                await connection.execute(insert(IdempotencyRow).values(row))
        except IntegrityError:
            return await self._find(tenant_id, scope_sha256)
        return None

    async def complete(
        self, tenant_id: str, scope_sha256: str, status: int, sealed_body: bytes
    ) -> None:
        """Remember the answer."""
        async with self._database.transaction() as connection:
            await connection.execute(
                update(IdempotencyRow)
                .where(
                    IdempotencyRow.tenant_id == tenant_id,
                    IdempotencyRow.scope_sha256 == scope_sha256,
                )
                .values(status=status, sealed_body=sealed_body)
            )

    async def release(self, tenant_id: str, scope_sha256: str) -> None:
        """Forget the use, so that the same key may try again."""
        async with self._database.transaction() as connection:
            await connection.execute(
                delete(IdempotencyRow).where(
                    IdempotencyRow.tenant_id == tenant_id,
                    IdempotencyRow.scope_sha256 == scope_sha256,
                )
            )

    async def delete_before(self, created_at_ms: int) -> None:
        """Forget everything older."""
        async with self._database.transaction() as connection:
            await connection.execute(
                delete(IdempotencyRow).where(IdempotencyRow.created_at_ms < created_at_ms)
            )

    async def _find(self, tenant_id: str, scope_sha256: str) -> StoredAnswer | None:
        async with self._database.transaction() as connection:
            query = select(
                IdempotencyRow.body_sha256,
                IdempotencyRow.created_at_ms,
                IdempotencyRow.status,
                IdempotencyRow.sealed_body,
            ).where(
                IdempotencyRow.tenant_id == tenant_id, IdempotencyRow.scope_sha256 == scope_sha256
            )
            row = (await connection.execute(query)).first()
        return None if row is None else StoredAnswer(*row)
