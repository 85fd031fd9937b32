"""Commands, answers and events between server and media worker, as `protocol.md` lists them.

The worker owns these types (Rust, `crates/core/src/{command,event}.rs`); this is our reading.
Unknown fields and unknown events are ignored: a worker may be newer than the server.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from streamforge.core.errors import Invalid
from streamforge.core.events import wire_name
from streamforge.protocol.media import (
    CloseReason,
    Kind,
    Policy,
    Publication,
    PublishedTrack,
    Slot,
    Source,
    Speaker,
    Struct,
    TransportState,
    Want,
)

PROTOCOL: Final = 1


class Command(Struct, frozen=True, tag_field="type", tag=wire_name):
    """Base of what the server asks; named by its class: `CreateRouter` → `create-router`."""


class Hello(Command, frozen=True):
    """First on every connection; a higher epoch displaces the controller that is there."""

    epoch: int
    build: str
    protocol: int = PROTOCOL


class CreateRouter(Command, frozen=True):
    router_id: str


class CloseRouter(Command, frozen=True):
    router_id: str


class CreateTransport(Command, frozen=True):
    router_id: str
    transport_id: str
    participant_id: str
    correlation_id: str
    policy: Policy


class AcceptOffer(Command, frozen=True):
    """`publish` is the whole set: a producer that is missing in it is closed."""

    transport_id: str
    sdp: str
    publish: tuple[Publication, ...]
    want: Want


class CloseTransport(Command, frozen=True):
    transport_id: str


class AttachTransport(Command, frozen=True):
    transport_id: str
    router_id: str


class SetPolicy(Command, frozen=True):
    transport_id: str
    policy: Policy


class SetMuted(Command, frozen=True):
    producer_id: str
    muted: bool


class GetStats(Command, frozen=True):
    pass


class Ping(Command, frozen=True):
    pass


class InjectFault(Command, frozen=True):
    """Only in builds with the feature `fault-injection`; else `unknown_command`."""

    transport_id: str
    fault: str


class ProducerState(Struct, frozen=True):
    producer_id: str
    mid: str
    kind: Kind
    source: Source
    muted: bool = False
    encrypted: bool = False


class TransportInventory(Struct, frozen=True):
    transport_id: str
    participant_id: str
    state: TransportState
    correlation_id: str = ""
    producers: tuple[ProducerState, ...] = ()
    slots: tuple[Slot, ...] = ()


class RouterInventory(Struct, frozen=True):
    router_id: str
    transports: tuple[TransportInventory, ...] = ()


class Inventory(Struct, frozen=True):
    """The answer to `Hello`: what runs, so that a restarted server adopts it.

    What did not fit into its frame came before it as `InventoryPart`s; `joined` makes them one.
    """

    protocol: int
    pid: int
    index: int
    udp_port: int
    tcp_port: int = 0
    epoch: int = 0
    build: str = ""
    routers: tuple[RouterInventory, ...] = ()


class Accepted(Struct, frozen=True):
    """The answer to `AcceptOffer`."""

    sdp: str
    slots: tuple[Slot, ...] = ()
    producers: tuple[PublishedTrack, ...] = ()


class Empty(Struct, frozen=True):
    """An answer without content."""


class WorkerCounters(Struct, frozen=True):
    """Counters since the worker started, gauges where the name says so (`routers`, …)."""

    cpu_seconds: float = 0.0
    rss_bytes: int = 0
    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    dropped_unknown: int = 0
    dropped_queue: int = 0
    loop_lag_max_ms: float = 0.0
    routers: int = 0
    transports: int = 0
    producers: int = 0
    consumers: int = 0
    pli_sent: int = 0
    pli_suppressed: int = 0
    controllers_refused: int = 0
    malformed_media: int = 0


class WorkerEvent(Struct, frozen=True, tag_field="type", tag=wire_name):
    """Base of what a worker reports on its own."""


class TransportStateChanged(WorkerEvent, frozen=True):
    transport_id: str
    state: TransportState
    participant_id: str = ""
    reason: CloseReason | None = None


class ProducerStarted(WorkerEvent, frozen=True):
    """The first packet of a producer was seen."""

    transport_id: str
    producer_id: str
    kind: Kind
    source: Source
    codec: str = ""


class ProducerClosed(WorkerEvent, frozen=True):
    transport_id: str
    producer_id: str


class SpeakersChanged(WorkerEvent, frozen=True):
    router_id: str
    speakers: tuple[Speaker, ...] = ()


class Stats(WorkerCounters, frozen=True, tag_field="type", tag="stats"):
    """The same counters, reported every second."""


class InventoryPart(WorkerEvent, frozen=True):
    """Comes before the answer to `Hello`; a router may begin in one part and go on in the next."""

    routers: tuple[RouterInventory, ...] = ()


AnyEvent = TransportStateChanged | ProducerStarted | ProducerClosed | SpeakersChanged | Stats


class Failure(Struct, frozen=True):
    code: str
    message: str = ""


class Answer(Struct, frozen=True):
    """A worker's answer; `result` is decoded by whoever knows which command it answers."""

    id: int
    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"{}")
    error: Failure = Failure(code="internal")


class _Envelope(Struct, frozen=True):
    id: int | None = None
    type: str | None = None


_encoder = msgspec.json.Encoder()
_envelopes = msgspec.json.Decoder(_Envelope)
_answers = msgspec.json.Decoder(Answer)
_events = msgspec.json.Decoder(AnyEvent | InventoryPart)
_EVENT_TYPES: Final = frozenset(
    wire_name(kind.__name__)
    for kind in (
        TransportStateChanged,
        ProducerStarted,
        ProducerClosed,
        SpeakersChanged,
        Stats,
        InventoryPart,
    )
)


def encode_command(command_id: int, command: Command) -> bytes:
    """Return the JSON of a command with its id."""
    fields = msgspec.to_builtins(command)
    return _encoder.encode({"id": command_id, **fields})


def decode_message(payload: bytes) -> Answer | AnyEvent | InventoryPart | None:
    """Return what a worker said; None for an event that this build does not know.

    Raises:
        Invalid: `bad_message`.
    """
    try:
        envelope = _envelopes.decode(payload)
        if envelope.id is not None:
            return _answers.decode(payload)
        if envelope.type in _EVENT_TYPES:
            return _events.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid("bad_message", context={"reason": str(error)}) from error
    return None


def joined(parts: Iterable[InventoryPart], last: Inventory) -> Inventory:
    """Return the whole inventory: that of the parts, then that of the answer."""
    transports: dict[str, list[TransportInventory]] = {}
    for router in [router for part in parts for router in part.routers] + list(last.routers):
        transports.setdefault(router.router_id, []).extend(router.transports)
    routers = tuple(RouterInventory(key, tuple(held)) for key, held in transports.items())
    return msgspec.structs.replace(last, routers=routers)
