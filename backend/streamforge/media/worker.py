"""One worker process as a handle: its routers and how loaded it is. It owns no process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from streamforge.media.link import WorkerLink
from streamforge.media.registry import Registry
from streamforge.media.router import WorkerRouter
from streamforge.protocol.ipc import (
    CreateRouter,
    Empty,
    Inventory,
    RouterInventory,
    WorkerCounters,
)

# Called before a router is made; raises when it is refused.
Admission = Callable[[str], Awaitable[None]]

# Load that a router is expected to bring, until the next report measures it (fraction of a core).
EXPECTED_ROUTER_LOAD = 0.05


class WorkerHandle:
    """A process that answers. A restarted process gets a new handle with a new id."""

    def __init__(
        self, link: WorkerLink, inventory: Inventory, registry: Registry, admit: Admission
    ) -> None:
        self._link = link
        self._registry = registry
        self._admit = admit
        self.index = inventory.index
        self.pid = inventory.pid
        self.udp_port = inventory.udp_port
        self.worker_id = f"worker-{inventory.index}-{inventory.pid}"
        self._routers: dict[str, WorkerRouter] = {}
        self._counters: WorkerCounters | None = None
        self._counted_at = 0.0
        self._cpu_share = 0.0
        self._routers_since = 0

    @property
    def link(self) -> WorkerLink:
        return self._link

    @property
    def routers(self) -> Mapping[str, WorkerRouter]:
        # Cleaned when it is read. Not by the registry: there the id may be another worker's by now,
        # and still this router has to end with this worker.
        self._routers = {key: router for key, router in self._routers.items() if router.is_open}
        return self._routers

    @property
    def load(self) -> float:
        """Share of a core that this worker uses or is about to use."""
        return self._cpu_share + self._routers_since * EXPECTED_ROUTER_LOAD

    async def create_router(self, router_id: str) -> WorkerRouter:
        """Make a router, or return the one that has this id."""
        existing = self.routers.get(router_id)
        if existing is not None:
            return existing
        await self._admit(router_id)
        await self._link.request(CreateRouter(router_id=router_id), Empty)
        self._routers_since += 1
        return self._wrap(router_id)

    def adopt(self, held: RouterInventory) -> WorkerRouter:
        """Wrap a router that runs already, with its transports."""
        router = self._wrap(held.router_id)
        for transport in held.transports:
            router.take_over(transport)
        return router

    def observe(self, counters: WorkerCounters, now: float) -> None:
        """Take over a report; `now` is monotonic seconds."""
        if self._counters is not None and now > self._counted_at:
            used = counters.cpu_seconds - self._counters.cpu_seconds
            self._cpu_share = max(0.0, used / (now - self._counted_at))
        self._counters, self._counted_at, self._routers_since = counters, now, 0

    def _wrap(self, router_id: str) -> WorkerRouter:
        router = WorkerRouter(router_id, self.worker_id, self._link, self._registry)
        self._routers[router_id] = router
        self._registry.add_router(router)
        return router
