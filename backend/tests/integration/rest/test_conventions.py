"""What holds for every REST route: problems, idempotency, ETags, limits, the API description."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest

from .conftest import ROOMS, Running, StartServer

PROBLEM = "application/problem+json"
JSON = "application/json"


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status", "code"),
    [
        ("POST", ROOMS, b"{", JSON, 400, "bad_json"),
        ("POST", ROOMS, b"", JSON, 400, "bad_json"),
        ("POST", ROOMS, b'{"name":"a","name":"b"}', JSON, 400, "bad_json"),
        ("POST", ROOMS, b'{"features":{"\\ud800":true}}', JSON, 400, "bad_json"),
        ("POST", ROOMS, b"[]", JSON, 400, "validation_failed"),
        ("POST", ROOMS, b"name=a", "text/plain", 415, "unsupported_media_type"),
        ("POST", ROOMS, b"{}", None, 415, "unsupported_media_type"),
        ("POST", ROOMS, b'"' + b"a" * 1_100_000 + b'"', JSON, 413, "body_too_large"),
        ("PUT", ROOMS, b"{}", JSON, 405, "method_not_allowed"),
        ("PATCH", f"{ROOMS}/x", b"{}", JSON, 405, "method_not_allowed"),
        ("GET", f"{ROOMS}/unknown", None, None, 404, "room_not_found"),
        ("GET", f"{ROOMS}/{'x' * 5_000}", None, None, 404, "room_not_found"),
        ("POST", f"{ROOMS}/x/access", b'{"displayName":"A"}', JSON, 404, "room_not_found"),
        ("GET", "/api/v1/nothing", None, None, 404, "not_found"),
        ("POST", "/api/v1/nothing", b"{}", JSON, 404, "not_found"),
        ("GET", "/api/v2/rooms", None, None, 404, "not_found"),
    ],
)  # fmt: skip
async def test_every_error_is_a_problem_with_a_code(
    running: Running,
    method: str,
    path: str,
    body: bytes | None,
    content_type: str | None,
    status: int,
    code: str,
) -> None:
    headers = {"content-type": content_type} if content_type else {}

    answer = await running.http.request(method, path, content=body, headers=headers)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == PROBLEM
    assert problem["status"] == status
    assert problem["type"] == f"/problems/{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["correlationId"] == answer.headers["x-correlation-id"]


async def test_a_wrong_method_names_the_right_ones(running: Running) -> None:
    answer = await running.http.put(ROOMS, json={})

    assert set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}


async def test_a_failure_of_ours_tells_the_client_nothing_but_its_id(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the secret path /etc/x")

    monkeypatch.setattr("streamforge.rooms.store.RoomStore.get_by_id_or_slug", broken)

    answer = await running.http.get(f"{ROOMS}/any")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


async def test_storage_that_is_gone_is_said_as_such(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no disk")

    monkeypatch.setattr("sqlalchemy.ext.asyncio.AsyncEngine.begin", broken)

    answer = await running.http.post(ROOMS, json={})
    ready = await running.http.get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "storage_unavailable"


def key() -> dict[str, str]:
    return {"idempotency-key": str(uuid.uuid4())}


async def test_a_repeated_post_gets_the_first_answer_and_makes_no_second_room(
    running: Running,
) -> None:
    headers = key()

    first = await running.http.post(ROOMS, json={"name": "a"}, headers=headers)
    second = await running.http.post(ROOMS, json={"name": "a"}, headers=headers)

    listed = (await running.http.get(ROOMS, headers=running.api_key)).json()
    assert second.content == first.content
    assert second.status_code == first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(listed["items"]) == 1


async def test_twins_at_the_same_time_make_one_room(running: Running) -> None:
    headers = key()

    answers = await asyncio.gather(
        *(running.http.post(ROOMS, json={"name": "a"}, headers=headers) for _ in range(5))
    )

    listed = (await running.http.get(ROOMS, headers=running.api_key)).json()
    assert len(listed["items"]) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert set(refused) <= {"idempotency_in_flight"}


async def test_another_body_under_the_same_key_is_refused(running: Running) -> None:
    headers = key()
    await running.http.post(ROOMS, json={"name": "a"}, headers=headers)

    answer = await running.http.post(ROOMS, json={"name": "b"}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


async def test_after_a_failure_the_same_key_may_try_again(running: Running) -> None:
    headers = key()
    room = await running.create_room()
    body = {"displayName": "Ann"}

    failed = await running.http.post(f"{ROOMS}/unknown/access", json=body, headers=headers)
    again = await running.http.post(f"{ROOMS}/unknown/access", json=body, headers=headers)
    elsewhere = await running.http.post(
        f"{ROOMS}/{room['slug']}/access", json=body, headers=headers
    )

    assert failed.json()["code"] == again.json()["code"] == "room_not_found"
    assert elsewhere.status_code == 201


async def test_a_key_is_forgotten_after_a_day(running: Running) -> None:
    headers = key()
    first = await running.http.post(ROOMS, json={"name": "a"}, headers=headers)

    running.clock.advance(seconds=24 * 3_600 + 1)
    second = await running.http.post(ROOMS, json={"name": "a"}, headers=headers)

    assert second.json()["roomId"] != first.json()["roomId"]


async def test_one_person_does_not_get_the_token_of_another_by_the_same_key(
    running: Running,
) -> None:
    room = await running.create_room()
    url = f"{ROOMS}/{room['slug']}/access"
    ann = (await running.http.post(url, json={"displayName": "Ann"})).json()
    bob = (await running.http.post(url, json={"displayName": "Bob"})).json()
    headers = key()

    renewed: list[dict[str, Any]] = []
    for token in (ann["token"], bob["token"]):
        bearer = {"authorization": f"Bearer {token}"}
        answer = await running.http.post(f"{url}/renew", headers={**headers, **bearer})
        renewed.append(answer.json())

    assert renewed[0]["token"] != renewed[1]["token"]


@pytest.mark.parametrize("value", ["1", "x" * 256, "short-key", "with\ttab-1234567890"])
async def test_a_key_that_could_be_guessed_or_stored_badly_is_refused(
    running: Running, value: str
) -> None:
    answer = await running.http.post(ROOMS, json={}, headers={"idempotency-key": value})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


async def test_stored_answers_do_not_hold_tokens_in_clear(running: Running) -> None:
    answer = await running.http.post(ROOMS, json={}, headers=key())
    token: str = answer.json()["adminToken"]

    files = [path.read_bytes() for path in running.data_dir.glob("streamforge.db*")]

    assert files
    assert not any(token.encode() in content for content in files)


async def test_an_unchanged_resource_is_not_sent_again(running: Running) -> None:
    room = await running.create_room()
    url = f"{ROOMS}/{room['slug']}"
    first = await running.http.get(url)

    second = await running.http.get(url, headers={"if-none-match": first.headers["etag"]})
    other = await running.http.get(url, headers={"if-none-match": '"other"'})

    assert second.status_code == 304
    assert second.content == b""
    assert other.status_code == 200


async def test_too_many_requests_are_refused_with_the_time_to_wait(
    start_server: StartServer,
) -> None:
    running = await start_server(limits={"rest_per_s": 1, "rest_burst": 3})

    answers = [await running.http.get(f"{ROOMS}/x") for _ in range(4)]
    running.clock.advance(seconds=1)
    later = await running.http.get(f"{ROOMS}/x")

    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert answers[3].json()["code"] == "rate_limited"
    assert answers[3].json()["retryAfterMs"] > 0
    assert int(answers[3].headers["retry-after"]) >= 1
    assert later.status_code == 404


async def test_pages_and_probes_are_not_limited(start_server: StartServer) -> None:
    running = await start_server(limits={"rest_per_s": 1, "rest_burst": 1})

    answers = [await running.http.get("/healthz") for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}


async def test_the_api_describes_itself_completely(running: Running) -> None:
    document = (await running.http.get("/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        ROOMS,
        f"{ROOMS}/{{room}}",
        f"{ROOMS}/{{room}}/access",
        f"{ROOMS}/{{room}}/access/renew",
    }
    operations = [op for path in document["paths"].values() for op in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas
    created = schemas["CreatedRoomBody"]["properties"]
    assert set(created) == {"roomId", "slug", "joinUrl", "adminToken", "warnings"}
    assert all("default" in operation["responses"] for operation in operations)


def references(node: object) -> list[str]:
    text = json.dumps(node)
    return [part.split('"')[0] for part in text.split('"$ref": "')[1:]]
