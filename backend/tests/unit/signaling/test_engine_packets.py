"""What may be an Engine.IO packet of a client, and what becomes of anything else."""

from __future__ import annotations

from typing import Any

import pytest
from streamforge.signaling.engine_packets import (
    MAX_PACKETS,
    are_packets,
    is_packet,
    only_packets,
    whole_body,
)


@pytest.mark.parametrize(
    "text", ["1", "2", "2probe", "3", "3probe", "5", "4", '40{"protocol":1}', '42["a",\n{}]', "49"]
)
def test_what_clients_send_is_a_packet(text: str) -> None:
    assert is_packet(text)
    assert are_packets(text.encode())


@pytest.mark.parametrize(
    "text",
    ["", "0", "6", "7", "9", "x", "\u00b2", "4[", "4{}", "4x", "2x", "11", "5 ", "\x00", "3\n"],
)
def test_what_the_library_would_stumble_over_is_none(text: str) -> None:
    assert not is_packet(text)
    assert not are_packets(text.encode())


@pytest.mark.parametrize(
    ("body", "are"),
    [
        (b"2\x1e3\x1e42[]", True),
        (b'451-["a",{}]\x1ebAAAA', True),
        (b"bAA==", True),
        (b"bAAA", False),
        (b"b!", False),
        (b"d=42", False),
        (b"\xff", False),
        (b"2\x1e", False),
        (b"\x1e".join([b"3"] * (MAX_PACKETS + 1)), False),
    ],
)
def test_a_polling_body_is_a_list_of_packets(body: bytes, are: bool) -> None:
    assert are_packets(body) is are


def unexpected(size: int) -> None:
    raise AssertionError(size)


class Wire:
    """An ASGI connection with messages to come; keeps what is sent."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = list(messages)
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        return self._messages.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def test_a_websocket_hangs_up_at_the_first_frame_that_is_no_packet() -> None:
    def frame(text: str) -> dict[str, Any]:
        return {"type": "websocket.receive", "text": text}

    sizes: list[int] = []
    wire = Wire({"type": "websocket.connect"}, frame("2"), frame("9"))
    receive = only_packets(wire.receive, sizes.append)

    assert (await receive())["type"] == "websocket.connect"
    assert await receive() == frame("2")
    assert (await receive())["type"] == "websocket.disconnect"
    assert sizes == [1]


async def test_a_body_of_packets_is_handed_on_whole() -> None:
    wire = Wire(
        {"type": "http.request", "body": b"42", "more_body": True},
        {"type": "http.request", "body": b"[]"},
    )

    receive = await whole_body(wire.receive, wire.send, 10, unexpected)

    assert receive is not None
    assert (await receive())["body"] == b"42[]"
    assert wire.sent == []


@pytest.mark.parametrize(
    ("body", "status", "noted"), [(b"nonsense", 400, [8]), (b"4" * 11, 413, [])]
)
async def test_any_other_body_is_answered(body: bytes, status: int, noted: list[int]) -> None:
    sizes: list[int] = []
    wire = Wire({"type": "http.request", "body": body, "more_body": len(body) > 10})

    assert await whole_body(wire.receive, wire.send, 10, sizes.append) is None
    assert sizes == noted
    assert wire.sent[0]["status"] == status
