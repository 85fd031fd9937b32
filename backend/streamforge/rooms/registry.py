"""All live meetings of this server: which room has one, how it starts, and how it comes back.

A room has at most one meeting at a time. It reads no wire and decides nothing inside a meeting.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from streamforge.accounts.tokens import Grant
from streamforge.config.sections import Limits, Timers
from streamforge.core.clock import Clock
from streamforge.core.errors import AppError, Conflict, Forbidden, Unavailable
from streamforge.core.ids import IdSource
from streamforge.core.log import bound, get_logger
from streamforge.core.tasks import Tasks
from streamforge.core.units import KIB, ms_from_s
from streamforge.media.events import (
    MediaEvent,
    RoutersFound,
    TransportStateChanged,
    WorkerLost,
    WorkerReady,
)
from streamforge.media.ports import MediaEngine, Router
from streamforge.protocol import signaling as wire
from streamforge.protocol.ipc import RouterInventory
from streamforge.protocol.media import AutoWant
from streamforge.rooms.actor import ActorPorts, JoinOutcome, RoomActor
from streamforge.rooms.commands import (
    CloseMeeting,
    Join,
    OfferRequest,
    ReportRouterLost,
    ReportTransport,
    ResumeRequest,
    StartMeeting,
)
from streamforge.rooms.definition import RoomDefinition
from streamforge.rooms.media_link import MeetingMedia, WorkerNotice
from streamforge.rooms.model import Meeting, Rules
from streamforge.rooms.policy import granted_sources
from streamforge.rooms.ports import (
    Broadcaster,
    CallLater,
    Journal,
    MeetingHeader,
    RoomDirectory,
    StoredMeeting,
)
from streamforge.rooms.replay import SHARE_OF_SEND_QUEUE, Replay
from streamforge.rooms.steady_time import SteadyTime
from streamforge.rooms.storing import MeetingStore, rebuild

# 256 bits, so that a seat cannot be guessed.
RESUME_TOKEN_BYTES: Final = 32

_log = get_logger(__name__)


class TokenVerifier(Protocol):
    """Reads tokens; `accounts.tokens.Tokens`."""

    def verify(self, token: str, room_id: str) -> Grant:
        """Return what the token allows in this room, or raise."""
        ...


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """Who wants in, as signaling heard it."""

    link: str
    body: wire.JoinRoom
    correlation_id: str


@dataclass(frozen=True, slots=True)
class MeetingsConfig:
    """What is chosen once for all meetings."""

    rules: Rules
    missed_events: int = 500
    missed_bytes: int = 128 * KIB
    worker_wait_s: float = 5.0

    @classmethod
    def from_settings(cls, limits: Limits, timers: Timers) -> MeetingsConfig:
        """Return the operator's choices."""
        rules = Rules(
            chat_characters=limits.chat_characters,
            chat_history=limits.chat_history,
            producers_per_participant=limits.producers_per_participant,
            participants_per_room=limits.participants_per_room,
            offer_bytes=limits.offer_bytes,
            offer_media_lines=limits.offer_media_lines,
            seat_held_ms=ms_from_s(timers.seat_held_s),
            seat_reconnecting_ms=ms_from_s(timers.seat_reconnecting_s),
            meeting_empty_ms=ms_from_s(timers.meeting_empty_s),
            token_notice_ms=ms_from_s(timers.token_expiring_notice_s),
        )
        missed_bytes = limits.send_queue_bytes // SHARE_OF_SEND_QUEUE
        return cls(rules, limits.missed_events, missed_bytes, timers.worker_command_s)

    def new_replay(self) -> Replay:
        """Return the memory of a meeting for seats whose socket is away."""
        return Replay(self.missed_events, self.missed_bytes)


