"""The last announcements of a meeting, for seats whose socket was away. It decides nothing.

All that a seat missed travels in one message beside the snapshot, and that message must stay far
below the limit of the send queue: so what is kept is bounded in number and in bytes.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from streamforge.protocol.signaling import MissedEvent
from streamforge.rooms.effects import Broadcast

# The share of the send queue that a replay may fill. The chat in the same message has a quarter
# (`chat.MAX_HISTORY_BYTES`), an answer's SDP an eighth, a hundred people less than that.
SHARE_OF_SEND_QUEUE: Final = 8

_encoder = msgspec.json.Encoder()


class Replay:
    """A ring of announcements, oldest first: at most so many, and at most so many bytes."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._ring: deque[tuple[Broadcast, int]] = deque()
        self._bytes = 0

    def add(self, announced: Broadcast) -> None:
        """Keep an announcement; the oldest make room."""
        size = len(_encoder.encode(_missed(announced)))
        self._ring.append((announced, size))
        self._bytes += size
        while self._ring and (len(self._ring) > self._most or self._bytes > self._most_bytes):
            _, freed = self._ring.popleft()
            self._bytes -= freed

    def since(self, last_seq: int, now_seq: int) -> tuple[MissedEvent, ...]:
        """Return what was announced after `last_seq`, or nothing when some of it is gone.

        The snapshot beside it is complete in any case; this only tells the way there.
        """
        missed = [announced for announced, _ in self._ring if announced.seq > last_seq]
        if not missed or last_seq < 0 or missed[0].seq != last_seq + 1:
            return ()
        return tuple(_missed(announced) for announced in missed if announced.seq <= now_seq)


def _missed(announced: Broadcast) -> MissedEvent:
    return MissedEvent(event=announced.event, data=announced.payload)
