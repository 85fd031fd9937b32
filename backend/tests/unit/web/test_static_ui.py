"""The web interface's files: a fresh nonce on the page, hashed assets for ever, nothing outside."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client
from streamforge.web import failures
from streamforge.web.pages import PageRoutes
from streamforge.web.static_ui import StaticUi

PAGE = (
    '<!doctype html><meta property="csp-nonce" nonce="{{csp_nonce}}">'
    '<script nonce="{{csp_nonce}}" src="{{base_path}}/assets/app-1a2b.js"></script>'
)
SCRIPT = b"console.log('hello');" * 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ui = tmp_path / "ui"
    (ui / "assets").mkdir(parents=True)
    (ui / "index.html").write_text(PAGE)
    (ui / "assets" / "app-1a2b.js").write_bytes(SCRIPT)
    (ui / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (ui / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "secret.txt").write_text("secret")
    return ui


@pytest.fixture
def http(folder: Path) -> Client:
    return client(folder)


def client(folder: Path, base_path: str = "") -> Client:
    app = Quart("test", static_folder=None)
    failures.install(app)
    app.register_blueprint(PageRoutes(StaticUi(folder, base_path)).blueprint())
    return app.test_client()


@pytest.mark.parametrize("path", ["/", "/room/weekly-lusab-babad-gutih-tugad"])
async def test_the_page_is_served_at_every_address_of_the_app(http: Client, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_nonce_in_the_page_is_the_one_in_the_policy_and_new_each_time(
    http: Client,
) -> None:
    nonces: list[str] = []
    for _ in range(2):
        answer = await http.get("/")
        text = (await answer.get_data(as_text=True)) or ""
        policy = answer.headers["content-security-policy"]
        in_page = set(re.findall(r'nonce="([^"]+)"', str(text)))
        in_policy = set(re.findall(r"'nonce-([^']+)'", policy))
        assert len(in_page) == 1
        assert in_page == in_policy
        nonces += in_page

    assert nonces[0] != nonces[1]
    assert len(nonces[0]) >= 22


async def test_the_policy_allows_this_origin_only(http: Client) -> None:
    answer = await http.get("/", headers={"host": "meet.example.org"})

    policy = dict(
        directive.split(" ", 1)
        for directive in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws://meet.example.org wss://meet.example.org"
    assert policy["media-src"] == "'self' blob:"
    assert policy["worker-src"] == "'self' blob:"
    assert "'wasm-unsafe-eval'" in policy["script-src"]
    assert policy["base-uri"] == "'none'"
    assert "unsafe-inline" not in answer.headers["content-security-policy"]


async def test_a_strange_host_header_cannot_write_into_the_policy(
    http: Client,
) -> None:
    answer = await http.get("/", headers={"host": "a;script-src *"})

    assert "script-src *" not in answer.headers.get("content-security-policy", "")


async def test_assets_are_cached_for_ever_and_other_files_are_asked_for_again(
    http: Client,
) -> None:
    script = await http.get("/assets/app-1a2b.js")
    icon = await http.get("/icon.svg")

    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert await script.get_data(as_text=False) == SCRIPT
    assert icon.headers["cache-control"] == "no-cache"
    assert icon.headers["content-type"] == "image/svg+xml"


async def test_a_compressed_form_is_sent_to_those_who_read_it(http: Client) -> None:
    compressed = await http.get("/assets/app-1a2b.js", headers={"accept-encoding": "gzip, br"})
    refused = await http.get("/assets/app-1a2b.js", headers={"accept-encoding": "gzip;q=0"})

    assert compressed.headers["content-encoding"] == "gzip"
    assert compressed.headers["vary"] == "accept-encoding"
    body = await compressed.get_data(as_text=False)
    assert isinstance(body, bytes)
    assert gzip.decompress(body) == SCRIPT
    assert "content-encoding" not in refused.headers


async def test_an_unchanged_file_is_not_sent_again(http: Client) -> None:
    first = await http.get("/icon.svg")

    second = await http.get("/icon.svg", headers={"if-none-match": first.headers["etag"]})

    assert second.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets//etc/passwd",
    ],
)
async def test_no_path_leaves_the_folder(http: Client, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 404
    assert await answer.get_data(as_text=True) != "secret"


async def test_an_unknown_address_shows_the_page_with_404_to_people(
    http: Client,
) -> None:
    answer = await http.get("/nowhere", headers={"accept": "text/html"})

    assert answer.status_code == 404
    assert answer.content_type == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/assets/gone.js", "/api/v1/nothing"])
async def test_an_unknown_file_or_call_is_a_problem_not_a_page(http: Client, path: str) -> None:
    answer = await http.get(path, headers={"accept": "*/*"})

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


async def test_the_base_path_is_written_into_the_page(folder: Path) -> None:
    answer = await client(folder, "/meet").get("/")

    assert 'src="/meet/assets/app-1a2b.js"' in str(await answer.get_data(as_text=True))


async def test_a_rebuilt_interface_is_served_without_a_restart(http: Client, folder: Path) -> None:
    await http.get("/")
    (folder / "assets" / "new-3c4d.js").write_text("new")
    (folder / "index.html").write_text("rebuilt")
    os.utime(folder / "index.html", ns=(1, 1))

    assert await (await http.get("/")).get_data(as_text=True) == "rebuilt"
    assert (await http.get("/assets/new-3c4d.js")).status_code == 200


async def test_a_missing_interface_is_said_in_words(tmp_path: Path) -> None:
    answer = await client(tmp_path / "none").get("/")

    assert answer.status_code == 503
    assert (await answer.get_json())["code"] == "ui_not_built"
