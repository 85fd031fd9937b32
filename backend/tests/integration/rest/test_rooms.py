"""REST of rooms over real HTTP: the documented example, access, listing, deletion."""

from __future__ import annotations

import re

import jwt
import pytest

from .conftest import ROOMS, Running, StartServer


async def test_the_documented_example_creates_a_room(running: Running) -> None:
    answer = await running.http.post(
        ROOMS,
        json={
            "name": "Weekly Sync",
            "maxParticipants": 50,
            "features": {"recording": True, "chat": True, "aiFilters": True},
        },
    )

    body = answer.json()
    assert answer.status_code == 201
    assert re.fullmatch(r"room_[0-9a-f]{32}", body["roomId"])
    assert body["slug"].startswith("weekly-sync-")
    port = running.server.http_port
    assert body["joinUrl"] == f"http://127.0.0.1:{port}/room/{body['slug']}"
    claims = jwt.decode(body["adminToken"], options={"verify_signature": False})
    assert claims["room"] == body["roomId"]
    assert body["warnings"] == [
        {"code": "feature_unavailable", "feature": "recording"},
        {"code": "feature_unavailable", "feature": "aiFilters"},
    ]


async def test_a_feature_that_is_not_there_reads_as_off(running: Running) -> None:
    room = await running.create_room(features={"recording": True, "aiFilters": True, "new": True})

    seen = (await running.http.get(f"{ROOMS}/{room['roomId']}")).json()

    assert seen["features"] == {
        "recording": False,
        "chat": True,
        "aiFilters": False,
        "screenShare": True,
    }
    assert [warning["feature"] for warning in room["warnings"]] == ["recording", "aiFilters", "new"]


async def test_a_feature_can_be_turned_off_without_a_warning(running: Running) -> None:
    room = await running.create_room(features={"chat": False, "recording": False})

    seen = (await running.http.get(f"{ROOMS}/{room['slug']}")).json()

    assert room["warnings"] == []
    assert seen["features"]["chat"] is False


async def test_a_room_is_found_by_id_and_by_slug(running: Running) -> None:
    room = await running.create_room(maxParticipants=7)

    by_id = (await running.http.get(f"{ROOMS}/{room['roomId']}")).json()
    by_slug = (await running.http.get(f"{ROOMS}/{room['slug']}")).json()

    assert by_id == by_slug
    assert by_id["name"] == "Weekly Sync"
    assert by_id["maxParticipants"] == 7
    assert by_id["participantCount"] == 0
    assert by_id["createdAt"] == running.clock.now_ms()


async def test_a_room_may_be_created_without_any_wish(running: Running) -> None:
    answer = await running.http.post(ROOMS, json={})

    assert answer.status_code == 201
    assert answer.json()["warnings"] == []


async def test_a_room_survives_a_restart(start_server: StartServer) -> None:
    first = await start_server()
    room = await first.create_room()
    await first.server.stop()

    second = await start_server()
    answer = await second.http.get(f"{ROOMS}/{room['slug']}")
    access = await second.http.post(
        f"{ROOMS}/{room['slug']}/access",
        json={"displayName": "Ann", "adminToken": room["adminToken"]},
    )

    assert answer.status_code == 200
    assert access.json()["role"] == "moderator"


async def test_more_people_than_the_server_allows_is_refused_with_the_field(
    running: Running,
) -> None:
    answer = await running.http.post(ROOMS, json={"maxParticipants": 101})

    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_failed"
    assert answer.json()["errors"] == [
        {"pointer": "/maxParticipants", "detail": "Expected at most 100"}
    ]


@pytest.mark.parametrize("name", ["   ", "a\u202eb", "a\x00b", "\u200d", "\ufeff"])
async def test_a_name_that_cannot_be_seen_or_hides_text_is_refused(
    running: Running, name: str
) -> None:
    created = await running.http.post(ROOMS, json={"name": name})
    room = await running.create_room()
    access = await running.http.post(f"{ROOMS}/{room['slug']}/access", json={"displayName": name})

    assert created.json()["errors"][0]["pointer"] == "/name"
    assert access.json()["errors"][0]["pointer"] == "/displayName"


