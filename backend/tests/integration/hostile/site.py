"""A server with its worker, as an installation runs it, and what can be seen of it from outside."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from processes.serving import free_port, run

# Wide enough that refusals are for what is wrong with a message, not for how many there are; the
# limits as they are delivered have tests of their own.
WIDE = {
    "SOCKETS_PER_IP": "1000",
    "UNJOINED_SOCKETS_PER_IP": "1000",
    "NEW_SOCKETS_PER_S": "1000",
    "NEW_SOCKETS_BURST": "1000",
    "MESSAGES_PER_S": "100000",
    "MESSAGES_BURST": "100000",
    "MESSAGE_BYTES_PER_10_S": "1000000000",
    "STRIKES": "1000",
    "CHAT_PER_5_S": "100000",
    "JOINS_PER_10_S": "100000",
    "ROOM_JOINS_PER_10_S": "100000",
    "ICE_RESTARTS_PER_MIN": "100000",
    "OFFERS_PER_10_S": "100000",
    "REST_PER_S": "100000",
    "REST_BURST": "100000",
}
# Sockets that never join are waited for; a test run does not last as long as people take to join.
JOIN_WITHIN_S = 30
SAMPLE = re.compile(r"^(?P<name>\w+(?:\{[^}]*\})?) (?P<value>\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Site:
    """A running server."""

    url: str
    media_port: int
    directory: Path
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def metric(self, name: str) -> float:
        """One metric, with its labels in braces where it has some; 0 before its first event."""
        async with httpx.AsyncClient() as http:
            text = (await http.get(f"{self.url}/metrics")).raise_for_status().text
        values = {sample["name"]: float(sample["value"]) for sample in SAMPLE.finditer(text)}
        return values.get(name, 0.0)

    def processes(self) -> dict[str, int]:
        """Pids by name: supervisor, server, worker-0."""
        return json.loads((self.directory / "run" / "processes.json").read_bytes())

    def resident_mib(self) -> dict[str, int]:
        """The memory of server and worker."""
        pids = self.processes()
        return {name: _resident(pids[name]) for name in ("server", "worker-0")}

    def complaints(self) -> list[str]:
        """Lines of the log that somebody would have to look into."""
        text = (self.directory / "server.log").read_text(errors="replace")
        signs = ("Traceback", '"level": "error"', "[error", "panicked", "was never retrieved")
        return [line for line in text.splitlines() if any(sign in line for sign in signs)]


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert match is not None, status
    return int(match[1]) // 1024


@contextmanager
def running() -> Iterator[Site]:
    """Starts a server and ends it."""
    # Not tmp_path: the name of a Unix socket is short.
    directory = Path(tempfile.mkdtemp(prefix="sf-"))
    url, media_port = f"http://127.0.0.1:{free_port()}", 40_000 + random.randrange(9_900)
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "HOME": str(directory),
        "STREAMFORGE_DATA_DIR": str(directory / "data"),
        "STREAMFORGE_RUNTIME_DIR": str(directory / "run"),
        "STREAMFORGE_HOST": "127.0.0.1",
        "STREAMFORGE_HTTP_PORT": url.rpartition(":")[2],
        "STREAMFORGE_HTTPS_ENABLED": "false",
        "STREAMFORGE_ANNOUNCED_ADDRESSES": "127.0.0.1",
        "STREAMFORGE_MEDIA_PORT_BASE": str(media_port),
        "STREAMFORGE_WORKERS": "1",
        "STREAMFORGE_LOG_FORMAT": "json",
        "STREAMFORGE_TIMERS__JOIN_WITHIN_S": str(JOIN_WITHIN_S),
    }
    environment |= {f"STREAMFORGE_LIMITS__{name}": value for name, value in WIDE.items()}
    command = [sys.executable, "-m", "streamforge", "serve"]
    with run(command, directory, url, environment) as process:
        yield Site(url, media_port, directory, process)
