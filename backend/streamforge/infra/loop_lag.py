"""Measures how late the event loop runs. A number above 50 ms means that something blocks it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

INTERVAL_S: Final = 0.1


async def measure_loop_lag(observe_s: Callable[[float], object]) -> None:
    """Report the delay of a timer ten times a second, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        expected = loop.time() + INTERVAL_S
        await asyncio.sleep(INTERVAL_S)
        observe_s(max(0.0, loop.time() - expected))
