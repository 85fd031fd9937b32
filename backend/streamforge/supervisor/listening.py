"""The HTTP(S) sockets that every server process inherits; the supervisor alone opens them."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from streamforge.config.settings import Settings
from streamforge.core.errors import Bug

# Connections wait here while a killed server is replaced (about a second).
BACKLOG: Final = 1_024


@dataclass(frozen=True, slots=True)
class ListeningSockets:
    """Open sockets; `https` is absent when it is switched off."""

    http: socket.socket
    https: socket.socket | None

    @property
    def http_host(self) -> str:
        """Where a process of this machine reaches us."""
        return reachable_host(str(self.http.getsockname()[0]))

    @property
    def http_port(self) -> int:
        return port_of(self.http)

    @property
    def https_port(self) -> int | None:
        return None if self.https is None else port_of(self.https)

    def close(self) -> None:
        """Stop listening."""
        self.http.close()
        if self.https is not None:
            self.https.close()


def open_sockets(settings: Settings) -> ListeningSockets:
    """Open the sockets of these settings.

    Raises:
        Bug: `port_unavailable`, in words.
    """
    http = listen(settings.host, settings.http_port, "HTTP", "STREAMFORGE_HTTP_PORT")
    if not settings.https_enabled:
        return ListeningSockets(http, None)
    try:
        https = listen(settings.host, settings.https_port, "HTTPS", "STREAMFORGE_HTTPS_PORT")
    except Bug:
        http.close()
        raise
    return ListeningSockets(http, https)


def listen(host: str, port: int, what: str, setting: str) -> socket.socket:
    """Return a listening socket on this address."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise Bug("port_unavailable", f"The address {host!r} cannot be used: {error}.") from error
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise Bug("port_unavailable", reason_in_words(error, host, port, what, setting)) from error
    return sock


def reason_in_words(error: OSError, host: str, port: int, what: str, setting: str) -> str:
    """Say why a port cannot be opened, and what to do."""
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"{what} port {port} is in use by another program. "
                f"Stop it, or choose another port with {setting}."
            )
        case errno.EACCES:
            return f"{what} port {port} needs more rights; choose one above 1023 with {setting}."
        case errno.EADDRNOTAVAIL:
            return f"The address {host} is none of this machine's; change STREAMFORGE_HOST."
        case _:
            return f"{what} port {port} cannot be opened: {error.strerror}."


def reachable_host(bound: str) -> str:
    """Return the address at which this machine reaches a server that is bound to `bound`."""
    try:
        # `::` is bound for IPv4, too, and a machine may lack `::1`.
        return "127.0.0.1" if ip_address(bound).is_unspecified else bound
    except ValueError:
        return bound


def host_in_url(host: str) -> str:
    """Return the host as URLs and `Host` headers write it (RFC 3986 §3.2.2)."""
    return f"[{host}]" if ":" in host else host


def port_of(sock: socket.socket) -> int:
    """Return the port that a socket is bound to."""
    return int(sock.getsockname()[1])
