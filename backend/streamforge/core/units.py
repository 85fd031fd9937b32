"""Units where a bare number would hide its meaning; elsewhere names carry them (`_ms`)."""

from __future__ import annotations

from typing import Final

KIB: Final = 1_024
MIB: Final = 1_024 * KIB
SECOND_MS: Final = 1_000
MINUTE_S: Final = 60
HOUR_S: Final = 60 * MINUTE_S
DAY_S: Final = 24 * HOUR_S


def ms_from_s(seconds: float) -> int:
    """Return whole milliseconds, rounded to the nearest."""
    return round(seconds * SECOND_MS)
