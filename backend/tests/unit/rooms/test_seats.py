"""Seats: who gets one, who keeps one, and for how long."""

from __future__ import annotations

from typing import Literal

import pytest
from streamforge.core.errors import AppError
from streamforge.rooms import room, seats
from streamforge.rooms.commands import (
    CloseMeeting,
    Leave,
    RenewToken,
    ReportRouterLost,
    ReportTransport,
    RequestSnapshot,
    SendChat,
    SocketLost,
    TimePassed,
)
from streamforge.rooms.effects import Broadcast, CloseTransport, EndLink, SendTo
from streamforge.rooms.events import ConnectionChanged, DeadlineMoved, SeatLeft
from streamforge.rooms.model import Rules
from unit.rooms.scripts import HOUR_MS, START, Script, join, names, request, resume

Happening = Literal["socket lost", "socket back", "media lost", "media back", "deadline", "leave"]

# Every presence and everything that can happen to it: what is the seat afterwards? None: gone.
PRODUCT: dict[tuple[seats.Presence, Happening], seats.Presence | None] = {
    ("connected", "socket lost"): "held",
    ("connected", "socket back"): "connected",
    ("connected", "media lost"): "connected",
    ("connected", "media back"): "connected",
    ("connected", "deadline"): "connected",
    ("connected", "leave"): None,
    ("held", "socket lost"): "held",
    ("held", "socket back"): "connected",
    ("held", "media lost"): "reconnecting",
    ("held", "media back"): "held",
    ("held", "deadline"): None,
    ("held", "leave"): "held",
    ("reconnecting", "socket lost"): "reconnecting",
    ("reconnecting", "socket back"): "connected",
    ("reconnecting", "media lost"): "reconnecting",
    ("reconnecting", "media back"): "held",
    ("reconnecting", "deadline"): None,
    ("reconnecting", "leave"): "reconnecting",
}


def seat_in(presence: seats.Presence) -> Script:
    script = Script()
    script.join("ann")
    script.publish("ann", "microphone")
    if presence != "connected":
        script.when(SocketLost("link_ann"))
    if presence == "reconnecting":
        script.when(ReportTransport("trn_ann", "dark"))
    assert seats.presence(script.seat("ann")) == presence
    return script


def let_happen(script: Script, happening: Happening) -> None:
    match happening:
        case "socket lost":
            script.when(SocketLost("link_ann"))
        case "socket back":
            script.when(resume("ann"))
        case "media lost":
            script.when(ReportTransport("trn_ann", "dark"))
        case "media back":
            script.when(ReportTransport("trn_ann", "connected"))
        case "deadline":
            script.when(TimePassed(), after_ms=60_000)
        case "leave":
            # From the link that the seat had; a seat without a socket cannot be left by it.
            script.when(Leave("link_ann", "seat_ann"))


@pytest.mark.parametrize(("presence", "happening"), PRODUCT)
def test_every_presence_meets_every_happening(
    presence: seats.Presence, happening: Happening
) -> None:
    script = seat_in(presence)

    let_happen(script, happening)

    expected = PRODUCT[presence, happening]
    seat = script.seats.get("seat_ann")
    assert (None if seat is None else seats.presence(seat)) == expected


def test_a_seat_with_media_is_held_for_a_minute_and_then_lost() -> None:
    script = seat_in("held")

    assert script.when(TimePassed(), after_ms=59_999) == []
    events = script.when(TimePassed(), after_ms=1)

    assert isinstance(events[0], SeatLeft)
    assert events[0].reason == "lost"
    assert CloseTransport("trn_ann") in script.effects


def test_both_lost_leaves_fifteen_seconds_but_never_more_than_the_minute() -> None:
    soon, late = seat_in("held"), seat_in("held")

    soon.when(ReportTransport("trn_ann", "dark"), after_ms=1_000)
    late.when(ReportTransport("trn_ann", "dark"), after_ms=50_000)

    assert soon.seat("ann").leave_at == START + 1_000 + 15_000
    assert late.seat("ann").leave_at == START + 60_000


def test_media_that_comes_back_gives_the_minute_back() -> None:
    script = seat_in("reconnecting")

    events = script.when(ReportTransport("trn_ann", "connected"), after_ms=5_000)

    assert DeadlineMoved(seat_id="seat_ann", leave_at=START + 60_000) in events


