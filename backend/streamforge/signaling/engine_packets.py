"""Engine.IO packets as they come in, before the library reads them; what is none ends its sender.

The library raises on an empty packet, an unknown type, wrong base64 and wrong UTF-8, and reads a
message as JSON of any depth when it begins like some. See https://github.com/socketio/engine.io-protocol.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from streamforge.core.errors import Invalid, TooLarge
from streamforge.web.problems import send_problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Told the size of what is no packet.
OnNoPacket = Callable[[int], None]

# Close, ping and pong (with the probe of an upgrade), upgrade; a message of Socket.IO begins with a
# digit.
_TEXT: Final = re.compile(r"[123]|[23]probe|5|4(?:[0-9].*)?", re.ASCII | re.DOTALL)
# Over polling, bytes travel as base64. They are refused where they can be answered.
_BASE64: Final = re.compile(r"b(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SEPARATOR: Final = "\x1e"
# What the library reads of one request; browsers flush a few.
MAX_PACKETS: Final = 16
PROTOCOL_ERROR: Final = 1002  # RFC 6455 §7.4.1


def is_packet(text: str) -> bool:
    """Whether a text frame is a packet that a client may send."""
    return _TEXT.fullmatch(text) is not None


def are_packets(body: bytes) -> bool:
    """Whether the body of a polling request is a list of packets."""
    try:
        packets = body.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        return False
    return len(packets) <= MAX_PACKETS and all(
        is_packet(packet) or _BASE64.fullmatch(packet) is not None for packet in packets
    )


def only_packets(receive: Receive, on_no_packet: OnNoPacket) -> Receive:
    """Return a `receive` for a WebSocket that hangs up at the first frame which is no packet."""

    async def receive_packet() -> Message:
        message = await receive()
        text = message.get("text") if message["type"] == "websocket.receive" else None
        if text is None or is_packet(text):
            return message
        on_no_packet(len(text))
        return {"type": "websocket.disconnect", "code": PROTOCOL_ERROR}

    return receive_packet


async def whole_body(
    receive: Receive, send: Send, most_bytes: int, on_no_packet: OnNoPacket
) -> Receive | None:
    """Return a `receive` that gives the whole body of a polling request, when it has packets only.

    Otherwise the request is answered, and there is nothing left to do.
    """
    body, is_last = b"", False
    while not is_last and len(body) <= most_bytes:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        is_last = not message.get("more_body", False)
    if len(body) > most_bytes:
        await send_problem(send, TooLarge("message_too_large"), "")
        return None
    if not are_packets(body):
        on_no_packet(len(body))
        await send_problem(send, Invalid("bad_message"), "")
        return None
    whole: Message = {"type": "http.request", "body": body, "more_body": False}
    left = [whole]

    async def receive_whole() -> Message:
        return left.pop() if left else await receive()

    return receive_whole
