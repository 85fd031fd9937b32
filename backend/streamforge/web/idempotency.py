"""`Idempotency-Key` on POST: a repeated request gets the first answer and has no second effect.

After draft-ietf-httpapi-idempotency-key-header-07: kept 24 h, bound to caller and route; another
body under the same key is 422, a twin still at work is 409. Only successes are remembered: after a
failure the same key may try again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
from quart import Response, request

from streamforge.core.clock import Clock
from streamforge.core.errors import Conflict, Invalid, Unprocessable
from streamforge.infra.db.idempotency import IdempotencyStore, StoredAnswer
from streamforge.web.bodies import raw_body

HEADER: Final = "idempotency-key"
KEPT_MS: Final = 24 * 3_600 * 1_000
# A request that has not answered by then died with its process; its key is free again.
ABANDONED_MS: Final = 60_000
# Callers without a credential share a namespace with their whole network, so a key must not be
# guessable ("1"): it is what protects the answer. A UUID has 36 characters.
MIN_CHARS, MAX_CHARS = 16, 255


class Sealer(Protocol):
    """Encrypts what is stored."""

    def seal(self, content: bytes, belongs_to: str) -> bytes: ...

    def open(self, sealed: bytes, belongs_to: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Runs a POST at most once for each key."""

    store: IdempotencyStore
    sealer: Sealer
    clock: Clock

    async def run(
        self,
        tenant_id: str,
        caller: str,
        answer: Callable[[], Awaitable[tuple[msgspec.Struct, int]]],
    ) -> Response:
        """Return `answer()`, or the remembered one when this request repeats an earlier one.

        Raises:
            Invalid: `idempotency_key_invalid`.
            Unprocessable: `idempotency_mismatch` for another body.
            Conflict: `idempotency_in_flight` while the first one is still at work.
        """
        key = request.headers.get(HEADER)
        if key is None:
            return _response(*await answer())
        scope = _scope(caller, request.path, _checked(key))
        body_sha256 = hashlib.sha256(await raw_body()).hexdigest()
        earlier = await self._claim(tenant_id, scope, body_sha256)
        if earlier is not None:
            return self._replay(earlier, body_sha256, scope)
        try:
            model, status = await answer()
            body = msgspec.json.encode(model)
            await self.store.complete(tenant_id, scope, status, self.sealer.seal(body, scope))
        # BaseException: a cancelled request must free its key, too.
        except BaseException:
            await self.store.release(tenant_id, scope)
            raise
        return _response(model, status)

    async def forget_old(self) -> None:
        """Delete what is past its time; the composition root calls it now and then."""
        await self.store.delete_before(self.clock.now_ms() - KEPT_MS)

    async def _claim(self, tenant_id: str, scope: str, body_sha256: str) -> StoredAnswer | None:
        now_ms = self.clock.now_ms()
        earlier = await self.store.claim(tenant_id, scope, body_sha256, now_ms)
        if earlier is None:
            return None
        age_ms = now_ms - earlier.created_at_ms
        is_abandoned = earlier.status is None and age_ms > ABANDONED_MS
        if not is_abandoned and age_ms <= KEPT_MS:
            return earlier
        await self.store.release(tenant_id, scope)
        return await self.store.claim(tenant_id, scope, body_sha256, now_ms)

    def _replay(self, earlier: StoredAnswer, body_sha256: str, scope: str) -> Response:
        if earlier.body_sha256 != body_sha256:
            raise Unprocessable(
                "idempotency_mismatch", "This Idempotency-Key was used with another request body."
            )
        if earlier.status is None or earlier.sealed_body is None:
            raise Conflict(
                "idempotency_in_flight", "The first request with this Idempotency-Key is at work."
            )
        body = self.sealer.open(earlier.sealed_body, scope)
        if body is None:
            raise Conflict(
                "idempotency_unreadable",
                "The first answer was sealed with a key that this server no longer has.",
            )
        response = Response(body, status=earlier.status, content_type="application/json")
        response.headers["idempotency-replayed"] = "true"
        return response


def _response(model: msgspec.Struct, status: int) -> Response:
    return Response(msgspec.json.encode(model), status=status, content_type="application/json")


def _checked(key: str) -> str:
    if not (MIN_CHARS <= len(key) <= MAX_CHARS and key.isascii() and key.isprintable()):
        raise Invalid(
            "idempotency_key_invalid",
            f"Idempotency-Key must have {MIN_CHARS} to {MAX_CHARS} printable ASCII characters; "
            "use a UUID.",
        )
    return key


def _scope(caller: str, path: str, key: str) -> str:
    # Length-prefixed, so that no two triples run together into the same text.
    parts = "".join(f"{len(part)}:{part}" for part in (caller, path, key))
    return hashlib.sha256(parts.encode("utf-8")).hexdigest()
