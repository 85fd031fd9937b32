"""Finds what a command is answered with, a repeated one too. It changes nothing."""

from __future__ import annotations

import asyncio

from streamforge.core.errors import Invalid
from streamforge.protocol import signaling as wire
from streamforge.rooms import answers
from streamforge.rooms.commands import Command, Offer, RenewToken, SendChat, SetMuted
from streamforge.rooms.model import Meeting, Seat
from streamforge.rooms.offer_answers import OfferAnswers
from streamforge.rooms.requests import Outcome


def done(meeting: Meeting | None, command: Command) -> wire.Struct:
    """Return the answer to a command that was carried out just now."""
    if isinstance(command, RenewToken):
        seat = None if meeting is None else meeting.seats.get(command.seat_id)
        # Not the token's: an older one has changed nothing.
        return wire.Nothing() if seat is None else wire.RenewResult(seat.token_expires_at)
    return repeated(meeting, command) or wire.Nothing()


def repeated(meeting: Meeting | None, command: Command) -> wire.Struct | None:
    """Return the answer to a command that was carried out before; None for a new one.

    Raises:
        Invalid: `validation_failed` when its id was another command's.
    """
    if not isinstance(command, SendChat | SetMuted):
        return None
    seat = _own_seat(meeting, command)
    answered = None if seat is None else answers.find(seat, command.command_id)
    if answered is None:
        return None
    if isinstance(command, SendChat) != bool(answered.message_id):
        raise Invalid("validation_failed", "This commandId was used for another command.")
    if isinstance(command, SendChat):
        return wire.ChatResult(message_id=answered.message_id, seq=answered.seq)
    return wire.Nothing()


def repeated_offer(
    meeting: Meeting | None, command: Command, offers: OfferAnswers[Outcome]
) -> asyncio.Future[Outcome] | None:
    """Return the answer, given or to come, to an offer that is on its way already."""
    if not isinstance(command, Offer) or _own_seat(meeting, command) is None:
        return None
    return offers.find(command.seat_id, command.command_id)


def _own_seat(meeting: Meeting | None, command: SendChat | SetMuted | Offer) -> Seat | None:
    seat = None if meeting is None else meeting.seats.get(command.seat_id)
    return seat if seat is not None and seat.link == command.link else None
