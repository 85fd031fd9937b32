"""Who is calling, for limits and idempotency.

The real address, after trusted proxies. No credentials.
"""

from __future__ import annotations

from typing import Any, cast

from quart import request

from streamforge.web.access_log import Exchange
from streamforge.web.proxies import limit_key


def caller_address() -> str:
    """The key by which this caller is limited: an IPv4 address or an IPv6 /64."""
    client = _scope().get("client")
    return limit_key(client[0]) if client else "unknown"


def peer_address() -> str:
    """The address at the other end of the TCP connection, proxies included."""
    return cast("str", _state().get("peer", ""))


def correlation_id() -> str:
    """The id under which this request is logged, from here to the media worker."""
    return cast("str", _state().get("correlation_id", ""))


def exchange() -> Exchange | None:
    """The access log's notes on this request."""
    return cast("Exchange | None", _state().get("exchange"))


def _state() -> dict[str, Any]:
    return cast("dict[str, Any]", _scope().get("state", {}))


def _scope() -> dict[str, Any]:
    return cast("dict[str, Any]", request.scope)
