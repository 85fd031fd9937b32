"""Builds the Quart application: what all routes share, and nothing of any feature.

Features register their blueprints in the composition root. Outside it lies `edge.py`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from quart import Quart, Response, request
from quart_schema import Info, QuartSchema

from streamforge.web import failures
from streamforge.web.caller import caller_address, exchange
from streamforge.web.openapi import PREFIX, MsgspecOpenApi
from streamforge.web.ratelimit import RateLimiter

NO_CACHE: Final = "private, no-cache"


@dataclass(frozen=True, slots=True)
class ApplicationLimits:
    """What one request, and one caller, may ask for."""

    body_bytes: int
    api: RateLimiter


def create_application(limits: ApplicationLimits) -> Quart:
    """Return an application without routes of its own, except /openapi.json."""
    app = Quart("streamforge", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = limits.body_bytes
    # Slugs and ids are exact; a redirect from `/rooms/` would lose the body of a POST.
    app.url_map.strict_slashes = False
    QuartSchema(
        app,
        openapi_path="/openapi.json",
        openapi_provider_class=MsgspecOpenApi,
        swagger_ui_path=None,
        redoc_ui_path=None,
        scalar_ui_path=None,
        conversion_preference="msgspec",
        info=Info(
            title="StreamForge",
            version=version("streamforge"),
            description="Rooms and access. Errors are problem+json with a stable `code`.",
        ),
    )
    failures.install(app)

    @app.before_request
    async def note_route_and_limit() -> None:
        seen = exchange()
        rule = request.url_rule
        if seen is not None and rule is not None:
            seen.route = rule.rule
        if request.path.startswith(PREFIX):
            limits.api.take(caller_address())

    @app.after_request
    async def tag_entity(response: Response) -> Response:
        if request.path.startswith(PREFIX) and request.method in {"GET", "HEAD"}:
            await _tag(response)
        return response

    return app


async def _tag(response: Response) -> None:
    """Give an answer its ETag, and 304 when the client has it already."""
    if response.status_code != 200:
        return
    body = await response.get_data(as_text=False)
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.headers["cache-control"] = NO_CACHE
    response.headers["vary"] = "authorization"
    await response.make_conditional(request)
