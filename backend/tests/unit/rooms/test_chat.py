"""Chat: what may be said, what is remembered."""

from __future__ import annotations

import msgspec
import pytest
from streamforge.core.errors import AppError
from streamforge.rooms import answers, chat
from streamforge.rooms.commands import SendChat
from streamforge.rooms.effects import Broadcast
from streamforge.rooms.model import Rules
from unit.rooms.scripts import Script


def say(text: str, number: int = 1) -> SendChat:
    return SendChat("link_ann", "seat_ann", f"cmd_{number}", f"msg_{number}", text)


def joined(**features: bool) -> Script:
    script = Script(Rules(chat_history=3, chat_characters=100), **features)
    script.join("ann")
    return script


def test_a_message_is_told_with_its_place_in_the_meeting() -> None:
    script = joined()

    script.when(say("  Hello  "))

    told = script.effects[0]
    assert isinstance(told, Broadcast)
    assert told.event == "chat-sent"
    assert script.meeting is not None
    assert script.meeting.chat[-1].text == "Hello"
    assert script.meeting.chat[-1].seq == told.seq == script.meeting.seq


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "chat_empty"),
        (" \n\t ", "chat_empty"),
        ("\x00", "chat_empty"),
        ("\x01\x1b", "chat_empty"),
        ("x" * 101, "chat_too_long"),
    ],
)
def test_what_is_no_message_is_refused(text: str, code: str) -> None:
    with pytest.raises(AppError) as refused:
        joined().when(say(text))

    assert refused.value.code == code


def test_control_characters_are_dropped_but_lines_and_tabs_stay() -> None:
    script = joined()

    script.when(say("a\x01\x1b\x85b\r\n\tc"))

    assert script.meeting is not None
    assert script.meeting.chat[-1].text == "ab\n\tc"


def test_a_lone_surrogate_cannot_break_anything_after_it() -> None:
    script = joined()

    script.when(say("a\ud800b"))

    assert script.meeting is not None
    assert script.meeting.chat[-1].text == "a?b"


def test_chat_can_be_off_for_the_room_or_for_a_person() -> None:
    off = joined(chat=False)
    mute_guest = Script()
    mute_guest.join("ann", may_chat=False)

    for script in (off, mute_guest):
        with pytest.raises(AppError) as refused:
            script.when(say("Hello"))
        assert refused.value.code == "chat_disabled"


def test_only_the_newest_messages_are_remembered() -> None:
    script = joined()

    for number in range(5):
        script.when(say(str(number), number))

    assert script.meeting is not None
    assert [message.text for message in script.meeting.chat] == ["2", "3", "4"]


def test_long_messages_are_remembered_up_to_a_size_that_fits_a_snapshot() -> None:
    script = Script()
    script.join("ann")

    for number in range(200):
        script.when(say("ж" * 4_000, number))

    assert script.meeting is not None
    size = sum(len(message.text.encode()) for message in script.meeting.chat)
    assert 0 < size <= chat.MAX_HISTORY_BYTES


def test_the_size_of_what_is_remembered_is_that_of_its_json() -> None:
    script = Script()
    script.join("ann")

    for number in range(200):
        script.when(say("x" + "\n" * 3_998 + '"', number))

    assert script.meeting is not None
    size = len(msgspec.json.encode(script.meeting.chat))
    assert chat.MAX_HISTORY_BYTES // 2 < size <= chat.MAX_HISTORY_BYTES + 1_024


def test_the_answer_to_a_command_is_remembered_with_the_event() -> None:
    script = joined()

    script.when(say("Hello"))

    answered = answers.find(script.seat("ann"), "cmd_1")
    assert answered is not None
    assert script.meeting is not None
    assert (answered.message_id, answered.seq) == ("msg_1", script.meeting.seq)
