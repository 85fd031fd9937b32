"""Reads and writes tenants and API keys. It decides nothing; `api_keys.py` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert, select

from streamforge.accounts.tables import ApiKeyRow, TenantRow
from streamforge.infra.db.engine import Database

# An embedded server has one tenant; it exists from the first start, so every row can name it.
DEFAULT_TENANT_ID: Final = "tnt_default"


@dataclass(frozen=True, slots=True)
class StoredApiKey:
    """An API key as the database knows it: without its secret."""

    tenant_id: str
    api_key_id: str
    name: str
    secret_sha256: str
    created_at_ms: int
    revoked_at_ms: int | None


class AccountStore:
    """The single owner of the tenant and API key rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure_default_tenant(self, now_ms: int) -> None:
        """Create the default tenant on the first start."""
        async with self._database.transaction() as connection:
            query = select(TenantRow.tenant_id).where(TenantRow.tenant_id == DEFAULT_TENANT_ID)
            if (await connection.execute(query)).first() is None:
                await connection.execute(
                    insert(TenantRow).values(
                        tenant_id=DEFAULT_TENANT_ID, name="Default", created_at_ms=now_ms
                    )
                )

    async def add_api_key(self, key: StoredApiKey) -> None:
        """Store a new key."""
        async with self._database.transaction() as connection:
            await connection.execute(
                insert(ApiKeyRow).values(
                    tenant_id=key.tenant_id,
                    api_key_id=key.api_key_id,
                    name=key.name,
                    secret_sha256=key.secret_sha256,
                    created_at_ms=key.created_at_ms,
                    revoked_at_ms=key.revoked_at_ms,
                )
            )

    async def find_api_key(self, api_key_id: str) -> StoredApiKey | None:
        """Return the key with this id; ids are unique by construction (UUIDv7), in any tenant."""
        async with self._database.transaction() as connection:
            query = select(
                ApiKeyRow.tenant_id,
                ApiKeyRow.api_key_id,
                ApiKeyRow.name,
                ApiKeyRow.secret_sha256,
                ApiKeyRow.created_at_ms,
                ApiKeyRow.revoked_at_ms,
            ).where(ApiKeyRow.api_key_id == api_key_id)
            row = (await connection.execute(query)).first()
        return None if row is None else StoredApiKey(*row)
