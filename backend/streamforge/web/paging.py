"""Cursor paging: opaque, stable under inserts, without offsets. It knows no table."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

import msgspec

from streamforge.core.errors import Invalid

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The sort key of the last item already seen: newest first, ids break ties."""

    created_at_ms: int
    last_id: str

    def encode(self) -> str:
        """Return the text that the client sends back."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, slots=True)
class Page:
    """What a list route was asked for."""

    limit: int
    after: Cursor | None


def page_of(limit: str | None, cursor: str | None) -> Page:
    """Parse the query parameters `limit` and `cursor`.

    Raises:
        Invalid: `validation_failed` (limit) or `cursor_invalid`.
    """
    return Page(limit=_limit(limit), after=_cursor(cursor))


def _limit(value: str | None) -> int:
    if value is None:
        return DEFAULT_LIMIT
    # isascii: int() would also read other scripts' digits.
    if not (
        value.isascii() and value.isdigit() and len(value) <= 4 and 1 <= int(value) <= MAX_LIMIT
    ):
        raise Invalid("validation_failed", f"`limit` must be a whole number from 1 to {MAX_LIMIT}.")
    return int(value)


def _cursor(value: str | None) -> Cursor | None:
    if value is None:
        return None
    try:
        padded = value + "=" * (-len(value) % 4)
        return msgspec.json.decode(
            base64.b64decode(padded, altchars=b"-_", validate=True), type=Cursor
        )
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise Invalid("cursor_invalid", "`cursor` is not one that this server gave out.") from error
