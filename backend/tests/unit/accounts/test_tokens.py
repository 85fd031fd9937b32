"""Room tokens: what they carry, and every way in which a forged or stale one is refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import jwt
import pytest
from streamforge.accounts.token_keys import TokenKey, TokenKeys
from streamforge.accounts.tokens import GRANTS, Grant, Tokens
from streamforge.core.clock import ManualClock
from streamforge.core.errors import AppError, Forbidden, Unauthenticated
from streamforge.core.ids import SequentialIds

SECRET = bytes(range(32))
KEY = TokenKey(key_id="tk_1", algorithm="HS256", secret=base64.b64encode(SECRET).decode())
GRANT = Grant(
    tenant_id="tnt_default",
    room_id="room_1",
    subject="sub_1",
    role="participant",
    grants=GRANTS["participant"],
    display_name="Ann",
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tokens(clock: ManualClock) -> Tokens:
    return make_tokens(clock, KEY)


def make_tokens(clock: ManualClock, *keys: TokenKey) -> Tokens:
    lifetimes = {"meeting": 3_600.0, "admin": 86_400.0}
    return Tokens(
        TokenKeys(list(keys)),
        lifetimes_s=lifetimes,  # pyright: ignore[reportArgumentType]
        clock=clock,
        ids=SequentialIds(),
    )


def claims_of(clock: ManualClock, **changes: Any) -> dict[str, Any]:
    now_s = clock.now_ms() // 1_000
    claims: dict[str, Any] = {
        "iss": "streamforge",
        "aud": "streamforge:meeting",
        "iat": now_s,
        "nbf": now_s,
        "exp": now_s + 600,
        "jti": "tok_1",
        "sub": "sub_1",
        "tenant": "tnt_default",
        "room": "room_1",
        "role": "participant",
        "grants": ["join"],
        "name": "Ann",
    }
    claims.update(changes)
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims: dict[str, Any], *, secret: bytes = SECRET, **headers: Any) -> str:
    return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "tk_1", **headers})


def code_of(tokens: Tokens, token: str, room_id: str = "room_1") -> str:
    with pytest.raises(AppError) as raised:
        tokens.verify(token, room_id)
    return raised.value.code


def test_a_token_returns_what_it_was_issued_for(tokens: Tokens) -> None:
    token, expires_at = tokens.issue(GRANT)

    grant = tokens.verify(token, "room_1")

    assert grant == replace(GRANT, expires_at=expires_at, token_id="tok_1")
    assert grant.allows("chat")
    assert not grant.allows("moderate")


def test_a_token_carries_every_registered_claim(tokens: Tokens, clock: ManualClock) -> None:
    token, expires_at = tokens.issue(GRANT)

    claims = jwt.decode(token, options={"verify_signature": False})

    assert set(claims) >= {"iss", "aud", "exp", "nbf", "jti", "sub", "tenant", "room", "role"}
    assert expires_at == clock.now_ms() + 3_600_000


def test_a_token_expires(tokens: Tokens, clock: ManualClock) -> None:
    token, _ = tokens.issue(GRANT)

    clock.advance(seconds=3_599)
    tokens.verify(token, "room_1")
    clock.advance(seconds=1)

    assert code_of(tokens, token) == "token_expired"


def test_a_token_that_ran_out_is_good_for_as_long_as_the_grace_that_is_asked_for(
    tokens: Tokens, clock: ManualClock
) -> None:
    token, _ = tokens.issue(GRANT)

    clock.advance(seconds=3_600 + 119)
    assert tokens.verify(token, "room_1", grace_s=120).subject == GRANT.subject
    clock.advance(seconds=1)

    with pytest.raises(Unauthenticated) as raised:
        tokens.verify(token, "room_1", grace_s=120)
    assert raised.value.code == "token_expired"


def test_a_token_is_for_one_room(tokens: Tokens) -> None:
    token, _ = tokens.issue(GRANT)

    with pytest.raises(Forbidden) as raised:
        tokens.verify(token, "room_2")

    assert raised.value.code == "token_wrong_room"


def test_an_admin_token_is_no_meeting_token_and_the_other_way_round(tokens: Tokens) -> None:
    admin, _ = tokens.issue(replace(GRANT, kind="admin"))
    meeting, _ = tokens.issue(GRANT)

    assert code_of(tokens, admin) == "token_invalid"
    with pytest.raises(Unauthenticated):
        tokens.verify(meeting, "room_1", kind="admin")


def test_an_unsigned_token_is_refused(tokens: Tokens, clock: ManualClock) -> None:
    header = {"alg": "none", "typ": "JWT", "kid": "tk_1"}
    token = f"{encoded(header)}.{encoded(claims_of(clock))}."

    assert code_of(tokens, token) == "token_invalid"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_the_header_cannot_choose_the_algorithm(
    tokens: Tokens, clock: ManualClock, algorithm: str
) -> None:
    secret = SECRET * 2
    strong = make_tokens(clock, replace_secret(secret))
    token = jwt.encode(claims_of(clock), secret, algorithm=algorithm, headers={"kid": "tk_1"})

    assert code_of(strong, token) == "token_invalid"


def replace_secret(secret: bytes) -> TokenKey:
    return TokenKey(key_id="tk_1", algorithm="HS256", secret=base64.b64encode(secret).decode())


@pytest.mark.parametrize("name", ["crit", "jku", "jwk", "x5u", "x5c"])
def test_a_header_that_brings_its_own_key_is_refused(
    tokens: Tokens, clock: ManualClock, name: str
) -> None:
    # PyJWT itself refuses to write some of these, so the header is written by hand.
    header = {"alg": "HS256", "typ": "JWT", "kid": "tk_1", name: ["exp"]}
    body = signed(claims_of(clock)).split(".")[1]
    signing_input = f"{encoded(header)}.{body}".encode()
    signature = jwt.get_algorithm_by_name("HS256").sign(signing_input, SECRET)
    token = f"{signing_input.decode()}.{unpadded(signature)}"

    assert code_of(tokens, token) == "token_invalid"


@pytest.mark.parametrize("key_id", ["tk_2", "../tk_1", "' OR 1=1", 7, None])
def test_an_unknown_key_id_is_refused(tokens: Tokens, clock: ManualClock, key_id: Any) -> None:
    header = {"alg": "HS256", "typ": "JWT", "kid": key_id}
    body = signed(claims_of(clock)).split(".")[1]
    signing_input = f"{encoded(header)}.{body}".encode()
    signature = jwt.get_algorithm_by_name("HS256").sign(signing_input, SECRET)

    assert code_of(tokens, f"{signing_input.decode()}.{unpadded(signature)}") == "token_invalid"


@pytest.mark.parametrize("token", ["\ud800", "a.\ud800.c", "é.é.é", "a.b", ""])
def test_what_is_no_token_at_all_is_refused(tokens: Tokens, token: str) -> None:
    assert code_of(tokens, token) == "token_invalid"


@pytest.mark.parametrize(
    "claim", ["iss", "aud", "exp", "nbf", "jti", "sub", "tenant", "room", "role", "grants"]
)
def test_a_missing_claim_is_refused(tokens: Tokens, clock: ManualClock, claim: str) -> None:
    assert code_of(tokens, signed(claims_of(clock, **{claim: None}))) == "token_invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"aud": "streamforge:admin"},
        {"aud": ["streamforge:meeting", "other"]},
        {"role": "owner"},
        {"grants": "join"},
        {"grants": [1]},
        {"tenant": 7},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": 99_999_999_999},
    ],
)
def test_a_wrong_claim_is_refused(
    tokens: Tokens, clock: ManualClock, changes: dict[str, Any]
) -> None:
    assert code_of(tokens, signed(claims_of(clock, **changes))) == "token_invalid"


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "é.ü.ö", "x" * 9_000])
def test_rubbish_is_refused(tokens: Tokens, token: str) -> None:
    assert code_of(tokens, token) == "token_invalid"


def test_a_token_of_another_secret_is_refused(tokens: Tokens, clock: ManualClock) -> None:
    assert code_of(tokens, signed(claims_of(clock), secret=bytes(32))) == "token_invalid"


def test_an_old_key_still_verifies_after_rotation(clock: ManualClock) -> None:
    token, _ = make_tokens(clock, KEY).issue(GRANT)
    fresh = TokenKey(
        key_id="tk_2", algorithm="HS256", secret=base64.b64encode(bytes(range(1, 33))).decode()
    )

    rotated = make_tokens(clock, fresh, KEY)

    assert rotated.verify(token, "room_1").subject == "sub_1"
    assert jwt.get_unverified_header(rotated.issue(GRANT)[0])["kid"] == "tk_2"


def encoded(value: dict[str, Any]) -> str:
    return unpadded(json.dumps(value).encode())


def unpadded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