def test_the_others_hear_of_a_lost_socket_once_and_not_of_media() -> None:
    script = Script()
    script.join("ann")
    script.publish("ann", "microphone")

    script.when(SocketLost("link_ann"))
    told = [effect for effect in script.effects if isinstance(effect, Broadcast)]
    script.when(ReportTransport("trn_ann", "dark"))

    assert [effect.event for effect in told] == ["participant-connection-changed"]
    assert script.effects == []


def test_a_socket_that_was_replaced_can_be_lost_without_harm() -> None:
    script = Script()
    script.join("ann")
    script.when(resume("ann"))

    assert script.when(SocketLost("link_ann")) == []
    assert script.seat("ann").link == "link_ann_2"


def test_resuming_over_a_live_socket_ends_the_older_one() -> None:
    script = Script()
    script.join("ann")

    events = script.when(resume("ann"))

    assert names(events) == ["LinkReplaced", "SeatResumed"]
    assert script.effects == [EndLink("link_ann", "duplicate")]


def test_the_token_before_the_last_resumes_too_as_its_answer_may_have_been_lost() -> None:
    script = Script()
    script.join("ann")
    script.when(resume("ann"))
    script.when(SocketLost("link_ann_2"))

    script.when(resume("ann", link="link_3", resume_hash="hash_3"))

    assert script.seat("ann").link == "link_3"
    assert script.seat("ann").previous_resume_hash == "hash_ann"


def test_a_token_that_is_two_rotations_old_gets_a_fresh_seat() -> None:
    script = Script()
    script.join("ann")
    script.when(resume("ann"))
    script.when(resume("ann", hash_of_token="hash_ann_2", link="link_3", resume_hash="hash_3"))

    script.when(resume("eve", hash_of_token="hash_ann", seat_id="seat_eve"))

    assert "seat_eve" in script.seats
    assert script.seat("ann").link == "link_3"


def test_the_newest_join_of_a_person_wins_even_in_a_full_room() -> None:
    script = Script()
    for who in ("ann", "bob", "cat"):
        script.join(who)

    events = script.when(join("ann", link="link_new", seat_id="seat_new"))

    assert names(events) == ["SeatLeft", "SeatTaken"]
    assert EndLink("link_ann", "duplicate") in script.effects
    assert list(script.seats) == ["seat_bob", "seat_cat", "seat_new"]


def test_a_full_room_refuses_and_changes_nothing() -> None:
    script = Script()
    for who in ("ann", "bob", "cat"):
        script.join(who)

    with pytest.raises(AppError) as refused:
        script.join("dan")

    assert refused.value.code == "room_full"
    assert len(script.seats) == 3


def test_the_server_may_allow_fewer_people_than_the_room() -> None:
    script = Script(Rules(participants_per_room=1))
    script.join("ann")

    with pytest.raises(AppError) as refused:
        script.join("bob")

    assert refused.value.code == "room_full"


def test_a_token_that_ends_is_told_first_and_then_ends_the_seat() -> None:
    script = Script()
    script.join("ann")

    script.when(TimePassed(), after_ms=HOUR_MS - 300_000)
    told = list(script.effects)
    script.when(TimePassed(), after_ms=300_000)

    assert [effect.event for effect in told if isinstance(effect, SendTo)] == ["token-expiring"]
    assert EndLink("link_ann", "token_expired") in script.effects
    assert script.seats == {}


def test_a_renewed_token_is_reminded_of_again() -> None:
    script = Script()
    script.join("ann")
    script.when(TimePassed(), after_ms=HOUR_MS - 300_000)

    script.when(RenewToken("link_ann", "seat_ann", "sub_ann", START + 2 * HOUR_MS))

    assert script.meeting is not None
    assert room.next_deadline(script.meeting, script.rules) == START + 2 * HOUR_MS - 300_000


def test_an_older_token_never_shortens_the_stay() -> None:
    script = Script()
    script.join("ann")

    assert script.when(RenewToken("link_ann", "seat_ann", "sub_ann", START + 1)) == []


