"""Which wrapper belongs to which id, and the events that came before their wrapper.

Owned by the engine; routers and transports enter and leave it themselves. It sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from streamforge.media.held_events import HeldEvents
from streamforge.protocol.ipc import AnyEvent

if TYPE_CHECKING:
    from streamforge.media.router import WorkerRouter
    from streamforge.media.transport import WorkerTransport


class Registry:
    """Wrappers by id. `redeliver` is called with events that were held for a new transport."""

    def __init__(self, redeliver: Callable[[AnyEvent], None]) -> None:
        self._redeliver = redeliver
        self.routers: dict[str, WorkerRouter] = {}
        self.transports: dict[str, WorkerTransport] = {}
        self.held = HeldEvents()

    def add_router(self, router: WorkerRouter) -> None:
        """Make a router findable."""
        self.routers[router.router_id] = router

    def remove_router(self, router: WorkerRouter) -> None:
        """Forget a router, unless another one took its id meanwhile."""
        if self.routers.get(router.router_id) is router:
            del self.routers[router.router_id]

    def add_transport(self, transport: WorkerTransport) -> None:
        """Make a transport findable and deliver what was held for it, in order."""
        self.transports[transport.transport_id] = transport
        for event in self.held.release(transport.transport_id):
            self._redeliver(event)

    def remove_transport(self, transport: WorkerTransport) -> None:
        """Forget a transport; late events of it are of no interest to anybody."""
        if self.transports.get(transport.transport_id) is transport:
            del self.transports[transport.transport_id]
        self.held.release(transport.transport_id)
