"""Turns every exception of a request into a problem. Wired once into the Quart application."""

from __future__ import annotations

from typing import Final

from quart import Quart, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as WrongMethod

from streamforge.core.errors import (
    AppError,
    Bug,
    Invalid,
    Limited,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
)
from streamforge.core.log import get_logger
from streamforge.web.bodies import InvalidBody
from streamforge.web.caller import correlation_id, exchange
from streamforge.web.problems import encode, problem_of

_log = get_logger(__name__)

# What Quart and Werkzeug raise themselves; the rest of their 4xx is `bad_message`.
BY_STATUS: Final[dict[int, AppError]] = {
    404: NotFound("not_found"),
    405: MethodNotAllowed("method_not_allowed"),
    413: TooLarge("body_too_large"),
    415: UnsupportedMedia("unsupported_media_type"),
    429: Limited("rate_limited"),
}


def install(app: Quart) -> None:
    """Register the handlers."""
    app.register_error_handler(AppError, _on_app_error)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(Exception, _on_bug)


def _on_app_error(error: AppError) -> Response:
    if isinstance(error, Bug):
        return _on_bug(error)
    if error.context:
        _log.info("http.refused", code=error.code, context=error.context)
    return _answer(error)


def _on_http_exception(error: HTTPException) -> Response:
    code = error.code or 500
    if code >= 500:
        return _on_bug(error)
    extra: dict[str, str] = {}
    if isinstance(error, WrongMethod) and error.valid_methods:
        extra["allow"] = ", ".join(sorted(error.valid_methods))
    return _answer(BY_STATUS.get(code) or Invalid("bad_message"), extra)


def _on_bug(error: Exception) -> Response:
    _log.error(
        "http.failed", route=str(request.url_rule), correlation_id=correlation_id(), exc_info=error
    )
    return _answer(error if isinstance(error, Bug) else Bug("internal"))


def _answer(error: AppError, extra: dict[str, str] | None = None) -> Response:
    errors = error.errors if isinstance(error, InvalidBody) else ()
    problem = problem_of(error, correlation_id(), errors)
    body, headers = encode(problem, extra)
    if isinstance(error, Unauthenticated):
        # RFC 9110 §11.6.1: a 401 names the scheme by which to authenticate.
        headers["www-authenticate"] = "Bearer"
    seen = exchange()
    if seen is not None:
        seen.code = error.code
    response = Response(body, status=problem.status)
    response.headers.update(headers)
    return response
