"""The last announcements of a meeting, for seats whose socket was away. It decides nothing."""

from __future__ import annotations

from collections import deque
from typing import Final

from streamforge.protocol.signaling import ChatSent, MissedEvent
from streamforge.rooms.effects import Broadcast

# All that is missed travels in one message, which must stay far below the send queue's limit.
MAX_REPLAY_CHARS: Final = 128 * 1024


class Replay:
    """A ring of announcements, oldest first."""

    def __init__(self, most: int) -> None:
        self._ring: deque[Broadcast] = deque(maxlen=most)

    def add(self, announced: Broadcast) -> None:
        """Keep an announcement; the oldest makes room."""
        self._ring.append(announced)

    def since(self, last_seq: int, now_seq: int) -> tuple[MissedEvent, ...]:
        """Return what was announced after `last_seq`, or nothing when some of it is gone.

        The snapshot beside it is complete in any case; this only tells the way there.
        """
        missed = [announced for announced in self._ring if announced.seq > last_seq]
        is_whole = 0 <= last_seq <= now_seq and (not missed or missed[0].seq == last_seq + 1)
        if not is_whole or sum(map(_chars, missed)) > MAX_REPLAY_CHARS:
            return ()
        return tuple(
            MissedEvent(event=announced.event, data=announced.payload) for announced in missed
        )


def _chars(announced: Broadcast) -> int:
    return len(announced.payload.message.text) if isinstance(announced.payload, ChatSent) else 0
