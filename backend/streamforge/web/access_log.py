"""One log line and one measurement for each finished request. No URL, header or body is logged.

The route pattern stands in for the path: a path holds the room's slug, which lets its bearer in.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from streamforge.core.clock import Clock
from streamforge.infra.metrics import Metrics

# Many and dull; they are in the metrics, and in the log on debug.
QUIET_ROUTES: Final = frozenset({"/healthz", "/readyz", "/metrics", "/socket.io", "/<page:path>"})
# Not an HTTP status: what nginx logs when the client hung up before there was an answer.
CLIENT_GONE: Final = 499
KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})


@dataclass(slots=True)
class Exchange:
    """What is known of a request; `route` and `code` are filled in by the application."""

    correlation_id: str
    kind: str
    method: str
    client_address: str
    route: str = "none"
    status: int = CLIENT_GONE
    sent_bytes: int = 0
    code: str | None = None


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Writes the line when the exchange is over."""

    log: Any
    metrics: Metrics
    clock: Clock

    @contextmanager
    def recording(self, exchange: Exchange) -> Generator[None]:
        """Measure what happens inside."""
        started_s = self.clock.monotonic()
        try:
            yield
        except Exception:
            exchange.status = 500
            raise
        finally:
            self._record(exchange, self.clock.monotonic() - started_s)

    def _record(self, exchange: Exchange, seconds: float) -> None:
        if exchange.kind == "http":
            method = exchange.method if exchange.method in KNOWN_METHODS else "other"
            self.metrics.request_seconds.labels(method, exchange.route, exchange.status).observe(
                seconds
            )
        is_quiet = exchange.route in QUIET_ROUTES and exchange.status < 500
        write = self.log.debug if is_quiet else self.log.info
        write(
            f"{exchange.kind}.finished",
            method=exchange.method,
            route=exchange.route,
            status=exchange.status,
            duration_ms=round(seconds * 1_000, 1),
            sent_bytes=exchange.sent_bytes,
            correlation_id=exchange.correlation_id,
            pii_client_address=exchange.client_address,
            code=exchange.code,
        )