async def test_access_gives_a_participant_a_token_for_this_room(running: Running) -> None:
    room = await running.create_room()

    answer = await running.http.post(
        f"{ROOMS}/{room['slug']}/access", json={"displayName": "  Zoë   Ann "}
    )

    body = answer.json()
    claims = jwt.decode(body["token"], options={"verify_signature": False})
    assert answer.status_code == 201
    assert body["role"] == "participant"
    assert body["expiresAt"] == running.clock.now_ms() + 3_600_000
    assert claims["room"] == room["roomId"]
    assert claims["name"] == "Zoë Ann"
    assert "moderate" not in claims["grants"]


async def test_the_admin_token_or_an_api_key_makes_a_moderator(running: Running) -> None:
    room = await running.create_room()
    url = f"{ROOMS}/{room['slug']}/access"

    by_token = await running.http.post(
        url, json={"displayName": "Ann", "adminToken": room["adminToken"]}
    )
    by_key = await running.http.post(url, json={"displayName": "Bob"}, headers=running.api_key)

    assert by_token.json()["role"] == "moderator"
    assert by_key.json()["role"] == "moderator"


async def test_the_admin_token_of_another_room_makes_nobody_a_moderator(running: Running) -> None:
    room = await running.create_room()
    other = await running.create_room()

    answer = await running.http.post(
        f"{ROOMS}/{room['slug']}/access",
        json={"displayName": "Eve", "adminToken": other["adminToken"]},
    )

    assert answer.status_code == 403
    assert answer.json()["code"] == "admin_required"


async def test_a_token_is_renewed_for_the_same_person(running: Running) -> None:
    room = await running.create_room()
    url = f"{ROOMS}/{room['slug']}/access"
    first = (await running.http.post(url, json={"displayName": "Ann"})).json()

    running.clock.advance(seconds=1_800)
    answer = await running.http.post(
        f"{url}/renew", headers={"authorization": f"Bearer {first['token']}"}
    )

    before = jwt.decode(first["token"], options={"verify_signature": False})
    after = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    same = ("sub", "room", "role", "grants", "name", "tenant", "aud")
    assert [after[claim] for claim in same] == [before[claim] for claim in same]
    assert after["jti"] != before["jti"]
    assert answer.json()["expiresAt"] == first["expiresAt"] + 1_800_000


async def test_the_admin_token_is_renewed_the_same_way(running: Running) -> None:
    room = await running.create_room()

    answer = await running.http.post(
        f"{ROOMS}/{room['slug']}/access/renew",
        headers={"authorization": f"Bearer {room['adminToken']}"},
    )
    deleted = await running.http.delete(
        f"{ROOMS}/{room['slug']}",
        headers={"authorization": f"Bearer {answer.json()['token']}"},
    )

    assert deleted.status_code == 204


async def test_who_slept_past_the_expiry_renews_for_two_minutes(running: Running) -> None:
    room = await running.create_room()
    url = f"{ROOMS}/{room['slug']}/access"
    first = (await running.http.post(url, json={"displayName": "Ann"})).json()

    running.clock.advance(seconds=3_600 + 119)
    answer = await running.http.post(
        f"{url}/renew", headers={"authorization": f"Bearer {first['token']}"}
    )

    assert answer.status_code == 201
    before = jwt.decode(first["token"], options={"verify_signature": False})
    after = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    assert after["sub"] == before["sub"]


