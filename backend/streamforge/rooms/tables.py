"""The SQL table of room definitions. Only `rooms/store.py` reads and writes it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from streamforge.infra.db.base import Base


class RoomRow(Base):
    """A room as stored. `features` is an object of booleans by field name."""

    __tablename__ = "rooms"
    __table_args__ = (
        UniqueConstraint("tenant_id", "slug"),
        Index("ix_rooms_tenant_id_created_at_ms_room_id", "tenant_id", "created_at_ms", "room_id"),
    )

    tenant_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("tenants.tenant_id", ondelete="CASCADE"), primary_key=True
    )
    room_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    slug: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    max_participants: Mapped[int] = mapped_column(Integer)
    features: Mapped[dict[str, bool]] = mapped_column(JSON)
    created_at_ms: Mapped[int] = mapped_column(BigInteger)
