"""The workers of this machine: which one takes the next router, and which routers are refused.

It starts no process (the supervisor does) and opens no socket (the engine does).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from streamforge.core.clock import Clock
from streamforge.core.errors import Unavailable
from streamforge.media.link import EndedFromOutside, LossCause
from streamforge.media.quarantine import Quarantine
from streamforge.media.registry import Registry
from streamforge.media.router import WorkerRouter
from streamforge.media.worker import WorkerHandle

# The supervisor notes the reason of an end within milliseconds; without one nobody will.
REASON_WAIT_S: Final = 0.5
REASON_POLL_S: Final = 0.02


class WorkerPool:
    """Workers that answer, by index."""

    def __init__(self, registry: Registry, clock: Clock, excused: EndedFromOutside) -> None:
        self._registry = registry
        self._clock = clock
        self._quarantine = Quarantine(excused)
        self._workers: dict[int, WorkerHandle] = {}

    @property
    def workers(self) -> Sequence[WorkerHandle]:
        return [self._workers[index] for index in sorted(self._workers)]

    def least_loaded_worker(self, router_id: str | None = None) -> WorkerHandle:
        """Return where the next router belongs.

        A router that was on a worker when it ended is kept apart from other suspects, so that the
        next end tells who it was.

        Raises:
            Unavailable: `no_worker`.
        """
        if not self._workers:
            raise Unavailable("no_worker")
        suspect = router_id is not None and self._quarantine.strikes(router_id, self._now()) > 0
        return min(
            self._workers.values(),
            key=lambda worker: (
                self._suspects_on(worker, router_id) if suspect else 0,
                round(worker.load, 2),
                len(worker.routers),
                worker.index,
            ),
        )

    def find_router(self, router_id: str) -> WorkerRouter | None:
        """Return a router that was created or adopted here."""
        return self._registry.routers.get(router_id)

    def is_quarantined(self, router_id: str) -> bool:
        """Say whether this router is refused for a while."""
        return self._quarantine.is_quarantined(router_id, self._now())

    async def admit(self, router_id: str) -> None:
        """Let a router pass.

        Raises:
            Unavailable: `router_quarantined`.
        """
        deadline = self._now() + REASON_WAIT_S
        while self._quarantine.is_undecided(router_id, self._now()):
            if self._now() >= deadline:
                break
            await asyncio.sleep(REASON_POLL_S)  # another process writes the reason into a file
        if self.is_quarantined(router_id):
            raise Unavailable("router_quarantined", context={"router_id": router_id})

    def add(self, worker: WorkerHandle) -> None:
        """Take in a worker that answers."""
        self._workers[worker.index] = worker

    def remove(self, worker: WorkerHandle, cause: LossCause) -> tuple[str, ...]:
        """Take out a worker that ended; return the routers that were on it."""
        if self._workers.get(worker.index) is worker:
            del self._workers[worker.index]
        routers = tuple(worker.routers.values())
        router_ids = tuple(router.router_id for router in routers)
        now = self._now()
        self._quarantine.forget_old(now)
        if cause != "fenced":
            self._quarantine.worker_ended(
                worker.index, worker.pid, router_ids, now, stalled=cause == "stalled"
            )
        for router in routers:
            router.abandon()
        return router_ids

    def _suspects_on(self, worker: WorkerHandle, router_id: str | None) -> int:
        now = self._now()
        return sum(
            1
            for held in worker.routers
            if held != router_id and self._quarantine.strikes(held, now) > 0
        )

    def _now(self) -> float:
        return self._clock.monotonic()
