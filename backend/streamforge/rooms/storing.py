"""How one meeting's events reach the journal and come back. It decides nothing about the meeting.

Durable events are stored before anybody hears of them. Volatile ones are stored behind, in order,
while the meeting goes on; if that fails, a snapshot fills the hole once storage is back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from streamforge.core.errors import AppError, Conflict, Unavailable
from streamforge.core.events import wire_name
from streamforge.core.log import get_logger
from streamforge.core.tasks import Tasks
from streamforge.rooms import room
from streamforge.rooms.events import AnyRoomEvent, StoredEvent
from streamforge.rooms.model import Meeting
from streamforge.rooms.outcomes import announcement
from streamforge.rooms.ports import Journal, JournalRecord, MeetingHeader, Snapshot, StoredMeeting
from streamforge.rooms.replay import Replay

# Replaying a thousand events takes some 10 ms; a snapshot of 100 seats is about 60 kB.
SNAPSHOT_EVERY: Final = 1_000

_log = get_logger(__name__)
_encoder = msgspec.json.Encoder()
_events = msgspec.json.Decoder(StoredEvent)
_states = msgspec.json.Decoder(Meeting)


class MeetingStore:
    """The journal of one meeting, for its one writer."""

    def __init__(self, journal: Journal, header: MeetingHeader, tasks: Tasks) -> None:
        self._journal = journal
        self._header = header
        self._tasks = tasks
        self._behind: list[JournalRecord] = []
        self._is_flushing = False
        self._since_snapshot = 0
        self._has_hole = False
        self._is_superseded = False
        self._on_superseded: Callable[[], None] = lambda: None

    def when_superseded(self, callback: Callable[[], None]) -> None:
        """Call back, once, when another server turns out to write this meeting.

        From then on nothing is stored: the meeting is the other's.
        """
        self._on_superseded = callback

    async def store(self, events: Sequence[AnyRoomEvent], first_position: int, now: int) -> None:
        """Store events as each of them demands: before returning, if possible, or soon.

        Raises:
            Unavailable: `storage_unavailable`, and one of them is durable.
            Conflict: `journal_conflict`.
        """
        is_durable = any(event.durability == "durable" for event in events)
        if not is_durable and not any(event.is_awaited for event in events):
            self.append_behind(events, first_position, now)
            return
        try:
            await self.append(events, first_position, now)
        except Unavailable:
            if is_durable:
                raise
            # Applied, and not stored.
            self._has_hole = True

    async def append(self, events: Iterable[AnyRoomEvent], first_position: int, now: int) -> None:
        """Store events, and those that are still behind, before returning.

        Raises:
            Unavailable: `storage_unavailable`; none of these events is stored.
            Conflict: `journal_conflict`.
        """
        if self._is_superseded:
            raise Conflict("journal_conflict")
        records = self._records(events, first_position, now)
        behind, self._behind = self._behind, []
        try:
            await self._journal.append([*behind, *records])
        except Conflict:
            self._superseded()
            raise
        except AppError:
            self._has_hole = self._has_hole or bool(behind)
            raise
        self._since_snapshot += len(behind) + len(records)

    def append_behind(self, events: Iterable[AnyRoomEvent], first_position: int, now: int) -> None:
        """Store events soon."""
        if self._is_superseded:
            return
        self._behind += self._records(events, first_position, now)
        if self._behind and not self._is_flushing:
            self._is_flushing = True
            self._tasks.spawn(self._flush(), "flush")

    async def _flush(self) -> None:
        try:
            while self._behind:
                behind, self._behind = self._behind, []
                try:
                    await self._journal.append(behind)
                    self._since_snapshot += len(behind)
                except Conflict:
                    self._superseded()
                except AppError as error:
                    if not self._has_hole:
                        _log.warning("journal.behind", code=error.code, context=error.context)
                    self._has_hole = True
        finally:
            self._is_flushing = False

    async def settle(self) -> None:
        """Store what is still behind, if that is possible now."""
        behind, self._behind = self._behind, []
        if self._is_superseded:
            return
        try:
            await self._journal.append(behind)
        except AppError as error:
            _log.warning("journal.behind", code=error.code)

    def snapshot_soon(self, meeting: Meeting, now: int) -> None:
        """Store the whole state, if it is time to: many events, or a hole among them."""
        if self._since_snapshot < SNAPSHOT_EVERY and not self._has_hole:
            return
        if self._is_flushing or self._is_superseded:
            return
        self._since_snapshot, self._has_hole = 0, False
        self._tasks.spawn(self._save(meeting, now), "snapshot")

    async def _save(self, meeting: Meeting, now: int) -> None:
        if self._is_superseded:
            return
        try:
            await self._journal.save_snapshot(
                Snapshot(
                    meeting=self._header,
                    position=meeting.position,
                    at_ms=now,
                    body=_encoder.encode(meeting),
                )
            )
        except AppError as error:
            self._has_hole = True
            _log.warning("journal.snapshot_failed", code=error.code)

    def _superseded(self) -> None:
        self._behind = []
        if not self._is_superseded:
            self._is_superseded = True
            _log.error("journal.superseded", meeting_id=self._header.meeting_id)
            self._on_superseded()

    async def end(self) -> None:
        """Forget the meeting."""
        self._behind = []
        if self._is_superseded:
            return
        try:
            await self._journal.end_meeting(self._header.meeting_id)
        except AppError as error:
            # It comes back at the next start, empty, and ends again.
            _log.warning("journal.end_failed", code=error.code)

    def _records(
        self, events: Iterable[AnyRoomEvent], first_position: int, now: int
    ) -> list[JournalRecord]:
        stored = [event for event in events if event.is_stored]
        return [
            JournalRecord(
                meeting=self._header,
                position=position,
                at_ms=now,
                type=wire_name(type(event).__name__),
                body=_encoder.encode(event),
            )
            for position, event in enumerate(stored, first_position)
        ]


def rebuild(stored: StoredMeeting, new_replay: Callable[[], Replay]) -> tuple[Meeting, Replay]:
    """Return the meeting as it was stored, and what its seats may have missed.

    Raises:
        msgspec.DecodeError: it was written by a build that says it differently.
    """
    meeting = None if stored.snapshot is None else _states.decode(stored.snapshot.body)
    replay = new_replay()
    for record in stored.records:
        event = _events.decode(record.body)
        meeting = msgspec.structs.replace(room.apply(meeting, event), position=record.position)
        announced = announcement(event, meeting)
        if announced is not None:
            replay.add(announced)
    if meeting is None:
        raise msgspec.DecodeError("the meeting has no beginning")
    return meeting, replay
