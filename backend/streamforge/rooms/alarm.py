"""One timer that is set anew again and again: when something in a meeting is due next."""

from __future__ import annotations

from collections.abc import Callable

from streamforge.rooms.ports import CallLater, TimerHandle


class Alarm:
    """Calls `ring` at the time that was set last."""

    def __init__(
        self, call_later: CallLater, now_ms: Callable[[], int], ring: Callable[[], object]
    ) -> None:
        self._call_later = call_later
        self._now_ms = now_ms
        self._ring = ring
        self._timer: TimerHandle | None = None

    def set(self, due_ms: int | None) -> None:
        """Ring then, and not when it was set to before; None: not at all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due_ms is not None:
            delay_s = max(0, due_ms - self._now_ms()) / 1_000
            self._timer = self._call_later(delay_s, self._fired)

    def _fired(self) -> None:
        self._timer = None
        self._ring()