async def test_an_expired_token_is_not_renewed(running: Running) -> None:
    room = await running.create_room()
    url = f"{ROOMS}/{room['slug']}/access"
    first = (await running.http.post(url, json={"displayName": "Ann"})).json()

    running.clock.advance(seconds=3_600 + 120)
    answer = await running.http.post(
        f"{url}/renew", headers={"authorization": f"Bearer {first['token']}"}
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_expired"


async def test_an_admin_token_has_no_grace(running: Running) -> None:
    room = await running.create_room()

    running.clock.advance(seconds=30 * 86_400)
    answer = await running.http.post(
        f"{ROOMS}/{room['slug']}/access/renew",
        headers={"authorization": f"Bearer {room['adminToken']}"},
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_expired"


async def test_deleting_needs_the_rooms_admin_token_or_an_api_key(running: Running) -> None:
    room = await running.create_room()
    url = f"{ROOMS}/{room['roomId']}"
    access = (await running.http.post(f"{url}/access", json={"displayName": "Ann"})).json()

    anonymous = await running.http.delete(url)
    participant = await running.http.delete(
        url, headers={"authorization": f"Bearer {access['token']}"}
    )
    rubbish = await running.http.delete(url, headers={"authorization": "Bearer x.y.z"})
    admin = await running.http.delete(
        url, headers={"authorization": f"Bearer {room['adminToken']}"}
    )

    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "token_missing")
    assert (participant.status_code, participant.json()["code"]) == (403, "admin_required")
    assert (rubbish.status_code, rubbish.json()["code"]) == (401, "token_invalid")
    assert admin.status_code == 204
    assert (await running.http.get(url)).json()["code"] == "room_not_found"


async def test_an_api_key_may_delete_any_room(running: Running) -> None:
    room = await running.create_room()

    answer = await running.http.delete(f"{ROOMS}/{room['slug']}", headers=running.api_key)

    assert answer.status_code == 204


async def test_the_list_pages_through_all_rooms_newest_first(running: Running) -> None:
    created: list[str] = []
    for _ in range(5):
        created.append((await running.create_room())["roomId"])
        running.clock.advance(seconds=1)

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await running.http.get(ROOMS, params=query, headers=running.api_key)).json()
        assert len(page["items"]) <= 2
        seen += [room["roomId"] for room in page["items"]]
        cursor = page["nextCursor"]

    assert seen == created[::-1]


async def test_strangers_cannot_list_rooms(running: Running) -> None:
    await running.create_room()

    anonymous = await running.http.get(ROOMS)
    wrong = await running.http.get(ROOMS, headers={"authorization": "Bearer sf_key_1_00"})

    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "api_key_required")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "api_key_invalid")
    assert anonymous.headers["www-authenticate"] == "Bearer"


async def test_creating_rooms_can_be_reserved_to_api_keys(start_server: StartServer) -> None:
    running = await start_server(room_creation="api_key")

    refused = await running.http.post(ROOMS, json={"name": "a"})
    allowed = await running.http.post(ROOMS, json={"name": "a"}, headers=running.api_key)
    access = await running.http.post(
        f"{ROOMS}/{allowed.json()['slug']}/access", json={"displayName": "Guest"}
    )

    assert (refused.status_code, refused.json()["code"]) == (401, "api_key_required")
    assert allowed.status_code == 201
    assert access.status_code == 201


async def test_a_wrong_api_key_is_refused_even_where_none_is_needed(running: Running) -> None:
    answer = await running.http.post(
        ROOMS, json={"name": "a"}, headers={"authorization": "Bearer sf_key_1_00"}
    )

    assert answer.json()["code"] == "api_key_invalid"


async def test_the_join_url_follows_the_configured_public_url(start_server: StartServer) -> None:
    running = await start_server(public_url="https://meet.example.org/team")

    room = await running.create_room()

    assert room["joinUrl"] == f"https://meet.example.org/team/room/{room['slug']}"


async def test_a_strange_host_header_does_not_get_into_the_join_url(running: Running) -> None:
    answer = await running.http.post(ROOMS, json={}, headers={"host": "evil.example"})

    assert answer.json()["joinUrl"].startswith(f"http://localhost:{running.server.http_port}/")
