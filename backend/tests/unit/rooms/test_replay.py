"""What a seat missed: whole, or not at all."""

from __future__ import annotations

import msgspec
import pytest
from streamforge.config.sections import Limits, Timers
from streamforge.protocol.media import KIND_OF_SOURCE, Kind, Source
from streamforge.protocol.signaling import ChatMessage, ChatSent, JoinAnswer, RoomClosed
from streamforge.rooms import views
from streamforge.rooms.commands import SendChat
from streamforge.rooms.effects import Broadcast
from streamforge.rooms.model import Meeting, Rules, Seat, Track
from streamforge.rooms.outcomes import announcement
from streamforge.rooms.registry import MeetingsConfig
from streamforge.rooms.replay import Replay
from unit.rooms.scripts import Script


def replay_of(first: int, last: int, most: int = 100) -> Replay:
    replay = Replay(most, 1_000_000)
    for seq in range(first, last + 1):
        replay.add(Broadcast(seq, "room-closed", RoomClosed(seq=seq, reason="")))
    return replay


def seqs(replay: Replay, last_seq: int, now_seq: int) -> list[int]:
    return [missed.data.seq for missed in replay.since(last_seq, now_seq)]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]


def test_everything_after_the_last_event_is_replayed_in_order() -> None:
    assert seqs(replay_of(1, 5), 2, 5) == [3, 4, 5]


def test_nothing_was_missed_by_who_heard_everything() -> None:
    assert seqs(replay_of(1, 5), 5, 5) == []


@pytest.mark.parametrize("last_seq", [-1, 0, 6, 1_000])
def test_what_cannot_be_told_whole_is_left_to_the_snapshot(last_seq: int) -> None:
    assert seqs(replay_of(1, 5, most=3), last_seq, 5) == []


def test_a_leap_of_numbers_after_a_restart_does_not_hide_what_came_before() -> None:
    replay = replay_of(1, 5)
    replay.add(Broadcast(1_000_006, "room-closed", RoomClosed(seq=1_000_006, reason="")))

    assert seqs(replay, 4, 1_000_006) == [5, 1_000_006]


def chat_sent(seq: int, text: str) -> Broadcast:
    message = ChatMessage(
        message_id=f"msg_{seq}",
        participant_id="ptc_1",
        display_name="Ann",
        text=text,
        sent_at=0,
        seq=seq,
    )
    return Broadcast(seq, "chat-sent", ChatSent(seq=seq, message=message))


# Characters that UTF-8, and JSON, write with 1, 2, 4 and 2 bytes.
@pytest.mark.parametrize("character", ["x", "ß", "🦊", '"'])
def test_a_replay_has_at_most_so_many_bytes_on_the_wire(character: str) -> None:
    replay = Replay(100, 10_000)
    for seq in range(1, 40):
        replay.add(chat_sent(seq, character * 400))

    told = [len(replay.since(last_seq, 39)) for last_seq in range(1, 39)]
    longest = max(told)
    encoded = msgspec.json.encode(replay.since(38 - longest + 1, 39))

    assert told[0] == 0, "what is gone is left to the snapshot"
    assert told[-1] == 1
    assert 9_000 - 4 * 400 <= len(encoded) <= 10_000 + longest + 1, "commas and brackets"


def test_one_announcement_that_is_too_large_is_not_kept() -> None:
    replay = Replay(100, 1_000)
    replay.add(chat_sent(1, "x" * 2_000))
    replay.add(chat_sent(2, "y"))

    assert replay.since(0, 2) == ()
    assert len(replay.since(1, 2)) == 1


def test_the_largest_room_joined_leaves_room_in_the_send_queue() -> None:
    script = Script(Rules(chat_history=200))
    script.meeting = msgspec.structs.replace(full(script), chat=())
    replay = MeetingsConfig.from_settings(Limits(), Timers()).new_replay()
    for number in range(500):
        text = "🦊" * 2_000 if number % 2 else '"' * 2_000
        for event in script.when(SendChat("link_0", "seat_0", f"c{number}", f"msg_{number}", text)):
            announced = announcement(event, script.meeting)
            assert announced is not None
            replay.add(announced)
    seq = script.meeting.seq
    missed = max((replay.since(seq - n, seq) for n in range(1, 100)), key=len)
    sdp = "a=rtpmap:111 opus/48000/2\r\n" * (Limits().offer_bytes // 27)

    joined = views.room_joined(
        script.meeting,
        script.seat("0"),
        resume_token="t" * 64,
        is_resumed=True,
        server_time=1,
        missed=missed,
        answer=JoinAnswer(sdp=sdp, slots=(), producers=()),
    )

    assert len(missed) > 5
    assert len(msgspec.json.encode(joined)) < 0.75 * Limits().send_queue_bytes


def full(script: Script) -> Meeting:
    """A meeting of a hundred people who send everything under long names."""
    seats: dict[str, Seat] = {}
    script.join("0")
    kinds: dict[Source, Kind] = KIND_OF_SOURCE
    for number in range(100):
        tracks = tuple(
            Track(producer_id=f"prd_{number}_{'0' * 32}", source=source, kind=kind, mid="0")
            for source, kind in kinds.items()
        )
        seats[f"seat_{number}"] = msgspec.structs.replace(
            script.seat("0"),
            seat_id=f"seat_{number}",
            participant_id=f"ptc_{'0' * 32}",
            display_name="🦊" * 64,
            tracks=tracks,
        )
    assert script.meeting is not None
    return msgspec.structs.replace(script.meeting, seats=seats)
