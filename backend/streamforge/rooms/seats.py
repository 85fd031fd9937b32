"""Seats: taking, resuming, holding and giving up a place in the meeting. Pure.

| presence | socket | media | ends |
|---|---|---|---|
| connected | yes | any | by leaving, or by its token |
| held | no | flows | 60 s after the socket was lost |
| reconnecting | no | no | 15 s after both were lost, at the latest with `held` |

The others see `reconnecting` once the socket is lost, and nothing else until the seat is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from streamforge.core.errors import Conflict, Forbidden, Invalid
from streamforge.protocol.signaling import failure_of
from streamforge.rooms import names, offers, tracks
from streamforge.rooms.commands import Join, Leave, RenewToken, RequestSnapshot, SocketLost
from streamforge.rooms.events import (
    AnyRoomEvent,
    ConnectionChanged,
    DeadlineMoved,
    LinkReplaced,
    OfferRefused,
    ResumeTokenRotated,
    SeatLeft,
    SeatResumed,
    SeatTaken,
    TokenExpiryTold,
    TokenRenewed,
)
from streamforge.rooms.model import Meeting, Rules, Seat

Presence = Literal["connected", "held", "reconnecting"]

# Clients may call a code that long; ours have 20 to 40 characters.
MAX_COMMAND_ID_CHARS = 64


def presence(seat: Seat) -> Presence:
    """Return how much of the seat's connection is there."""
    if seat.lost_at is None:
        return "connected"
    return "held" if seat.has_media else "reconnecting"


def leave_at(*, lost_at: int, has_media: bool, now: int, rules: Rules) -> int:
    """Return until when a seat without a socket is kept."""
    held_until = lost_at + rules.seat_held_ms
    return held_until if has_media else min(held_until, now + rules.seat_reconnecting_ms)


def require(meeting: Meeting, seat_id: str, link: str) -> Seat:
    """Return the seat that this link speaks for.

    Raises:
        Conflict: `not_joined` when the seat is gone, `duplicate` when a newer link has it.
    """
    seat = meeting.seats.get(seat_id)
    if seat is None:
        raise Conflict("not_joined")
    if seat.link != link:
        raise Conflict("duplicate")
    return seat


def require_command_id(command_id: str) -> None:
    """Refuse what could not be told from another command later.

    Raises:
        Invalid: `validation_failed`.
    """
    if not 0 < len(command_id) <= MAX_COMMAND_ID_CHARS:
        raise Invalid("validation_failed", f"commandId has 1 to {MAX_COMMAND_ID_CHARS} characters.")


def decide_join(meeting: Meeting, command: Join, now: int, rules: Rules) -> list[AnyRoomEvent]:
    """Resume the seat that is claimed, or take a new one.

    Raises:
        Conflict: `room_full`.
        Forbidden: `token_wrong_subject` for a seat that is another person's.
        Invalid: `name_invalid`, and what `offers.take_offer` raises.
    """
    claimed = _claimed_seat(meeting, command)
    if claimed is not None:
        return _resume(claimed, command, now, rules, meeting)
    return _take(meeting, command, now, rules)


def _claimed_seat(meeting: Meeting, command: Join) -> Seat | None:
    if command.resume is None:
        return None
    seat = meeting.seats.get(command.resume.seat_id)
    if seat is None:
        return None
    good = {seat.resume_hash, seat.previous_resume_hash} - {""}
    if command.resume.token_hash not in good:
        return None
    _require_subject(seat, command.subject)
    return seat


def _require_subject(seat: Seat, subject: str) -> None:
    # One person's seat must not go on under another one's name, rights and expiry.
    if seat.subject != subject:
        raise Forbidden("token_wrong_subject")


def _resume(
    seat: Seat, command: Join, now: int, rules: Rules, meeting: Meeting
) -> list[AnyRoomEvent]:
    assert command.resume is not None  # noqa: S101 - `_claimed_seat` found it by this
    events: list[AnyRoomEvent] = []
    if seat.link is not None and seat.link != command.link:
        events.append(LinkReplaced(link=seat.link))
    events.append(
        SeatResumed(
            seat_id=seat.seat_id,
            link=command.link,
            resume_hash=command.resume_hash,
            used_hash=command.resume.token_hash,
            token_expires_at=max(seat.token_expires_at, command.token_expires_at),
            correlation_id=command.correlation_id,
        )
    )
    if seat.lost_at is not None:
        events.append(
            ConnectionChanged(
                seat_id=seat.seat_id,
                participant_id=seat.participant_id,
                connection="connected",
                at=now,
            )
        )
    # The browser built a new peer connection: whatever the seat had is of no use to it.
    return events + _first_offer(meeting, seat, command, rules, epoch=seat.transport_epoch + 1)


