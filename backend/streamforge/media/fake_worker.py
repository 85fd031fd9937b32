"""A media worker in memory: answers commands as the Rust worker does, and moves no media.

It is one `WorkerLink`; the fake engine owns it, and tests make things happen through that engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from streamforge.core.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
)
from streamforge.core.units import KIB
from streamforge.media.fake_sdp import MediaLine, answer_to, parse_offer
from streamforge.media.link import LinkListener
from streamforge.protocol import ipc
from streamforge.protocol.media import (
    KIND_OF_SOURCE,
    Policy,
    Publication,
    PublishedTrack,
    Slot,
    TransportState,
)

T = TypeVar("T")

MAX_SDP_BYTES: Final = 64 * KIB
MAX_MEDIA_LINES: Final = 64
CODEC_OF_KIND: Final = {"audio": "opus", "video": "vp8"}


@dataclass(slots=True)
class FakeTransport:
    """What a worker keeps of a peer connection."""

    transport_id: str
    participant_id: str
    correlation_id: str
    policy: Policy
    state: TransportState = "connecting"
    producers: dict[str, ipc.ProducerState] = field(default_factory=dict[str, ipc.ProducerState])
    slots: tuple[Slot, ...] = ()
    started: set[str] = field(default_factory=set[str])

    def inventory(self) -> ipc.TransportInventory:
        return ipc.TransportInventory(
            transport_id=self.transport_id,
            participant_id=self.participant_id,
            state=self.state,
            correlation_id=self.correlation_id,
            producers=tuple(self.producers.values()),
            slots=self.slots,
        )


class FakeWorker:
    """One simulated process."""

    def __init__(self, index: int, pid: int, listener: LinkListener) -> None:
        self.index = index
        self.pid = pid
        self.alive = True
        self.was_missed = asyncio.Event()
        """That the process is gone was told; until then nobody knows."""
        self.commands: list[ipc.Command] = []  # for tests that assert what was asked
        self.transports: dict[str, FakeTransport] = {}
        self._routers: dict[str, set[str]] = {}
        self._listener = listener
        self._handlers: dict[type[ipc.Command], Callable[..., object]] = {
            ipc.CreateRouter: self._create_router,
            ipc.CloseRouter: self._close_router,
            ipc.CreateTransport: self._create_transport,
            ipc.AcceptOffer: self._accept_offer,
            ipc.CloseTransport: self._close_transport,
            ipc.AttachTransport: self._attach_transport,
            ipc.SetPolicy: self._set_policy,
            ipc.SetMuted: self._set_muted,
            ipc.GetStats: self._stats,
            ipc.Ping: self._ping,
        }
        self.after_offer: Callable[[FakeTransport], None] | None = None

    def inventory(self) -> ipc.Inventory:
        """What `hello` answers."""
        return ipc.Inventory(
            protocol=ipc.PROTOCOL,
            pid=self.pid,
            index=self.index,
            udp_port=40_000 + self.index,
            routers=tuple(
                ipc.RouterInventory(
                    router_id=router_id,
                    transports=tuple(self.transports[key].inventory() for key in sorted(members)),
                )
                for router_id, members in self._routers.items()
            ),
        )

    def hand_over(self, listener: LinkListener) -> None:
        """Report to another engine from now on, as after a newer `hello`."""
        self._listener = listener

    async def request(self, command: ipc.Command, result: type[T]) -> T:
        """Answer a command."""
        if not self.alive:
            # As `WorkerLink` promises: the listener is told before.
            await self.was_missed.wait()
            raise Unavailable("worker_lost")
        self.commands.append(command)
        handler = self._handlers.get(type(command))
        if handler is None:
            raise Invalid("unknown_command")
        # Through JSON, so that a fake answer is held to the wire type as a real one is.
        return msgspec.json.decode(msgspec.json.encode(handler(command)), type=result)

    def emit(self, event: ipc.AnyEvent) -> None:
        """Report something, as the process would."""
        if self.alive:
            self._listener.link_event(self, event)

    def change_state(
        self, transport_id: str, state: TransportState, reason: str | None = None
    ) -> None:
        """Move a peer connection to a state and report it; `closed` also ends its tracks."""
        transport = self._transport(transport_id)
        if transport.state == state:
            return
        transport.state = state
        if state == "closed":
            self._drop_producers(transport, keep=frozenset())
            del self.transports[transport_id]
            for members in self._routers.values():
                members.discard(transport_id)
        self.emit(
            ipc.TransportStateChanged(
                transport_id=transport_id,
                participant_id=transport.participant_id,
                state=state,
                reason=reason,
            )
        )

    def start_producers(self, transport: FakeTransport) -> None:
        """Let the first packet of every track arrive."""
        for producer in transport.producers.values():
            if producer.producer_id in transport.started:
                continue
            transport.started.add(producer.producer_id)
            self.emit(
                ipc.ProducerStarted(
                    transport_id=transport.transport_id,
                    producer_id=producer.producer_id,
                    kind=producer.kind,
                    source=producer.source,
                    codec=CODEC_OF_KIND[producer.kind],
                )
            )

    def _create_router(self, command: ipc.CreateRouter) -> ipc.Empty:
        self._routers.setdefault(command.router_id, set())
        return ipc.Empty()

    def _close_router(self, command: ipc.CloseRouter) -> ipc.Empty:
        for transport_id in tuple(self._members(command.router_id)):
            self.change_state(transport_id, "closed", "router-closed")
        del self._routers[command.router_id]
        return ipc.Empty()

    def _create_transport(self, command: ipc.CreateTransport) -> ipc.Empty:
        members = self._members(command.router_id)
        if command.transport_id in self.transports:
            raise Conflict("transport_exists")
        self.transports[command.transport_id] = FakeTransport(
            command.transport_id, command.participant_id, command.correlation_id, command.policy
        )
        members.add(command.transport_id)
        return ipc.Empty()

    def _accept_offer(self, command: ipc.AcceptOffer) -> ipc.Accepted:
        transport = self._transport(command.transport_id)
        lines = _checked_lines(command.sdp)
        tracks = [_accepted(publication, lines, transport) for publication in command.publish]
        self._drop_producers(transport, keep={track.producer_id for track in tracks})
        transport.producers = {track.producer_id: track for track in tracks}
        transport.slots = tuple(
            Slot(mid=line.mid, kind=line.kind)
            for line in lines.values()
            if line.kind != "application" and line.direction == "recvonly"
        )
        if self.after_offer is not None:
            self.after_offer(transport)
        return ipc.Accepted(
            sdp=answer_to(lines.values()),
            slots=transport.slots,
            producers=tuple(
                PublishedTrack(
                    producer_id=track.producer_id,
                    mid=track.mid,
                    kind=track.kind,
                    source=track.source,
                )
                for track in tracks
            ),
        )

    def _close_transport(self, command: ipc.CloseTransport) -> ipc.Empty:
        self._transport(command.transport_id)
        self.change_state(command.transport_id, "closed", "requested")
        return ipc.Empty()

    def _attach_transport(self, command: ipc.AttachTransport) -> ipc.Empty:
        self._transport(command.transport_id)
        target = self._members(command.router_id)
        for members in self._routers.values():
            members.discard(command.transport_id)
        target.add(command.transport_id)
        return ipc.Empty()

    def _set_policy(self, command: ipc.SetPolicy) -> ipc.Empty:
        self._transport(command.transport_id).policy = command.policy
        return ipc.Empty()

    def _set_muted(self, command: ipc.SetMuted) -> ipc.Empty:
        for transport in self.transports.values():
            producer = transport.producers.get(command.producer_id)
            if producer is not None:
                transport.producers[command.producer_id] = msgspec.structs.replace(
                    producer, muted=command.muted
                )
                return ipc.Empty()
        raise NotFound("producer_not_found")

    def _stats(self, _: ipc.GetStats) -> ipc.WorkerCounters:
        return ipc.WorkerCounters(routers=len(self._routers), transports=len(self.transports))

    def _ping(self, _: ipc.Ping) -> ipc.Empty:
        return ipc.Empty()

    def _drop_producers(self, transport: FakeTransport, keep: frozenset[str] | set[str]) -> None:
        for producer_id in [key for key in transport.producers if key not in keep]:
            del transport.producers[producer_id]
            transport.started.discard(producer_id)
            self.emit(
                ipc.ProducerClosed(transport_id=transport.transport_id, producer_id=producer_id)
            )

    def _members(self, router_id: str) -> set[str]:
        if router_id not in self._routers:
            raise NotFound("router_not_found")
        return self._routers[router_id]

    def _transport(self, transport_id: str) -> FakeTransport:
        if transport_id not in self.transports:
            raise NotFound("transport_not_found")
        return self.transports[transport_id]


def _checked_lines(sdp: str) -> dict[str, MediaLine]:
    if len(sdp.encode()) > MAX_SDP_BYTES:
        raise TooLarge("sdp_too_large")
    lines = parse_offer(sdp)
    if len(lines) > MAX_MEDIA_LINES:
        raise TooLarge("too_many_media_lines")
    return lines


def _accepted(
    publication: Publication, lines: dict[str, MediaLine], transport: FakeTransport
) -> ipc.ProducerState:
    kind = KIND_OF_SOURCE[publication.source]
    line = lines.get(publication.mid)
    error: AppError | None = None
    if publication.source not in transport.policy.publish:
        error = Forbidden("publish_not_allowed")
    elif line is None or line.kind != kind or line.direction not in {"sendonly", "sendrecv"}:
        error = Invalid("bad_sdp", f"Line {publication.mid!r} of the offer sends no {kind}.")
    if error is not None:
        raise error
    return ipc.ProducerState(
        producer_id=publication.producer_id,
        mid=publication.mid,
        kind=kind,
        source=publication.source,
        muted=publication.muted,
        encrypted=publication.encrypted,
    )
