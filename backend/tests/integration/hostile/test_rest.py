"""REST requests that no client of ours would make, to the routes that the server describes."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from integration.hostile.light import Witnesses
from integration.hostile.payloads import BOMB, NESTED, ODD, doubled, places, replaced, with_text
from integration.hostile.site import Site
from streamforge.core.errors import ERRORS

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

MIB = 1024 * 1024
JSON = "application/json"
BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/rooms": {"name": "Meeting", "maxParticipants": 5, "features": {"chat": True}},
    "/api/v1/rooms/{room}/access": {"displayName": "Mallory", "adminToken": "x"},
}
TRAVERSALS = (
    "/../../../etc/passwd",
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/../../../../etc/passwd",
    "/assets/..%5c..%5cwindows%5cwin.ini",
    "/assets//etc/passwd",
    "/static/%00",
    "/api/v1/rooms/..%2f..%2fadmin",
    "/api/v1/rooms/%00",
    "/api/v1/rooms/%ff%fe",
    "/api/v1/rooms/" + "x" * 5_000,
    "/room/..%2f..%2fetc%2fpasswd",
    "/%c0%ae%c0%ae/etc/passwd",
)


def check(answer: httpx.Response, codes: Counter[str]) -> None:
    """No failure of ours; a refusal is problem+json with a code of the registry."""
    said = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code < 500, said
    if answer.status_code < 400:
        codes["ok"] += 1
        return
    assert answer.headers["content-type"] == "application/problem+json", said
    problem = answer.json()
    assert problem["status"] == answer.status_code, said
    assert problem["code"] in ERRORS, said
    codes[problem["code"]] += 1


def bodies(good: dict[str, Any]) -> Iterator[bytes]:
    """Bodies with one thing wrong in them, and some that are no JSON at all."""
    yield from (json.dumps(value).encode() for value in ODD)
    for path in places(good):
        yield from (json.dumps(replaced(good, path, value)).encode() for value in ODD)
        yield from (with_text(good, path, text).encode() for text in (NESTED, BOMB))
        yield doubled(good, path).encode()
    yield from (b"", b"{", b"\x00", b"\xff\xfe", b"[" * 100_000, b'{"name":NaN}', b'"\\ud800"')
    whole = json.dumps(good).encode()
    yield from (whole[:end] for end in range(0, len(whole), 7))


@pytest.fixture
def http(site: Site) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=site.url, timeout=30)


@pytest.mark.parametrize("route", BODIES)
async def test_a_malformed_body_is_a_problem_with_a_code(
    http: httpx.AsyncClient, room: str, witnesses: Witnesses, route: str
) -> None:
    codes: Counter[str] = Counter()
    async with http, witnesses.watching(f"bodies of {route}"):
        for body in bodies(BODIES[route]):
            path = route.replace("{room}", room)
            check(await http.post(path, content=body, headers={"content-type": JSON}), codes)
    print(f"{route}: {dict(codes)}")
    assert {"bad_json", "validation_failed"} <= set(codes)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "///",
        JSON * 50,
    ],
)
async def test_a_body_of_another_type_is_refused(http: httpx.AsyncClient, kind: str) -> None:
    codes: Counter[str] = Counter()
    async with http:
        answer = await http.post("/api/v1/rooms", content=b"{}", headers={"content-type": kind})
    check(answer, codes)
    assert set(codes) == {"unsupported_media_type"}


async def test_a_body_of_10_mib_is_refused_before_it_is_read(
    http: httpx.AsyncClient, site: Site, witnesses: Witnesses
) -> None:
    codes: Counter[str] = Counter()
    before = site.resident_mib()["server"]
    body = b'{"name":"' + b"x" * 10 * MIB + b'"}'

    async def chunked() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    async with http, witnesses.watching("bodies of 10 MiB"):
        for content in (body, chunked()):
            try:
                answer = await http.post(
                    "/api/v1/rooms", content=content, headers={"content-type": JSON}
                )
            except httpx.TransportError:
                codes["hung up"] += 1
                continue
            check(answer, codes)
    print(f"10 MiB: {dict(codes)}")
    assert set(codes) <= {"body_too_large", "hung up"}
    assert site.resident_mib()["server"] < before + 60


@pytest.mark.parametrize(
    "key", ["", "x", "x" * 256, "1234567890123456\u00e9".encode(), b"\x01" * 20, "x" * 4_000]
)
async def test_a_bad_idempotency_key_is_refused(http: httpx.AsyncClient, key: str | bytes) -> None:
    codes: Counter[str] = Counter()
    headers = {"content-type": JSON, "idempotency-key": key}
    async with http:
        try:
            answer = await http.post("/api/v1/rooms", content=b"{}", headers=headers)  # pyright: ignore[reportArgumentType]
        except (httpx.LocalProtocolError, httpx.RemoteProtocolError):
            return  # not HTTP any more: refused by the sender's or the server's parser
    if answer.headers["content-type"] == "application/problem+json":
        check(answer, codes)
        assert set(codes) == {"idempotency_key_invalid"}
    else:
        assert answer.status_code == 400, "a header that is no HTTP"


async def test_no_path_leads_out_of_what_is_served(http: httpx.AsyncClient) -> None:
    async with http:
        for path, method in itertools.product(TRAVERSALS, ("GET", "POST", "DELETE")):
            answer = await http.request(method, path)
            assert answer.status_code < 500, (path, answer.text[:200])
            assert "root:" not in answer.text


async def test_every_route_survives_every_method_and_odd_parameters(
    http: httpx.AsyncClient, site: Site, witnesses: Witnesses, times: int
) -> None:
    codes: Counter[str] = Counter()
    dice = random.Random(7)
    async with http, witnesses.watching("every route with every method"):
        routes: dict[str, Any] = (await http.get("/openapi.json")).json()["paths"]
        assert "/api/v1/rooms" in routes
        for _ in range(times):
            for route, method in itertools.product(
                routes, ("GET", "POST", "PUT", "PATCH", "DELETE")
            ):
                odd = dice.choice(["", "x", "%00", "%F0%9F", "a" * 300, "' OR 1=1", "-1", "..%2f"])
                path = route
                while "{" in path:
                    path = path[: path.index("{")] + odd + path[path.index("}") + 1 :]
                query = {"limit": dice.choice(["-1", "0", "x", "9" * 30]), "cursor": odd}
                token = {
                    "authorization": dice.choice(["Bearer x", "Bearer", "Basic x", "x" * 9_000])
                }
                answer = await http.request(method, path, params=query, headers=token)
                assert answer.status_code < 500, (method, path, answer.text[:200])
                if path.startswith("/api/"):
                    check(answer, codes)
    print(f"{len(routes)} routes: {dict(codes)}")
