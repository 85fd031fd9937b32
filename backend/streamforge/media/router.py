"""One meeting's media on one worker, as a handle."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from streamforge.core.errors import NotFound
from streamforge.media.link import WorkerLink
from streamforge.media.registry import Registry
from streamforge.media.transport import WorkerTransport
from streamforge.protocol.ipc import CloseRouter, CreateTransport, Empty, TransportInventory
from streamforge.protocol.media import Policy, Want

if TYPE_CHECKING:
    from streamforge.media.ports import Transport


class WorkerRouter:
    """A router on a worker. The transports in it enter and leave by `receive` and `release`."""

    def __init__(
        self, router_id: str, worker_id: str, link: WorkerLink, registry: Registry
    ) -> None:
        self._router_id = router_id
        self._worker_id = worker_id
        self._link = link
        self._registry = registry
        self._transports: dict[str, WorkerTransport] = {}
        self._is_open = True

    @property
    def is_open(self) -> bool:
        """Whether it was neither closed nor abandoned."""
        return self._is_open

    @property
    def router_id(self) -> str:
        return self._router_id

    @property
    def worker_id(self) -> str:
        return self._worker_id

    @property
    def transports(self) -> Mapping[str, WorkerTransport]:
        return self._transports

    async def create_transport(
        self, transport_id: str, participant_id: str, correlation_id: str, policy: Policy
    ) -> WorkerTransport:
        """Make room for a participant's peer connection."""
        command = CreateTransport(
            router_id=self._router_id,
            transport_id=transport_id,
            participant_id=participant_id,
            correlation_id=correlation_id,
            policy=policy,
        )
        await self._link.request(command, Empty)
        return self.take_over(
            TransportInventory(
                transport_id=transport_id,
                participant_id=participant_id,
                state="connecting",
                correlation_id=correlation_id,
            )
        )

    def take_over(self, held: TransportInventory) -> WorkerTransport:
        """Wrap a transport that exists on the worker."""
        transport = WorkerTransport(self, self._link, self._registry, held)
        self._transports[transport.transport_id] = transport
        self._registry.add_transport(transport)
        return transport

    def consume(self, transport: Transport, want: Want) -> None:
        """Declare what a transport's slots shall show from its next offer on.

        Raises:
            NotFound: `transport_not_found`; it is not in this router.
        """
        mine = self._transports.get(transport.transport_id)
        if mine is None:
            raise NotFound("transport_not_found")
        mine.declare_want(want)

    async def close(self) -> None:
        """Close all transports and forget the router."""
        with suppress(NotFound):  # closed before; the aim is reached
            await self._link.request(CloseRouter(router_id=self._router_id), Empty)
        self._is_open = False
        self._registry.remove_router(self)

    def receive(self, transport: WorkerTransport) -> None:
        """Take in a transport that was attached here."""
        self._transports[transport.transport_id] = transport

    def release(self, transport: WorkerTransport) -> None:
        """Let go of a transport that left."""
        self._transports.pop(transport.transport_id, None)

    def abandon(self) -> None:
        """Forget everything: the worker is gone."""
        for transport in tuple(self._transports.values()):
            transport.leave()
        self._is_open = False
        self._registry.remove_router(self)
