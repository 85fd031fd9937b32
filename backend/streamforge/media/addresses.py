"""The addresses under which this machine's media ports are reached, when the operator names none.

It asks the routing table only; no packet is sent and no outside service is asked.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Final

# Documentation addresses (RFC 5737, RFC 3849): the kernel chooses a source address for them, and
# a connected UDP socket sends nothing until somebody writes.
_ROUTE_PROBES: Final = (
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET6, "2001:db8::1"),
)
LOOPBACK: Final = "127.0.0.1"


def local_addresses() -> tuple[str, ...]:
    """Return the address of each default route, and loopback last.

    Firefox connects to no candidate on 127.0.0.1, so a real address comes first where there is one.
    """
    found: list[str] = []
    for family, probe in _ROUTE_PROBES:
        address = _source_address(family, probe)
        if address is not None and address not in found:
            found.append(address)
    return (*found, LOOPBACK)


def _source_address(family: socket.AddressFamily, probe: str) -> str | None:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((probe, 9))
            address = ip_address(str(sock.getsockname()[0]))
    except OSError:
        return None  # no route or no such family on this machine
    if address.is_loopback or address.is_link_local or address.is_unspecified:
        return None
    return str(address)
