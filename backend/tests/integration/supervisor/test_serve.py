"""`streamforge serve` as people start it: the real server and real media workers."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest

Launch = Callable[..., Any]  # its result's class lives in conftest, which tests cannot import

pytestmark = pytest.mark.timeout(180)

SERVE = [sys.executable, "-m", "streamforge", "serve"]


@pytest.fixture
def serving(serve: Launch) -> Any:
    return serve()


def is_ready(running: Any) -> str:
    return str(running.ask("/readyz"))


def test_server_and_worker_survive_each_others_death(serving: Any) -> None:
    server, worker = serving.await_pid("server"), serving.await_pid("worker-0")

    os.kill(worker, signal.SIGKILL)
    next_worker = serving.await_pid("worker-0", other_than=worker)
    serving.wait_for(lambda: "ok" in is_ready(serving), "readiness with the next worker")
    os.kill(server, signal.SIGKILL)
    next_server = serving.await_pid("server", other_than=server)
    serving.wait_for(lambda: "ok" in is_ready(serving), "readiness of the next server")

    assert serving.await_pid("worker-0") == next_worker
    assert serving.await_pid("server") == next_server
    serving.process.send_signal(signal.SIGTERM)
    code, output = serving.finish()
    assert code == 0
    assert f"StreamForge is ready: http://localhost:{serving.http_port}" in output
    assert not serving.is_alive(next_server)
    assert not serving.is_alive(next_worker)


def test_a_taken_port_is_said_in_one_line(launch: Launch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        code, output = launch(SERVE, STREAMFORGE_HTTP_PORT=str(port)).finish()

    assert code == 1
    assert output.strip() == (
        f"streamforge: HTTP port {port} is in use by another program. "
        "Stop it, or choose another port with STREAMFORGE_HTTP_PORT."
    )


def test_a_second_server_on_the_same_data_is_refused(serving: Any, launch: Launch) -> None:
    code, output = launch(SERVE, STREAMFORGE_HTTP_PORT="0").finish()

    assert code == 1
    assert "Another StreamForge server uses" in output


def test_wrong_settings_are_named(launch: Launch) -> None:
    code, output = launch(SERVE, STREAMFORGE_PUBLIC_URL="nonsense").finish()

    assert code == 78
    assert "STREAMFORGE_PUBLIC_URL" in output
    assert "Traceback" not in output
