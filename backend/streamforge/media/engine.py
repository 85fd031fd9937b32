"""The engine over worker links: turns what workers report into media events, adopts what runs.

`native` gives it links to real processes, `fake` links to simulated ones; all else is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from streamforge.core.clock import Clock
from streamforge.core.errors import NotFound
from streamforge.core.log import get_logger
from streamforge.media import events
from streamforge.media.link import EndedFromOutside, LossCause, WorkerLink
from streamforge.media.registry import Registry
from streamforge.media.router import WorkerRouter
from streamforge.media.transport import WorkerTransport
from streamforge.media.worker import WorkerHandle
from streamforge.media.worker_pool import WorkerPool
from streamforge.protocol import ipc

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Adoptable:
    worker: WorkerHandle
    inventory: ipc.RouterInventory


class LinkedEngine:
    """Everything of a media engine but where its links come from (`start`, `close`)."""

    def __init__(self, clock: Clock, excused: EndedFromOutside) -> None:
        self._clock = clock
        self._registry = Registry(self._report)
        self._pool = WorkerPool(self._registry, clock, excused)
        self._callbacks: list[Callable[[events.MediaEvent], None]] = []
        self._handles: dict[WorkerLink, WorkerHandle] = {}
        self._adoptable: dict[str, _Adoptable] = {}
        self._seen_indexes: set[int] = set()

    @property
    def pool(self) -> WorkerPool:
        return self._pool

    def subscribe(self, callback: Callable[[events.MediaEvent], None]) -> Callable[[], None]:
        """Call back for every event, in order; the returned function ends it."""
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return unsubscribe

    def adopted(self) -> Mapping[str, ipc.RouterInventory]:
        """Return routers that ran before this server did and that nobody has adopted yet."""
        return {
            router_id: found.inventory
            for router_id, found in self._adoptable.items()
            if router_id not in self._registry.routers
        }

    def adopt(self, router_id: str) -> WorkerRouter:
        """Take over a router that runs; events that were held for it are delivered now."""
        known = self._registry.routers.get(router_id)
        if known is not None:
            return known
        found = self._adoptable.pop(router_id, None)
        if found is None:
            raise NotFound("router_not_found", context={"router_id": router_id})
        return found.worker.adopt(found.inventory)

    async def close_orphans(self, keep_router_ids: Collection[str]) -> tuple[str, ...]:
        """Close every router that nobody adopted and that is not named; return what was closed."""
        orphans = [router_id for router_id in self.adopted() if router_id not in keep_router_ids]
        for router_id in orphans:
            _log.info("router.orphan_closed", router_id=router_id)
            await self.adopt(router_id).close()
        return tuple(orphans)

    def link_up(self, link: WorkerLink, inventory: ipc.Inventory) -> None:
        """Take in a worker, or compare notes with one that was out of reach for a moment."""
        known = self._handles.get(link)
        if known is not None and known.pid == inventory.pid:
            self._reconcile(known, inventory)
            return
        worker = WorkerHandle(link, inventory, self._registry, self._pool.admit)
        self._handles[link] = worker
        self._pool.add(worker)
        self._offer_for_adoption(worker, inventory)
        restarted = worker.index in self._seen_indexes
        self._seen_indexes.add(worker.index)
        _log.info("worker.ready", worker_id=worker.worker_id, routers=len(inventory.routers))
        self._emit(events.WorkerReady(worker.worker_id, worker.index, restarted))

    def link_event(self, link: WorkerLink, event: ipc.AnyEvent) -> None:
        """Pass on what a worker reports."""
        if isinstance(event, ipc.Stats):
            worker = self._handles.get(link)
            if worker is not None:
                worker.observe(event, self._clock.monotonic())
                self._emit(events.WorkerStats(worker.worker_id, worker.index, event))
            return
        self._report(event)

    def link_down(self, link: WorkerLink, cause: LossCause) -> None:
        """Take out a worker that ended, with everything on it."""
        worker = self._handles.pop(link, None)
        if worker is None:
            return
        unadopted = [key for key, held in self._adoptable.items() if held.worker is worker]
        for router_id in unadopted:
            del self._adoptable[router_id]
        router_ids = (*self._pool.remove(worker, cause), *unadopted)
        _log.warning("worker.lost", worker_id=worker.worker_id, cause=cause, routers=router_ids)
        self._emit(events.WorkerLost(worker.worker_id, router_ids, worker.index, cause))

    def _offer_for_adoption(
        self, worker: WorkerHandle, inventory: ipc.Inventory
    ) -> tuple[str, ...]:
        unknown = [
            router for router in inventory.routers if router.router_id not in self._registry.routers
        ]
        for router in unknown:
            self._adoptable[router.router_id] = _Adoptable(worker, router)
        return tuple(router.router_id for router in unknown)

    def _reconcile(self, worker: WorkerHandle, inventory: ipc.Inventory) -> None:
        """Report what changed while the link was down: events of that time are lost."""
        there = {
            transport.transport_id: transport
            for router in inventory.routers
            for transport in router.transports
        }
        for router in tuple(worker.routers.values()):
            for transport in tuple(router.transports.values()):
                now = there.get(transport.transport_id)
                for event in _changes(transport, now):
                    self._report(event)
        known = tuple(found for found in inventory.routers if found.router_id in worker.routers)
        _log.info("worker.back", worker_id=worker.worker_id, routers=len(known))
        self._emit(events.WorkerBack(worker.worker_id, known, worker.index))
        found = self._offer_for_adoption(worker, inventory)
        if found:
            self._emit(events.RoutersFound(worker.worker_id, found))

    def _report(self, event: ipc.AnyEvent) -> None:
        match event:
            case ipc.SpeakersChanged():
                # Volatile: who spoke in a router that nobody knows yet is of no interest later.
                if event.router_id in self._registry.routers:
                    self._emit(events.SpeakersChanged(event.router_id, event.speakers))
            case ipc.Stats():
                pass  # handled with its link, which tells whose they are
            case _:
                transport = self._registry.transports.get(event.transport_id)
                if transport is None:
                    self._registry.held.hold(event.transport_id, event)
                else:
                    self._report_of(transport, event)

    def _report_of(
        self,
        transport: WorkerTransport,
        event: ipc.TransportStateChanged | ipc.ProducerStarted | ipc.ProducerClosed,
    ) -> None:
        identity = transport.transport_id
        match event:
            case ipc.TransportStateChanged(state=state, reason=reason):
                transport.observe(state)
                if state == "closed":
                    transport.leave()
                owner = transport.participant_id
                self._emit(events.TransportStateChanged(identity, owner, state, reason))
            case ipc.ProducerStarted():
                self._emit(
                    events.ProducerStarted(
                        identity, event.producer_id, event.kind, event.source, event.codec
                    )
                )
            case ipc.ProducerClosed():
                transport.forget_producer(event.producer_id)
                self._emit(events.ProducerClosed(identity, event.producer_id))

    def _emit(self, event: events.MediaEvent) -> None:
        for callback in tuple(self._callbacks):
            try:
                callback(event)
            except Exception:  # noqa: BLE001 (one listener must not silence the others)
                _log.exception("media.listener_failed", event_type=type(event).__name__)


def _changes(
    known: WorkerTransport, now: ipc.TransportInventory | None
) -> list[ipc.TransportStateChanged | ipc.ProducerClosed]:
    if now is None:
        return [ipc.TransportStateChanged(transport_id=known.transport_id, state="closed")]
    there = {producer.producer_id for producer in now.producers}
    changes: list[ipc.TransportStateChanged | ipc.ProducerClosed] = [
        ipc.ProducerClosed(transport_id=known.transport_id, producer_id=producer_id)
        for producer_id in known.producers
        if producer_id not in there
    ]
    if now.state != known.state:
        changes.append(ipc.TransportStateChanged(transport_id=known.transport_id, state=now.state))
    return changes
