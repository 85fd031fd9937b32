"""Events of one worker between two turns of the loop: all of life, the latest of the rest. Pure."""

from __future__ import annotations

from collections import deque

from streamforge.protocol.ipc import AnyEvent, SpeakersChanged, Stats


class EventInbox:
    """Life-cycle events keep their order and never drop; speakers and statistics coalesce."""

    def __init__(self) -> None:
        self._lifecycle: deque[AnyEvent] = deque()
        self._speakers: dict[str, SpeakersChanged] = {}
        self._stats: Stats | None = None

    def put(self, event: AnyEvent) -> None:
        """Add an event; a newer report of the same thing replaces the older."""
        match event:
            case Stats():
                self._stats = event
            case SpeakersChanged():
                self._speakers[event.router_id] = event
            case _:
                self._lifecycle.append(event)

    def take_all(self) -> list[AnyEvent]:
        """Return what came since the last time: life-cycle first, then the latest of the rest."""
        taken: list[AnyEvent] = [*self._lifecycle, *self._speakers.values()]
        if self._stats is not None:
            taken.append(self._stats)
        self._lifecycle.clear()
        self._speakers.clear()
        self._stats = None
        return taken
