"""The listening sockets: inherited from the supervisor, or bound here when there is none.

An inherited socket outlives this process, so people who connect while the server restarts wait a
moment instead of being refused.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Final

from streamforge.core.errors import Bug

BACKLOG: Final = 1_024


def listener(host: str, port: int, inherited_fd: int | None) -> socket.socket:
    """Return a listening socket.

    Raises:
        Bug: `port_unavailable`, in words, when the port cannot be bound.
    """
    if inherited_fd is not None:
        return _inherited(inherited_fd)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # `::` serves IPv4 visitors, too.
            with contextlib.suppress(OSError):
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise Bug(
            "port_unavailable", f"Port {port} on {host} cannot be opened: {error.strerror}."
        ) from error
    bound.setblocking(False)
    return bound


def port_of(listening: socket.socket) -> int:
    """The port that a socket listens on."""
    return int(listening.getsockname()[1])


def _inherited(fd: int) -> socket.socket:
    try:
        inherited = socket.socket(fileno=fd)
    except OSError as error:
        raise Bug(
            "port_unavailable", f"The inherited socket {fd} cannot be used: {error.strerror}."
        ) from error
    inherited.setblocking(False)
    return inherited
