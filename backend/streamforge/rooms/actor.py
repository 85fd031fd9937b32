"""One live meeting: a mailbox and its single writer. All rules are in `room.py`.

Order of a command: decide → append to the journal → apply → effects and answer. Between `apply`
and the last effect nothing awaits, so whoever reads the state between two awaits sees it whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from streamforge.core.errors import AppError, Bug, Conflict, Unavailable
from streamforge.core.log import bound, detached, get_logger
from streamforge.core.tasks import Tasks
from streamforge.protocol import signaling as wire
from streamforge.protocol.ipc import RouterInventory
from streamforge.rooms import answered, room, story
from streamforge.rooms.alarm import Alarm
from streamforge.rooms.audience import Audience
from streamforge.rooms.commands import (
    Command,
    Join,
    Offer,
    RequestSnapshot,
    Resume,
    SocketLost,
    TimePassed,
)
from streamforge.rooms.effects import AcceptOffer, OpenTransport
from streamforge.rooms.events import AnyRoomEvent, OfferRefused, OfferTaken, SeatLeft
from streamforge.rooms.media_link import MeetingMedia
from streamforge.rooms.model import Meeting, Rules, Seat
from streamforge.rooms.negotiation import close_quietly
from streamforge.rooms.offer_answers import OfferAnswers
from streamforge.rooms.performing import Performer
from streamforge.rooms.ports import Broadcaster, CallLater, MeetingHeader
from streamforge.rooms.replay import Replay
from streamforge.rooms.requests import JoinOutcome, Outcome, Request
from streamforge.rooms.storing import MeetingStore

__all__ = ["ActorPorts", "JoinOutcome", "Outcome", "RoomActor"]

# A restarted server may have announced a few events that were not stored; one second of the busiest
# meeting is some thousand. The snapshot tells the number after the leap, so it costs nothing.
SEQ_LEAP: Final = 1_000_000

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ActorPorts:
    """What every meeting of a server shares."""

    broadcaster: Broadcaster
    rules: Rules
    call_later: CallLater
    now_ms: Callable[[], int]
    """UTC milliseconds that never step back."""
    count: Callable[[str], None] = lambda _happening: None
    """Told of each happening of `story.HAPPENINGS`."""


class RoomActor:
    """Owns a meeting's state. `post` is the only way in."""

    def __init__(
        self,
        ports: ActorPorts,
        header: MeetingHeader,
        media: MeetingMedia,
        store: MeetingStore,
        replay: Replay,
        tasks: Tasks,
        on_ended: Callable[[RoomActor], None],
        meeting: Meeting | None = None,
    ) -> None:
        self._ports = ports
        self.media = media
        self._store = store
        self._tasks = tasks
        self._on_ended = on_ended
        self._meeting = meeting
        self._mailbox: asyncio.Queue[Request] = asyncio.Queue()
        self._audience = Audience(ports.broadcaster, replay, ports.now_ms)
        self._performer = Performer(self._audience, media, tasks, self._end)
        self._offers: OfferAnswers[Outcome] = OfferAnswers()
        self._waiting: set[asyncio.Future[Outcome]] = set()
        self._is_closed = False
        self._alarm = Alarm(ports.call_later, ports.now_ms, lambda: self.post(TimePassed()))
        store.when_superseded(self._stand_down)
        # Whoever starts the meeting is one of many: their context is not that of its later lines.
        with detached(meeting_id=header.meeting_id, room_id=header.room_id):
            tasks.spawn(self._run(), "mailbox")

    @property
    def meeting(self) -> Meeting | None:
        """The state now; None before the meeting started."""
        return self._meeting

    @property
    def is_open(self) -> bool:
        """Whether people can join."""
        return self._meeting is not None and self._meeting.ended is None

    @property
    def participant_count(self) -> int:
        """How many seats are taken."""
        return len(self._meeting.seats) if self._meeting is not None else 0

    @property
    def held_count(self) -> int:
        """How much is kept for connections and commands: links, offers' answers, waiting askers."""
        return len(self._audience) + len(self._offers) + len(self._waiting)

    def post(self, command: Command, *, resume_token: str = "") -> asyncio.Future[Outcome]:
        """Queue a command; commands are decided in the order of these calls.

        The future has the result, or the `AppError` by which it was refused.
        """
        request = Request(command, resume_token)
        request.answer.add_done_callback(self._answered)
        self._waiting.add(request.answer)
        if self._is_closed:
            request.fail(Unavailable("shutting_down"))
            return request.answer
        repeated = answered.repeated_offer(self._meeting, command, self._offers)
        if repeated is not None:
            self._waiting.discard(request.answer)
            return repeated
        self._mailbox.put_nowait(request)
        return request.answer

    async def resume(self, inventory: RouterInventory | None) -> None:
        """Go on after a restart of the server, with whatever media is left."""
        transports = inventory.transports if inventory is not None else ()
        seq = (self._meeting.seq if self._meeting is not None else 0) + SEQ_LEAP
        await self.post(Resume(seq=seq, transports=transports))
        seats = self._meeting.seats.values() if self._meeting is not None else ()
        kept = {seat.transport.transport_id for seat in seats if seat.transport is not None}
        for transport in transports:
            if transport.transport_id not in kept:
                await close_quietly(self.media, transport.transport_id)

    async def close(self) -> None:
        """Stop without ending the meeting: the journal keeps it for the next start."""
        self._is_closed = True
        self._alarm.set(None)
        await self._store.settle()
        await self._tasks.close()
        for answer in list(self._waiting):
            if not answer.done():
                answer.set_exception(Unavailable("shutting_down"))

    def _answered(self, answer: asyncio.Future[Outcome]) -> None:
        self._waiting.discard(answer)
        if not answer.cancelled():
            # Marks it as seen: not everybody who posts a command waits for its error.
            answer.exception()

    async def _run(self) -> None:
        while True:
            request = await self._mailbox.get()
            if request.answer.cancelled():
                continue
            with bound(**story.asker(self._meeting, request.command)):
                try:
                    await self._handle(request)
                except AppError as error:
                    request.fail(error)
                except Exception as error:  # noqa: BLE001 (a bad command must not end the meeting)
                    name = type(request.command).__name__
                    _log.error("command.failed", command=name, exc_info=error)
                    request.fail(Bug("internal"))

    async def _handle(self, request: Request) -> None:
        command, now = request.command, self._ports.now_ms()
        repeated = answered.repeated(self._meeting, command)
        if repeated is not None:
            request.resolve(repeated)
            return
        events = room.decide(self._meeting, command, now, self._ports.rules)
        position = (self._meeting.position if self._meeting is not None else 0) + 1
        await self._store.store(events, position, now)
        for event in events:
            self._apply(event, request)
        self._finish(request, events)
        if self._meeting is not None:
            self._alarm.set(room.next_deadline(self._meeting, self._ports.rules))
            if self._meeting.ended is None:
                self._store.snapshot_soon(self._meeting, now)

    def _apply(self, event: AnyRoomEvent, request: Request) -> None:
        before = self._meeting
        self._meeting = room.apply(before, event)
        happening = story.tell(before, event, self._meeting)
        if happening is not None:
            self._ports.count(happening)
        if isinstance(event, SeatLeft):
            self._forget_seat(before, event.seat_id)
        opening: OpenTransport | None = None
        for effect in room.effects(before, event, self._meeting):
            if isinstance(effect, OpenTransport):
                opening = effect
            elif isinstance(effect, AcceptOffer) and opening is not None:
                self._negotiate(opening, effect, request)
            else:
                self._performer.carry_out(effect)

    def _forget_seat(self, before: Meeting | None, seat_id: str) -> None:
        self._offers.forget(seat_id)
        seat = before.seats.get(seat_id) if before is not None else None
        if seat is not None and seat.link is not None:
            self._audience.forget(seat.link)

    def _finish(self, request: Request, events: Sequence[AnyRoomEvent]) -> None:
        """Answer what is done; an offer is answered when the worker has answered."""
        command = request.command
        is_negotiating = any(isinstance(event, OfferTaken) for event in events)
        match command:
            case Join() if not is_negotiating:
                self._welcome(request, None, _refusal(events))
            case Offer():
                self._offers.remember(command.seat_id, command.command_id, request.answer)
            case Join():
                pass
            case RequestSnapshot():
                seat = self._seat_of_link(command.link)
                if seat is not None and self._meeting is not None:
                    self._audience.remind(self._meeting, seat, command.link, request.resume_token)
                request.resolve(wire.Nothing())
            case SocketLost():
                self._audience.forget(command.link)
                request.resolve(wire.Nothing())
            case _:
                request.resolve(answered.done(self._meeting, command))

    def _negotiate(self, opening: OpenTransport, offer: AcceptOffer, request: Request) -> None:
        def answer(outcome: wire.OfferResult | AppError) -> None:
            self._answer_offer(request, outcome)

        self._performer.negotiate(
            opening, offer, report=self.post, is_current=self._is_current, answer=answer
        )

    def _is_current(self, offer: AcceptOffer) -> bool:
        meeting = self._meeting
        seat = meeting.seat_of_transport(offer.transport_id) if meeting is not None else None
        return seat is not None and seat.seat_id == offer.seat_id

    def _answer_offer(self, request: Request, outcome: wire.OfferResult | AppError) -> None:
        if not isinstance(request.command, Join):
            if isinstance(outcome, AppError):
                request.fail(outcome)
            else:
                request.resolve(outcome)
            return
        if isinstance(outcome, AppError):
            self._welcome(request, None, wire.failure_of(outcome))
            return
        answer = wire.JoinAnswer(sdp=outcome.sdp, slots=outcome.slots, producers=outcome.producers)
        self._welcome(request, answer, None)

    def _welcome(
        self, request: Request, answer: wire.JoinAnswer | None, refused: wire.Failure | None
    ) -> None:
        command = request.command
        seat = self._seat_of_link(command.link) if isinstance(command, Join) else None
        if not isinstance(command, Join) or seat is None or self._meeting is None:
            request.fail(Conflict("not_joined"))
            return
        self._audience.welcome(
            self._meeting,
            seat,
            command.link,
            resume=command.resume,
            resume_token=request.resume_token,
            answer=answer,
            refused=refused,
        )
        request.resolve(JoinOutcome(self._meeting.meeting_id, seat.seat_id, seat.participant_id))

    def _seat_of_link(self, link: str) -> Seat | None:
        return self._meeting.seat_of_link(link) if self._meeting is not None else None

    def _stand_down(self) -> None:
        """Stop here: another server has the meeting and its media. People look for it anew."""
        self._is_closed = True
        self._audience.end_all("resync")
        self.media.let_go()
        self._on_ended(self)

    async def _end(self, reason: str) -> None:
        _log.info("meeting.ended", reason=reason)
        try:
            await self.media.close()
        except AppError as error:  # the worker that should do it is gone, and the media with it
            _log.debug("media.skipped", code=error.code)
        await self._store.end()
        self._on_ended(self)


def _refusal(events: Sequence[AnyRoomEvent]) -> wire.Failure | None:
    return next((event.refusal for event in events if isinstance(event, OfferRefused)), None)
