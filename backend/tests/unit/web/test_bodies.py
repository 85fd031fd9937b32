"""Request bodies: strict JSON, typed, and errors that point at the field."""

from __future__ import annotations

import pytest
from streamforge.core.errors import AppError
from streamforge.rooms.wire import CreateRoom
from streamforge.web.bodies import InvalidBody, parse


def test_a_good_body_becomes_a_struct() -> None:
    body = parse(b'{"name": "Weekly", "maxParticipants": 10, "unknown": 1}', CreateRoom)

    assert body == CreateRoom(name="Weekly", max_participants=10)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"name": "a", "name": "b"}',
        b'{"features": {"chat": true, "chat": false}}',
        b'{"name": "\\ud800"}',
        b'{"features": {"\\udfff": true}}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"maxParticipants": NaN}',
        b'{"maxParticipants": Infinity}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_json_is_bad_json(raw: bytes) -> None:
    with pytest.raises(AppError) as raised:
        parse(raw, CreateRoom)

    assert raised.value.code == "bad_json"


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b"[]", ""),
        (b'{"name": 1}', "/name"),
        (b'{"name": ""}', "/name"),
        (b'{"maxParticipants": 1}', "/maxParticipants"),
        (b'{"maxParticipants": "10"}', "/maxParticipants"),
        (b'{"maxParticipants": true}', "/maxParticipants"),
        (b'{"features": {"chat": "yes"}}', "/features"),
    ],
)
def test_a_wrong_field_is_named_by_a_json_pointer(raw: bytes, pointer: str) -> None:
    with pytest.raises(InvalidBody) as raised:
        parse(raw, CreateRoom)

    assert raised.value.code == "validation_failed"
    assert [error.pointer for error in raised.value.errors] == [pointer]
