"""One live meeting: a mailbox and its single writer. All rules are in `room.py`.

Order of a command: decide → append to the journal → apply → effects and answer. Between `apply`
and the last effect nothing awaits, so whoever reads the state between two awaits sees it whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Final

from streamforge.core.errors import ERRORS, AppError, Bug, Conflict, Invalid, Unavailable
from streamforge.core.log import bound, get_logger
from streamforge.core.tasks import Tasks
from streamforge.protocol import signaling as wire
from streamforge.protocol.ipc import RouterInventory
from streamforge.rooms import answers, room, story, views
from streamforge.rooms.commands import (
    Command,
    Join,
    Offer,
    RequestSnapshot,
    Resume,
    SendChat,
    SetMuted,
    SocketLost,
    TimePassed,
)
from streamforge.rooms.effects import (
    AcceptOffer,
    Broadcast,
    CloseTransport,
    Effect,
    EndLink,
    EndMeeting,
    OpenTransport,
    SendTo,
    SetTrackMuted,
)
from streamforge.rooms.events import AnyRoomEvent, OfferRefused, OfferTaken, SeatLeft
from streamforge.rooms.media_link import MeetingMedia
from streamforge.rooms.model import Meeting, Rules, Seat
from streamforge.rooms.negotiation import close_quietly, negotiate
from streamforge.rooms.offer_answers import OfferAnswers
from streamforge.rooms.ports import Broadcaster, CallLater, TimerHandle
from streamforge.rooms.replay import Replay
from streamforge.rooms.storing import MeetingStore

# A restarted server may have announced a few events that were not stored; one second of the busiest
# meeting is some thousand. The snapshot tells the number after the leap, so it costs nothing.
SEQ_LEAP: Final = 1_000_000

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JoinOutcome:
    """The seat that a link speaks for from now on."""

    meeting_id: str
    seat_id: str
    participant_id: str


Outcome = JoinOutcome | wire.Struct


@dataclass(slots=True)
class _Request:
    command: Command
    answer: asyncio.Future[Outcome]
    resume_token: str = ""


@dataclass(frozen=True, slots=True)
class ActorPorts:
    """What every meeting of a server shares."""

    broadcaster: Broadcaster
    rules: Rules
    call_later: CallLater
    now_ms: Callable[[], int]
    """UTC milliseconds that never step back."""


class RoomActor:
    """Owns a meeting's state. `post` is the only way in."""

    def __init__(
        self,
        ports: ActorPorts,
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
        self._replay = replay
        self._tasks = tasks
        self._on_ended = on_ended
        self._meeting = meeting
        self._mailbox: asyncio.Queue[_Request] = asyncio.Queue()
        self._welcomed: set[str] = set()
        self._offers: OfferAnswers[Outcome] = OfferAnswers()
        self._waiting: set[asyncio.Future[Outcome]] = set()
        self._is_closed = False
        self._timer: TimerHandle | None = None
        store.when_superseded(self._stand_down)
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

    def post(self, command: Command, *, resume_token: str = "") -> asyncio.Future[Outcome]:
        """Queue a command; commands are decided in the order of these calls.

        The future has the result, or the `AppError` by which it was refused.
        """
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(self._answered)
        self._waiting.add(answer)
        if self._is_closed:
            answer.set_exception(Unavailable("shutting_down"))
            return answer
        repeated = self._repeated_offer(command)
        if repeated is not None:
            return repeated
        self._mailbox.put_nowait(_Request(command, answer, resume_token))
        return answer

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
        if self._timer is not None:
            self._timer.cancel()
        await self._store.settle()
        await self._tasks.close()
        for answer in list(self._waiting):
            _fail(answer, Unavailable("shutting_down"))

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
            try:
                await self._handle(request)
            except AppError as error:
                _fail(request.answer, error)
            except Exception as error:  # noqa: BLE001 (one bad command must not end the meeting)
                _log.error("command.failed", command=_name(request.command), exc_info=error)
                _fail(request.answer, Bug("internal"))

    async def _handle(self, request: _Request) -> None:
        command, now = request.command, self._ports.now_ms()
        repeated = self._repeated(command)
        if repeated is not None:
            _resolve(request.answer, repeated)
            return
        events = room.decide(self._meeting, command, now, self._ports.rules)
        await self._store_events(events, now)
        for event in events:
            self._apply(event, request)
        self._finish(request, events)
        self._arm()
        if self._meeting is not None and self._meeting.ended is None:
            self._store.snapshot_soon(self._meeting, now)

    async def _store_events(self, events: Sequence[AnyRoomEvent], now: int) -> None:
        position = (self._meeting.position if self._meeting is not None else 0) + 1
        is_durable = any(event.durability == "durable" for event in events)
        if not is_durable and not any(event.is_awaited for event in events):
            self._store.append_behind(events, position, now)
            return
        try:
            await self._store.append(events, position, now)
        except Unavailable:
            if is_durable:
                raise
            self._store.note_hole()

    def _apply(self, event: AnyRoomEvent, request: _Request) -> None:
        before = self._meeting
        self._meeting = room.apply(before, event)
        command = request.command
        story.tell(event, command.correlation_id if isinstance(command, Join) else "")
        if isinstance(event, SeatLeft):
            self._offers.forget(event.seat_id)
            self.media.forget_seat(event.seat_id)
            seat = before.seats.get(event.seat_id) if before is not None else None
            if seat is not None and seat.link is not None:
                self._welcomed.discard(seat.link)
        opening: OpenTransport | None = None
        for effect in room.effects(before, event, self._meeting):
            if isinstance(effect, OpenTransport):
                opening = effect
            elif isinstance(effect, AcceptOffer) and opening is not None:
                self._spawn(self._negotiate(opening, effect, request), "negotiate")
            else:
                self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        broadcaster = self._ports.broadcaster
        match effect:
            case Broadcast():
                self._replay.add(effect)
                broadcaster.broadcast(list(self._welcomed), effect.event, effect.payload)
            case SendTo():
                # Before its snapshot a browser can make nothing of it, and the snapshot has it.
                if effect.link in self._welcomed:
                    broadcaster.send(effect.link, effect.event, effect.payload)
            case EndLink():
                self._welcomed.discard(effect.link)
                broadcaster.end(effect.link, effect.code, ERRORS[effect.code].message)
            case CloseTransport():
                self._spawn(close_quietly(self.media, effect.transport_id), "close-transport")
            case SetTrackMuted():
                self._spawn(self.media.set_muted(effect), "set-muted")
            case EndMeeting():
                self._spawn(self._end(effect.reason), "end")
            case OpenTransport() | AcceptOffer():
                raise Bug("internal", context={"reason": "offers are negotiated as a pair"})

    def _finish(self, request: _Request, events: Sequence[AnyRoomEvent]) -> None:
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
                self._send_snapshot(command, request.resume_token)
                _resolve(request.answer, wire.Nothing())
            case SocketLost():
                self._welcomed.discard(command.link)
                _resolve(request.answer, wire.Nothing())
            case _:
                _resolve(request.answer, self._repeated(command) or wire.Nothing())

    def _repeated(self, command: Command) -> wire.Struct | None:
        """Return the answer to a command that was carried out before."""
        if not isinstance(command, SendChat | SetMuted) or self._meeting is None:
            return None
        seat = self._meeting.seats.get(command.seat_id)
        if seat is None or seat.link != command.link:
            return None
        answered = answers.find(seat, command.command_id)
        if answered is None:
            return None
        if isinstance(command, SendChat) != bool(answered.message_id):
            raise Invalid("validation_failed", "This commandId was used for another command.")
        if isinstance(command, SendChat):
            return wire.ChatResult(message_id=answered.message_id, seq=answered.seq)
        return wire.Nothing()

    def _repeated_offer(self, command: Command) -> asyncio.Future[Outcome] | None:
        if not isinstance(command, Offer) or self._meeting is None:
            return None
        seat = self._meeting.seats.get(command.seat_id)
        if seat is None or seat.link != command.link:
            return None
        return self._offers.find(command.seat_id, command.command_id)

    async def _negotiate(
        self, opening: OpenTransport, offer: AcceptOffer, request: _Request
    ) -> None:
        outcome: wire.OfferResult | AppError
        with bound(correlation_id=opening.correlation_id, transport_id=offer.transport_id):
            try:
                outcome = await negotiate(
                    self.media, opening, offer, report=self.post, is_current=self._is_current
                )
            except AppError as error:
                outcome = error
            except Exception as error:  # noqa: BLE001 (whoever offered must get an answer)
                _log.error("offer.failed", exc_info=error)
                outcome = Bug("internal")
        self._answer_offer(request, outcome)

    def _is_current(self, offer: AcceptOffer) -> bool:
        seat = self._meeting.seats.get(offer.seat_id) if self._meeting is not None else None
        transport = seat.transport if seat is not None else None
        return transport is not None and transport.transport_id == offer.transport_id

    def _answer_offer(self, request: _Request, outcome: wire.OfferResult | AppError) -> None:
        if not isinstance(request.command, Join):
            if isinstance(outcome, AppError):
                _fail(request.answer, outcome)
            else:
                _resolve(request.answer, outcome)
            return
        if isinstance(outcome, AppError):
            self._welcome(request, None, wire.failure_of(outcome))
            return
        answer = wire.JoinAnswer(sdp=outcome.sdp, slots=outcome.slots, producers=outcome.producers)
        self._welcome(request, answer, None)

    def _welcome(
        self, request: _Request, answer: wire.JoinAnswer | None, refused: wire.Failure | None
    ) -> None:
        """Send the snapshot; from here on this link hears everything."""
        command = request.command
        seat = self._seat_of_link(command.link) if isinstance(command, Join) else None
        if not isinstance(command, Join) or seat is None or self._meeting is None:
            _fail(request.answer, Conflict("not_joined"))
            return
        resume = command.resume
        is_resumed = resume is not None and resume.seat_id == seat.seat_id
        last_seq = resume.last_seq if resume is not None and is_resumed else -1
        snapshot = views.room_joined(
            self._meeting,
            seat,
            resume_token=request.resume_token,
            is_resumed=is_resumed,
            server_time=self._ports.now_ms(),
            missed=self._replay.since(last_seq, self._meeting.seq),
            answer=answer,
            offer_error=refused,
        )
        self._welcomed.add(command.link)
        self._ports.broadcaster.send(command.link, "room-joined", snapshot)
        outcome = JoinOutcome(self._meeting.meeting_id, seat.seat_id, seat.participant_id)
        _resolve(request.answer, outcome)

    def _send_snapshot(self, command: RequestSnapshot, resume_token: str) -> None:
        seat = self._seat_of_link(command.link)
        if seat is None or self._meeting is None:
            return
        snapshot = views.room_joined(
            self._meeting,
            seat,
            resume_token=resume_token,
            is_resumed=True,
            server_time=self._ports.now_ms(),
        )
        self._ports.broadcaster.send(command.link, "room-joined", snapshot)

    def _seat_of_link(self, link: str) -> Seat | None:
        if self._meeting is None:
            return None
        return next((seat for seat in self._meeting.seats.values() if seat.link == link), None)

    def _arm(self) -> None:
        """Have `TimePassed` posted when something is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._meeting is None:
            return
        due = room.next_deadline(self._meeting, self._ports.rules)
        if due is not None:
            delay_s = max(0, due - self._ports.now_ms()) / 1_000
            self._timer = self._ports.call_later(delay_s, self._due)

    def _due(self) -> None:
        self._timer = None
        self.post(TimePassed())

    def _stand_down(self) -> None:
        """Stop here: another server has the meeting and its media. People look for it anew."""
        self._is_closed = True
        links, self._welcomed = self._welcomed, set()
        for link in links:
            self._carry_out(EndLink(link, "resync"))
        self.media.let_go()
        self._on_ended(self)

    async def _end(self, reason: str) -> None:
        _log.info("meeting.ended", reason=reason)
        await self._quietly(self.media.close())
        await self._store.end()
        self._on_ended(self)

    async def _quietly(self, work: Coroutine[object, object, None]) -> None:
        """Do something whose failure changes nothing: the worker that should do it is gone."""
        try:
            await work
        except AppError as error:
            _log.debug("media.skipped", code=error.code)

    def _spawn(self, work: Coroutine[object, object, None], name: str) -> None:
        self._tasks.spawn(work, name)


def _refusal(events: Sequence[AnyRoomEvent]) -> wire.Failure | None:
    return next((event.refusal for event in events if isinstance(event, OfferRefused)), None)


def _name(command: Command) -> str:
    return type(command).__name__


def _resolve(answer: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not answer.done():
        answer.set_result(outcome)


def _fail(answer: asyncio.Future[Outcome], error: AppError) -> None:
    if not answer.done():
        answer.set_exception(error)