@dataclass(slots=True)
class _Turn:
    """Whose turn it is in a room; kept while somebody has it or waits for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Meetings:
    """Finds, starts, resumes and ends meetings."""

    def __init__(
        self,
        *,
        config: MeetingsConfig,
        directory: RoomDirectory,
        tokens: TokenVerifier,
        journal: Journal,
        media: MediaEngine,
        broadcaster: Broadcaster,
        clock: Clock,
        ids: IdSource,
        random_bytes: Callable[[int], bytes],
        call_later: CallLater,
    ) -> None:
        self._config = config
        self._directory = directory
        self._tokens = tokens
        self._journal = journal
        self._media = media
        self._ids = ids
        self._random_bytes = random_bytes
        self._ports = ActorPorts(
            broadcaster=broadcaster,
            rules=config.rules,
            call_later=call_later,
            now_ms=SteadyTime(clock).now_ms,
        )
        self._now_ms = self._ports.now_ms
        self._tasks = Tasks("meetings")
        self._ready = WorkerNotice()
        self._by_room: dict[str, RoomActor] = {}
        self._by_router: dict[str, RoomActor] = {}
        self._by_transport: dict[str, str] = {}
        self._turns: dict[str, _Turn] = {}
        self._unsubscribe: Callable[[], None] | None = None
        self._is_closing = False
        self._has_started = False

    # --- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Go on with what the journal has. Call it when the media engine has started.

        Raises:
            Unavailable: `storage_unavailable`.
        """
        self._unsubscribe = self._media.subscribe(self._on_media)
        newest: dict[str, MeetingHeader] = {}
        for header in await self._journal.open_meetings():
            older = newest.get(header.room_id)
            if older is not None:
                await self._journal.end_meeting(older.meeting_id)
            newest[header.room_id] = header
        for header in newest.values():
            stored = await self._journal.load(header.meeting_id)
            if stored is not None:
                await self._resume(stored)
        closed = await self._media.close_orphans(())
        self._has_started = True
        if newest or closed:
            _log.info("meetings.resumed", meetings=len(self._by_room), routers_closed=len(closed))

    async def close(self) -> None:
        """Stop; meetings stay in the journal and their media goes on for a while."""
        self._is_closing = True
        if self._unsubscribe is not None:
            self._unsubscribe()
        for actor in list(self._by_room.values()):
            await actor.close()
        await self._tasks.close()

    async def _resume(self, stored: StoredMeeting) -> None:
        header = stored.meeting
        with bound(meeting_id=header.meeting_id, room_id=header.room_id):
            try:
                meeting, replay = rebuild(stored, self._config.new_replay)
            except msgspec.DecodeError as error:
                # Left where it is: an older or newer build may read it.
                _log.error("meeting.unreadable", reason=str(error))
                return
            actor = self._new_actor(header, meeting.router_id, meeting, replay)
            self._by_room[header.room_id] = actor
            self._by_router[meeting.router_id] = actor
            inventory = self._media.adopted().get(meeting.router_id)
            if inventory is not None:
                router = self._media.adopt(meeting.router_id)
                actor.media.adopt(router)
                # Nothing awaits from here to the actor's mailbox: later events come after it.
                inventory = _as_of_now(inventory, router)
            await actor.resume(inventory)
            _log.info(
                "meeting.resumed",
                participants=actor.participant_count,
                adopted=inventory is not None,
            )

    # --- people --------------------------------------------------------------------------------

    async def join(self, request: JoinRequest) -> tuple[RoomActor, JoinOutcome]:
        """Verify the token and take, or resume, a seat.

        Raises:
            AppError: `room_not_found`, `token_*`, `room_full`, `name_invalid`,
                `storage_unavailable`, …
        """
        if self._is_closing:
            raise Unavailable("shutting_down")
        definition = await self._directory.find(request.body.room_id)
        grant = self._tokens.verify(request.body.token, definition.room_id)
        if not grant.allows("join") or grant.tenant_id != definition.tenant_id:
            raise Forbidden("token_wrong_room")
        command, resume_token = self._join_command(request, grant)
        actor = await self._actor_of(definition)
        try:
            outcome = await actor.post(command, resume_token=resume_token)
        except Conflict as error:
            if error.code != "meeting_closed":
                raise
            # It ended between our look and the command: this is the first guest of the next one.
            actor = await self._actor_of(definition)
            outcome = await actor.post(command, resume_token=resume_token)
        assert isinstance(outcome, JoinOutcome)  # noqa: S101 - what `Join` is answered with
        return actor, outcome

    def verify(self, token: str, room_id: str) -> Grant:
        """Return what a newer token allows, or raise."""
        return self._tokens.verify(token, room_id)

    def new_resume_token(self) -> tuple[str, str]:
        """Return a resume token and its hash; only the hash is kept."""
        token = self._random_bytes(RESUME_TOKEN_BYTES).hex()
        return token, token_hash(token)

    def new_id(self, prefix: str) -> str:
        """Return a new id for a command."""
        return self._ids.new(prefix)

    def offer_request(self, body: wire.OfferBody) -> OfferRequest:
        """Return an offer with an id for each thing that it may create."""
        return OfferRequest(
            sdp=body.sdp,
            publish=tuple(body.publish),
            want=AutoWant() if body.want is None else body.want,
            transport_id=self._ids.new("trn"),
            producer_ids=tuple(self._ids.new("prd") for _ in body.publish),
        )

    def _join_command(self, request: JoinRequest, grant: Grant) -> tuple[Join, str]:
        body = request.body
        resume_token, resume_hash = self.new_resume_token()
        resume = None
        if body.resume is not None:
            resume = ResumeRequest(
                seat_id=body.resume.seat_id,
                token_hash=token_hash(body.resume.resume_token),
                last_seq=body.resume.last_seq,
            )
        command = Join(
            link=request.link,
            subject=grant.subject,
            display_name=body.display_name or grant.display_name,
            role=grant.role,
            publish=granted_sources(grant.grants),
            subscribe=grant.allows("subscribe"),
            may_chat=grant.allows("chat"),
            token_expires_at=grant.expires_at,
            seat_id=self._ids.new("seat"),
            participant_id=self._ids.new("ptc"),
            resume_hash=resume_hash,
            correlation_id=request.correlation_id,
            media_capabilities=body.media_capabilities,
            resume=resume,
            offer=None if body.offer is None else self.offer_request(body.offer),
        )
        return command, resume_token

    # --- what REST and metrics ask -------------------------------------------------------------

    def participant_count(self, room_id: str) -> int:
        """How many people are in the room's meeting; 0 when there is none."""
        actor = self._by_room.get(room_id)
        return 0 if actor is None else actor.participant_count

    def meeting_count(self) -> int:
        """How many meetings are going on."""
        return len(self._by_room)

    def participant_total(self) -> int:
        """How many people are in meetings."""
        return sum(actor.participant_count for actor in self._by_room.values())

    async def close_room(self, room_id: str, reason: str) -> None:
        """End the room's meeting for everybody, if there is one."""
        # One that is just starting, too: whoever starts it found the room before it was deleted.
        async with self._turn_of(room_id):
            actor = self._by_room.get(room_id)
            if actor is None:
                return
            try:
                await actor.post(CloseMeeting(reason=reason))
            except Conflict as error:
                if error.code != "meeting_closed":
                    raise

    # --- actors --------------------------------------------------------------------------------

    async def _actor_of(self, definition: RoomDefinition) -> RoomActor:
        async with self._turn_of(definition.room_id):
            actor = self._by_room.get(definition.room_id)
            if actor is None or not actor.is_open:
                # Looked up again in our turn: the room may have been deleted since.
                actor = await self._start_meeting(await self._directory.find(definition.room_id))
            return actor

    @asynccontextmanager
    async def _turn_of(self, room_id: str) -> AsyncGenerator[None, None]:
        """Let meetings of a room start, and be closed with it, one after the other."""
        turn = self._turns.setdefault(room_id, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            if turn.users == 0:
                del self._turns[room_id]

    async def _start_meeting(self, definition: RoomDefinition) -> RoomActor:
        header = MeetingHeader(
            meeting_id=self._ids.new("mtg"),
            tenant_id=definition.tenant_id,
            room_id=definition.room_id,
            started_at=self._now_ms(),
        )
        router_id = self._ids.new("rtr")
        with bound(meeting_id=header.meeting_id, room_id=header.room_id):
            actor = self._new_actor(header, router_id, None, self._config.new_replay())
            try:
                await actor.post(StartMeeting(header.meeting_id, definition, router_id))
            except AppError:
                await actor.close()
                raise
            _log.info("meeting.started")
        self._by_room[definition.room_id] = actor
        self._by_router[router_id] = actor
        return actor

    def _new_actor(
        self, header: MeetingHeader, router_id: str, meeting: Meeting | None, replay: Replay
    ) -> RoomActor:
        def note(transport_id: str, is_there: bool) -> None:
            if is_there:
                self._by_transport[transport_id] = router_id
            else:
                self._by_transport.pop(transport_id, None)

        def ended(actor: RoomActor) -> None:
            if self._by_room.get(header.room_id) is actor:
                del self._by_room[header.room_id]
            self._by_router.pop(router_id, None)
            if not self._is_closing:
                self._tasks.spawn(actor.close(), "close-meeting")

        tasks = Tasks(header.meeting_id)
        return RoomActor(
            ports=self._ports,
            media=MeetingMedia(
                self._media,
                router_id,
                self._ready,
                note,
                worker_wait_s=self._config.worker_wait_s,
            ),
            store=MeetingStore(self._journal, header, tasks),
            replay=replay,
            tasks=tasks,
            on_ended=ended,
            meeting=meeting,
        )

    def _sweep_soon(self) -> None:
        if self._has_started and not self._is_closing:
            self._tasks.spawn(self._sweep(), "sweep")

    async def _sweep(self) -> None:
        """Close what runs in a worker that was found late, and belongs to no meeting."""
        try:
            await self._media.close_orphans(self._by_router.keys())
        except AppError as error:  # gone with its worker, or looked at again with the next one
            _log.warning("router.orphan_not_closed", code=error.code)

    def _on_media(self, event: MediaEvent) -> None:
        match event:
            case TransportStateChanged():
                actor = self._by_router.get(self._by_transport.get(event.transport_id, ""))
                if actor is not None:
                    actor.post(ReportTransport(event.transport_id, event.state, event.reason))
            case WorkerLost():
                for router_id in event.router_ids:
                    lost = self._by_router.get(router_id)
                    if lost is not None and lost.media.router_lost(event.worker_id):
                        _log.warning("meeting.media_lost", router_id=router_id)
                        lost.post(ReportRouterLost(spared=lost.media.opening))
            case WorkerReady():
                self._ready.notify()
                self._sweep_soon()
            case RoutersFound():
                self._sweep_soon()
            case _:
                pass


def _as_of_now(inventory: RouterInventory, router: Router) -> RouterInventory:
    """Return an inventory after the events that were held until the adoption."""
    there = [
        (found, router.transports[found.transport_id])
        for found in inventory.transports
        if found.transport_id in router.transports
    ]
    return msgspec.structs.replace(
        inventory,
        transports=tuple(
            msgspec.structs.replace(
                found,
                state=now.state,
                producers=tuple(p for p in found.producers if p.producer_id in now.producers),
            )
            for found, now in there
        ),
    )


def token_hash(token: str) -> str:
    """Return what is kept of a resume token. It is random, so a plain hash hides it well enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
