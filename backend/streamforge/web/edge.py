"""The outermost ASGI layer, around REST, pages and Socket.IO alike. It routes nothing.

In order: who calls (trusted proxies), under which path (base path), from which page (origin, CORS),
and on the way out the headers that every answer has. What it refuses never reaches the application.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from streamforge.core.errors import AppError, Forbidden, NotFound
from streamforge.core.ids import IdSource
from streamforge.web.access_log import AccessLog, Exchange
from streamforge.web.headers import EVERY_ANSWER, HSTS, INERT_CSP
from streamforge.web.origins import Origins
from streamforge.web.problems import send_problem
from streamforge.web.proxies import TrustedProxies

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

SOCKET_IO: Final = "/socket.io"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# For probes and scrapers, which talk to the process and not through the public path.
WITHOUT_BASE_PATH: Final = frozenset({"/healthz", "/readyz", "/metrics"})
PREFLIGHT: Final = b"access-control-request-method"
CORS_METHODS: Final = b"GET, POST, DELETE, OPTIONS"
CORS_HEADERS: Final = b"authorization, content-type, idempotency-key, if-none-match"
CORS_EXPOSED: Final = b"etag, retry-after, x-correlation-id, idempotency-replayed, link, location"
# A day; browsers cap it lower.
CORS_MAX_AGE: Final = b"86400"


@dataclass(frozen=True, slots=True)
class Edge:
    """Wraps the application. `is_https_only` is true when `public_url` is https."""

    app: Asgi
    origins: Origins
    proxies: TrustedProxies
    ids: IdSource
    access_log: AccessLog
    base_path: str = ""
    is_https_only: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in {"http", "websocket"}:
            return
        headers = _joined(scope["headers"])
        peer = (scope.get("client") or ("", 0))[0]
        client = self.proxies.client(peer, scope.get("scheme", "http"), headers)
        correlation_id = self.ids.new("cor")
        exchange = Exchange(
            correlation_id=correlation_id,
            kind=scope["type"],
            method=scope.get("method", "GET"),
            client_address=client.address,
        )
        inner: Scope = {
            **scope,
            "client": (client.address, 0),
            "scheme": _scheme(scope["type"], client.scheme),
            "headers": _with_host(scope["headers"], client.host),
            "state": {"correlation_id": correlation_id, "peer": peer, "exchange": exchange},
        }
        origin = headers.get(b"origin", b"").decode("latin-1")
        added = self._headers(origin, client.host, client.scheme, correlation_id)
        counted = _counting(send, added, exchange)
        with self.access_log.recording(exchange):
            path = self._path(scope["path"])
            if path is None:
                text = f"Nothing is here; try {self.base_path}/."
                await _refuse(inner, counted, NotFound("not_found", text))
                return
            inner["path"], inner["raw_path"] = path, path.encode("utf-8")
            if path.startswith(SOCKET_IO):
                exchange.route = SOCKET_IO
            is_foreign = bool(origin) and not self.origins.allows(origin, client.host)
            if is_foreign and self._needs_origin(inner):
                await _refuse(inner, counted, _foreign(origin))
            elif inner.get("method") == "OPTIONS" and PREFLIGHT in headers:
                await _preflight(counted)
            else:
                await self.app(inner, receive, counted)

    def _path(self, path: str) -> str | None:
        """Take the base path off; None when the request is for somebody else's path."""
        if not self.base_path or path in WITHOUT_BASE_PATH:
            return path
        if path == self.base_path:
            return "/"
        return path.removeprefix(self.base_path) if path.startswith(f"{self.base_path}/") else None

    def _needs_origin(self, scope: Scope) -> bool:
        """Whether a foreign page could do harm: change something, or hold a live connection."""
        is_live = scope["type"] == "websocket" or scope["path"].startswith(SOCKET_IO)
        return is_live or scope["method"] not in SAFE_METHODS

    def _headers(
        self, origin: str, host: str, scheme: str, correlation_id: str
    ) -> list[tuple[bytes, bytes]]:
        added = [(name.encode(), value.encode()) for name, value in EVERY_ANSWER]
        added.append((b"content-security-policy", INERT_CSP.encode()))
        added.append((b"x-correlation-id", correlation_id.encode()))
        # Over plain HTTP the header is ignored anyway, and on a machine that also serves port 3000
        # without a public URL it would lock browsers out of that port.
        if self.is_https_only and scheme == "https":
            added.append((HSTS[0].encode(), HSTS[1].encode()))
        if origin and not self.origins.is_same(origin, host) and self.origins.allows(origin, host):
            added.append((b"access-control-allow-origin", origin.encode("latin-1")))
            added.append((b"access-control-expose-headers", CORS_EXPOSED))
            added.append((b"vary", b"origin"))
        return added


def _counting(send: Send, added: list[tuple[bytes, bytes]], exchange: Exchange) -> Send:
    """Return a `send` that adds headers to the answer and notes its status and size."""

    async def counted(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.accept"}:
            exchange.status = message.get("status", 101)
            present: list[tuple[bytes, bytes]] = list(message.get("headers") or ())
            names = {name.lower() for name, _ in present}
            fresh = [pair for pair in added if pair[0] not in names or pair[0] == b"vary"]
            message = {**message, "headers": [*present, *fresh]}
        elif message["type"] == "http.response.body":
            exchange.sent_bytes += len(message.get("body", b""))
        await send(message)

    return counted


async def _refuse(scope: Scope, send: Send, error: AppError) -> None:
    if scope["type"] == "websocket":
        # Before `accept`, a close is an HTTP 403 to the client (ASGI spec, WebSocket close).
        scope["state"]["exchange"].status = error.status
        await send({"type": "websocket.close", "code": 1008, "reason": error.code})
        return
    await send_problem(send, error, scope["state"]["correlation_id"])


async def _preflight(send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", CORS_METHODS),
        (b"access-control-allow-headers", CORS_HEADERS),
        (b"access-control-max-age", CORS_MAX_AGE),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _foreign(origin: str) -> Forbidden:
    return Forbidden(
        "origin_not_allowed",
        "Pages of this origin may not use this server; its operator can add the origin to "
        "STREAMFORGE_ALLOWED_ORIGINS or set STREAMFORGE_PUBLIC_URL.",
        context={"origin": origin},
    )


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Repeated headers are one list (RFC 9110 §5.3)."""
    joined: dict[bytes, bytes] = {}
    for name, value in headers:
        joined[name] = joined[name] + b"," + value if name in joined else value
    return joined


def _with_host(headers: Iterable[tuple[bytes, bytes]], host: str) -> list[tuple[bytes, bytes]]:
    rest = [(name, value) for name, value in headers if name != b"host"]
    return [(b"host", host.encode("latin-1")), *rest]


def _scheme(kind: str, scheme: str) -> str:
    is_secure = scheme in {"https", "wss"}
    if kind == "websocket":
        return "wss" if is_secure else "ws"
    return "https" if is_secure else "http"
