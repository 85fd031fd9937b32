"""A clean environment with both wheels, and a server started from it on ports of its own."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[3]
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 12.0


def install(directory: Path) -> Path:
    """Installs dist/*.whl into a new virtual environment; returns its folder of programs."""
    wheels = sorted((ROOT / "dist").glob("*.whl"))
    assert len(wheels) == 2, f"expected two wheels in dist/ (make wheels), found {wheels}"
    uv = Path(sys.executable).parent / "uv"
    environment = directory / "venv"
    subprocess.run([uv, "venv", "--quiet", environment], check=True)
    python, constraints = environment / "bin" / "python", ROOT / "requirements" / "run.lock"
    command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    subprocess.run([*command, "--constraint", constraints, *wheels], check=True)
    return environment / "bin"


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(programs: Path, directory: Path) -> Iterator[str]:
    """Runs `streamforge serve` with nothing but `programs` on PATH; yields its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = (directory / "server.log").open("wb")
    settings = {
        "PATH": str(programs),
        "HOME": str(directory),
        "STREAMFORGE_DATA_DIR": str(directory / "data"),
        "STREAMFORGE_RUNTIME_DIR": str(directory / "run"),
        "STREAMFORGE_HOST": "127.0.0.1",
        "STREAMFORGE_HTTP_PORT": str(port),
        "STREAMFORGE_HTTPS_PORT": str(free_port()),
        "STREAMFORGE_MEDIA_PORT_BASE": str(40_000 + 8 * random.randrange(1_200)),
        "STREAMFORGE_WORKERS": "1",
    }
    passed_on = {key: os.environ[key] for key in ("LANG", "TMPDIR") if key in os.environ}
    process = subprocess.Popen(
        [programs / "streamforge", "serve"],
        cwd=directory,
        env=passed_on | settings,
        stdout=log,
        stderr=log,
    )
    try:
        wait_until_ready(url, process, directory / "server.log")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


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
    raise AssertionError(f"the installed server did not start:\n{log.read_text(errors='replace')}")
