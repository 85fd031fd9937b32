"""Where a worker is commanded: its Unix socket, or a loopback port that a private file tells.

A file in the runtime directory stands for each worker, by its name: `worker-0.sock` is the socket,
`worker-0.endpoint` has port and token (systems without Unix sockets; the worker makes it anew at
each start). This module finds and connects; what is said then is `worker_connection`'s affair.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Literal, TypeVar, cast

import msgspec

from streamforge.protocol.framing import FrameReader, frame

P = TypeVar("P", bound=asyncio.BaseProtocol)

Ipc = Literal["unix", "tcp"]

SUFFIX: Final[dict[Ipc, str]] = {"unix": ".sock", "tcp": ".endpoint"}
# A worker that lives answers within milliseconds.
ANSWER_TIMEOUT_S: Final = 1.0
_UCRED: Final = struct.Struct("3i")  # pid, uid, gid (Linux, unix(7))


class Endpoint(msgspec.Struct, frozen=True):
    """What the file of a loopback endpoint holds."""

    host: str
    port: int
    pid: int
    token: str


def control_path(runtime_dir: Path, index: int, ipc: Ipc) -> Path:
    """Return the file of the worker at an index."""
    return runtime_dir / f"worker-{index}{SUFFIX[ipc]}"


def control_paths(runtime_dir: Path) -> list[Path]:
    """Return the files of all workers that there are, of either kind."""
    found: Iterable[Path] = runtime_dir.glob("worker-*")
    return sorted(path for path in found if path.suffix in SUFFIX.values())


async def connect(path: Path, factory: Callable[[], P]) -> tuple[P, int | None]:
    """Return the protocol that a connection drives, and the process at the other end if known.

    Raises:
        OSError: nobody listens there.
    """
    loop = asyncio.get_running_loop()
    if path.suffix == SUFFIX["unix"]:
        transport, protocol = await loop.create_unix_connection(factory, str(path))
        return protocol, _peer_pid(transport.get_extra_info("socket"))
    endpoint = _read(path)
    raw, protocol = await loop.create_connection(factory, endpoint.host, endpoint.port)
    # First of all, and not as JSON: a worker parses nothing of somebody who lacks it.
    cast("asyncio.WriteTransport", raw).write(frame(endpoint.token.encode()))
    return protocol, endpoint.pid


def find_listener(path: Path) -> int | None:
    """Return the pid of the worker that listens there; None when none does. Blocking, but short."""
    try:
        if path.suffix == SUFFIX["unix"]:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
                sock.settimeout(ANSWER_TIMEOUT_S)
                sock.connect(str(path))
                return _peer_pid(sock)
        endpoint = _read(path)
        return endpoint.pid if _is_answered(endpoint) else None
    except OSError:
        return None


def _is_answered(endpoint: Endpoint) -> bool:
    """Ask: after a worker's death its port may be anybody's, and its pid, too."""
    address = (endpoint.host, endpoint.port)
    with socket.create_connection(address, timeout=ANSWER_TIMEOUT_S) as sock:
        sock.sendall(frame(endpoint.token.encode()) + frame(b'{"id":1,"type":"ping"}'))
        return bool(FrameReader().feed(sock.recv(4_096)))


def _read(path: Path) -> Endpoint:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Endpoint)
    except msgspec.DecodeError as error:
        raise OSError(f"{path} is no endpoint: {error}") from error


def _peer_pid(sock: socket.socket) -> int | None:
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    pid, _, _ = _UCRED.unpack(raw)
    return pid or None
