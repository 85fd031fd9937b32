"""Socket.IO packets as text: reads what browsers send, writes what they get. Strict, and bounded.

The library's own parser is passed by: it buffers as many binary attachments as a client announces,
keeps the last of duplicate keys, and lets deep nesting exhaust the stack.
See https://github.com/socketio/socket.io-protocol (revision 5).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import msgspec

from streamforge.core.errors import Invalid

# The deepest message of ours, an offer with wants inside `join-room`, has 6.
MAX_DEPTH: Final = 16
MAX_ACK_DIGITS: Final = 9
# `auth` has a number and an id.
MAX_CONNECT: Final = 4_096

_EVENT = re.compile(rf"2(?:(?P<namespace>/[^,]*),)?(?P<ack>\d{{0,{MAX_ACK_DIGITS}}})(?=\[)")
_BINARY = re.compile(rf"[56]\d{{1,9}}-(?:/[^,]*,)?(?P<ack>\d{{1,{MAX_ACK_DIGITS}}})(?=\[)")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Head:
    """The part of a packet that comes before its JSON."""

    ack_id: int | None
    body_at: int


def read_head(text: str) -> Head | None:
    """Return the head of an event packet of the default namespace; None when it is none."""
    match = _EVENT.match(text)
    if match is None or match["namespace"] not in {None, "/"}:
        return None
    return Head(int(match["ack"]) if match["ack"] else None, match.end())


def binary_ack_id(text: str) -> int | None:
    """Return the acknowledgement that a binary event asks for, so that it can be refused."""
    match = _BINARY.match(text)
    return int(match["ack"]) if match is not None else None


def read_event(text: str, head: Head) -> tuple[str, Any]:
    """Return the name and the payload of an event.

    Raises:
        Invalid: `bad_message`; the message says what is wrong with it.
    """
    body = text[head.body_at :]
    if depth(body) > MAX_DEPTH:
        raise Invalid("bad_message", "The message is nested too deeply.")
    try:
        values = json.loads(body, object_pairs_hook=_object, parse_constant=_constant)
        # Half a surrogate pair is read and could then not be written to anybody.
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Invalid("bad_message", f"The message is not valid JSON: {error}.") from error
    if not isinstance(values, list) or not values or not isinstance(values[0], str):
        raise Invalid("bad_message", "The message does not start with an event's name.")
    arguments: list[Any] = values[1:]  # pyright: ignore[reportUnknownVariableType]
    if len(arguments) > 1:
        raise Invalid("bad_message", "An event has one payload.")
    return values[0], arguments[0] if arguments and arguments[0] is not None else {}


def depth(body: str) -> int:
    """Return how deeply JSON is nested, without parsing it."""
    deepest = now = 0
    for match in _BRACKET.finditer(_STRING.sub("", body)):
        now += 1 if match[0] in "[{" else -1
        deepest = max(deepest, now)
    return deepest


def encode_event(event: str, payload: msgspec.Struct) -> str:
    """Return the packet of an event."""
    return "2" + _encoder.encode([event, payload]).decode()


def encode_ack(ack_id: int, reply: msgspec.Struct) -> str:
    """Return the packet that acknowledges a command."""
    return f"3{ack_id}" + _encoder.encode([reply]).decode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        # Two readers of such an object may see different values (JVB JSA-2023-0001).
        raise ValueError("a key is there twice")
    return values


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
