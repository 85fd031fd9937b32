"""supervisor/standby.py with processes that wait for word and end when told."""

from __future__ import annotations

import asyncio

import pytest
from streamforge.supervisor.standby import Standby


class Patient:
    """A process that waits; it says what it was told."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.told: list[str] = []
        self.has_ended = False

    async def wait(self) -> int:
        return 0

    def send_signal(self, signal: int) -> None:
        self.told.append(str(signal))

    def begin(self) -> None:
        self.told.append("begin")

    def dismiss(self) -> None:
        self.told.append("dismiss")


class Started:
    """A standby whose processes are recorded."""

    def __init__(self, *, after_s: float = 0.001) -> None:
        self.processes: list[Patient] = []
        self.waiting: list[int | None] = []
        self.changed = asyncio.Event()
        self.fails = False
        self.refusals = 0
        self.standby = Standby(self._start, after_s=after_s, on_change=self._note)

    async def next_change(self) -> None:
        async with asyncio.timeout(5):
            await self.changed.wait()
        self.changed.clear()

    async def _start(self) -> Patient:
        if self.fails:
            self.refusals += 1
            raise OSError("no memory")
        self.processes.append(Patient(len(self.processes) + 1))
        return self.processes[-1]

    def _note(self, pid: int | None) -> None:
        self.waiting.append(pid)
        self.changed.set()


async def test_the_first_process_begins_at_once_and_the_next_is_loaded_behind_it() -> None:
    started = Started()

    first = await started.standby.take()
    assert started.processes[0].told == ["begin"]
    await started.next_change()

    assert first.pid == 1
    assert started.waiting == [2]
    assert started.processes[1].told == []


async def test_who_waits_is_taken_and_another_one_waits_then() -> None:
    started = Started()
    await started.standby.take()
    await started.next_change()

    second = await started.standby.take()
    assert second.pid == 2
    assert started.processes[1].told == ["begin"]
    assert started.waiting == [2, None]
    started.changed.clear()
    await started.next_change()

    assert started.waiting == [2, None, 3]


async def test_who_ended_while_waiting_is_not_taken() -> None:
    started = Started()
    await started.standby.take()
    await started.next_change()
    started.processes[1].has_ended = True

    taken = await started.standby.take()

    assert taken.pid == 3
    assert started.processes[2].told == ["begin"]


async def test_without_a_time_none_is_kept() -> None:
    started = Started(after_s=0)

    assert [(await started.standby.take()).pid, (await started.standby.take()).pid] == [1, 2]
    await started.standby.close()

    assert [process.told for process in started.processes] == [["begin"], ["begin"]]


async def test_at_the_end_who_waits_is_dismissed() -> None:
    started = Started()
    await started.standby.take()
    await started.next_change()

    await started.standby.close()

    assert started.processes[1].told == ["dismiss"]


async def test_a_machine_that_starts_no_second_process_keeps_the_first() -> None:
    started = Started()
    await started.standby.take()
    started.fails = True
    async with asyncio.timeout(5):
        while not started.refusals:
            await asyncio.sleep(0)

    started.fails = False
    assert (await started.standby.take()).pid == 2


async def test_a_process_that_cannot_be_started_is_told_to_who_asks() -> None:
    started = Started()
    started.fails = True

    with pytest.raises(OSError, match="no memory"):
        await started.standby.take()
