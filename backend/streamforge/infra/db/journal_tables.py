"""The SQL tables of live meetings: which are open, their events, and one snapshot of each.

Every row of a meeting's history says which server process wrote it (`node_id`, `epoch`), so that
after a split the rows of the fenced one can be told apart.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from streamforge.infra.db.base import Base


class MeetingRow(Base):
    """A meeting that has begun and not ended."""

    __tablename__ = "meetings"
    __table_args__ = (Index("ix_meetings_tenant_id_room_id", "tenant_id", "room_id"),)

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    meeting_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    room_id: Mapped[str] = mapped_column(String(64))
    node_id: Mapped[str] = mapped_column(String(64))
    epoch: Mapped[int] = mapped_column(BigInteger)
    started_at_ms: Mapped[int] = mapped_column(BigInteger)


class MeetingEventRow(Base):
    """One event. The key makes a second writer fail instead of forking the history."""

    __tablename__ = "meeting_events"

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    meeting_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    node_id: Mapped[str] = mapped_column(String(64))
    epoch: Mapped[int] = mapped_column(BigInteger)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class MeetingSnapshotRow(Base):
    """A meeting's state at `position`; the events up to there have been deleted."""

    __tablename__ = "meeting_snapshots"

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    meeting_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    node_id: Mapped[str] = mapped_column(String(64))
    epoch: Mapped[int] = mapped_column(BigInteger)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
