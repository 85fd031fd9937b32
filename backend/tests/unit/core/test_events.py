"""core/events.py"""

import msgspec
import pytest
from streamforge.core.events import Event, wire_name


class MessageWritten(Event, frozen=True):
    message_id: str


class NoiseHeard(Event, frozen=True):
    durability = "volatile"


def test_an_event_names_itself_and_its_fields_on_the_wire() -> None:
    written = msgspec.to_builtins(MessageWritten(message_id="msg_1"))

    assert written == {"type": "message-written", "messageId": "msg_1"}


def test_events_are_told_apart_by_their_names_when_read_back() -> None:
    either = MessageWritten | NoiseHeard

    assert msgspec.json.decode(b'{"type":"noise-heard"}', type=either) == NoiseHeard()


def test_events_are_durable_unless_they_say_otherwise() -> None:
    assert MessageWritten.durability == "durable"
    assert NoiseHeard.durability == "volatile"


@pytest.mark.parametrize(("name", "wire"), [("ChatSent", "chat-sent"), ("Stats", "stats")])
def test_class_names_become_kebab_case(name: str, wire: str) -> None:
    assert wire_name(name) == wire
