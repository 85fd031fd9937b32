"""What each command does: turn the wire's words into the meeting's. No rules here.

Nothing awaits before `post`: a connection's commands enter the mailbox in their order of arrival.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from streamforge.core.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
)
from streamforge.protocol import signaling as wire
from streamforge.rooms import commands
from streamforge.rooms.registry import JoinRequest, Meetings
from streamforge.signaling.counts import Counts
from streamforge.signaling.session import SeatRef, Session


class Handlers:
    """One method for each command of `protocol.signaling.COMMANDS`."""

    def __init__(self, meetings: Meetings, counts: Counts) -> None:
        self._meetings = meetings
        self._counts = counts
        self._by_event: Mapping[str, Callable[[Session, Any], Awaitable[wire.Struct]]] = {
            "join-room": self._join_room,
            "offer": self._offer,
            "set-muted": self._set_muted,
            "send-chat": self._send_chat,
            "renew-token": self._renew_token,
            "request-snapshot": self._request_snapshot,
            "leave": self._leave,
        }

    def run(self, event: str, session: Session, body: wire.Struct) -> Awaitable[wire.Struct]:
        """Carry out a command whose name and payload were checked."""
        return self._by_event[event](session, body)

    async def _join_room(self, session: Session, body: wire.JoinRoom) -> wire.Struct:
        if body.protocol != wire.PROTOCOL:
            raise Invalid("upgrade_required")
        session.visitor.guess()
        session.begin_join()
        try:
            actor, outcome = await self._meetings.join(
                JoinRequest(session.link, body, session.correlation_id), session.visitor.join
            )
        except AppError as error:
            self._counts.count_join(error.code)
            session.left()
            if _is_of_a_guess(error):
                session.visitor.guessed_wrongly()
            raise
        except BaseException:
            session.left()
            raise
        self._counts.count_join("ok")
        session.joined(SeatRef(actor, outcome.meeting_id, outcome.seat_id, outcome.participant_id))
        return wire.JoinResult()

    async def _offer(self, session: Session, body: wire.Offer) -> wire.Struct:
        seat = session.require_seat()
        return await _post(
            seat,
            commands.Offer(
                link=session.link,
                seat_id=seat.seat_id,
                command_id=body.command_id,
                transport_epoch=body.transport_epoch,
                offer=self._meetings.entrance.offer_request(body),
                correlation_id=session.correlation_id,
            ),
        )

    async def _set_muted(self, session: Session, body: wire.SetMuted) -> wire.Struct:
        seat = session.require_seat()
        return await _post(
            seat,
            commands.SetMuted(
                link=session.link,
                seat_id=seat.seat_id,
                command_id=body.command_id,
                source=body.source,
                muted=body.muted,
            ),
        )

    async def _send_chat(self, session: Session, body: wire.SendChat) -> wire.Struct:
        seat = session.require_seat()
        return await _post(
            seat,
            commands.SendChat(
                link=session.link,
                seat_id=seat.seat_id,
                command_id=body.command_id,
                message_id=self._meetings.entrance.new_id("msg"),
                text=body.text,
            ),
        )

    async def _renew_token(self, session: Session, body: wire.RenewToken) -> wire.Struct:
        seat = session.require_seat()
        meeting = seat.actor.meeting
        if meeting is None:
            raise Conflict("not_joined")
        command = self._meetings.entrance.renewal(
            session.link, seat.seat_id, body.token, meeting.room
        )
        return await _post(seat, command)

    async def _request_snapshot(self, session: Session, _body: wire.Struct) -> wire.Struct:
        seat = session.require_seat()
        token, token_hash = self._meetings.entrance.new_resume_token()
        command = commands.RequestSnapshot(session.link, seat.seat_id, token_hash)
        return _struct(await seat.actor.post(command, resume_token=token))

    async def _leave(self, session: Session, _body: wire.Struct) -> wire.Struct:
        seat = session.require_seat()
        answer = seat.actor.post(commands.Leave(session.link, seat.seat_id))
        session.left()
        return _struct(await answer)


def _is_of_a_guess(error: AppError) -> bool:
    # Only a token that is signed by us can have expired.
    is_refusal = isinstance(error, Unauthenticated | NotFound | Forbidden)
    return is_refusal and error.code != "token_expired"


NOTHING: Final = wire.Nothing()


async def _post(seat: SeatRef, command: commands.Command) -> wire.Struct:
    return _struct(await seat.actor.post(command))


def _struct(outcome: object) -> wire.Struct:
    return outcome if isinstance(outcome, wire.Struct) else NOTHING
