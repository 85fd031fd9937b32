"""Wrong payloads, made from the schema itself: a command that is added is covered when it is there.

Each is JSON text, because a key that is there twice has no other form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

Path = tuple[str | int, ...]

LONG = "x" * 20_000
# Values of each wrong type, and right ones beyond any sense.
ODD: tuple[Any, ...] = (
    None,
    True,
    7,
    -1,
    2**63,
    10**30,
    1.5,
    "",
    LONG,
    "\u0000",
    "\u202e",
    [],
    [[]],
    {},
    {"a": 1},
    [None] * 5_000,
)
NESTED = "[" * 12 + "]" * 12
BOMB = '{"a":' * 2_000 + "1" + "}" * 2_000


def good(kind: inspect.Type) -> Any:
    """A value that fits a type."""
    match kind:
        case inspect.StructType():
            return {field.encode_name: good(field.type) for field in kind.fields}
        case inspect.UnionType():
            return good(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.VarTupleType() | inspect.ListType():
            return [good(kind.item_type)]
        case inspect.BoolType():
            return False
        case inspect.IntType():
            return 1
        case inspect.FloatType():
            return 1.0
        case inspect.DictType():
            return {}
        case inspect.StrType():
            return "x"
        case _:
            raise AssertionError(f"no value for {kind}")


def wrong(command: type[msgspec.Struct]) -> Iterator[str]:
    """Every payload of a command with one thing wrong in it."""
    whole = good(inspect.type_info(command))
    yield from (json.dumps(value) for value in (*ODD, whole, [whole]))
    yield from (NESTED, BOMB)
    for path in places(whole):
        yield json.dumps(without(whole, path))
        for value in ODD:
            yield json.dumps(replaced(whole, path, value))
        yield with_text(whole, path, NESTED)
        yield with_text(whole, path, BOMB)
        if isinstance(path[-1], str):
            yield doubled(whole, path)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of everything inside a value."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield (*path, key)
            yield from places(inner, (*path, key))


def replaced(value: Any, path: Path, new: Any) -> Any:
    """A copy with something else at a path."""
    copy = json.loads(json.dumps(value))
    _holder(copy, path)[path[-1]] = new
    return copy


def without(value: Any, path: Path) -> Any:
    """A copy that lacks what is at a path."""
    copy = json.loads(json.dumps(value))
    del _holder(copy, path)[path[-1]]
    return copy


def with_text(value: Any, path: Path, text: str) -> str:
    """JSON with other JSON at a path."""
    return json.dumps(replaced(value, path, "@here@")).replace('"@here@"', text)


def doubled(value: Any, path: Path) -> str:
    """JSON in which the key at the end of a path is there twice."""
    key = json.dumps(path[-1])
    text = json.dumps(replaced(value, path, "@here@"))
    return text.replace('"@here@"', f'"one", {key}: "two"')


def _holder(value: Any, path: Path) -> Any:
    for key in path[:-1]:
        value = value[key]
    return value
