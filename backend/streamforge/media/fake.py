"""A media engine in memory, for tests and for work on the server without Rust. Moves no media.

It passes the contract suite that the native engine passes. Beyond the port it can make happen what
networks and processes do: `connect`, `set_state`, `speak`, `lose_worker`, `restart_worker`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Final

from streamforge.core.clock import Clock, SystemClock
from streamforge.core.errors import NotFound, Unavailable
from streamforge.media.engine import LinkedEngine
from streamforge.media.fake_worker import FakeTransport, FakeWorker
from streamforge.protocol import ipc
from streamforge.protocol.media import CloseReason, Speaker, TransportState

FIRST_PID: Final = 1_001


class FakeMediaEngine(LinkedEngine):
    """Simulated workers. With `auto_connect` an accepted offer connects by itself, soon after."""

    def __init__(
        self, workers: int = 2, *, auto_connect: bool = False, clock: Clock | None = None
    ) -> None:
        self._external_ends: set[tuple[int, int]] = set()
        super().__init__(clock or SystemClock(), self._was_external)
        self._count = workers
        self._auto_connect = auto_connect
        self._pids = itertools.count(FIRST_PID)
        self._workers: dict[int, FakeWorker] = {}

    async def start(self) -> None:
        """Let the workers appear, and adopt those that ran before (see `restarted`)."""
        if not self._workers:
            for index in range(self._count):
                self._begin(index)
        for worker in self._workers.values():
            self.link_up(worker, worker.inventory())

    async def close(self) -> None:
        """Let go of the workers."""
        self._workers = {}

    def restarted(self) -> FakeMediaEngine:
        """Return the engine of a new server process that finds this one's workers running."""
        successor = FakeMediaEngine(self._count, auto_connect=self._auto_connect, clock=self._clock)
        successor._pids = self._pids
        for index, worker in self._workers.items():
            worker.hand_over(successor)
            worker.after_offer = successor._offer_accepted
            successor._workers[index] = worker
        self._workers = {}
        return successor

    def worker(self, worker_id: str) -> FakeWorker:
        """Return the simulated process behind a worker's id."""
        for handle in self.pool.workers:
            if handle.worker_id == worker_id:
                return self._workers[handle.index]
        raise Unavailable("worker_lost", context={"worker_id": worker_id})

    def connect(self, transport_id: str) -> None:
        """Let a peer connection connect and the first packets of its tracks arrive."""
        worker = self._worker_of(transport_id)
        worker.change_state(transport_id, "connected")
        worker.start_producers(worker.transports[transport_id])

    def set_state(
        self, transport_id: str, state: TransportState, reason: CloseReason | None = None
    ) -> None:
        """Move a peer connection to a state, for example `dark` or `closed` by `ice-timeout`."""
        self._worker_of(transport_id).change_state(transport_id, state, reason)

    def speak(self, router_id: str, speakers: Sequence[tuple[str, int]]) -> None:
        """Let participants be heard, loudest first, as (participant id, level)."""
        router = self.pool.find_router(router_id)
        if router is None:
            raise NotFound("router_not_found")
        heard = tuple(Speaker(participant_id=who, level=level) for who, level in speakers)
        self.worker(router.worker_id).emit(ipc.SpeakersChanged(router_id=router_id, speakers=heard))

    def report_stats(self, worker_id: str, counters: ipc.Stats) -> None:
        """Let a worker report its counters."""
        self.worker(worker_id).emit(counters)

    def lose_worker(self, worker_id: str, *, external: bool = False, restart: bool = False) -> None:
        """End a worker's process; `external` = somebody killed it, so no router is suspected."""
        worker = self.worker(worker_id)
        if external:
            self._external_ends.add((worker.index, worker.pid))
        worker.alive = False
        del self._workers[worker.index]
        self.link_down(worker, "exited")
        worker.was_missed.set()
        if restart:
            self.restart_worker(worker.index)

    def reconnect(self, worker_id: str) -> None:
        """Compare notes with a worker, as after a connection that merely broke."""
        worker = self.worker(worker_id)
        self.link_up(worker, worker.inventory())

    def restart_worker(self, index: int) -> None:
        """Start a worker anew at this place in the pool."""
        worker = self._begin(index)
        self.link_up(worker, worker.inventory())

    def _begin(self, index: int) -> FakeWorker:
        worker = FakeWorker(index, next(self._pids), self)
        worker.after_offer = self._offer_accepted
        self._workers[index] = worker
        return worker

    def _offer_accepted(self, transport: FakeTransport) -> None:
        if self._auto_connect:
            # After the answer has left, as on a real network.
            asyncio.get_running_loop().call_soon(self._connect_if_there, transport.transport_id)

    def _connect_if_there(self, transport_id: str) -> None:
        if any(transport_id in worker.transports for worker in self._workers.values()):
            self.connect(transport_id)

    def _worker_of(self, transport_id: str) -> FakeWorker:
        for worker in self._workers.values():
            if transport_id in worker.transports:
                return worker
        raise NotFound("transport_not_found", context={"transport_id": transport_id})

    def _was_external(self, index: int, pid: int) -> bool:
        return (index, pid) in self._external_ends
