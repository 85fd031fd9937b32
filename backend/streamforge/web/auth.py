"""Reads the credentials of a request.

It asks a port whether they are good; accounts implements it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from quart import request

from streamforge.core.errors import Unauthenticated
from streamforge.web.ratelimit import RateLimiter


class Principal(Protocol):
    """A caller that has proved to be a tenant's."""

    @property
    def tenant_id(self) -> str: ...

    @property
    def api_key_id(self) -> str: ...


class Authenticator(Protocol):
    """Checks API keys."""

    async def authenticate(self, api_key: str) -> Principal:
        """Return the key's owner, or raise `api_key_invalid`."""
        ...


@dataclass(frozen=True, slots=True)
class LimitedAuthenticator:
    """Gives each API key a rate of its own, wherever it is used.

    A wrong key costs nothing here: its sender has the rate of the address.
    """

    inner: Authenticator
    keys: RateLimiter

    async def authenticate(self, api_key: str) -> Principal:
        """Return the key's owner, or raise `api_key_invalid` or `rate_limited`."""
        principal = await self.inner.authenticate(api_key)
        self.keys.take(principal.api_key_id)
        return principal


def bearer() -> str | None:
    """Return the bearer token of this request, if it has one (RFC 6750 §2.1)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def required_bearer(code: str, message: str) -> str:
    """Return the bearer token.

    Raises:
        Unauthenticated: `code`, when there is none.
    """
    token = bearer()
    if token is None:
        raise Unauthenticated(code, message)
    return token
