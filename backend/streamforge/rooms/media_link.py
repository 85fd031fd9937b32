"""One meeting's media: its router, its transports, and the worker that they are on right now.

It carries out what the room decided, and waits a moment for a worker when there is none (the only
one may be restarting). Who may publish is decided in `offers.py`, when media is rebuilt in
`tracks.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from streamforge.core.errors import AppError, Conflict, Unavailable
from streamforge.core.log import get_logger
from streamforge.core.notice import Notice
from streamforge.media.ports import Answer, MediaEngine, Router, Transport
from streamforge.rooms.effects import AcceptOffer, OpenTransport, SetTrackMuted
from streamforge.rooms.turns import Turns

# A worker that died is restarted in well under a second; a browser waits 12 s for an answer.
WORKER_WAIT_S: Final = 5.0
WORTH_WAITING: Final = frozenset({"no_worker", "worker_lost"})
# After these the transport is not there any more, whatever it was before.
GONE_CODES: Final = frozenset({"transport_not_found", "router_not_found", "worker_lost"})
TRACK_GONE_CODES: Final = GONE_CODES | {"producer_not_found"}
MUTE_ATTEMPTS: Final = 2

_log = get_logger(__name__)

TransportNote = Callable[[str, bool], None]
"""Told of each transport that comes (True) or goes (False), so that events find their meeting."""


class MeetingMedia:
    """The media of one meeting. All methods may be called at any time, in any order."""

    def __init__(
        self,
        engine: MediaEngine,
        router_id: str,
        ready: Notice,
        note: TransportNote,
        *,
        worker_wait_s: float = WORKER_WAIT_S,
    ) -> None:
        self._engine = engine
        self._router_id = router_id
        self._ready = ready
        self._note = note
        self._worker_wait_s = worker_wait_s
        self._router: Router | None = None
        self._placing = asyncio.Lock()
        self._turns = Turns()
        self._transports: dict[str, Transport] = {}
        self._opening: set[str] = set()
        self._mutes: dict[str, SetTrackMuted] = {}
        self._is_closed = False

    @property
    def opening(self) -> frozenset[str]:
        """New transports whose offer is put to the next worker if this one dies."""
        return frozenset(self._opening)

    @property
    def transport_count(self) -> int:
        """How many peer connections the meeting has."""
        return len(self._transports)

    @property
    def held_count(self) -> int:
        """How much is kept for what is under way: offers and mutes."""
        return len(self._turns) + len(self._opening) + len(self._mutes)

    def adopt(self, router: Router) -> None:
        """Go on with a router that outlived the server."""
        self._router = router
        for transport_id, transport in router.transports.items():
            self._keep(transport_id, transport)

    def router_lost(self, worker_id: str) -> bool:
        """Forget the router with its worker; False when it is on another one by now.

        The next offer places it anew.
        """
        if self._router is not None and self._router.worker_id != worker_id:
            return False
        self._forget_router()
        return True

    async def negotiate(self, opening: OpenTransport, offer: AcceptOffer) -> Answer:
        """Answer an offer; a transport that it opened and that fails is closed again.

        Raises:
            AppError: what the media engine refuses, or `no_worker`, `router_quarantined`.
        """
        async with self._turns.of(opening.seat_id):
            is_new = offer.transport_id not in self._transports
            if not is_new:
                return await self._attempt(opening, offer, is_new=False)
            self._opening.add(offer.transport_id)
            try:
                return await self._attempt(opening, offer, is_new=True)
            except Unavailable as error:
                if error.code != "worker_lost":
                    raise
            finally:
                self._opening.discard(offer.transport_id)
            # Its worker died under it: once more, on the next one.
            return await self._attempt(opening, offer, is_new=True)

    def has(self, transport_id: str) -> bool:
        """Whether this peer connection is there."""
        return transport_id in self._transports

    async def close_transport(self, transport_id: str) -> None:
        """End a peer connection; one that is gone is fine."""
        transport = self._transports.get(transport_id)
        self._drop(transport_id)
        if transport is not None:
            await transport.close()

    async def set_muted(self, effect: SetTrackMuted) -> None:
        """Stop or resume forwarding of a track; one that is gone needs nothing.

        What fails otherwise is tried once more: who muted must not be heard.
        """
        self._mutes[effect.producer_id] = effect
        try:
            for _ in range(MUTE_ATTEMPTS):
                transport = self._transports.get(effect.transport_id)
                producer = (
                    None if transport is None else transport.producers.get(effect.producer_id)
                )
                # Not if it was decided otherwise meanwhile: the newer wish is on its way.
                if producer is None or self._mutes.get(effect.producer_id) is not effect:
                    return
                try:
                    await producer.set_muted(effect.muted)
                    return
                except AppError as error:
                    if error.code in TRACK_GONE_CODES:
                        return
                    _log.warning("mute.failed", producer_id=effect.producer_id, code=error.code)
        finally:
            if self._mutes.get(effect.producer_id) is effect:
                del self._mutes[effect.producer_id]

    def let_go(self) -> None:
        """Leave the media as it is to another server."""
        self._is_closed = True
        self._forget_router()

    async def close(self) -> None:
        """End the meeting's media."""
        self._is_closed = True
        self._ready.notify()  # whoever waits for a worker waits in vain now; others look again
        async with self._placing:  # a router that is just being made would be left behind
            router = self._router
            self._forget_router()
        if router is not None:
            await router.close()

    async def _attempt(self, opening: OpenTransport, offer: AcceptOffer, *, is_new: bool) -> Answer:
        try:
            transport = await self._open(await self._placed(), opening)
            return await transport.accept_offer(offer.sdp, offer.publish, offer.want)
        except AppError as error:
            if is_new or error.code in GONE_CODES:
                with suppress(AppError):  # gone with its worker
                    await self.close_transport(offer.transport_id)
            raise

    async def _open(self, router: Router, opening: OpenTransport) -> Transport:
        known = self._transports.get(opening.transport_id)
        if known is not None:
            return known
        # Known before it exists: its first events may overtake the answer.
        self._note(opening.transport_id, True)
        transport = await router.create_transport(
            opening.transport_id, opening.participant_id, opening.correlation_id, opening.policy
        )
        self._keep(opening.transport_id, transport)
        return transport

    async def _placed(self) -> Router:
        async with self._placing:
            if self._router is None:
                try:
                    self._router = await self._place()
                except TimeoutError as error:
                    raise Unavailable("no_worker") from error
            if self._is_closed:
                raise Conflict("meeting_closed")
            return self._router

    async def _place(self) -> Router:
        async with asyncio.timeout(self._worker_wait_s) as waiting:
            while True:
                if self._is_closed:
                    raise Conflict("meeting_closed")
                ready = self._ready.next()
                try:
                    worker = self._engine.pool.least_loaded_worker(self._router_id)
                    return await worker.create_router(self._router_id)
                except Unavailable as error:
                    if error.code not in WORTH_WAITING or waiting.expired():
                        raise
                await ready.wait()

    def _forget_router(self) -> None:
        self._router = None
        for transport_id in list(self._transports):
            self._drop(transport_id)

    def _keep(self, transport_id: str, transport: Transport) -> None:
        self._transports[transport_id] = transport
        self._note(transport_id, True)

    def _drop(self, transport_id: str) -> None:
        self._transports.pop(transport_id, None)
        self._note(transport_id, False)
