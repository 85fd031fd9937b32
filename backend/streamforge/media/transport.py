"""A participant's peer connection and its tracks, as handles on what a worker holds.

State here is a copy: the worker's answers and events are the truth, the engine writes them in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from streamforge.core.errors import Conflict, NotFound
from streamforge.media.link import WorkerLink
from streamforge.media.registry import Registry
from streamforge.protocol.ipc import (
    Accepted,
    AcceptOffer,
    AttachTransport,
    CloseTransport,
    Empty,
    SetMuted,
    SetPolicy,
    TransportInventory,
)
from streamforge.protocol.media import (
    AutoWant,
    Policy,
    Publication,
    Source,
    TransportState,
    Want,
)

if TYPE_CHECKING:
    from streamforge.media.ports import Router
    from streamforge.media.router import WorkerRouter


class WorkerProducer:
    """A published track."""

    def __init__(self, link: WorkerLink, producer_id: str, source: Source, muted: bool) -> None:
        self._link = link
        self._producer_id = producer_id
        self._source: Source = source
        self._muted = muted

    @property
    def producer_id(self) -> str:
        return self._producer_id

    @property
    def source(self) -> Source:
        return self._source

    @property
    def muted(self) -> bool:
        return self._muted

    async def set_muted(self, muted: bool) -> None:
        """Stop or resume forwarding."""
        await self._link.request(SetMuted(producer_id=self._producer_id, muted=muted), Empty)
        self._muted = muted


class WorkerTransport:
    """A peer connection on a worker."""

    def __init__(
        self, router: WorkerRouter, link: WorkerLink, registry: Registry, held: TransportInventory
    ) -> None:
        self._router = router
        self._link = link
        self._registry = registry
        self._transport_id = held.transport_id
        self._participant_id = held.participant_id
        self._state: TransportState = held.state
        self._producers = {
            track.producer_id: WorkerProducer(link, track.producer_id, track.source, track.muted)
            for track in held.producers
        }
        self._declared: dict[str, Publication] = {}
        self._declared_want: Want = AutoWant()

    @property
    def transport_id(self) -> str:
        return self._transport_id

    @property
    def participant_id(self) -> str:
        return self._participant_id

    @property
    def router_id(self) -> str:
        return self._router.router_id

    @property
    def state(self) -> TransportState:
        return self._state

    @property
    def producers(self) -> Mapping[str, WorkerProducer]:
        return self._producers

    def produce(self, publication: Publication) -> None:
        """Declare a track for the next `accept_offer` that names none itself."""
        self._declared[publication.mid] = publication

    def declare_want(self, want: Want) -> None:
        """Declare what the slots shall show from the next offer on."""
        self._declared_want = want

    async def accept_offer(
        self,
        sdp: str,
        publish: Sequence[Publication] | None = None,
        want: Want | None = None,
    ) -> Accepted:
        """Answer a first offer or a re-offer."""
        tracks = tuple(self._declared.values() if publish is None else publish)
        command = AcceptOffer(
            transport_id=self._transport_id,
            sdp=sdp,
            publish=tracks,
            want=self._declared_want if want is None else want,
        )
        answer = await self._link.request(command, Accepted)
        muted = {track.producer_id: track.muted for track in tracks}
        self._producers = {
            accepted.producer_id: WorkerProducer(
                self._link,
                accepted.producer_id,
                accepted.source,
                muted.get(accepted.producer_id, False),
            )
            for accepted in answer.producers
        }
        return answer

    async def set_policy(self, policy: Policy) -> None:
        """Change what this participant may publish and receive."""
        command = SetPolicy(transport_id=self._transport_id, policy=policy)
        await self._link.request(command, Empty)

    async def attach(self, router: Router) -> None:
        """Move to another router of the same worker.

        Raises:
            Conflict: `other_worker`; media cannot move between processes without an offer.
        """
        target = self._registry.routers.get(router.router_id)
        if target is None:
            raise NotFound("router_not_found")
        if target.worker_id != self._router.worker_id:
            raise Conflict("other_worker")
        command = AttachTransport(transport_id=self._transport_id, router_id=router.router_id)
        await self._link.request(command, Empty)
        self._router.release(self)
        self._router = target
        target.receive(self)

    async def close(self) -> None:
        """End the peer connection."""
        try:
            await self._link.request(CloseTransport(transport_id=self._transport_id), Empty)
        except NotFound:
            self.leave()  # it ended by itself; its event is on the way or was lost with a link

    def observe(self, state: TransportState) -> None:
        """Take over a state that the worker reported."""
        self._state = state

    def forget_producer(self, producer_id: str) -> None:
        """Take over that a track ended."""
        self._producers.pop(producer_id, None)

    def leave(self) -> None:
        """Forget this transport: it is closed, or its worker is gone."""
        self._state = "closed"
        self._router.release(self)
        self._registry.remove_transport(self)
