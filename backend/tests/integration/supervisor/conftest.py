"""Supervisors as real processes, in a short directory, on ports that nobody uses."""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from processes.worker import require_worker_binary
from streamforge.config.environment import child_environment

PROGRAMS = Path(__file__).parent / "programs"
PATIENCE_S = 30.0


class Running:
    """A supervisor, and what its `processes.json` says of its children."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.directory = Path(environment["STREAMFORGE_DATA_DIR"])
        self.http_port = int(environment["STREAMFORGE_HTTP_PORT"])
        self.media_port = int(environment["STREAMFORGE_MEDIA_PORT_BASE"])
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._seen_pids: set[int] = set()

    def await_pid(self, name: str, *, other_than: int | None = None) -> int:
        """Wait until a child runs, under another pid than a known one."""

        def other() -> int | None:
            pid = self._pid_of(name)
            return None if pid == other_than else pid

        pid = self.wait_for(other, f"a new pid of {name}")
        assert isinstance(pid, int)
        return pid

    def wait_for(self, probe: Callable[[], object], what: str) -> object:
        """Return the first true value of `probe`: nothing tells us across processes."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            value = probe()
            if value:
                return value
            time.sleep(0.02)
        pytest.fail(f"waited {PATIENCE_S:g} s for {what}")

    def ask(self, path: str = "/") -> str:
        """Return the body that the server answers; fails when the port refuses a connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except (ConnectionResetError, http.client.RemoteDisconnected):
            return ""  # accepted by a process that was killed before it could answer
        finally:
            connection.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def create_room(self, name: str) -> str:
        """Return the id of a new room of the real server."""
        body = {"name": name, "maxParticipants": 8}
        reply = httpx.post(f"{self.url}/api/v1/rooms", json=body, timeout=PATIENCE_S)
        return reply.raise_for_status().json()["roomId"]

    def finish(self) -> tuple[int, str]:
        """Wait until the supervisor has ended; return exit code and output."""
        output, _ = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, output

    def is_alive(self, pid: int) -> bool:
        """Whether a process runs; one that ended and waits for its parent does not."""
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state != "Z"

    def clean_up(self) -> None:
        """End what is left, by the pids that were seen."""
        self._pid_of("supervisor")
        for pid in (self.process.pid, *self._seen_pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process.stdout is not None and not self.process.stdout.closed:
            self.process.communicate(timeout=PATIENCE_S)

    def _pid_of(self, name: str) -> int | None:
        try:
            text = (self.directory / "run" / "processes.json").read_bytes()
        except FileNotFoundError:
            return None
        pids: dict[str, int | None] = json.loads(text)
        if pids.get("supervisor") != self.process.pid:
            return None  # the file of an earlier supervisor
        self._seen_pids.update(pid for pid in pids.values() if pid is not None)
        return pids.get(name)


@pytest.fixture
def directory() -> Iterator[Path]:
    # Not tmp_path: the name of a Unix socket is short.
    path = Path(tempfile.mkdtemp(prefix="sf-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def variables(directory: Path) -> dict[str, str]:
    """The environment of a server that is alone in the world."""
    return {
        **child_environment({}),
        "STREAMFORGE_DATA_DIR": str(directory),
        "STREAMFORGE_HOST": "127.0.0.1",
        "STREAMFORGE_HTTP_PORT": str(free_port()),
        "STREAMFORGE_HTTPS_ENABLED": "false",
        "STREAMFORGE_MEDIA_PORT_BASE": str(free_port()),
        "STREAMFORGE_ANNOUNCED_ADDRESSES": "127.0.0.1",
        "STREAMFORGE_WORKERS": "1",
    }


@pytest.fixture
def launch(variables: dict[str, str]) -> Iterator[Callable[..., Running]]:
    """Runs a command that supervises, and ends whatever it leaves."""
    running: list[Running] = []

    def begin(command: list[str], **changed: str) -> Running:
        running.append(Running(command, {**variables, **changed}))
        return running[-1]

    yield begin
    for supervisor in running:
        supervisor.clean_up()


@pytest.fixture
def serve(launch: Callable[..., Running]) -> Callable[..., Running]:
    """Starts `streamforge serve` and waits until it is ready; again, on the same directory."""
    require_worker_binary()

    def begin(**changed: str) -> Running:
        running = launch([sys.executable, "-m", "streamforge", "serve"], **changed)
        running.await_pid("server")
        running.wait_for(lambda: "ok" in running.ask("/readyz"), "readiness")
        return running

    return begin


@pytest.fixture
def start(directory: Path, launch: Callable[..., Running]) -> Callable[..., Running]:
    """Starts a supervisor over stand-ins; called again, another one on the same directory."""
    worker = directory / "stand-in-worker"
    program = (PROGRAMS / "stand_in_worker.py").read_text()
    worker.write_text(f"#!{sys.executable} -IS\n{program}")
    worker.chmod(0o755)
    command = [sys.executable, str(PROGRAMS / "run_supervisor.py")]
    command += [str(worker), str(PROGRAMS / "stand_in_server.py")]
    return lambda **changed: launch(command, **changed)


def free_port() -> int:
    """Return a port that nobody uses now, inside the range of media ports."""
    for _ in range(100):
        port = random.randint(41_000, 49_000)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("0.0.0.0", port))
                udp.bind(("0.0.0.0", port))
            except OSError:
                continue
        return port
    pytest.fail("no port is free")
