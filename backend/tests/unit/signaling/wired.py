"""Signaling over meetings on a virtual clock: connections are lists of what was written to them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from streamforge.config.sections import Limits, Timers
from streamforge.core.ids import SequentialIds
from streamforge.media.fake import FakeMediaEngine
from streamforge.rooms.memory_journal import MemoryJournal
from streamforge.rooms.registry import Meetings, MeetingsConfig
from streamforge.signaling.app import SignalingDeps, build_socketio
from streamforge.signaling.links import Links
from unit.rooms.stage import SDP, Directory, Tokens, VirtualTime, settle


@dataclass
class Noted:
    """Counts as the metrics do."""

    joins: Counter[str] = field(default_factory=Counter[str])
    refusals: Counter[str] = field(default_factory=Counter[str])
    limits: Counter[str] = field(default_factory=Counter[str])
    disconnects: Counter[str] = field(default_factory=Counter[str])
    happenings: Counter[str] = field(default_factory=Counter[str])

    def count_join(self, result: str) -> None:
        self.joins[result] += 1

    def count_refusal(self, code: str) -> None:
        self.refusals[code] += 1

    def count_limit(self, limit: str) -> None:
        self.limits[limit] += 1

    def count_disconnect(self, reason: str) -> None:
        self.disconnects[reason] += 1

    def count_happening(self, happening: str) -> None:
        self.happenings[happening] += 1


@dataclass
class Connection:
    """One browser's socket; a `Wire`."""

    wired: Wired
    link: str
    address: str
    heard: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    acks: dict[int, Any] = field(default_factory=dict[int, Any])
    is_open: bool = True
    asked: int = 0

    async def write(self, text: str) -> None:
        at = text.index("[")
        values = json.loads(text[at:])
        if text.startswith("3"):
            self.acks[int(text[1:at])] = values[0]
        else:
            self.heard.append((values[0], values[1]))

    async def drained(self) -> None:
        pass

    async def hang_up(self) -> None:
        self.close("server disconnect")

    def close(self, reason: str = "transport close") -> None:
        if self.is_open:
            self.is_open = False
            self.wired.edge.closed(self.link, reason)

    async def ask(self, event: str, payload: Any) -> dict[str, Any]:
        """Send a command and return its acknowledgement."""
        self.asked += 1
        number = self.asked
        await self.wired.edge.receive(self.link, f"2{number}" + json.dumps([event, payload]))
        await settle()
        return self.acks.pop(number, {})

    async def join(self, who: str, **more: Any) -> dict[str, Any]:
        body = {"roomId": "weekly", "token": who, "protocol": 1, "displayName": who, **more}
        return await self.ask("join-room", body)

    def names(self) -> list[str]:
        return [name for name, _ in self.heard]

    def last(self, event: str) -> Any:
        return [data for name, data in self.heard if name == event][-1]


class Wired:
    """A server's signaling and meetings, without sockets."""

    def __init__(self, limits: Limits, timers: Timers, *, room_size: int = 100) -> None:
        self.time = VirtualTime()
        self.journal = MemoryJournal()
        self.media = FakeMediaEngine(workers=1, auto_connect=True)
        self.counts = Noted()
        ids, links = SequentialIds(), Links()
        self.links = links
        self.meetings = Meetings(
            config=MeetingsConfig.from_settings(limits, timers),
            directory=Directory(max_participants=room_size),
            tokens=Tokens(self.time.clock),
            journal=self.journal,
            media=self.media,
            broadcaster=links,
            clock=self.time.clock,
            ids=ids,
            random_bytes=lambda count: b"\x01" * count,
            call_later=self.time.call_later,
            count=self.counts.count_happening,
        )
        self.edge = build_socketio(
            SignalingDeps(
                meetings=self.meetings,
                links=links,
                limits=limits,
                timers=timers,
                clock=self.time.clock,
                ids=ids,
                call_later=self.time.call_later,
                counts=self.counts,
            )
        ).edge
        self._opened = 0

    def connect(self, address: str = "192.0.2.1", correlation_id: str = "") -> Connection:
        """Open a connection and greet.

        Raises:
            Limited: it is refused.
        """
        self._opened += 1
        connection = Connection(self, f"eio_{self._opened}", address)
        self.edge.open(connection.link, address, connection)
        self.edge.greet(connection.link, {"protocol": 1, "correlationId": correlation_id})
        return connection


@asynccontextmanager
async def wired(
    limits: Limits | None = None, timers: Timers | None = None, *, room_size: int = 100
) -> AsyncIterator[Wired]:
    server = Wired(limits or Limits(), timers or Timers(), room_size=room_size)
    await server.media.start()
    await server.meetings.start()
    try:
        yield server
    finally:
        await server.meetings.close()
        await server.edge.close()


def offer(ufrag: str = "abcd") -> dict[str, Any]:
    """An offer of one microphone."""
    return {
        "sdp": f"{SDP}a=ice-ufrag:{ufrag}\r\n",
        "publish": [{"mid": "0", "source": "microphone"}],
    }
