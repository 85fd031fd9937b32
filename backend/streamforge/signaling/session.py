"""One connection on our side: who it speaks for, what it may use, what waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from streamforge.core.errors import Conflict
from streamforge.rooms.actor import RoomActor
from streamforge.rooms.commands import SocketLost
from streamforge.rooms.ports import TimerHandle
from streamforge.signaling.admission import Visitor
from streamforge.signaling.budgets import Budgets
from streamforge.signaling.outbox import Outbox

Phase = Literal["new", "joining", "joined", "closed"]


@dataclass(frozen=True, slots=True)
class SeatRef:
    """The seat that a connection speaks for."""

    actor: RoomActor
    meeting_id: str
    seat_id: str
    participant_id: str


@dataclass(slots=True)
class Session:
    """State of one connection. `link` names it to the meetings."""

    link: str
    visitor: Visitor
    budgets: Budgets
    outbox: Outbox
    start_join_timer: Callable[[], TimerHandle]
    """Ends the connection in a while, unless the timer is cancelled."""
    correlation_id: str = ""
    is_greeted: bool = False
    """Whether the client said its protocol version and was accepted."""
    phase: Phase = "new"
    seat: SeatRef | None = None
    join_timer: TimerHandle | None = None

    @property
    def log_context(self) -> dict[str, object]:
        """Whose lines these are in the log."""
        context: dict[str, object] = {"link": self.link, "correlation_id": self.correlation_id}
        if self.seat is not None:
            context["meeting_id"] = self.seat.meeting_id
            context["participant_id"] = self.seat.participant_id
        return context

    def require_seat(self) -> SeatRef:
        """Return the seat, or raise `not_joined`."""
        if self.seat is None:
            raise Conflict("joining" if self.phase == "joining" else "not_joined")
        return self.seat

    def begin_join(self) -> None:
        """Start joining, or raise `already_joined` or `joining`."""
        if self.phase != "new":
            raise Conflict("joining" if self.phase == "joining" else "already_joined")
        self.phase = "joining"
        # How long the meeting takes to decide is not the client's to answer for.
        self._stop_join_timer()

    def joined(self, seat: SeatRef) -> None:
        """The meeting let this connection in."""
        if self.phase == "closed":
            # It closed while the meeting was deciding: nobody else tells the meeting.
            seat.actor.post(SocketLost(self.link))
            return
        self.phase, self.seat = "joined", seat

    def left(self) -> None:
        """The seat is given up; the connection may join again."""
        self.seat = None
        self.visitor.left()
        if self.phase != "closed":
            self.await_join()

    def await_join(self) -> None:
        """Nobody speaks through this connection: it has a while to join, or to join again."""
        self.phase = "new"
        self._stop_join_timer()
        self.join_timer = self.start_join_timer()

    def close(self) -> None:
        """The connection is gone."""
        if self.seat is not None:
            self.seat.actor.post(SocketLost(self.link))
        self.seat, self.phase = None, "closed"
        self.visitor.close()
        self._stop_join_timer()
        self.outbox.close()

    def _stop_join_timer(self) -> None:
        if self.join_timer is not None:
            self.join_timer.cancel()
            self.join_timer = None
