"""The media engine as the rest of the server sees it; `native` and `fake` implement it.

Nouns as everywhere: a *worker* is a process, a *router* one meeting's media on it, a *transport*
one participant's peer connection, a *producer* a track, a *consumer* a producer bound to a slot.
Ids are chosen by the caller. Commands raise `AppError`; whatever happens later arrives as an event.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from streamforge.media.events import MediaEvent
from streamforge.protocol.ipc import Accepted as Answer
from streamforge.protocol.ipc import RouterInventory
from streamforge.protocol.media import Policy, Publication, Source, TransportState, Want

__all__ = [
    "Answer",
    "EventCallback",
    "MediaEngine",
    "Policy",
    "Producer",
    "Publication",
    "Router",
    "RouterInventory",
    "Transport",
    "Want",
    "Worker",
    "WorkerPool",
]

EventCallback = Callable[[MediaEvent], None]


class Producer(Protocol):
    """A published track."""

    @property
    def producer_id(self) -> str: ...

    @property
    def source(self) -> Source: ...

    @property
    def muted(self) -> bool: ...

    async def set_muted(self, muted: bool) -> None:
        """Stop or resume forwarding; the peer connection is not touched.

        Raises:
            NotFound: `producer_not_found`.
            Unavailable: `worker_lost`, `command_timeout`.
        """
        ...


class Transport(Protocol):
    """One participant's peer connection; attached to one router at a time."""

    @property
    def transport_id(self) -> str: ...

    @property
    def participant_id(self) -> str: ...

    @property
    def router_id(self) -> str: ...

    @property
    def state(self) -> TransportState: ...

    @property
    def producers(self) -> Mapping[str, Producer]:
        """The tracks by producer id, as the last answer accepted them."""
        ...

    def produce(self, publication: Publication) -> None:
        """Declare a track for the next `accept_offer` that names no publications itself."""
        ...

    async def accept_offer(
        self,
        sdp: str,
        publish: Sequence[Publication] | None = None,
        want: Want | None = None,
    ) -> Answer:
        """Answer a first offer or a re-offer. `publish` is the whole set of tracks.

        Without `publish` and `want` the declared ones count (`produce`, `Router.consume`).

        Raises:
            Invalid: `bad_sdp`.
            TooLarge: `sdp_too_large`, `too_many_media_lines`.
            Forbidden: `publish_not_allowed`.
            NotFound: `transport_not_found`.
            Unavailable: `worker_lost`, `command_timeout`.
        """
        ...

    async def set_policy(self, policy: Policy) -> None:
        """Change what this participant may publish and receive, at once."""
        ...

    async def attach(self, router: Router) -> None:
        """Move to another router of the same worker, without a new offer."""
        ...

    async def close(self) -> None:
        """End the peer connection; closing what is gone already is fine."""
        ...


class Router(Protocol):
    """One meeting's media on one worker."""

    @property
    def router_id(self) -> str: ...

    @property
    def worker_id(self) -> str: ...

    @property
    def transports(self) -> Mapping[str, Transport]: ...

    async def create_transport(
        self, transport_id: str, participant_id: str, correlation_id: str, policy: Policy
    ) -> Transport:
        """Make room for a participant's peer connection.

        Raises:
            NotFound: `router_not_found`.
            Conflict: `transport_exists`.
            Unavailable: `worker_lost`, `command_timeout`.
        """
        ...

    def consume(self, transport: Transport, want: Want) -> None:
        """Declare what a transport's slots shall show from its next offer on.

        Later changes come from the browser itself, over the `sfu` channel.
        """
        ...

    async def close(self) -> None:
        """Close all transports and forget the router; closing what is gone already is fine."""
        ...


class Worker(Protocol):
    """One media process. A restarted process is another worker with another id."""

    @property
    def worker_id(self) -> str: ...

    @property
    def index(self) -> int:
        """Its place in the pool, kept over restarts; the UDP port follows from it."""
        ...

    @property
    def routers(self) -> Mapping[str, Router]: ...

    async def create_router(self, router_id: str) -> Router:
        """Make a router, or return the one that has this id.

        Raises:
            Unavailable: `worker_lost`, `command_timeout`, `router_quarantined`.
        """
        ...


class WorkerPool(Protocol):
    """The workers of this machine."""

    @property
    def workers(self) -> Sequence[Worker]:
        """Those that answer, by index."""
        ...

    def least_loaded_worker(self, router_id: str | None = None) -> Worker:
        """Return where the next router, this one, belongs.

        Routers that were together on a worker when it ended are placed apart.

        Raises:
            Unavailable: `no_worker`.
        """
        ...

    def find_router(self, router_id: str) -> Router | None:
        """Return a router that was created or adopted here, wherever it runs."""
        ...

    def is_quarantined(self, router_id: str) -> bool:
        """Say whether this router ended workers repeatedly and is refused for a while."""
        ...


class MediaEngine(Protocol):
    """The whole of media: start it, subscribe, take workers from its pool."""

    @property
    def pool(self) -> WorkerPool: ...

    async def start(self) -> None:
        """Connect to every worker that runs; more are found as they appear."""
        ...

    async def close(self) -> None:
        """Let go of the workers; they forward on until no server comes for a while."""
        ...

    def subscribe(self, callback: EventCallback) -> Callable[[], None]:
        """Call back for every event, in order; the returned function ends it.

        The callback must not block. An exception in it is logged and reaches nobody else.
        """
        ...

    def adopted(self) -> Mapping[str, RouterInventory]:
        """Return routers that ran before this server did and that nobody has adopted yet."""
        ...

    def adopt(self, router_id: str) -> Router:
        """Take over such a router; events that were held for it are delivered now.

        Raises:
            NotFound: `router_not_found`.
        """
        ...

    async def close_orphans(self, keep_router_ids: Collection[str]) -> tuple[str, ...]:
        """Close every router that nobody adopted and that is not named; return what was closed."""
        ...
