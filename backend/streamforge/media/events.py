"""What the media engine reports upwards. Facts only; `rooms` decides what follows."""

from __future__ import annotations

from dataclasses import dataclass

from streamforge.media.link import LossCause
from streamforge.protocol.ipc import RouterInventory, WorkerCounters
from streamforge.protocol.media import CloseReason, Kind, Source, Speaker, TransportState


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """A worker answers; `restarted` when it replaces one that was lost."""

    worker_id: str
    index: int
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class RoutersFound:
    """A worker that was out of reach for a moment has routers that nobody here knows."""

    worker_id: str
    router_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkerBack:
    """A worker that was out of reach for a moment says what it has of the routers known here.

    Commands of that moment failed, so it may lack what they asked for.
    """

    worker_id: str
    routers: tuple[RouterInventory, ...]
    index: int = 0


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """A worker process is gone and with it these routers; place them anew and reset their media."""

    worker_id: str
    router_ids: tuple[str, ...] = ()
    index: int = 0
    cause: LossCause = "exited"


@dataclass(frozen=True, slots=True)
class TransportStateChanged:
    """A peer connection is now in this state; `closed` is final and has a reason."""

    transport_id: str
    participant_id: str
    state: TransportState
    reason: CloseReason | None = None


@dataclass(frozen=True, slots=True)
class ProducerStarted:
    """The first packet of a track arrived."""

    transport_id: str
    producer_id: str
    kind: Kind
    source: Source
    codec: str


@dataclass(frozen=True, slots=True)
class ProducerClosed:
    """A track ended: left out of a re-offer, or its transport closed."""

    transport_id: str
    producer_id: str


@dataclass(frozen=True, slots=True)
class SpeakersChanged:
    """Who is heard in a router, loudest first; empty = silence."""

    router_id: str
    speakers: tuple[Speaker, ...]


@dataclass(frozen=True, slots=True)
class WorkerStats:
    """Counters of one worker since its start, about once a second; only the latest matter."""

    worker_id: str
    index: int
    counters: WorkerCounters


MediaEvent = (
    WorkerReady
    | RoutersFound
    | WorkerBack
    | WorkerLost
    | TransportStateChanged
    | ProducerStarted
    | ProducerClosed
    | SpeakersChanged
    | WorkerStats
)
