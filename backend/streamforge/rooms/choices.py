"""What is chosen once for all meetings of a server: rules, memory, patience. From the settings."""

from __future__ import annotations

from dataclasses import dataclass

from streamforge.config.sections import Limits, Timers
from streamforge.core.units import KIB, ms_from_s
from streamforge.rooms.model import Rules
from streamforge.rooms.replay import SHARE_OF_SEND_QUEUE, Replay


@dataclass(frozen=True, slots=True)
class MeetingsConfig:
    """The operator's choices."""

    rules: Rules
    missed_events: int = 500
    missed_bytes: int = 128 * KIB
    worker_wait_s: float = 5.0

    @classmethod
    def from_settings(cls, limits: Limits, timers: Timers) -> MeetingsConfig:
        """Take them from the settings."""
        rules = Rules(
            chat_characters=limits.chat_characters,
            chat_history=limits.chat_history,
            producers_per_participant=limits.producers_per_participant,
            participants_per_room=limits.participants_per_room,
            offer_bytes=limits.offer_bytes,
            offer_media_lines=limits.offer_media_lines,
            seat_held_ms=ms_from_s(timers.seat_held_s),
            seat_reconnecting_ms=ms_from_s(timers.seat_reconnecting_s),
            meeting_empty_ms=ms_from_s(timers.meeting_empty_s),
            token_notice_ms=ms_from_s(timers.token_expiring_notice_s),
        )
        missed_bytes = limits.send_queue_bytes // SHARE_OF_SEND_QUEUE
        return cls(rules, limits.missed_events, missed_bytes, timers.worker_command_s)

    def new_replay(self) -> Replay:
        """Return the memory of a meeting for seats whose socket is away."""
        return Replay(self.missed_events, self.missed_bytes)
