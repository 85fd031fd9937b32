"""The sockets that the server listens on, and the certificate behind the secure one."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from streamforge.config.settings import Settings
from streamforge.core.clock import Clock
from streamforge.infra.certificates import CertificateFiles, own_certificate, server_context
from streamforge.infra.listeners import listener, port_of
from streamforge.web.addresses import own_hosts


@dataclass(frozen=True, slots=True)
class Listening:
    """Bound sockets, each with its TLS, and their ports."""

    listeners: list[tuple[socket.socket, ssl.SSLContext | None]]
    http_port: int
    https_port: int | None


def listen(settings: Settings, clock: Clock) -> Listening:
    """Bind the sockets, or take over those that the supervisor bound.

    Raises:
        Bug: `port_unavailable`, `certificate_invalid`.
    """
    http = listener(settings.host, settings.http_port, settings.http_fd)
    listeners: list[tuple[socket.socket, ssl.SSLContext | None]] = [(http, None)]
    https_port: int | None = None
    if settings.https_enabled:
        https = listener(settings.host, settings.https_port, settings.https_fd)
        https_port = port_of(https)
        listeners.append((https, server_context(_certificate(settings, clock))))
    return Listening(listeners, port_of(http), https_port)


def hosts_of(settings: Settings) -> list[str]:
    """Return every name and address of this server, for the certificate and the origin check."""
    return own_hosts(settings.public_url, socket.gethostname(), settings.announced_addresses)


def _certificate(settings: Settings, clock: Clock) -> CertificateFiles:
    if settings.tls_cert is not None and settings.tls_key is not None:
        return CertificateFiles(settings.tls_cert, settings.tls_key)
    return own_certificate(settings.data_dir, hosts_of(settings), clock)
