"""Builds signaling from its parts; called by the composition root.

Origins, proxies and the base path are `web/edge.py`'s, which wraps the server like everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from streamforge.config.sections import Limits, Timers
from streamforge.core.clock import Clock
from streamforge.core.ids import IdSource
from streamforge.rooms.ports import CallLater
from streamforge.rooms.registry import Meetings
from streamforge.signaling.admission import Admission
from streamforge.signaling.counts import Counts, NoCounts
from streamforge.signaling.edge import Edge
from streamforge.signaling.handlers import Handlers
from streamforge.signaling.links import Links
from streamforge.signaling.socket_server import SocketServer
from streamforge.signaling.strangers import Strangers

SOCKET_IO_PATH: Final = "socket.io"


@dataclass(frozen=True, slots=True)
class SignalingDeps:
    """What signaling needs. `links` is the `Broadcaster` that `meetings` was built with."""

    meetings: Meetings
    links: Links
    limits: Limits
    timers: Timers
    clock: Clock
    ids: IdSource
    call_later: CallLater
    counts: Counts = field(default_factory=NoCounts)


def build_socketio(deps: SignalingDeps) -> SocketServer:
    """Return the server; mount it with `socketio.ASGIApp(server, other_app)`."""
    admission = Admission(deps.limits, deps.clock, deps.counts.count_limit)
    edge = Edge(
        handlers=Handlers(deps.meetings, deps.counts),
        links=deps.links,
        admission=admission,
        limits=deps.limits,
        clock=deps.clock,
        ids=deps.ids,
        call_later=deps.call_later,
        join_within_s=deps.timers.join_within_s,
        counts=deps.counts,
    )
    return SocketServer(
        edge,
        Strangers(deps.clock, deps.counts),
        ping_interval_s=deps.timers.ping_interval_s,
        ping_timeout_s=deps.timers.ping_timeout_s,
    )
