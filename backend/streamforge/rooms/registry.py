"""All live meetings of this server: which room has one, how it starts, and how it comes back.

A room has at most one meeting at a time. It reads no wire and decides nothing inside a meeting.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from streamforge.core.clock import Clock
from streamforge.core.errors import AppError, Conflict, Unavailable
from streamforge.core.ids import IdSource
from streamforge.core.log import bound, get_logger
from streamforge.core.tasks import Tasks
from streamforge.media.ports import MediaEngine
from streamforge.rooms.actor import ActorPorts, JoinOutcome, RoomActor
from streamforge.rooms.choices import MeetingsConfig
from streamforge.rooms.commands import CloseMeeting, StartMeeting
from streamforge.rooms.definition import RoomDefinition
from streamforge.rooms.entrance import Entrance, JoinRequest, TokenVerifier
from streamforge.rooms.media_link import MeetingMedia
from streamforge.rooms.media_routing import MediaRouting
from streamforge.rooms.model import Meeting
from streamforge.rooms.ports import (
    Broadcaster,
    CallLater,
    Journal,
    MeetingHeader,
    RoomDirectory,
    StoredMeeting,
)
from streamforge.rooms.replay import Replay
from streamforge.rooms.steady_time import SteadyTime
from streamforge.rooms.storing import MeetingStore, rebuild
from streamforge.rooms.turns import Turns

__all__ = ["JoinRequest", "Meetings", "MeetingsConfig", "TokenVerifier"]

_log = get_logger(__name__)


class Meetings:
    """Finds, starts, resumes and ends meetings. `entrance` makes the commands of their people."""

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
        count: Callable[[str], None] = lambda _happening: None,
    ) -> None:
        self._config = config
        self._directory = directory
        self._journal = journal
        self._media = media
        self._ids = ids
        self._ports = ActorPorts(
            broadcaster=broadcaster,
            rules=config.rules,
            call_later=call_later,
            now_ms=SteadyTime(clock).now_ms,
            count=count,
        )
        self.entrance = Entrance(tokens, ids, random_bytes)
        self._tasks = Tasks("meetings")
        self._routing = MediaRouting(media, self._tasks)
        self._by_room: dict[str, RoomActor] = {}
        self._turns = Turns()
        self._is_closing = False

    # --- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Go on with what the journal has. Call it when the media engine has started.

        Raises:
            Unavailable: `storage_unavailable`.
        """
        self._routing.start()
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
        closed = await self._routing.all_resumed()
        if newest or closed:
            _log.info("meetings.resumed", meetings=len(self._by_room), routers_closed=len(closed))

    async def close(self) -> None:
        """Stop; meetings stay in the journal and their media goes on for a while."""
        self._is_closing = True
        self._routing.close()
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
            actor = self._new_actor(header, meeting.router_id, replay, meeting)
            self._enter(header.room_id, meeting.router_id, actor)
            inventory = self._routing.adopt(meeting.router_id, actor)
            await actor.resume(inventory)
            happening = "meeting.resumed" if inventory is None else "meeting.adopted"
            self._ports.count(happening)
            _log.info(happening, participants=actor.participant_count)

    # --- people --------------------------------------------------------------------------------

    async def join(
        self, request: JoinRequest, admit: Callable[[str], None]
    ) -> tuple[RoomActor, JoinOutcome]:
        """Verify the token and take, or resume, a seat.

        `admit` is asked with the room's id once the token is found good, and may raise.

        Raises:
            AppError: `room_not_found`, `token_*`, `room_full`, `name_invalid`,
                `storage_unavailable`, …
        """
        if self._is_closing:
            raise Unavailable("shutting_down")
        definition = await self._directory.find(request.body.room_id)
        command, resume_token = self.entrance.join(request, definition)
        admit(definition.room_id)
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

    @property
    def held_count(self) -> int:
        """How many entries the tables have beside the meetings themselves."""
        return len(self._turns) + self._routing.held_count

    async def close_room(self, room_id: str, reason: str) -> None:
        """End the room's meeting for everybody, if there is one."""
        # One that is just starting, too: whoever starts it found the room before it was deleted.
        async with self._turns.of(room_id):
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
        async with self._turns.of(definition.room_id):
            actor = self._by_room.get(definition.room_id)
            if actor is None or not actor.is_open:
                # Looked up again in our turn: the room may have been deleted since.
                actor = await self._start_meeting(await self._directory.find(definition.room_id))
            return actor

    async def _start_meeting(self, definition: RoomDefinition) -> RoomActor:
        header = MeetingHeader(
            meeting_id=self._ids.new("mtg"),
            tenant_id=definition.tenant_id,
            room_id=definition.room_id,
            started_at=self._ports.now_ms(),
        )
        router_id = self._ids.new("rtr")
        with bound(meeting_id=header.meeting_id, room_id=header.room_id):
            actor = self._new_actor(header, router_id, self._config.new_replay())
            try:
                await actor.post(StartMeeting(header.meeting_id, definition, router_id))
            except AppError:
                await actor.close()
                raise
            _log.info("meeting.started")
        self._enter(definition.room_id, router_id, actor)
        return actor

    def _enter(self, room_id: str, router_id: str, actor: RoomActor) -> None:
        self._by_room[room_id] = actor
        self._routing.add(router_id, actor)

    def _new_actor(
        self, header: MeetingHeader, router_id: str, replay: Replay, meeting: Meeting | None = None
    ) -> RoomActor:
        def ended(actor: RoomActor) -> None:
            if self._by_room.get(header.room_id) is actor:
                del self._by_room[header.room_id]
            self._routing.remove(router_id)
            if not self._is_closing:
                self._tasks.spawn(actor.close(), "close-meeting")

        tasks = Tasks(header.meeting_id)
        return RoomActor(
            ports=self._ports,
            header=header,
            media=MeetingMedia(
                self._media,
                router_id,
                self._routing.ready,
                self._routing.note_of(router_id),
                worker_wait_s=self._config.worker_wait_s,
            ),
            store=MeetingStore(self._journal, header, tasks),
            replay=replay,
            tasks=tasks,
            on_ended=ended,
            meeting=meeting,
        )
