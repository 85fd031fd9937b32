"""The `Journal` port in memory: for tests and for servers that need not survive themselves.

It outlives a `Meetings` object: a test restarts a server by a new one on the same journal.
"""

from __future__ import annotations

from collections.abc import Sequence

from streamforge.core.errors import Conflict, Unavailable
from streamforge.rooms.ports import JournalRecord, MeetingHeader, Snapshot, StoredMeeting


class MemoryJournal:
    """Keeps meetings in dictionaries. `is_available = False` makes everything fail as SQL would."""

    def __init__(self) -> None:
        self.is_available = True
        self._headers: dict[str, MeetingHeader] = {}
        self._records: dict[str, dict[int, JournalRecord]] = {}
        self._snapshots: dict[str, Snapshot] = {}

    async def append(self, records: Sequence[JournalRecord]) -> None:
        """Store the records, all or none."""
        self._require_storage()
        for record in records:
            if record.position in self._records.get(record.meeting.meeting_id, {}):
                raise Conflict("journal_conflict", context={"position": record.position})
        for record in records:
            self._open(record.meeting)[record.position] = record

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the snapshot and the records that it stands for."""
        self._require_storage()
        records = self._open(snapshot.meeting)
        for position in [known for known in records if known <= snapshot.position]:
            del records[position]
        self._snapshots[snapshot.meeting.meeting_id] = snapshot

    async def open_meetings(self) -> Sequence[MeetingHeader]:
        """Return the meetings that have not ended, oldest first."""
        self._require_storage()
        return sorted(self._headers.values(), key=lambda meeting: meeting.started_at)

    async def load(self, meeting_id: str) -> StoredMeeting | None:
        """Return the newest snapshot and the records after it."""
        self._require_storage()
        header = self._headers.get(meeting_id)
        if header is None:
            return None
        snapshot = self._snapshots.get(meeting_id)
        after = snapshot.position if snapshot is not None else 0
        records = sorted(self._records[meeting_id].items())
        return StoredMeeting(
            header, snapshot, tuple(record for position, record in records if position > after)
        )

    async def end_meeting(self, meeting_id: str) -> None:
        """Forget everything of the meeting."""
        self._require_storage()
        for table in (self._headers, self._records, self._snapshots):
            table.pop(meeting_id, None)

    def _open(self, meeting: MeetingHeader) -> dict[int, JournalRecord]:
        self._headers.setdefault(meeting.meeting_id, meeting)
        return self._records.setdefault(meeting.meeting_id, {})

    def _require_storage(self) -> None:
        if not self.is_available:
            raise Unavailable("storage_unavailable")