def _take(meeting: Meeting, command: Join, now: int, rules: Rules) -> list[AnyRoomEvent]:
    name = names.clean_display_name(command.display_name)
    older = [seat for seat in meeting.seats.values() if seat.subject == command.subject]
    most = min(meeting.room.max_participants, rules.participants_per_room)
    if len(meeting.seats) - len(older) >= most:
        raise Conflict("room_full", f"This room is full: it holds {most} people.")
    seat = Seat(
        seat_id=command.seat_id,
        participant_id=command.participant_id,
        subject=command.subject,
        display_name=name,
        role=command.role,
        kind=command.kind,
        joined_at=now,
        publish=command.publish,
        subscribe=command.subscribe,
        may_chat=command.may_chat,
        media_capabilities=command.media_capabilities,
        correlation_id=command.correlation_id,
        resume_hash=command.resume_hash,
        token_expires_at=command.token_expires_at,
        link=command.link,
    )
    events: list[AnyRoomEvent] = [left(seat, "duplicate", now, code="duplicate") for seat in older]
    events.append(SeatTaken(seat=seat))
    return events + _first_offer(meeting, seat, command, rules, epoch=1)


def _first_offer(
    meeting: Meeting, seat: Seat, command: Join, rules: Rules, *, epoch: int
) -> list[AnyRoomEvent]:
    if command.offer is None:
        return []
    try:
        return offers.take_offer(
            meeting, seat, command.offer, rules, epoch=epoch, correlation_id=command.correlation_id
        )
    except Forbidden as error:
        # Who may not send may still be there. As for an offer that the worker refuses: the next one
        # comes with the epoch that the snapshot tells.
        refused = OfferRefused(seat_id=seat.seat_id, refusal=failure_of(error))
        return [*tracks.lost(seat, None), refused]


def left(
    seat: Seat,
    reason: Literal["left", "lost", "duplicate", "removed"],
    now: int,
    code: str = "",
) -> SeatLeft:
    """Return the event by which a seat is given up."""
    return SeatLeft(
        seat_id=seat.seat_id,
        participant_id=seat.participant_id,
        reason=reason,
        at=now,
        code=code,
    )


def decide_leave(meeting: Meeting, command: Leave, now: int) -> list[AnyRoomEvent]:
    """Give the seat up; a seat that is gone already is fine."""
    seat = meeting.seats.get(command.seat_id)
    if seat is None or seat.link != command.link:
        return []
    return [left(seat, "left", now)]


def decide_socket_lost(
    meeting: Meeting, command: SocketLost, now: int, rules: Rules
) -> list[AnyRoomEvent]:
    """Hold the seat. A link that was replaced before is nobody's."""
    seat = meeting.seat_of_link(command.link)
    return [] if seat is None else [hold(seat, now, rules)]


def hold(seat: Seat, now: int, rules: Rules) -> ConnectionChanged:
    """Return the event by which a seat loses its socket."""
    return ConnectionChanged(
        seat_id=seat.seat_id,
        participant_id=seat.participant_id,
        connection="reconnecting",
        at=now,
        leave_at=leave_at(lost_at=now, has_media=seat.has_media, now=now, rules=rules),
    )


def decide_deadline(seat: Seat, *, has_media: bool, now: int, rules: Rules) -> list[AnyRoomEvent]:
    """Say until when the seat is kept now that its media came or went."""
    if seat.lost_at is None:
        return []
    until = leave_at(lost_at=seat.lost_at, has_media=has_media, now=now, rules=rules)
    if until == seat.leave_at:
        return []
    return [DeadlineMoved(seat_id=seat.seat_id, leave_at=until)]


def decide_renew(meeting: Meeting, command: RenewToken) -> list[AnyRoomEvent]:
    """Stay for longer. An older token never shortens the stay.

    Raises:
        Forbidden: `token_wrong_subject`; the seat keeps the expiry that it has.
    """
    seat = require(meeting, command.seat_id, command.link)
    _require_subject(seat, command.subject)
    if command.expires_at <= seat.token_expires_at:
        return []
    return [TokenRenewed(seat_id=seat.seat_id, expires_at=command.expires_at)]


def decide_snapshot(meeting: Meeting, command: RequestSnapshot) -> list[AnyRoomEvent]:
    """Rotate the resume token, as the snapshot has to bring one and only hashes are kept."""
    seat = require(meeting, command.seat_id, command.link)
    return [ResumeTokenRotated(seat_id=seat.seat_id, resume_hash=command.resume_hash)]


def decide_due(meeting: Meeting, now: int, rules: Rules) -> Iterator[AnyRoomEvent]:
    """Yield what the deadlines of seats bring about."""
    for seat in meeting.seats.values():
        if seat.leave_at is not None and seat.leave_at <= now:
            yield left(seat, "lost", now)
        elif seat.token_expires_at <= now and seat.link is not None:
            yield left(seat, "removed", now, code="token_expired")
        elif not seat.is_expiry_told and seat.token_expires_at - rules.token_notice_ms <= now:
            yield TokenExpiryTold(seat_id=seat.seat_id, expires_at=seat.token_expires_at)


def next_deadline(seat: Seat, rules: Rules) -> int:
    """Return when `decide_due` has something to say about this seat."""
    if seat.leave_at is not None:
        return seat.leave_at
    if not seat.is_expiry_told:
        return seat.token_expires_at - rules.token_notice_ms
    return seat.token_expires_at
