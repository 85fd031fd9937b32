"""The `Journal` port on SQL.

Translates records and snapshots to rows and back. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from streamforge.infra.db.engine import Database
from streamforge.infra.db.journal import JournalWriter
from streamforge.infra.db.journal_tables import MeetingEventRow, MeetingRow, MeetingSnapshotRow
from streamforge.rooms.ports import JournalRecord, MeetingHeader, Snapshot, StoredMeeting


class SqlJournal:
    """Writes as one server process (`node_id`, `epoch`)."""

    def __init__(
        self, database: Database, writer: JournalWriter, *, node_id: str, epoch: int
    ) -> None:
        self._database = database
        self._writer = writer
        self._author = {"node_id": node_id, "epoch": epoch}
        # Meetings whose row is known to exist, so that only the first append has to look.
        self._opened: set[str] = set()

    async def append(self, records: Sequence[JournalRecord]) -> None:
        """Store the records, all or none."""
        if not records:
            return
        rows = [self._event_row(record) for record in records]
        meetings = {record.meeting.meeting_id: record.meeting for record in records}

        async def write(connection: AsyncConnection) -> None:
            for meeting in meetings.values():
                await self._open(connection, meeting)
            await connection.execute(insert(MeetingEventRow), rows)

        await self._writer.write(write)
        self._opened.update(meetings)

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the meeting's snapshot and delete the records that it stands for."""
        key = _key(snapshot.meeting)
        row = {
            **key,
            **self._author,
            "position": snapshot.position,
            "at_ms": snapshot.at_ms,
            "body": snapshot.body,
        }

        async def write(connection: AsyncConnection) -> None:
            await self._open(connection, snapshot.meeting)
            await connection.execute(delete(MeetingSnapshotRow).filter_by(**key))
            await connection.execute(insert(MeetingSnapshotRow).values(row))
            covered = MeetingEventRow.position <= snapshot.position
            await connection.execute(delete(MeetingEventRow).filter_by(**key).where(covered))

        await self._writer.write(write)
        self._opened.add(snapshot.meeting.meeting_id)

    async def open_meetings(self) -> Sequence[MeetingHeader]:
        """Return the meetings that have not ended, oldest first."""
        query = _headers().order_by(MeetingRow.started_at_ms, MeetingRow.meeting_id)
        async with self._database.transaction() as connection:
            return [MeetingHeader(*row) for row in await connection.execute(query)]

    async def load(self, meeting_id: str) -> StoredMeeting | None:
        """Return the newest snapshot and the records after it."""
        async with self._database.transaction() as connection:
            query = _headers().where(MeetingRow.meeting_id == meeting_id)
            found = (await connection.execute(query)).first()
            if found is None:
                return None
            meeting = MeetingHeader(*found)
            snapshot = await _snapshot(connection, meeting)
            after = 0 if snapshot is None else snapshot.position
            records = await _records(connection, meeting, after)
        return StoredMeeting(meeting, snapshot, records)

    async def end_meeting(self, meeting_id: str) -> None:
        """Delete everything of the meeting."""

        async def write(connection: AsyncConnection) -> None:
            for table in (MeetingEventRow, MeetingSnapshotRow, MeetingRow):
                await connection.execute(delete(table).where(table.meeting_id == meeting_id))

        await self._writer.write(write)
        self._opened.discard(meeting_id)

    async def _open(self, connection: AsyncConnection, meeting: MeetingHeader) -> None:
        if meeting.meeting_id in self._opened:
            return
        query = select(MeetingRow.meeting_id).filter_by(**_key(meeting))
        if (await connection.execute(query)).first() is None:
            await connection.execute(
                insert(MeetingRow).values(
                    **_key(meeting),
                    **self._author,
                    room_id=meeting.room_id,
                    started_at_ms=meeting.started_at,
                )
            )

    def _event_row(self, record: JournalRecord) -> dict[str, Any]:
        return {
            **_key(record.meeting),
            **self._author,
            "position": record.position,
            "at_ms": record.at_ms,
            "type": record.type,
            "body": record.body,
        }


def _key(meeting: MeetingHeader) -> dict[str, Any]:
    return {"tenant_id": meeting.tenant_id, "meeting_id": meeting.meeting_id}


def _headers() -> Any:
    return select(
        MeetingRow.meeting_id, MeetingRow.tenant_id, MeetingRow.room_id, MeetingRow.started_at_ms
    )


async def _snapshot(connection: AsyncConnection, meeting: MeetingHeader) -> Snapshot | None:
    query = select(
        MeetingSnapshotRow.position, MeetingSnapshotRow.at_ms, MeetingSnapshotRow.body
    ).filter_by(**_key(meeting))
    row = (await connection.execute(query)).first()
    return None if row is None else Snapshot(meeting, *row)


async def _records(
    connection: AsyncConnection, meeting: MeetingHeader, after: int
) -> tuple[JournalRecord, ...]:
    query = (
        select(
            MeetingEventRow.position,
            MeetingEventRow.at_ms,
            MeetingEventRow.type,
            MeetingEventRow.body,
        )
        .filter_by(**_key(meeting))
        .where(MeetingEventRow.position > after)
        .order_by(MeetingEventRow.position)
    )
    return tuple(JournalRecord(meeting, *row) for row in await connection.execute(query))
