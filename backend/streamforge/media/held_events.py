"""Events of ids that nobody has registered yet, kept in order until somebody does.

A worker may report before the answer that creates the wrapper was read, and a restarted server
hears of transports that it has not adopted yet. Bounded: the oldest id is given up first.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from streamforge.protocol.ipc import AnyEvent

# As many transports as one worker takes: after a restart each may be unknown for a moment.
MAX_IDS: Final = 4_096
# A transport's life has about a dozen events before anybody must have adopted it.
MAX_EVENTS_PER_ID: Final = 64


class HeldEvents:
    """A bounded store of events by id; `given_up` counts what was dropped."""

    def __init__(self, max_ids: int = MAX_IDS, max_events_per_id: int = MAX_EVENTS_PER_ID) -> None:
        self._max_ids = max_ids
        self._max_events_per_id = max_events_per_id
        self._events: OrderedDict[str, list[AnyEvent]] = OrderedDict()
        self.given_up = 0

    def __len__(self) -> int:
        return sum(len(events) for events in self._events.values())

    def hold(self, identity: str, event: AnyEvent) -> None:
        """Keep an event; beyond the bounds the oldest go."""
        events = self._events.setdefault(identity, [])
        events.append(event)
        if len(events) > self._max_events_per_id:
            del events[0]
            self.given_up += 1
        if len(self._events) > self._max_ids:
            _, dropped = self._events.popitem(last=False)
            self.given_up += len(dropped)

    def release(self, identity: str) -> list[AnyEvent]:
        """Return and forget what was held for an id, oldest first."""
        return self._events.pop(identity, [])
