"""What a seat missed: whole, or not at all."""

from __future__ import annotations

import pytest
from streamforge.protocol.signaling import ChatMessage, ChatSent, RoomClosed
from streamforge.rooms.effects import Broadcast
from streamforge.rooms.replay import MAX_REPLAY_CHARS, Replay


def replay_of(first: int, last: int, most: int = 100) -> Replay:
    replay = Replay(most)
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


def test_a_replay_never_fills_the_send_queue() -> None:
    replay = Replay(100)
    for seq in range(1, 40):
        message = ChatMessage(
            message_id=f"msg_{seq}",
            participant_id="ptc_1",
            display_name="Ann",
            text="x" * (MAX_REPLAY_CHARS // 32),
            sent_at=0,
            seq=seq,
        )
        replay.add(Broadcast(seq, "chat-sent", ChatSent(seq=seq, message=message)))

    assert replay.since(1, 39) == ()
    assert len(replay.since(20, 39)) == 19
