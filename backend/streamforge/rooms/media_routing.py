"""Brings what the media engine reports to the meeting that it is about. It decides nothing.

It also closes routers that belong to no meeting, when a worker turns out to have some.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from streamforge.core.errors import AppError
from streamforge.core.log import get_logger
from streamforge.core.notice import Notice
from streamforge.core.tasks import Tasks
from streamforge.media.events import (
    MediaEvent,
    RoutersFound,
    TransportStateChanged,
    WorkerBack,
    WorkerLost,
    WorkerReady,
)
from streamforge.media.ports import MediaEngine, Router
from streamforge.protocol.ipc import RouterInventory
from streamforge.rooms.actor import RoomActor
from streamforge.rooms.commands import ReportInventory, ReportRouterLost, ReportTransport
from streamforge.rooms.media_link import TransportNote

_log = get_logger(__name__)


class MediaRouting:
    """Which meeting has which router and transport. `ready` wakes whoever waits for a worker."""

    def __init__(self, media: MediaEngine, tasks: Tasks) -> None:
        self._media = media
        self._tasks = tasks
        self.ready = Notice()
        self._by_router: dict[str, RoomActor] = {}
        self._by_transport: dict[str, str] = {}
        self._unsubscribe: Callable[[], None] = lambda: None
        self._may_sweep = False

    @property
    def held_count(self) -> int:
        """How many routers and transports are known."""
        return len(self._by_router) + len(self._by_transport)

    def start(self) -> None:
        """Listen to the engine."""
        self._unsubscribe = self._media.subscribe(self._on_media)

    async def all_resumed(self) -> tuple[str, ...]:
        """Close what runs and belongs to no meeting, from now on also what is found later."""
        closed = await self._media.close_orphans(())
        self._may_sweep = True
        return closed

    def close(self) -> None:
        """Hear nothing any more."""
        self._may_sweep = False
        self._unsubscribe()

    def add(self, router_id: str, actor: RoomActor) -> None:
        """From now on this router is that meeting's."""
        self._by_router[router_id] = actor

    def remove(self, router_id: str) -> None:
        """The meeting is over."""
        self._by_router.pop(router_id, None)

    def note_of(self, router_id: str) -> TransportNote:
        """Return what a meeting tells of its transports."""

        def note(transport_id: str, is_there: bool) -> None:
            if is_there:
                self._by_transport[transport_id] = router_id
            else:
                self._by_transport.pop(transport_id, None)

        return note

    def adopt(self, router_id: str, actor: RoomActor) -> RouterInventory | None:
        """Give a meeting the router that outlived the server, if there is one.

        Nothing may await between this and the meeting's mailbox: later events come after it.
        """
        inventory = self._media.adopted().get(router_id)
        if inventory is None:
            return None
        router = self._media.adopt(router_id)
        actor.media.adopt(router)
        return _as_of_now(inventory, router)

    def _on_media(self, event: MediaEvent) -> None:
        match event:
            case TransportStateChanged():
                actor = self._by_router.get(self._by_transport.get(event.transport_id, ""))
                if actor is not None:
                    actor.post(ReportTransport(event.transport_id, event.state, event.reason))
            case WorkerLost():
                for router_id in event.router_ids:
                    self._router_lost(router_id, event.worker_id)
            case WorkerBack():
                for router in event.routers:
                    actor = self._by_router.get(router.router_id)
                    if actor is not None:
                        actor.post(ReportInventory(router.transports))
            case WorkerReady():
                self.ready.notify()
                self._sweep_soon()
            case RoutersFound():
                self._sweep_soon()
            case _:
                pass

    def _router_lost(self, router_id: str, worker_id: str) -> None:
        lost = self._by_router.get(router_id)
        if lost is not None and lost.media.router_lost(worker_id):
            _log.warning("meeting.media_lost", router_id=router_id, worker_id=worker_id)
            lost.post(ReportRouterLost(spared=lost.media.opening))

    def _sweep_soon(self) -> None:
        if self._may_sweep:
            self._tasks.spawn(self._sweep(), "sweep")

    async def _sweep(self) -> None:
        """Close what runs in a worker that was found late, and belongs to no meeting."""
        try:
            await self._media.close_orphans(self._by_router.keys())
        except AppError as error:  # gone with its worker, or looked at again with the next one
            _log.warning("router.orphan_not_closed", code=error.code)


def _as_of_now(inventory: RouterInventory, router: Router) -> RouterInventory:
    """Return an inventory after the events that were held until the adoption."""
    there = [
        (found, router.transports[found.transport_id])
        for found in inventory.transports
        if found.transport_id in router.transports
    ]
    return msgspec.structs.replace(
        inventory,
        transports=tuple(
            msgspec.structs.replace(
                found,
                state=now.state,
                producers=tuple(p for p in found.producers if p.producer_id in now.producers),
            )
            for found, now in there
        ),
    )
