"""Decides which web origins may talk to this server. It answers nothing itself; `edge.py` does.

Allowed are: the configured origins, the origin of `public_url`, and the page's own origin when its
host is one that no stranger's DNS can point at us: an IP address, localhost, or a name that is
ours. (A page at evil.example that rebinds its name to our address would pass a plain "Origin equals
Host" check.)
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit


class Origins:
    """The exact origins and own host names of this server."""

    def __init__(self, exact: Iterable[str], own_hosts: Iterable[str]) -> None:
        self._exact = frozenset(origin for origin in map(normalise, exact) if origin is not None)
        self._own_hosts = frozenset(host.lower() for host in own_hosts) | {"localhost"}

    def allows(self, origin: str, host_header: str) -> bool:
        """Whether a page of this origin may use this server, addressed as `host_header`."""
        normalised = normalise(origin)
        if normalised is None:
            return False
        if normalised in self._exact:
            return True
        return self.is_same(origin, host_header) and self.is_own_host(host_header)

    def is_same(self, origin: str, host_header: str) -> bool:
        """Whether the page came from this very host and port.

        The scheme may differ behind a proxy.
        """
        normalised = normalise(origin)
        if normalised is None:
            return False
        scheme = urlsplit(normalised).scheme
        return normalised == normalise(f"{scheme}://{host_header}")

    def is_own_host(self, host_header: str) -> bool:
        """Whether the host is an IP address or one of our names."""
        normalised = normalise(f"http://{host_header}")
        name = urlsplit(normalised).hostname if normalised is not None else None
        if name is None:
            return False
        return name in self._own_hosts or _is_ip(name)


def normalise(origin: str) -> str | None:
    """Return `scheme://host[:port]` in lower case without a default port, or None if it is none."""
    try:
        parts = urlsplit(origin.strip())
        port = parts.port
    except ValueError:
        return None
    is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_bare:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" + ("" if port in {None, default} else f":{port}")


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
