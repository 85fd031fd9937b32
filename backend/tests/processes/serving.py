"""`streamforge serve` as an installation runs it, on ports and in a directory of its own."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 12.0


@contextmanager
def serving(programs: Path, **settings: str) -> Iterator[str]:
    """Runs the server with nothing but `programs` on PATH; yields its address."""
    # Not tmp_path: the name of a Unix socket is short.
    directory = Path(tempfile.mkdtemp(prefix="sf-"))
    url = f"http://127.0.0.1:{free_port()}"
    environment = {
        "PATH": str(programs),
        "HOME": str(directory),
        "STREAMFORGE_DATA_DIR": str(directory / "data"),
        "STREAMFORGE_RUNTIME_DIR": str(directory / "run"),
        "STREAMFORGE_HOST": "127.0.0.1",
        "STREAMFORGE_HTTP_PORT": url.rpartition(":")[2],
        "STREAMFORGE_HTTPS_PORT": str(free_port()),
        "STREAMFORGE_MEDIA_PORT_BASE": str(40_000 + 8 * random.randrange(1_200)),
        "STREAMFORGE_WORKERS": "1",
    }
    passed_on = {key: os.environ[key] for key in ("LANG", "TMPDIR") if key in os.environ}
    command = [str(programs / "streamforge"), "serve"]
    with run(command, directory, url, passed_on | environment | settings):
        yield url


@contextmanager
def run(
    command: list[str], directory: Path, url: str, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a server until it is ready, then the test; its log is `server.log` in the directory.

    The directory is the server's alone, and goes with it.
    """
    log = directory / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=output, stderr=output
        )
    try:
        wait_until_ready(url, process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(directory)


def create_room(url: str, name: str) -> str:
    """A new room's id."""
    body = {"name": name, "maxParticipants": 8}
    return httpx.post(f"{url}/api/v1/rooms", json=body).raise_for_status().json()["roomId"]


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when /readyz says so; shows the log when it does not."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')}")


async def access(url: str, room_id: str, name: str) -> str:
    """A token for a room."""
    async with httpx.AsyncClient(base_url=f"{url}/api/v1") as http:
        answer = await http.post(f"/rooms/{room_id}/access", json={"displayName": name})
        return answer.raise_for_status().json()["token"]
