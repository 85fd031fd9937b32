"""A meeting as three pure functions. No I/O, clock or randomness here.

    decide(meeting, command, now, rules) -> events   may it be carried out, and what follows?
    apply(meeting, event) -> meeting                 the state after it; also replays the journal
    effects(before, event, after) -> effects         what the world has to be told

`decide` is the only one that refuses. `apply` accepts whatever once happened: a journal that lacks
volatile events (storage was away) still replays.
"""

from __future__ import annotations

from streamforge.core.errors import Bug, Conflict
from streamforge.rooms import chat, offers, seats, tracks
from streamforge.rooms.applying import apply
from streamforge.rooms.commands import (
    CloseMeeting,
    Command,
    Join,
    Leave,
    Offer,
    RenewToken,
    ReportAnswer,
    ReportInventory,
    ReportRefusal,
    ReportRouterLost,
    ReportTransport,
    RequestSnapshot,
    Resume,
    SendChat,
    SetMuted,
    SocketLost,
    StartMeeting,
    TimePassed,
)
from streamforge.rooms.events import (
    AnyRoomEvent,
    MeetingEnded,
    MeetingResumed,
    MeetingStarted,
    TransportChanged,
    TransportKept,
    TransportRefused,
)
from streamforge.rooms.model import Meeting, Rules, Seat
from streamforge.rooms.outcomes import effects

__all__ = ["apply", "decide", "effects", "next_deadline"]


def decide(meeting: Meeting | None, command: Command, now: int, rules: Rules) -> list[AnyRoomEvent]:
    """Return what follows from a command.

    Raises:
        AppError: it is refused, and nothing happened.
    """
    if isinstance(command, StartMeeting):
        return [_started(command, now, rules)]
    if meeting is None:
        raise Bug("internal", context={"reason": "a meeting starts with StartMeeting"})
    if meeting.ended is not None:
        raise Conflict("meeting_closed")
    by_person = _decide_for_person(meeting, command, now, rules)
    return by_person if by_person is not None else _decide_other(meeting, command, now, rules)


def _decide_for_person(
    meeting: Meeting, command: Command, now: int, rules: Rules
) -> list[AnyRoomEvent] | None:
    match command:
        case Join():
            return seats.decide_join(meeting, command, now, rules)
        case Leave():
            return seats.decide_leave(meeting, command, now)
        case RenewToken():
            return seats.decide_renew(meeting, command)
        case RequestSnapshot():
            return seats.decide_snapshot(meeting, command)
        case Offer() | SetMuted() | SendChat():
            seats.require_command_id(command.command_id)
            seat = seats.require(meeting, command.seat_id, command.link)
            return _decide_for_seat(meeting, seat, command, now, rules)
        case _:
            return None


def _decide_for_seat(
    meeting: Meeting, seat: Seat, command: Offer | SetMuted | SendChat, now: int, rules: Rules
) -> list[AnyRoomEvent]:
    match command:
        case Offer():
            return offers.decide_offer(meeting, seat, command, rules)
        case SetMuted():
            return tracks.decide_mute(seat, command)
        case SendChat():
            return list(chat.decide(meeting, seat, command, now, rules))


def _decide_other(  # noqa: PLR0911 (one case per command)
    meeting: Meeting, command: Command, now: int, rules: Rules
) -> list[AnyRoomEvent]:
    match command:
        case SocketLost():
            return seats.decide_socket_lost(meeting, command, now, rules)
        case TimePassed():
            return _due(meeting, now, rules)
        case ReportTransport():
            return _transport_reported(meeting, command, now, rules)
        case ReportAnswer():
            seat = meeting.seats.get(command.seat_id)
            return [] if seat is None else tracks.decide_answer(seat, command)
        case ReportRefusal():
            return _refused(meeting, command)
        case ReportRouterLost():
            return [
                event
                for seat in meeting.seats.values()
                if seat.transport is not None and seat.transport.transport_id not in command.spared
                for event in _media_lost(seat, command.reason, now, rules)
            ]
        case ReportInventory():
            return _worker_back(meeting, command)
        case Resume():
            return _resumed(meeting, command, now, rules)
        case CloseMeeting():
            return [MeetingEnded(at=now, reason=command.reason)]
        case _:
            raise Bug("internal", context={"command": type(command).__name__})


def _started(command: StartMeeting, now: int, rules: Rules) -> MeetingStarted:
    return MeetingStarted(
        meeting_id=command.meeting_id,
        room=command.room,
        router_id=command.router_id,
        at=now,
        chat_history=rules.chat_history,
    )


def _due(meeting: Meeting, now: int, rules: Rules) -> list[AnyRoomEvent]:
    if meeting.empty_since is not None and now >= meeting.empty_since + rules.meeting_empty_ms:
        return [MeetingEnded(at=now, reason="empty")]
    return list(seats.decide_due(meeting, now, rules))


def next_deadline(meeting: Meeting, rules: Rules) -> int | None:
    """Return when `TimePassed` has an effect next; None when only a command can have one."""
    if meeting.ended is not None:
        return None
    if meeting.empty_since is not None:
        return meeting.empty_since + rules.meeting_empty_ms
    return min((seats.next_deadline(seat, rules) for seat in meeting.seats.values()), default=None)


def _transport_reported(
    meeting: Meeting, command: ReportTransport, now: int, rules: Rules
) -> list[AnyRoomEvent]:
    seat = meeting.seat_of_transport(command.transport_id)
    if seat is None:
        return []
    if command.state == "closed":
        return _media_lost(seat, command.reason, now, rules)
    has_media = command.state == "connected"
    return [
        TransportChanged(
            seat_id=seat.seat_id, transport_id=command.transport_id, state=command.state
        ),
        *seats.decide_deadline(seat, has_media=has_media, now=now, rules=rules),
    ]


def _media_lost(seat: Seat, reason: str | None, now: int, rules: Rules) -> list[AnyRoomEvent]:
    events = tracks.lost(seat, reason)
    if events:
        events += seats.decide_deadline(seat, has_media=False, now=now, rules=rules)
    return events


def _refused(meeting: Meeting, command: ReportRefusal) -> list[AnyRoomEvent]:
    seat = meeting.seats.get(command.seat_id)
    if seat is None or seat.transport is None or not command.is_gone:
        return []
    if seat.transport.transport_id != command.transport_id:
        return []
    return [TransportRefused(seat_id=seat.seat_id, transport_id=command.transport_id)]


def _worker_back(meeting: Meeting, command: ReportInventory) -> list[AnyRoomEvent]:
    events: list[AnyRoomEvent] = []
    for found in command.transports:
        seat = meeting.seat_of_transport(found.transport_id)
        if seat is not None:
            events += tracks.enforce_mutes(seat, found.transport_id, found.producers)
    return events


def _resumed(meeting: Meeting, command: Resume, now: int, rules: Rules) -> list[AnyRoomEvent]:
    # Everybody gets the whole time, media or not: it was our absence, and browsers come back
    # with a back-off.
    events: list[AnyRoomEvent] = [
        MeetingResumed(at=now, seq=command.seq, leave_at=now + rules.seat_held_ms)
    ]
    alive = {transport.transport_id: transport for transport in command.transports}
    for seat in meeting.seats.values():
        if seat.transport is None:
            continue
        found = alive.get(seat.transport.transport_id)
        if found is None or found.state == "closed":
            events += tracks.lost(seat, "server-restarted")
        else:
            events.append(TransportKept(seat_id=seat.seat_id, transport=found))
            events += tracks.reconcile(seat, found.transport_id, found.producers)
    return events
