"""supervisor/child.py with processes that end when told."""

from __future__ import annotations

import asyncio

from streamforge.core.backoff import Backoff
from streamforge.core.clock import ManualClock
from streamforge.supervisor.child import HEALTHY_S, Child


class ScriptedProcess:
    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.signals: list[int] = []

    async def wait(self) -> int:
        return await self.ended

    def send_signal(self, signal: int) -> None:
        self.signals.append(signal)
        if not self.ended.done():
            self.ended.set_result(-signal)


class Recorded:
    """A child whose processes, waits and ends are recorded."""

    def __init__(self, *, goes_on: bool = True) -> None:
        self.clock = ManualClock()
        self.processes: list[ScriptedProcess] = []
        self.ends: list[tuple[int, int]] = []
        self.waits: list[float] = []
        self.started = asyncio.Event()
        self._goes_on = goes_on
        self.child = Child(
            "worker",
            self._start,
            clock=self.clock,
            on_change=lambda _pid: None,
            on_exit=self._ended,
            backoff=Backoff(1.0, 8.0, uniform=self._at_once),
        )

    async def next_process(self) -> ScriptedProcess:
        async with asyncio.timeout(5):
            await self.started.wait()
        self.started.clear()
        return self.processes[-1]

    async def _start(self) -> ScriptedProcess:
        self.processes.append(ScriptedProcess(len(self.processes) + 1))
        self.started.set()
        return self.processes[-1]

    def _ended(self, pid: int, code: int) -> bool:
        self.ends.append((pid, code))
        return self._goes_on

    def _at_once(self, _low: float, high: float) -> float:
        self.waits.append(high)
        return 0.0


async def test_a_child_that_ends_is_started_anew_after_growing_waits() -> None:
    recorded = Recorded()
    keeping = asyncio.ensure_future(recorded.child.keep_running())

    for _ in range(3):
        (await recorded.next_process()).ended.set_result(1)
    await recorded.next_process()
    await recorded.child.stop(1)

    assert recorded.waits == [1.0, 2.0, 4.0]
    assert [code for _, code in recorded.ends] == [1, 1, 1, -15]
    await keeping


async def test_a_child_that_was_healthy_is_started_anew_soon() -> None:
    recorded = Recorded()
    keeping = asyncio.ensure_future(recorded.child.keep_running())
    (await recorded.next_process()).ended.set_result(1)
    long_lived = await recorded.next_process()

    recorded.clock.advance(seconds=HEALTHY_S)
    long_lived.ended.set_result(1)
    await recorded.next_process()
    await recorded.child.stop(1)

    assert recorded.waits == [1.0, 1.0]
    await keeping


async def test_a_child_of_no_use_is_not_started_again() -> None:
    recorded = Recorded(goes_on=False)
    keeping = asyncio.ensure_future(recorded.child.keep_running())

    (await recorded.next_process()).ended.set_result(78)
    await keeping

    assert len(recorded.processes) == 1


async def test_stopping_a_child_that_waits_does_not_start_it() -> None:
    recorded = Recorded()
    recorded.child = Child(
        "worker",
        recorded._start,
        clock=recorded.clock,
        on_change=lambda _pid: None,
        on_exit=recorded._ended,
        backoff=Backoff(3_600, 3_600),
    )
    keeping = asyncio.ensure_future(recorded.child.keep_running())
    (await recorded.next_process()).ended.set_result(1)
    while not recorded.ends:
        await asyncio.sleep(0)

    await recorded.child.stop(1)
    await keeping

    assert len(recorded.processes) == 1
