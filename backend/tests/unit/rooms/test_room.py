"""The room as a whole: replay, numbering, and that it never changes behind anybody's back."""

from __future__ import annotations

import msgspec
import pytest
from streamforge.core.errors import Bug
from streamforge.rooms import room
from streamforge.rooms.commands import Leave, Resume, SendChat, SetMuted, SocketLost, TimePassed
from streamforge.rooms.events import AnyRoomEvent, StoredEvent
from streamforge.rooms.model import Meeting, Rules
from unit.rooms.scripts import Script, answered, offer, resume


def busy_meeting() -> tuple[Script, list[AnyRoomEvent]]:
    script = Script()
    heard: list[AnyRoomEvent] = []
    when = script.when

    def noting(command: object, **more: int) -> list[AnyRoomEvent]:
        events = when(command, **more)  # pyright: ignore[reportArgumentType]
        heard.extend(events)
        return events

    script.when = noting  # type: ignore[method-assign]
    script.join("ann", role="moderator")
    script.join("bob")
    script.when(offer("ann", "microphone", "camera"))
    script.when(answered("ann", "microphone", "camera"))
    script.when(SetMuted("link_ann", "seat_ann", "cmd_2", "microphone", True))
    script.when(SendChat("link_bob", "seat_bob", "cmd_3", "msg_1", "Hello"))
    script.when(SocketLost("link_ann"))
    script.when(resume("ann"))
    script.when(Leave("link_bob", "seat_bob"))
    return script, heard


def test_the_stored_events_rebuild_the_state_that_matters() -> None:
    script, heard = busy_meeting()
    assert script.meeting is not None
    started = Script()
    replayed: Meeting | None = started.meeting

    for event in heard:
        if event.is_stored:
            stored = msgspec.json.decode(msgspec.json.encode(event), type=StoredEvent)
            replayed = room.apply(replayed, stored)

    assert replayed == script.meeting


def test_a_snapshot_is_the_state_itself() -> None:
    script, _ = busy_meeting()

    restored = msgspec.json.decode(msgspec.json.encode(script.meeting), type=Meeting)

    assert restored == script.meeting


def test_numbers_of_announcements_have_no_holes() -> None:
    script, heard = busy_meeting()

    assert script.meeting is not None
    assert script.meeting.seq == sum(event.is_announced for event in heard)


def test_durable_events_are_those_that_must_not_be_lost() -> None:
    _, heard = busy_meeting()

    durable = {type(event).__name__ for event in heard if event.durability == "durable"}
    assert durable == {"SeatTaken", "ChatSent"}


def test_events_about_a_seat_that_is_gone_change_nothing() -> None:
    script, heard = busy_meeting()
    before = script.meeting
    assert before is not None

    for event in heard:
        after = room.apply(before, event)
        assert set(after.seats) <= set(before.seats) | {"seat_ann", "seat_bob"}


def test_after_a_restart_everybody_has_the_whole_time_to_come_back() -> None:
    script, _ = busy_meeting()

    script.when(Resume(seq=1_000_000, transports=()))

    assert script.meeting is not None
    assert script.meeting.seq == 1_000_000
    assert script.seat("ann").leave_at == script.now + 60_000
    assert room.next_deadline(script.meeting, script.rules) == script.now + 60_000


def test_a_restart_without_people_ends_the_meeting_after_its_grace() -> None:
    script, _ = busy_meeting()
    script.when(Leave("link_ann_2", "seat_ann"))

    script.when(Resume(seq=1_000_000, transports=()))
    events = script.when(TimePassed(), after_ms=60_000)

    assert type(events[0]).__name__ == "MeetingEnded"


def test_a_meeting_begins_with_its_start() -> None:
    with pytest.raises(Bug):
        room.decide(None, TimePassed(), 0, Rules())