def test_a_token_of_somebody_else_renews_no_seat() -> None:
    script = Script()
    script.join("ann")

    with pytest.raises(AppError) as refused:
        script.when(RenewToken("link_ann", "seat_ann", "sub_bob", START + 2 * HOUR_MS))

    assert refused.value.code == "token_wrong_subject"
    assert script.seat("ann").token_expires_at == START + HOUR_MS


def test_a_token_of_somebody_else_resumes_no_seat() -> None:
    script = Script()
    script.join("ann")
    before = script.meeting

    with pytest.raises(AppError) as refused:
        script.when(resume("ann", subject="sub_bob"))

    assert refused.value.code == "token_wrong_subject"
    assert script.meeting == before


def test_a_token_that_ends_while_the_socket_is_away_does_not_cost_the_seat() -> None:
    script = Script()
    script.join("ann", token_expires_at=START + 10_000)
    script.publish("ann", "microphone")
    script.when(SocketLost("link_ann"))

    script.when(TimePassed(), after_ms=30_000)
    script.when(resume("ann", token_expires_at=START + HOUR_MS))

    assert seats.presence(script.seat("ann")) == "connected"


def test_roles_and_names_survive_a_resume() -> None:
    script = Script()
    script.join("ann", role="moderator")
    script.when(SocketLost("link_ann"))

    script.when(resume("ann", role="participant", display_name="Other"))

    assert script.seat("ann").role == "moderator"
    assert script.seat("ann").display_name == "Ann"


def test_resuming_with_an_offer_replaces_the_transport_at_the_next_epoch() -> None:
    script = Script()
    script.join("ann")
    script.publish("ann", "microphone")
    script.when(SocketLost("link_ann"))

    fresh = request("ann2", "microphone")
    script.when(resume("ann", offer=fresh))

    assert script.seat("ann").transport_epoch == 2
    assert CloseTransport("trn_ann") in script.effects
    assert [track.producer_id for track in script.seat("ann").tracks] == ["prd_ann_microphone"]


def test_commands_of_a_link_that_lost_its_seat_are_refused() -> None:
    script = Script()
    script.join("ann")
    script.when(resume("ann"))

    with pytest.raises(AppError) as refused:
        script.when(SendChat("link_ann", "seat_ann", "cmd_1", "msg_1", "Hello"))

    assert refused.value.code == "duplicate"


def test_a_snapshot_rotates_the_token_and_keeps_the_one_before() -> None:
    script = Script()
    script.join("ann")

    script.when(RequestSnapshot("link_ann", "seat_ann", "hash_new"))

    assert script.seat("ann").resume_hash == "hash_new"
    assert script.seat("ann").previous_resume_hash == "hash_ann"


def test_a_lost_router_leaves_fifteen_seconds_to_those_without_a_socket() -> None:
    script = seat_in("held")

    events = script.when(ReportRouterLost())

    assert names(events) == ["TransportLost", "DeadlineMoved"]
    assert script.seat("ann").leave_at == START + 15_000


def test_an_empty_meeting_ends_after_its_grace_and_not_before() -> None:
    script = Script()
    script.join("ann")
    script.when(Leave("link_ann", "seat_ann"))

    assert script.when(TimePassed(), after_ms=59_999) == []
    assert names(script.when(TimePassed(), after_ms=1)) == ["MeetingEnded"]


def test_somebody_who_comes_back_in_time_keeps_the_meeting() -> None:
    script = Script()
    script.join("ann")
    script.when(Leave("link_ann", "seat_ann"))

    script.join("bob")

    assert script.when(TimePassed(), after_ms=60_000) == []


def test_a_closed_meeting_tells_everybody_and_lets_nobody_in() -> None:
    script = Script()
    script.join("ann")

    script.when(CloseMeeting("deleted"))
    ends = list(script.effects)
    with pytest.raises(AppError) as refused:
        script.join("bob")

    assert isinstance(ends[0], Broadcast)
    assert ends[0].event == "room-closed"
    assert EndLink("link_ann", "room_closed") in ends
    assert refused.value.code == "meeting_closed"


def test_connection_changes_carry_their_deadline_for_the_journal() -> None:
    script = Script()
    script.join("ann")

    events = script.when(SocketLost("link_ann"))

    assert isinstance(events[0], ConnectionChanged)
    assert events[0].leave_at == START + 15_000
