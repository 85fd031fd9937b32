"""/healthz (the process lives), /readyz (it can serve), /metrics. For machines, not for people.

Metrics tell how busy a company is, so a stranger from the Internet needs an API key; a scraper on
the same machine or private network needs none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from quart import Blueprint, Response, request

from streamforge.core.errors import AppError, Forbidden, Unavailable
from streamforge.infra.metrics import Metrics
from streamforge.web.auth import Authenticator, bearer
from streamforge.web.caller import caller_address, peer_address
from streamforge.web.proxies import canonical, limit_key

Check = Callable[[], Awaitable[None]]
# A probe's own patience is usually 1 s; an answer that comes later is none.
CHECK_TIMEOUT_S: Final = 0.8
# This machine, RFC 1918, link-local, RFC 4193. `is_private` would count documentation nets, too.
NEAR: Final = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fe80::/10",
        "fc00::/7",
    )
)


class Readiness(msgspec.Struct, frozen=True):
    """Whether the server can serve; `checks` maps each part to `ok` or an error code."""

    status: str
    checks: dict[str, str]


@dataclass(frozen=True, slots=True)
class HealthRoutes:
    """The handlers. A check raises an `AppError` when its part cannot work."""

    checks: Mapping[str, Check]
    metrics: Metrics
    authenticator: Authenticator
    refresh_metrics: Callable[[], None]

    def blueprint(self) -> Blueprint:
        """Return the routes, ready to be registered."""
        health = Blueprint("health", __name__)
        health.add_url_rule("/healthz", "healthz", self.healthz, methods=["GET"])
        health.add_url_rule("/readyz", "readyz", self.readyz, methods=["GET"])
        health.add_url_rule("/metrics", "metrics", self.show_metrics, methods=["GET"])
        return health

    async def healthz(self) -> Response:
        """The event loop runs; a restart would not help."""
        return _json(Readiness("ok", {}), 200)

    async def readyz(self) -> Response:
        """Every part that a join needs works now."""
        results = await asyncio.gather(*(_run(check) for check in self.checks.values()))
        checks = dict(zip(self.checks, results, strict=True))
        is_ready = all(result == "ok" for result in results)
        return _json(
            Readiness("ok" if is_ready else "unavailable", checks), 200 if is_ready else 503
        )

    async def show_metrics(self) -> Response:
        """The Prometheus text format."""
        if not _is_from_near():
            token = bearer()
            if token is None:
                raise Forbidden("metrics_forbidden", "Metrics need an API key from this network.")
            await self.authenticator.authenticate(token)
        self.refresh_metrics()
        return Response(self.metrics.render(), content_type=CONTENT_TYPE_LATEST)


async def _run(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except AppError as error:
        return error.code
    except TimeoutError:
        return Unavailable("command_timeout").code
    return "ok"


def _is_from_near() -> bool:
    peer, caller = peer_address(), caller_address()
    # A proxy that is not in `trusted_proxies`: whoever is behind it, its own address says nothing.
    is_hidden = "x-forwarded-for" in request.headers and caller == limit_key(peer)
    return _is_near(peer) and _is_near(caller) and not is_hidden


def _is_near(address: str) -> bool:
    # An IPv6 caller is known by its /64 only, which is as private as the address.
    ip = canonical(address.partition("/")[0])
    return ip is not None and any(ip in network for network in NEAR)


def _json(body: msgspec.Struct, status: int) -> Response:
    response = Response(msgspec.json.encode(body), status=status, content_type="application/json")
    response.headers["cache-control"] = "no-store"
    return response
