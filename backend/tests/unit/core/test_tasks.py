"""core/tasks.py"""

import asyncio

import pytest
from streamforge.core.tasks import Tasks, spawn
from structlog.testing import capture_logs


async def fail() -> None:
    raise LookupError("lost")


async def test_the_exception_of_a_background_task_is_logged_with_its_name() -> None:
    with capture_logs() as logs:
        task = spawn(fail(), "worker")
        await asyncio.wait({task})

    assert [(line["event"], line["task"]) for line in logs] == [("task.failed", "worker")]


async def test_closing_an_owner_ends_its_tasks_and_waits_for_their_cleanup() -> None:
    cleaned: list[str] = []
    started = asyncio.Event()

    async def work() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("done")

    tasks = Tasks("owner")
    tasks.spawn(work(), "work")
    await started.wait()

    await tasks.close()

    assert cleaned == ["done"]
    assert len(tasks) == 0


async def test_a_closed_owner_starts_nothing() -> None:
    tasks = Tasks("owner")
    await tasks.close()

    with pytest.raises(RuntimeError, match="owner is closed"):
        tasks.spawn(fail(), "late")


async def test_a_task_may_close_its_own_owner() -> None:
    tasks = Tasks("owner")

    async def close() -> str:
        await tasks.close()
        return "closed"

    assert await tasks.spawn(close(), "close") == "closed"


async def test_an_owner_hears_of_failures() -> None:
    heard: list[BaseException] = []
    tasks = Tasks("owner", on_error=heard.append)

    task = tasks.spawn(fail(), "work")
    await asyncio.wait({task})
    await asyncio.sleep(0)

    assert [type(error) for error in heard] == [LookupError]
