"""Makes and checks API keys (`sf_<key id>_<64 hex digits>`). It is not about people or rooms.

The secret has 256 random bits, so one SHA-256 is the right hash: a slow password hash would only
give strangers a way to burn our CPU. The operator's own key is written to `<data_dir>/api-key`
(0600) at the first start, so that the command line on the same machine needs no set-up.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streamforge.accounts.store import DEFAULT_TENANT_ID, AccountStore, StoredApiKey
from streamforge.core.clock import Clock
from streamforge.core.errors import Unauthenticated
from streamforge.core.ids import IdSource
from streamforge.infra.secret_file import read_secret, write_secret

PREFIX: Final = "sf_"
SECRET_BYTES: Final = 32
OPERATOR_KEY_FILE: Final = "api-key"


@dataclass(frozen=True, slots=True)
class ApiPrincipal:
    """The caller that a valid API key stands for."""

    tenant_id: str
    api_key_id: str


class ApiKeys:
    """Creates and authenticates keys against the store."""

    def __init__(
        self,
        store: AccountStore,
        *,
        clock: Clock,
        ids: IdSource,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._random_bytes = random_bytes

    async def create(self, tenant_id: str, name: str) -> str:
        """Store a new key and return it; it cannot be shown again."""
        api_key_id = self._ids.new("key")
        secret = self._random_bytes(SECRET_BYTES).hex()
        await self._store.add_api_key(
            StoredApiKey(
                tenant_id=tenant_id,
                api_key_id=api_key_id,
                name=name,
                secret_sha256=_digest(secret),
                created_at_ms=self._clock.now_ms(),
                revoked_at_ms=None,
            )
        )
        return f"{PREFIX}{api_key_id}_{secret}"

    async def authenticate(self, api_key: str) -> ApiPrincipal:
        """Return whose key this is.

        Raises:
            Unauthenticated: `api_key_invalid`, the same for unknown, wrong and revoked keys.
        """
        api_key_id, _, secret = api_key.removeprefix(PREFIX).rpartition("_")
        stored = None
        if api_key.startswith(PREFIX) and 0 < len(api_key_id) <= 64:
            stored = await self._store.find_api_key(api_key_id)
        # Hashed and compared even for an unknown key: equal work whether or not it exists.
        expected = stored.secret_sha256 if stored is not None else _digest("")
        matches = hmac.compare_digest(_digest(secret), expected)
        if stored is None or not matches or stored.revoked_at_ms is not None:
            raise Unauthenticated("api_key_invalid", "This API key is not valid.")
        return ApiPrincipal(stored.tenant_id, stored.api_key_id)

    async def ensure_operator_key(self, data_dir: Path) -> Path:
        """Write a key for the operator unless the file holds a valid one; return the file."""
        path = data_dir / OPERATOR_KEY_FILE
        existing = read_secret(path)
        if existing is not None and await self._is_valid(
            existing.decode("ascii", "replace").strip()
        ):
            return path
        key = await self.create(DEFAULT_TENANT_ID, "operator")
        write_secret(path, f"{key}\n".encode("ascii"))
        return path

    async def _is_valid(self, api_key: str) -> bool:
        try:
            await self.authenticate(api_key)
        except Unauthenticated:
            return False
        return True


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()
