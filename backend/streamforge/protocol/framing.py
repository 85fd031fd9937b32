"""Frames of the IPC: a big-endian `u32` length, then that many bytes. It knows nothing of JSON."""

from __future__ import annotations

import struct
from typing import Final

from streamforge.core.errors import TooLarge
from streamforge.core.units import MIB

MAX_FRAME_BYTES: Final = MIB
_LENGTH: Final = struct.Struct(">I")


def frame(payload: bytes) -> bytes:
    """Return the payload with its length in front.

    Raises:
        TooLarge: `message_too_large`; the peer would close the connection.
    """
    if len(payload) > MAX_FRAME_BYTES:
        raise TooLarge("message_too_large", context={"bytes": len(payload)})
    return _LENGTH.pack(len(payload)) + payload


class FrameReader:
    """Cuts a byte stream into payloads; keeps the beginning of a frame that is not complete yet."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the payloads that are complete now.

        Raises:
            TooLarge: a frame announces more than the limit; the stream is of no use any more.
        """
        self._pending += data
        payloads: list[bytes] = []
        start = 0
        while len(self._pending) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._pending, start)
            if length > MAX_FRAME_BYTES:
                raise TooLarge("message_too_large", context={"bytes": length})
            end = start + _LENGTH.size + length
            if len(self._pending) < end:
                break
            payloads.append(bytes(self._pending[start + _LENGTH.size : end]))
            start = end
        del self._pending[:start]
        return payloads
