"""Finds the real client behind trusted reverse proxies. Headers of anybody else are ignored."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Client:
    """Who really called, and how: after the proxies have been taken off."""

    address: str
    scheme: str
    host: str


class TrustedProxies:
    """The networks whose `X-Forwarded-*` headers count."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: tuple[Network, ...] = tuple(
            ipaddress.ip_network(network, strict=False) for network in networks
        )

    def client(self, peer: str, scheme: str, headers: dict[bytes, bytes]) -> Client:
        """Return the client as the nearest trusted proxy saw it."""
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._trusts(peer):
            return Client(peer, scheme, host)
        forwarded_scheme = _last(headers.get(b"x-forwarded-proto")).lower()
        return Client(
            address=self._address(peer, headers.get(b"x-forwarded-for", b"")),
            scheme=forwarded_scheme if forwarded_scheme in {"http", "https"} else scheme,
            host=_last(headers.get(b"x-forwarded-host")) or host,
        )

    def _address(self, peer: str, forwarded_for: bytes) -> str:
        # Read from the right: everything left of the first untrusted hop was written by a stranger.
        for hop in reversed([part.strip() for part in forwarded_for.decode("latin-1").split(",")]):
            if canonical(hop) is None:
                return peer
            peer = hop
            if not self._trusts(hop):
                return peer
        return peer

    def _trusts(self, address: str) -> bool:
        ip = canonical(address)
        return ip is not None and any(ip in network for network in self._networks)


def canonical(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse an address; an IPv4 address mapped into IPv6 is its IPv4 self (else lists miss it)."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return mapped or ip


def limit_key(address: str) -> str:
    """The key to limit a client by: one person owns a whole IPv6 /64, but one IPv4 address."""
    ip = canonical(address)
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return address if ip is None else str(ip)


def _last(value: bytes | None) -> str:
    return (value or b"").decode("latin-1").rpartition(",")[2].strip()
