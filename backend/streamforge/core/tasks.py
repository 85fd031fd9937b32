"""Tasks with an owner: an exception in the background is logged once and never lost.

The only place that may call `asyncio.create_task` (a lint rule says so). It restarts
nothing: whoever needs a loop that survives errors writes that loop and decides what it survives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from streamforge.core.log import get_logger

T = TypeVar("T")
OnError = Callable[[BaseException], None]

_log = get_logger(__name__)

# asyncio keeps only weak references to tasks: an unowned one may vanish in the middle of its work.
_unowned: set[asyncio.Task[object]] = set()


def spawn(coro: Coroutine[object, object, T], name: str) -> asyncio.Task[T]:
    """Start a task that nobody waits for; its exception is logged with its name."""
    return _start(coro, name, _unowned, None)


class Tasks:
    """Owns the tasks of one object; `close()` cancels them and waits until they are gone."""

    def __init__(self, owner: str, on_error: OnError | None = None) -> None:
        self._owner = owner
        self._on_error = on_error
        self._tasks: set[asyncio.Task[object]] = set()
        self._closed = False

    def spawn(self, coro: Coroutine[object, object, T], name: str) -> asyncio.Task[T]:
        """Start a task that ends at the latest with this owner.

        Raises:
            RuntimeError: the owner is closed; the coroutine is closed, too, and never runs.
        """
        if self._closed:
            coro.close()
            raise RuntimeError(f"{self._owner} is closed and starts no task {name!r}")
        return _start(coro, f"{self._owner}.{name}", self._tasks, self._on_error)

    def __len__(self) -> int:
        return len(self._tasks)

    async def close(self) -> None:
        """Cancel what still runs and wait for it. A task may call this on its own owner."""
        self._closed = True
        current = asyncio.current_task()
        others = [task for task in self._tasks if task is not current]
        for task in others:
            task.cancel()
        # Exceptions were logged by the callback; waiting must not raise them a second time.
        await asyncio.gather(*others, return_exceptions=True)


def _start(
    coro: Coroutine[object, object, T],
    name: str,
    owned: set[asyncio.Task[object]],
    on_error: OnError | None,
) -> asyncio.Task[T]:
    task = asyncio.create_task(coro, name=name)  # noqa: TID251 (this is the owner of that call)
    owned.add(task)  # pyright: ignore[reportArgumentType]

    def finished(done: asyncio.Task[T]) -> None:
        owned.discard(done)  # pyright: ignore[reportArgumentType]
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            return
        _log.error("task.failed", task=name, exc_info=error)
        if on_error is not None:
            on_error(error)

    task.add_done_callback(finished)
    return task
