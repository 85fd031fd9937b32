"""What operators see: probes, metrics, ports, certificates, logs, start and stop."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import stat
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from streamforge.core.errors import Bug
from streamforge.rooms.registry import Meetings, MeetingsConfig
from streamforge.signaling.edge import Edge
from structlog.testing import capture_logs

from .conftest import ROOMS, Running, StartServer


async def test_the_probes_say_that_all_is_well(running: Running) -> None:
    alive = await running.http.get("/healthz")
    ready = await running.http.get("/readyz")

    assert alive.json() == {"status": "ok", "checks": {}}
    assert ready.json() == {
        "status": "ok",
        "checks": {"server": "ok", "database": "ok", "media": "ok"},
    }


async def test_without_a_worker_the_server_is_alive_but_not_ready(running: Running) -> None:
    worker = running.server.media_engine.pool.workers[0]
    running.server.media_engine.lose_worker(worker.worker_id)  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]

    alive = await running.http.get("/healthz")
    ready = await running.http.get("/readyz")

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert ready.json()["checks"]["media"] == "no_worker"


async def test_metrics_count_requests_by_route_pattern_and_hold_no_id(running: Running) -> None:
    room = await running.create_room()
    await running.http.get(f"{ROOMS}/{room['slug']}")

    text = (await running.http.get("/metrics")).text

    label = 'method="GET",route="/api/v1/rooms/<room>",status="200"'
    assert f"streamforge_http_request_seconds_count{{{label}}} 1.0" in text
    assert "streamforge_rooms_meetings_count 0.0" in text
    assert "streamforge_server_loop_lag_seconds_bucket" in text
    assert 'streamforge_worker_up_bool{worker="0"} 1.0' in text
    assert room["slug"] not in text
    assert room["roomId"] not in text


async def test_metrics_are_for_this_network_or_an_api_key(running: Running) -> None:
    # A proxy that is not in `trusted_proxies`: nobody knows who is behind it.
    hidden = {"x-forwarded-for": "198.51.100.1"}

    near = await running.http.get("/metrics")
    far = await running.http.get("/metrics", headers=hidden)
    keyed = await running.http.get("/metrics", headers={**hidden, **running.api_key})

    assert near.status_code == 200
    assert (far.status_code, far.json()["code"]) == (403, "metrics_forbidden")
    assert keyed.status_code == 200


async def test_a_stranger_behind_a_trusted_proxy_gets_no_metrics(
    start_server: StartServer,
) -> None:
    running = await start_server(trusted_proxies="127.0.0.1")

    far = await running.http.get("/metrics", headers={"x-forwarded-for": "198.51.100.1"})
    near = await running.http.get("/metrics", headers={"x-forwarded-for": "192.168.1.2"})

    assert far.status_code == 403
    assert near.status_code == 200


async def test_https_serves_the_same_with_a_certificate_for_the_announced_addresses(
    start_server: StartServer,
) -> None:
    running = await start_server(announced_addresses="192.0.2.7")
    context = ssl.create_default_context(cafile=str(running.data_dir / "tls" / "cert.pem"))

    async with httpx.AsyncClient(verify=context) as https:
        answer = await https.get(f"https://localhost:{running.server.https_port}/healthz")

    assert answer.status_code == 200
    certificate = (running.data_dir / "tls" / "cert.pem").read_bytes()
    names = x509.load_pem_x509_certificate(certificate).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert ip_address("192.0.2.7") in names.value.get_values_for_type(x509.IPAddress)


async def test_secrets_are_readable_by_the_owner_only(running: Running) -> None:
    for name in ("api-key", "token-keys.json", "sealing-key", "tls/key.pem"):
        mode = stat.S_IMODE((running.data_dir / name).stat().st_mode)
        assert mode == 0o600, name


async def test_a_taken_port_is_told_at_once_in_words(
    running: Running, start_server: StartServer
) -> None:
    with pytest.raises(Bug) as raised:
        await start_server(http_port=running.server.http_port)

    assert raised.value.code == "port_unavailable"
    assert str(running.server.http_port) in raised.value.message


async def test_what_only_the_operator_can_heal_has_an_exit_code_of_its_own(
    tmp_path: Path,
) -> None:
    (tmp_path / "token-keys.json").write_text("damaged")
    chosen = {
        "STREAMFORGE_DATA_DIR": str(tmp_path),
        "STREAMFORGE_HTTP_PORT": "0",
        "STREAMFORGE_HTTPS_PORT": "0",
    }

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "streamforge.server",
        env={**os.environ, **chosen},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()

    assert process.returncode == 78
    assert b"token-keys.json" in errors
    assert b"Traceback" not in errors


async def test_an_inherited_socket_is_used_instead_of_the_port(
    start_server: StartServer,
) -> None:
    inherited = socket.create_server(("127.0.0.1", 0))
    port = inherited.getsockname()[1]

    running = await start_server(http_fd=inherited.detach())

    assert running.server.http_port == port
    assert (await running.http.get("/healthz")).status_code == 200


async def test_no_log_line_holds_a_token_or_a_slug(start_server: StartServer) -> None:
    running = await start_server()
    with capture_logs() as lines:
        room = await running.create_room()
        url = f"{ROOMS}/{room['slug']}"
        access = (await running.http.post(f"{url}/access", json={"displayName": "Ann"})).json()
        bearer = {"authorization": f"Bearer {access['token']}"}
        await running.http.post(f"{url}/access/renew", headers=bearer)
        await running.http.delete(url, headers=bearer)
        await running.http.get("/nowhere", params={"token": access["token"]})

    text = repr(lines)
    assert "http.finished" in text
    assert "/api/v1/rooms/<room>/access/renew" in text
    for secret in (room["adminToken"], access["token"], room["slug"]):
        assert secret not in text


async def test_the_access_log_has_one_line_for_each_request(running: Running) -> None:
    with capture_logs() as lines:
        answer = await running.http.get(f"{ROOMS}/unknown")

    finished = [line for line in lines if line["event"] == "http.finished"]
    assert len(finished) == 1
    assert finished[0]["status"] == 404
    assert finished[0]["code"] == "room_not_found"
    assert finished[0]["correlation_id"] == answer.headers["x-correlation-id"]


async def test_the_meetings_go_by_the_operators_limits_and_timers(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers, limits = {"worker_command_s": 2.5}, {"missed_events": 7, "chat_history": 9}
    configured: list[MeetingsConfig] = []
    make = Meetings.__init__

    def noting(meetings: Meetings, *, config: MeetingsConfig, **rest: Any) -> None:
        configured.append(config)
        make(meetings, config=config, **rest)

    monkeypatch.setattr(Meetings, "__init__", noting)

    await start_server(timers=timers, limits=limits)

    config = configured[0]
    assert (config.worker_wait_s, config.missed_events) == (2.5, 7)
    assert config.rules.chat_history == 9


async def test_the_end_of_the_server_ends_signaling(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Edge] = []
    close = Edge.close

    async def noting(edge: Edge) -> None:
        closed.append(edge)
        await close(edge)

    monkeypatch.setattr(Edge, "close", noting)

    await running.server.stop()

    assert len(closed) == 1


async def test_a_base_path_moves_everything_but_the_probes(start_server: StartServer) -> None:
    running = await start_server(base_path="/meet")

    created = await running.http.post(f"/meet{ROOMS}", json={"name": "a"})
    outside = await running.http.post(ROOMS, json={"name": "a"})
    probe = await running.http.get("/readyz")

    assert created.status_code == 201
    assert "/meet/room/" in created.json()["joinUrl"]
    assert outside.json()["code"] == "not_found"
    assert probe.status_code == 200
