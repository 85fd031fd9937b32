"""Wires REST and pages: the features' routes, who may call them, and what is around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from quart import Quart

from streamforge.config.settings import Settings
from streamforge.core.clock import Clock
from streamforge.core.ids import IdSource
from streamforge.infra.db.idempotency import IdempotencyStore
from streamforge.infra.metrics import Metrics
from streamforge.infra.sealing import load_sealer
from streamforge.rooms.routes import RoomRoutes
from streamforge.rooms.service import RoomService
from streamforge.server.listening import hosts_of
from streamforge.web.addresses import PublicUrls
from streamforge.web.assembly import WebParts
from streamforge.web.auth import Authenticator, LimitedAuthenticator
from streamforge.web.edge import Asgi, Edge
from streamforge.web.health import Check
from streamforge.web.idempotency import Idempotency
from streamforge.web.origins import Origins


@dataclass(frozen=True, slots=True)
class HttpSide:
    """The application, the edge around it, and what remembers answers for it."""

    application: Quart
    web: WebParts
    idempotency: Idempotency

    def edge(self, app: Asgi) -> Edge:
        """Return the outermost layer around everything that is served."""
        return self.web.edge(app)


def http_side(
    settings: Settings,
    *,
    http_port: int,
    clock: Clock,
    ids: IdSource,
    random_bytes: Callable[[int], bytes],
    metrics: Metrics,
    authenticator: Authenticator,
    answers: IdempotencyStore,
    rooms: RoomService,
    checks: Mapping[str, Check],
    refresh_metrics: Callable[[], None],
) -> HttpSide:
    """Return it; nothing is started."""
    origins = Origins([settings.public_url, *settings.allowed_origins], hosts_of(settings))
    web = WebParts(
        settings=settings,
        clock=clock,
        ids=ids,
        metrics=metrics,
        authenticator=authenticator,
        origins=origins,
    )
    idempotency = Idempotency(answers, load_sealer(settings.data_dir, random_bytes), clock)
    routes = RoomRoutes(
        service=rooms,
        authenticator=LimitedAuthenticator(authenticator, web.rest_limiter("api_key")),
        idempotency=idempotency,
        room_creation=settings.room_creation,
        max_participants=settings.limits.participants_per_room,
        join_url=_public_urls(settings, http_port, origins).join_url,
    )
    application = web.application([routes.blueprint()], checks, refresh_metrics)
    return HttpSide(application, web, idempotency)


def _public_urls(settings: Settings, http_port: int, origins: Origins) -> PublicUrls:
    is_configured = "public_url" in settings.model_fields_set
    public_url = settings.public_url
    if not is_configured:
        # The port that the settings guessed may be 0 or inherited.
        public_url = f"http://localhost:{http_port}{settings.base_path}"
    return PublicUrls(public_url, is_configured, settings.base_path, origins)
