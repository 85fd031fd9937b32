"""cli/commands.py, run in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from streamforge import __version__
from streamforge.cli import commands
from streamforge.cli.room_request import RoomRequest
from streamforge.core.errors import AppError
from typer.testing import CliRunner

ANSWER = {"roomId": "room_1", "joinUrl": "http://localhost:3000/room/daily", "adminToken": "jwt"}


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Requests that a stand-in for the network saw."""
    seen: list[dict[str, Any]] = []

    def post(url: str, **rest: Any) -> httpx.Response:
        seen.append({"url": url, **rest})
        return httpx.Response(201, json=ANSWER)

    monkeypatch.setattr(httpx, "post", post)
    return seen


def test_version_names_the_package_and_the_protocol() -> None:
    result = CliRunner().invoke(commands.app, ["version"])

    assert result.exit_code == 0
    assert result.output.startswith(f"streamforge {__version__}, protocol 1, Python 3.")


def test_create_room_prints_the_link(posted: list[dict[str, Any]]) -> None:
    arguments = ["create-room", "Daily", "--max-participants", "5", "--server", "http://host/meet/"]
    result = CliRunner().invoke(commands.app, arguments)

    assert result.exit_code == 0, result.output
    assert "http://localhost:3000/room/daily" in result.output
    assert posted[0]["url"] == "http://host/meet/api/v1/rooms"
    assert posted[0]["json"] == {"name": "Daily", "maxParticipants": 5}


@pytest.mark.parametrize(
    ("host", "asked"), [("0.0.0.0", "127.0.0.1"), ("192.0.2.1", "192.0.2.1"), ("::1", "[::1]")]
)
def test_the_local_server_is_asked_where_it_listens(
    host: str, asked: str, posted: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMFORGE_HOST", host)
    monkeypatch.setenv("STREAMFORGE_HTTP_PORT", "3100")

    CliRunner().invoke(commands.app, ["create-room", "Daily"])

    assert posted[0]["url"] == f"http://{asked}:3100/api/v1/rooms"


def test_create_room_prints_the_whole_answer_as_json(posted: list[dict[str, Any]]) -> None:
    result = CliRunner().invoke(commands.app, ["create-room", "Daily", "--json"])

    assert json.loads(result.output) == ANSWER
    assert len(posted) == 1


def test_the_key_of_a_local_server_is_used(tmp_path: Path, posted: list[dict[str, Any]]) -> None:
    key_file = tmp_path / "api-key"
    key_file.write_text("sf_key\n")

    RoomRequest("http://127.0.0.1:1", key_file, is_local=True).send("Daily", None)

    assert posted[0]["headers"] == {"Authorization": "Bearer sf_key"}


def test_another_server_gets_a_key_only_when_one_was_given(
    tmp_path: Path, posted: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMFORGE_DATA_DIR", str(tmp_path))
    (tmp_path / "api-key").write_text("sf_operator\n")
    given = tmp_path / "given"
    given.write_text("sf_given\n")
    create = ["create-room", "Daily"]

    other = ["--server", "http://host"]
    for more in ([], other, [*other, "--api-key-file", str(given)]):
        CliRunner().invoke(commands.app, [*create, *more])

    assert [one["headers"] for one in posted] == [
        {"Authorization": "Bearer sf_operator"},
        {},
        {"Authorization": "Bearer sf_given"},
    ]


def test_a_key_file_that_was_asked_for_has_to_be_there(
    tmp_path: Path, posted: list[dict[str, Any]]
) -> None:
    arguments = ["create-room", "Daily", "--api-key-file", str(tmp_path / "none")]
    result = CliRunner().invoke(commands.app, arguments)

    assert result.exit_code != 0
    assert posted == []


def test_the_environments_proxy_is_passed_by_for_this_machine(
    tmp_path: Path, posted: list[dict[str, Any]]
) -> None:
    for server in ("http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "https://host"):
        RoomRequest(server, None, is_local=False).send("Daily", None)

    assert [one["trust_env"] for one in posted] == [False, False, False, True]


@pytest.mark.parametrize("server", ["http://host:port", "http://[::1", "host"])
def test_what_is_no_url_is_said_in_words(server: str) -> None:
    with pytest.raises(AppError) as caught:
        RoomRequest(server, None, is_local=False).send("Daily", None)

    assert caught.value.code == "server_unreachable"


def test_without_a_server_the_error_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> httpx.Response:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(httpx, "post", refuse)

    with pytest.raises(AppError) as caught:
        RoomRequest("http://127.0.0.1:1", tmp_path / "none", is_local=True).send("Daily", None)

    assert caught.value.code == "server_unreachable"
    assert "streamforge serve" in caught.value.message


def test_a_servers_refusal_keeps_its_code_and_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = {"code": "api_key_required", "detail": "This needs an API key."}
    monkeypatch.setattr(httpx, "post", lambda *_, **__: httpx.Response(401, json=problem))

    with pytest.raises(AppError) as caught:
        RoomRequest("http://127.0.0.1:1", tmp_path / "none", is_local=True).send("Daily", None)

    assert (caught.value.code, caught.value.status) == ("api_key_required", 401)


def test_an_error_is_one_line_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["streamforge", "doctor"])
    monkeypatch.setenv("STREAMFORGE_HTTP_PORT", "many")

    with pytest.raises(SystemExit) as caught:
        commands.main()

    assert caught.value.code == 78
    assert capsys.readouterr().err.startswith("streamforge: STREAMFORGE_HTTP_PORT: ")
