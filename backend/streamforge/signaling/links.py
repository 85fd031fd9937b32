"""The connections by their names, as meetings address them: implements `rooms.ports.Broadcaster`.

It knows queues only. Which connection speaks for which seat is in `session.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streamforge.core.errors import ERRORS
from streamforge.core.log import get_logger
from streamforge.protocol.signaling import SessionEnded
from streamforge.rooms.ports import Payload
from streamforge.signaling.outbox import Outbox
from streamforge.signaling.packets import encode_event

RESYNC: Final = "resync"

_log = get_logger(__name__)


class Links:
    """Delivers to those that are there; to the others nothing is said."""

    def __init__(self) -> None:
        self._outboxes: dict[str, Outbox] = {}

    def __len__(self) -> int:
        return len(self._outboxes)

    def add(self, link: str, outbox: Outbox) -> None:
        """A connection is there."""
        self._outboxes[link] = outbox

    def remove(self, link: str) -> None:
        """A connection is gone."""
        outbox = self._outboxes.pop(link, None)
        if outbox is not None:
            outbox.close()

    def send(self, link: str, event: str, payload: Payload) -> None:
        """Queue one message."""
        outbox = self._outboxes.get(link)
        if outbox is not None:
            outbox.push(encode_event(event, payload))

    def broadcast(self, links: Iterable[str], event: str, payload: Payload) -> None:
        """Queue the same message for many."""
        text: str | None = None
        for link in links:
            outbox = self._outboxes.get(link)
            if outbox is not None:
                text = text or encode_event(event, payload)
                outbox.push(text)

    def end(self, link: str, code: str, message: str) -> None:
        """Say why, then hang up."""
        outbox = self._outboxes.get(link)
        if outbox is not None:
            ended = SessionEnded(code=code, message=message)
            outbox.end(encode_event("session-ended", ended))

    def overflow(self, link: str) -> None:
        """A client does not read: it has to connect again and gets a snapshot then."""
        outbox = self._outboxes.get(link)
        if outbox is None:
            return
        _log.warning("socket.overflow", waiting_bytes=outbox.waiting_bytes)
        ended = SessionEnded(code=RESYNC, message=ERRORS[RESYNC].message)
        outbox.end(encode_event("session-ended", ended), drop_waiting=True)
