"""What a live meeting needs from outside, as interfaces; adapters are wired in `server/`.

`Journal` is implemented by SQL and by `rooms/memory_journal.py`, `Broadcaster` in `signaling/`.
Media comes through `media.ports`. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from streamforge.rooms.definition import RoomDefinition

Payload = msgspec.Struct
"""A message to a browser, one of `protocol.signaling`."""


@dataclass(frozen=True, slots=True)
class MeetingHeader:
    """The keys of one meeting; every stored row of it repeats them."""

    meeting_id: str
    tenant_id: str
    room_id: str
    started_at: int
    """UTC milliseconds."""


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """One event of a meeting as stored."""

    meeting: MeetingHeader
    position: int
    """Counts from 1 inside a meeting; unique together with the meeting. Gaps are possible."""
    at_ms: int
    type: str
    """The event's kebab-case name; for people and queries, the body has it too."""
    body: bytes
    """JSON of the event."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A meeting's whole state at a position; it stands for every record up to there."""

    meeting: MeetingHeader
    position: int
    at_ms: int
    body: bytes
    """JSON of the state."""


@dataclass(frozen=True, slots=True)
class StoredMeeting:
    """What is needed to go on with a meeting: the newest snapshot and the records after it."""

    meeting: MeetingHeader
    snapshot: Snapshot | None
    records: tuple[JournalRecord, ...]
    """By position, ascending; none at or before the snapshot's position."""


class Journal(Protocol):
    """Stores meetings so that a restarted server goes on with them.

    Every method raises `Unavailable` with `storage_unavailable` when nothing can be stored or read.
    The implementation adds its own `epoch` and `node_id` to the rows.
    """

    async def append(self, records: Sequence[JournalRecord]) -> None:
        """Return once all of them are stored; all or none are. Calls are stored in their order.

        Calls of many meetings that arrive within a few milliseconds share one commit.
        The first record of a meeting opens it. A position that exists already is a
        `Conflict` with `journal_conflict` (another writer: this one must stop).
        """
        ...

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Store it and forget older snapshots and the records that it stands for."""
        ...

    async def open_meetings(self) -> Sequence[MeetingHeader]:
        """Return the meetings that have not ended, oldest first."""
        ...

    async def load(self, meeting_id: str) -> StoredMeeting | None:
        """Return what is stored of an open meeting; None when there is no such one."""
        ...

    async def end_meeting(self, meeting_id: str) -> None:
        """Forget its records and snapshot and no longer list it; ending it twice is no error."""
        ...


class Broadcaster(Protocol):
    """Delivers messages to connections. A *link* is one live connection, named by signaling.

    Nothing here waits or raises: a link that is gone, or too slow, is reported as a lost socket.
    """

    def send(self, link: str, event: str, payload: Payload) -> None:
        """Queue one message, in order after all earlier ones to this link."""
        ...

    def broadcast(self, links: Iterable[str], event: str, payload: Payload) -> None:
        """Queue the same message for many links; it is encoded once."""
        ...

    def end(self, link: str, code: str, message: str) -> None:
        """Queue `session-ended` as the last message and close the connection after it."""
        ...


class RoomDirectory(Protocol):
    """Finds room definitions for whoever wants to join."""

    async def find(self, key: str) -> RoomDefinition:
        """Return the room with this id or slug.

        Raises:
            NotFound: `room_not_found`.
            Unavailable: `storage_unavailable`.
        """
        ...


class TimerHandle(Protocol):
    """A timer that was set."""

    def cancel(self) -> None:
        """Make sure that it does not fire (any more)."""
        ...


CallLater = Callable[[float, Callable[[], None]], TimerHandle]
"""Call back in so many seconds: `asyncio`'s `loop.call_later`, or virtual time."""
