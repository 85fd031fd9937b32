"""A value that must not be printed. It guards against accidents in logs, not against attackers."""

from __future__ import annotations

import hmac
from typing import Final, Generic, NoReturn, TypeVar, cast

T = TypeVar("T")

MASK: Final = "***"


class Secret(Generic[T]):
    """Wraps a value whose text form is always `***`; `reveal()` is the one way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """Return the value. Call it where it is used, never where it is stored."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, theirs = cast("object", self._value), cast("Secret[object]", other).reveal()
        if isinstance(mine, str) and isinstance(theirs, str):
            # Constant time: the comparison must not tell how many characters were right.
            return hmac.compare_digest(mine.encode(), theirs.encode())
        return mine == theirs

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret does not leave the process")
