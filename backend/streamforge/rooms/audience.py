"""Who of a meeting hears what: the connections that were welcomed, and what the others missed.

A connection hears nothing before its snapshot: it could make nothing of it, and the snapshot has
it all.
"""

from __future__ import annotations

from collections.abc import Callable

from streamforge.core.errors import ERRORS
from streamforge.protocol import signaling as wire
from streamforge.rooms import views
from streamforge.rooms.commands import ResumeRequest
from streamforge.rooms.effects import Broadcast, EndLink, SendTo
from streamforge.rooms.model import Meeting, Seat
from streamforge.rooms.ports import Broadcaster
from streamforge.rooms.replay import Replay


class Audience:
    """Speaks to a meeting's connections. `now_ms` is the time that snapshots tell."""

    def __init__(self, broadcaster: Broadcaster, replay: Replay, now_ms: Callable[[], int]) -> None:
        self._broadcaster = broadcaster
        self._replay = replay
        self._now_ms = now_ms
        self._welcomed: set[str] = set()

    def __len__(self) -> int:
        return len(self._welcomed)

    def broadcast(self, effect: Broadcast) -> None:
        """Tell everybody, and keep it for those whose socket is away."""
        self._replay.add(effect)
        self._broadcaster.broadcast(list(self._welcomed), effect.event, effect.payload)

    def send(self, effect: SendTo) -> None:
        """Tell one connection."""
        if effect.link in self._welcomed:
            self._broadcaster.send(effect.link, effect.event, effect.payload)

    def end(self, effect: EndLink) -> None:
        """Tell one connection why it ends, and end it."""
        self._welcomed.discard(effect.link)
        self._broadcaster.end(effect.link, effect.code, ERRORS[effect.code].message)

    def end_all(self, code: str) -> None:
        """End every connection."""
        for link in list(self._welcomed):
            self.end(EndLink(link, code))

    def forget(self, link: str) -> None:
        """A connection is gone, or has left the meeting."""
        self._welcomed.discard(link)

    def welcome(
        self,
        meeting: Meeting,
        seat: Seat,
        link: str,
        *,
        resume: ResumeRequest | None,
        resume_token: str,
        answer: wire.JoinAnswer | None,
        refused: wire.Failure | None,
    ) -> None:
        """Send the snapshot; from here on this link hears everything."""
        is_resumed = resume is not None and resume.seat_id == seat.seat_id
        last_seq = resume.last_seq if resume is not None and is_resumed else -1
        snapshot = views.room_joined(
            meeting,
            seat,
            resume_token=resume_token,
            is_resumed=is_resumed,
            server_time=self._now_ms(),
            missed=self._replay.since(last_seq, meeting.seq),
            answer=answer,
            offer_error=refused,
        )
        self._welcomed.add(link)
        self._broadcaster.send(link, "room-joined", snapshot)

    def remind(self, meeting: Meeting, seat: Seat, link: str, resume_token: str) -> None:
        """Send the snapshot again to whoever asked for it."""
        snapshot = views.room_joined(
            meeting,
            seat,
            resume_token=resume_token,
            is_resumed=True,
            server_time=self._now_ms(),
        )
        self._broadcaster.send(link, "room-joined", snapshot)
