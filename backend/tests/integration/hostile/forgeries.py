"""Tokens that somebody made up, bent or borrowed; signed with the server's own key where that shows
that it is not the signature which saves us."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt

Forged = dict[str, tuple[str, str]]
"""By what is wrong: the token, and the code with which it is refused."""

WRONG_KEY = b"another secret, of thirty-two bytes"
INVALID = "token_invalid"


class Forger:
    """Makes tokens out of a genuine one and the key that signed it."""

    def __init__(self, token: str, key: bytes) -> None:
        self._key = key
        self._head_text, self._claims_text, self._signature = token.split(".")
        self._head, self._claims = _decode(self._head_text), _decode(self._claims_text)
        self._token = token

    def all(self, other_room: str) -> Forged:
        """Everything below."""
        return self._torn() | self._headers() | self._claims_bent(other_room)

    def _torn(self) -> Forged:
        head, claims, signature = self._head_text, self._claims_text, self._signature
        torn = {
            "empty": "",
            "one part": head,
            "three dots": "...",
            "not base64": f"{head}.%%%.{signature}",
            "not ASCII": self._token[:-2] + "\ud7ff",
            "8 KB": self._token + "x" * 8_192,
            "no signature": f"{head}.{claims}.",
            "another signature": f"{head}.{claims}.{'A' * len(signature)}",
            "claims that are a list": f"{head}.{_encode([1])}.{signature}",
            "claims of another": f"{head}.{_encode({**self._claims, 'role': 'owner'})}.{signature}",
        }
        return {what: (token, INVALID) for what, token in torn.items()}

    def _headers(self) -> Forged:
        bent: dict[str, dict[str, Any]] = {
            "alg none": {"alg": "none"},
            "alg None": {"alg": "None"},
            "no alg": {"alg": None},
            "alg of key pairs": {"alg": "RS256"},
            "a stronger alg": {"alg": "HS512"},
        }
        unsigned = {
            what: f"{_encode({**self._head, **changed})}.{self._claims_text}."
            for what, changed in bent.items()
        }
        asking = {
            "unknown kid": {"kid": "somebody"},
            "kid with a path": {"kid": "../../../etc/passwd"},
            "kid with a quote": {"kid": "' OR 1=1 --"},
            "crit": {"crit": ["exp"]},
            "jku": {"jku": "http://192.0.2.1/keys"},
            "jwk": {"jwk": {"kty": "oct", "k": "AAAA"}},
            "x5u": {"x5u": "http://192.0.2.1/key"},
        }
        signed = {what: self._signed(self._claims, **more) for what, more in asking.items()}
        signed["wrong key"] = self._signed(self._claims, key=WRONG_KEY)
        return {what: (token, INVALID) for what, token in (unsigned | signed).items()}

    def _claims_bent(self, other_room: str) -> Forged:
        now = int(time.time())
        bent: dict[str, dict[str, Any]] = {
            "not yet valid": {"nbf": now + 600},
            "expires never": {"exp": "never"},
            "expires in a fraction": {"exp": now + 60.5},
            "of another issuer": {"iss": "somebody"},
            "for admins": {"aud": "streamforge:admin"},
            "for several": {"aud": ["streamforge:meeting", "streamforge:admin"]},
            "a role that is none": {"role": "owner"},
            "grants that are text": {"grants": "join"},
            "a subject that is a number": {"sub": 7},
            "8 KB of claims": {"name": "x" * 8_192},
        }
        forged = {
            what: (self._signed({**self._claims, **new}), INVALID) for what, new in bent.items()
        }
        for claim in ("exp", "nbf", "jti", "sub", "tenant", "room", "role", "grants", "aud", "iss"):
            less = {key: value for key, value in self._claims.items() if key != claim}
            forged[f"without {claim}"] = (self._signed(less), INVALID)
        expired, elsewhere = {"exp": now - 60}, {"room": other_room}
        forged["expired"] = (self._signed({**self._claims, **expired}), "token_expired")
        forged["another room"] = (self._signed({**self._claims, **elsewhere}), "token_wrong_room")
        return forged

    def _signed(self, claims: dict[str, Any], *, key: bytes | None = None, **more: Any) -> str:
        headers = {"kid": self._head["kid"], **more}
        algorithm = self._head["alg"]
        return jwt.encode(claims, key or self._key, algorithm=algorithm, headers=headers)


def _encode(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _decode(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
