"""The outermost layer: origins, CORS, base path, proxies, and the headers of every answer."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest
import structlog
from streamforge.core.clock import ManualClock
from streamforge.core.ids import SequentialIds
from streamforge.infra.metrics import Metrics
from streamforge.web.access_log import AccessLog
from streamforge.web.edge import Edge, Receive, Scope, Send
from streamforge.web.origins import Origins
from streamforge.web.proxies import TrustedProxies

FOREIGN = {"origin": "https://evil.example"}
FRIEND = {"origin": "https://friend.example"}


class Recorder:
    """An application that answers 200 and remembers what reached it."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def app() -> Recorder:
    return Recorder()


def edge(app: Recorder, **changes: Any) -> Edge:
    parts: dict[str, Any] = {
        "app": app,
        "origins": Origins(["https://friend.example"], []),
        "proxies": TrustedProxies(["127.0.0.1/32"]),
        "ids": SequentialIds(),
        "access_log": AccessLog(structlog.get_logger(), Metrics("0"), ManualClock()),
    }
    return Edge(**{**parts, **changes})


def client(app: Recorder, **changes: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(edge(app, **changes))  # pyright: ignore[reportArgumentType]
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:3000")


async def test_a_foreign_page_cannot_change_anything(app: Recorder) -> None:
    async with client(app) as http:
        answer = await http.post("/api/v1/rooms", headers=FOREIGN)

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "origin_not_allowed"
    assert app.scopes == []


@pytest.mark.parametrize("path", ["/socket.io/", "/socket.io/?EIO=4&transport=polling"])
async def test_a_foreign_page_cannot_open_a_live_connection(app: Recorder, path: str) -> None:
    async with client(app) as http:
        answer = await http.get(path, headers=FOREIGN)

    assert answer.json()["code"] == "origin_not_allowed"


async def test_a_foreign_page_may_load_but_not_read(app: Recorder) -> None:
    async with client(app) as http:
        answer = await http.get("/", headers=FOREIGN)

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


async def test_a_websocket_of_a_foreign_page_is_closed_before_it_opens(app: Recorder) -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    scope: dict[str, Any] = {
        "type": "websocket",
        "path": "/socket.io/",
        "scheme": "ws",
        "client": ("198.51.100.1", 1),
        "headers": [(b"host", b"localhost:3000"), (b"origin", b"https://evil.example")],
    }
    await edge(app)(scope, receive, send)

    assert [message["type"] for message in sent] == ["websocket.close"]
    assert app.scopes == []


async def test_callers_that_are_no_page_need_no_origin(app: Recorder) -> None:
    async with client(app) as http:
        answer = await http.post("/api/v1/rooms")

    assert answer.status_code == 200


async def test_an_allowed_origin_may_read_the_answer(app: Recorder) -> None:
    async with client(app) as http:
        answer = await http.post("/api/v1/rooms", headers=FRIEND)

    assert answer.headers["access-control-allow-origin"] == "https://friend.example"
    assert "origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_preflight_is_answered_for_allowed_origins_only(app: Recorder) -> None:
    asked = {"access-control-request-method": "POST"}
    async with client(app) as http:
        allowed = await http.options("/api/v1/rooms", headers={**FRIEND, **asked})
        refused = await http.options("/api/v1/rooms", headers={**FOREIGN, **asked})

    assert allowed.status_code == 204
    assert "POST" in allowed.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in refused.headers
    assert app.scopes == []


async def test_every_answer_has_the_security_headers_and_a_correlation_id(app: Recorder) -> None:
    async with client(app) as http:
        answer = await http.get("/")

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-correlation-id"] == "cor_1"
    assert "strict-transport-security" not in answer.headers
    assert app.scopes[0]["state"]["correlation_id"] == "cor_1"


async def test_hsts_is_sent_over_https_of_a_public_https_url_only(app: Recorder) -> None:
    async with client(app, is_https_only=True) as http:
        plain = await http.get("/")
        secure = await http.get("/", headers={"x-forwarded-proto": "https"})

    assert "strict-transport-security" not in plain.headers
    assert "strict-transport-security" in secure.headers


async def test_the_application_sees_the_client_behind_the_proxy(app: Recorder) -> None:
    forwarded = {"x-forwarded-for": "203.0.113.9", "x-forwarded-host": "meet.example.org"}
    async with client(app) as http:
        await http.get("/", headers=forwarded)

    scope = app.scopes[0]
    assert scope["client"][0] == "203.0.113.9"
    assert dict(scope["headers"])[b"host"] == b"meet.example.org"
    assert scope["state"]["peer"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "inside"), [("/meet", "/"), ("/meet/", "/"), ("/meet/room/a", "/room/a")]
)
async def test_the_base_path_is_taken_off(app: Recorder, path: str, inside: str) -> None:
    async with client(app, base_path="/meet") as http:
        answer = await http.get(path)

    assert answer.status_code == 200
    assert app.scopes[0]["path"] == inside


@pytest.mark.parametrize("path", ["/", "/room/a", "/meeting"])
async def test_paths_outside_the_base_path_are_not_ours(app: Recorder, path: str) -> None:
    async with client(app, base_path="/meet") as http:
        answer = await http.get(path)

    assert answer.json()["code"] == "not_found"


async def test_probes_need_no_base_path(app: Recorder) -> None:
    async with client(app, base_path="/meet") as http:
        answer = await http.get("/healthz")

    assert answer.status_code == 200
