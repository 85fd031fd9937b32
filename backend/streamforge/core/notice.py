"""Wakes everybody who waits for the next time that something happens. Nothing is remembered."""

from __future__ import annotations

import asyncio


class Notice:
    """Unlike an `asyncio.Event`, it is over at once: who waits later waits for the next one."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Wake everybody who waits."""
        self._event.set()
        self._event = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Return what the next notification will set.

        Whoever checks a condition first takes it before the check, so that none is missed.
        """
        return self._event
