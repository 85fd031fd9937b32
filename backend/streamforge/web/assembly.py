"""Puts the HTTP side together: the application's shared routes inside, the edge outside.

Used by the composition root only; it builds what it is told and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from quart import Blueprint, Quart

from streamforge.config.settings import Settings
from streamforge.core.clock import Clock
from streamforge.core.ids import IdSource
from streamforge.core.log import get_logger
from streamforge.infra.metrics import Metrics
from streamforge.web.access_log import AccessLog
from streamforge.web.application import ApplicationLimits, create_application
from streamforge.web.auth import Authenticator
from streamforge.web.edge import Asgi, Edge
from streamforge.web.health import Check, HealthRoutes
from streamforge.web.origins import Origins
from streamforge.web.pages import PageRoutes
from streamforge.web.proxies import TrustedProxies
from streamforge.web.ratelimit import Rate, RateLimiter
from streamforge.web.static_ui import StaticUi


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the HTTP side is made of."""

    settings: Settings
    clock: Clock
    ids: IdSource
    metrics: Metrics
    authenticator: Authenticator
    origins: Origins

    def application(
        self,
        features: Sequence[Blueprint],
        checks: Mapping[str, Check],
        refresh_metrics: Callable[[], None],
    ) -> Quart:
        """Return the application with the features' routes, the probes and the pages."""
        limits = self.settings.limits
        app = create_application(
            ApplicationLimits(body_bytes=limits.body_bytes, api=self.rest_limiter("rest"))
        )
        for blueprint in features:
            app.register_blueprint(blueprint)
        health = HealthRoutes(checks, self.metrics, self.authenticator, refresh_metrics)
        app.register_blueprint(health.blueprint())
        # Last: its catch-all route must not hide another.
        app.register_blueprint(PageRoutes(StaticUi(base_path=self.settings.base_path)).blueprint())
        return app

    def rest_limiter(self, limit: str) -> RateLimiter:
        """Return the rate of REST callers, to be kept by address or by API key."""
        limits = self.settings.limits
        rate = Rate(per_second=limits.rest_per_s, burst=limits.rest_burst)
        return RateLimiter(rate, self.clock, limit=limit, on_refused=self.metrics.count_limit)

    def edge(self, app: Asgi) -> Edge:
        """Return the outermost layer around everything."""
        return Edge(
            app=app,
            origins=self.origins,
            proxies=TrustedProxies(self.settings.trusted_proxies),
            ids=self.ids,
            access_log=AccessLog(get_logger("streamforge.web.access"), self.metrics, self.clock),
            base_path=self.settings.base_path,
            is_https_only=self.settings.public_url.startswith("https://"),
        )
