"""Reads a JSON request body into a typed Struct. It is strict where leniency has hurt others.

Duplicate keys are refused: two parsers that disagree on which one counts are how a checked value
gets replaced by an unchecked one. Unknown fields are ignored, as everywhere in the protocol.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Concatenate, Final, NoReturn, ParamSpec, TypeVar, cast

import msgspec
from quart import request

from streamforge.core.errors import Invalid, UnsupportedMedia
from streamforge.web.openapi import describe_request
from streamforge.web.problems import FieldError

P = ParamSpec("P")
Routes = TypeVar("Routes")
Body = TypeVar("Body", bound=msgspec.Struct)
Result = TypeVar("Result")

# msgspec ends its messages with the place, e.g. "Expected `str`, got `int` - at `$.name`".
PLACE: Final = re.compile(r"^(?P<detail>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


class InvalidBody(Invalid):
    """`validation_failed` with the fields that are wrong."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("validation_failed", f"The request is not valid: {errors[0].detail}.")
        self.errors = errors


def json_body(
    model: type[Body],
) -> Callable[
    [Callable[Concatenate[Routes, Body, P], Awaitable[Result]]],
    Callable[Concatenate[Routes, P], Awaitable[Result]],
]:
    """Give a route (a method) its body as first argument, and describe it for OpenAPI."""

    def decorate(
        route: Callable[Concatenate[Routes, Body, P], Awaitable[Result]],
    ) -> Callable[Concatenate[Routes, P], Awaitable[Result]]:
        @wraps(route)
        async def with_body(routes: Routes, /, *args: P.args, **kwargs: P.kwargs) -> Result:
            if not request.is_json:
                raise UnsupportedMedia("unsupported_media_type")
            body = parse(await raw_body(), model)
            return await route(routes, body, *args, **kwargs)

        describe_request(with_body, model)
        return with_body

    return decorate


async def raw_body() -> bytes:
    """Return the bytes of this request's body."""
    # Quart's annotation says `str | bytes` whatever `as_text` is.
    return cast("bytes", await request.get_data(as_text=False))


def parse(raw: bytes, model: type[Body]) -> Body:
    """Parse and check a body.

    Raises:
        Invalid: `bad_json` when it is not JSON, `validation_failed` when it does not fit the model.
    """
    try:
        parsed: Any = json.loads(
            raw, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
        )
        # Half a surrogate pair is read and could then be neither stored nor answered.
        json.dumps(parsed, ensure_ascii=False).encode()
    # RecursionError: a body of a thousand brackets is bad input, not our failure.
    except (ValueError, RecursionError) as error:
        raise Invalid("bad_json", "The request body is not valid JSON.") from error
    try:
        return msgspec.convert(parsed, model)
    except msgspec.ValidationError as error:
        raise InvalidBody((field_error(str(error)),)) from error


def field_error(message: str) -> FieldError:
    """Split msgspec's message into a JSON pointer and what is wrong there."""
    match = PLACE.match(message)
    # msgspec writes `[...]` for "some key of this mapping"; the pointer then names the mapping.
    path = ((match and match["path"]) or "$").partition("[...")[0]
    pointer = re.sub(r"\.|\[(?=\d)", "/", path.removeprefix("$")).replace("]", "")
    detail = match["detail"] if match else message
    return FieldError(pointer=pointer, detail=detail)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _refuse_constant(name: str) -> NoReturn:
    # Python would read NaN and Infinity, which are not JSON (RFC 8259 §6).
    raise ValueError(name)
