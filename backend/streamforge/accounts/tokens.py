"""Room tokens: issues and verifies the JWTs that let somebody into one room. It stores nothing.

Two audiences, so that one kind can never pass for the other:

| kind | audience | lifetime (setting) | for |
|---|---|---|---|
| meeting | `streamforge:meeting` | 1 hour (`join_token_s`) | `join-room` as one person |
| admin | `streamforge:admin` | 30 days (`admin_token_s`) | `adminToken`: rule one room |

Either is renewed by `POST /api/v1/rooms/{room}/access/renew` while it is still valid, a meeting
token also shortly after (`token_renewal_grace_s`): same subject, role and grants, new expiry and
id. The connection of a participant whose token ran out is ended by signaling. The grant `publish`
stands for all sources, `publish:microphone` and the like for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import jwt

from streamforge.accounts.token_keys import TokenKey, TokenKeys
from streamforge.core.clock import Clock
from streamforge.core.errors import AppError, Forbidden, Unauthenticated
from streamforge.core.ids import IdSource

Role = Literal["moderator", "participant"]
Kind = Literal["meeting", "admin"]

ISSUER: Final = "streamforge"
AUDIENCES: Final[Mapping[Kind, str]] = {
    "meeting": "streamforge:meeting",
    "admin": "streamforge:admin",
}
# Between our own nodes; a token made "in the future" by more than this is refused.
LEEWAY_S: Final = 5
# Ours are under 1 kB; anything bigger is not worth parsing.
MAX_TOKEN_CHARS: Final = 8_192
# Headers by which a token could bring or fetch its own key, or demand semantics that we lack.
REFUSED_HEADERS: Final = frozenset({"crit", "jku", "jwk", "x5u", "x5c"})
REQUIRED_CLAIMS: Final = (
    "iss",
    "aud",
    "exp",
    "nbf",
    "jti",
    "sub",
    "tenant",
    "room",
    "role",
    "grants",
)

GRANTS: Final[Mapping[Role, tuple[str, ...]]] = {
    "participant": ("join", "publish", "subscribe", "chat"),
    "moderator": ("join", "publish", "subscribe", "chat", "moderate"),
}
ADMIN_GRANTS: Final = ("admin",)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows. `expires_at` (UTC ms) and `token_id` are set by `issue`."""

    tenant_id: str
    room_id: str
    subject: str
    role: Role
    grants: tuple[str, ...]
    display_name: str = ""
    kind: Kind = "meeting"
    expires_at: int = 0
    token_id: str = ""

    def allows(self, grant: str) -> bool:
        """Whether this grant is among those given."""
        return grant in self.grants


class Tokens:
    """Signs with the newest key and verifies with any key in force."""

    def __init__(
        self, keys: TokenKeys, *, lifetimes_s: Mapping[Kind, float], clock: Clock, ids: IdSource
    ) -> None:
        self._keys = keys
        self._lifetimes_s = lifetimes_s
        self._clock = clock
        self._ids = ids

    def issue(self, grant: Grant) -> tuple[str, int]:
        """Return a signed token and its expiry in UTC ms.

        A renewed grant gets a new id and expiry.
        """
        now_s = self._clock.now_ms() // 1_000
        expires_s = now_s + int(self._lifetimes_s[grant.kind])
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCES[grant.kind],
            "iat": now_s,
            "nbf": now_s,
            "exp": expires_s,
            "jti": self._ids.new("tok"),
            "sub": grant.subject,
            "tenant": grant.tenant_id,
            "room": grant.room_id,
            "role": grant.role,
            "grants": list(grant.grants),
            "name": grant.display_name,
        }
        key = self._keys.signing
        token = jwt.encode(
            claims, key.secret_bytes(), algorithm=key.algorithm, headers={"kid": key.key_id}
        )
        return token, expires_s * 1_000

    def verify(
        self, token: str, room_id: str, *, kind: Kind = "meeting", grace_s: float = 0
    ) -> Grant:
        """Return what the token allows in this room, or did until at most `grace_s` ago.

        Raises:
            Unauthenticated: `token_expired`, or `token_invalid` for every other flaw.
            Forbidden: `token_wrong_room` when it is genuine but for another room.
        """
        claims = self._decode(token, self._key_of(token), AUDIENCES[kind])
        now_s = self._clock.now_ms() // 1_000
        grant = _grant(claims, kind)
        if claims["nbf"] > now_s + LEEWAY_S:
            raise _invalid("it is not valid yet")
        if grant.expires_at + grace_s * 1_000 <= now_s * 1_000:
            raise Unauthenticated("token_expired", "This token has expired; ask for a new one.")
        if grant.room_id != room_id:
            raise Forbidden("token_wrong_room", "This token is for another room.")
        return grant

    def _key_of(self, token: str) -> TokenKey:
        if len(token) > MAX_TOKEN_CHARS:
            raise _invalid("it is too long")
        try:
            header = jwt.get_unverified_header(token)
        # ValueError: a character that UTF-8 cannot write.
        except (jwt.InvalidTokenError, ValueError) as error:
            raise _invalid("it is malformed") from error
        if REFUSED_HEADERS & header.keys():
            raise _invalid("its header asks for something that is not supported")
        key_id = header.get("kid")
        key = self._keys.find(key_id) if isinstance(key_id, str) else None
        if key is None or header.get("alg") != key.algorithm:
            raise _invalid("it was signed by a key that is not ours")
        return key

    def _decode(self, token: str, key: TokenKey, audience: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key.secret_bytes(),
                algorithms=[key.algorithm],
                audience=audience,
                issuer=ISSUER,
                options={
                    "require": list(REQUIRED_CLAIMS),
                    "strict_aud": True,
                    # Checked in `verify` against the injected clock instead.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidTokenError as error:
            raise _invalid("its signature or claims are wrong") from error


def _grant(claims: Mapping[str, Any], kind: Kind) -> Grant:
    texts = [claims["tenant"], claims["room"], claims["sub"], claims["jti"], claims.get("name", "")]
    times = [claims["exp"], claims["nbf"]]
    role, grants = claims["role"], claims["grants"]
    if not all(isinstance(value, str) for value in texts) or role not in GRANTS:
        raise _invalid("a claim has a wrong type")
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in times):
        raise _invalid("a time is not a whole number")
    if not isinstance(grants, list) or not all(isinstance(g, str) for g in grants):  # pyright: ignore[reportUnknownVariableType]
        raise _invalid("its grants are not a list")
    return Grant(
        tenant_id=texts[0],
        room_id=texts[1],
        subject=texts[2],
        role=role,
        grants=tuple(grants),  # pyright: ignore[reportUnknownArgumentType]
        display_name=texts[4],
        kind=kind,
        expires_at=claims["exp"] * 1_000,
        token_id=texts[3],
    )


def _invalid(reason: str) -> AppError:
    return Unauthenticated("token_invalid", f"This token cannot be used: {reason}.")
