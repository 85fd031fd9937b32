"""The one writer of meeting history: a queue, and one commit for all that wait in it.

It knows rows and their order, not what an event means; `rooms/sql_journal.py` translates. The first
write commits at once; while the disk works others gather and share the next commit, which starts at
most `commit_interval_s` (5 ms) after the last. So a lone join waits for nothing, and 500 joins cost
few commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from streamforge.core.clock import Clock
from streamforge.core.errors import AppError, Conflict, Unavailable
from streamforge.core.log import get_logger
from streamforge.core.tasks import Tasks
from streamforge.infra.db.engine import Database

_log = get_logger(__name__)

Write = Callable[[AsyncConnection], Awaitable[None]]

# Bounds the time that one commit holds the database; the rest goes into the next.
MAX_BATCH: Final = 500


@dataclass(slots=True)
class _Pending:
    write: Write
    done: asyncio.Future[None]


class JournalWriter:
    """Runs writes in the order of their calls, many in one transaction."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        commit_interval_s: float,
        observe_commit_s: Callable[[float], object],
    ) -> None:
        self._database = database
        self._clock = clock
        self._commit_interval_s = commit_interval_s
        self._observe_commit_s = observe_commit_s
        self._queue: list[_Pending] = []
        self._wake = asyncio.Event()
        self._tasks = Tasks("journal")
        self._is_closing = False
        self._loop_task: asyncio.Task[None] | None = None

    async def write(self, write: Write) -> None:
        """Return once the write is committed.

        Raises:
            Conflict: `journal_conflict` when another writer was faster.
            Unavailable: `storage_unavailable`, or `shutting_down` after `close`.
        """
        if self._is_closing:
            raise Unavailable("shutting_down")
        if self._loop_task is None:
            self._loop_task = self._tasks.spawn(self._run(), "writer")
        pending = _Pending(write, asyncio.get_running_loop().create_future())
        self._queue.append(pending)
        self._wake.set()
        # Shielded: a caller that gives up must not stop a commit that others share.
        await asyncio.shield(pending.done)

    async def close(self) -> None:
        """Commit what waits, then stop."""
        self._is_closing = True
        self._wake.set()
        if self._loop_task is not None:
            await self._loop_task
        await self._tasks.close()

    async def _run(self) -> None:
        while self._queue or not self._is_closing:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                batch, self._queue = self._queue[:MAX_BATCH], self._queue[MAX_BATCH:]
                started_s = self._clock.monotonic()
                await self._commit(batch)
                took_s = self._clock.monotonic() - started_s
                self._observe_commit_s(took_s)
                if not self._is_closing:
                    await asyncio.sleep(max(0.0, self._commit_interval_s - took_s))

    async def _commit(self, batch: list[_Pending]) -> None:
        try:
            async with self._database.transaction() as connection:
                for pending in batch:
                    await pending.write(connection)
        except IntegrityError as error:
            if len(batch) > 1:
                # One of them conflicts; the others must not suffer for it.
                for pending in batch:
                    await self._commit([pending])
                return
            _settle(batch, _conflict(error))
        except AppError as error:
            _log.warning("journal.commit_failed", code=error.code, context=error.context)
            _settle(batch, error)
        # A write with a bug fails its callers; the writer goes on for everybody else.
        except Exception as error:  # noqa: BLE001
            _log.error("journal.write_broken", exc_info=error)
            _settle(batch, error)
        else:
            _settle(batch, None)


def _settle(batch: list[_Pending], error: Exception | None) -> None:
    for pending in batch:
        if pending.done.done():
            continue
        if error is None:
            pending.done.set_result(None)
        else:
            pending.done.set_exception(error)
            # The caller may have given up; an unread exception is not a lost one here.
            pending.done.exception()


def _conflict(error: IntegrityError) -> Conflict:
    conflict = Conflict("journal_conflict", "Another server has written this meeting's history.")
    conflict.__cause__ = error
    return conflict
