"""Every HTTP error as RFC 9457 problem+json with a stable `code`. The only place that does so.

Nothing of an unexpected exception reaches the client but its correlation id; the log has the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from streamforge.core.errors import AppError, Bug

CONTENT_TYPE: Final = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True, rename="camel"):
    """What is wrong with one field; `pointer` is a JSON pointer into the body (RFC 6901)."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The body of every error answer."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    correlation_id: str = ""
    retry_after_ms: int | None = None
    errors: Sequence[FieldError] = ()


def problem_of(error: AppError, correlation_id: str, errors: Sequence[FieldError] = ()) -> Problem:
    """Describe an error of ours to the client. A `Bug` keeps its message to itself."""
    is_ours = isinstance(error, Bug)
    return Problem(
        # A relative reference that stays the same for ever (RFC 9457 §3.1.1).
        type=f"/problems/{error.code}",
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        code=error.code,
        detail="The server failed; the log has the cause." if is_ours else error.message,
        correlation_id=correlation_id,
        retry_after_ms=getattr(error, "retry_after_ms", None),
        errors=errors,
    )


def encode(
    problem: Problem, extra: Mapping[str, str] | None = None
) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of the answer."""
    headers = {"content-type": CONTENT_TYPE, "cache-control": "no-store", **(extra or {})}
    if problem.retry_after_ms is not None:
        # Whole seconds, rounded up: coming back too early would only fail again.
        headers["retry-after"] = str(-(-problem.retry_after_ms // 1_000))
    return msgspec.json.encode(problem), headers


async def send_problem(send: Any, error: AppError, correlation_id: str) -> None:
    """Answer from below the application, where only ASGI's `send` exists."""
    problem = problem_of(error, correlation_id)
    body, headers = encode(problem)
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
