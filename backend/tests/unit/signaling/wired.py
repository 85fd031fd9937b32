"""Signaling over meetings on a virtual clock: connections are lists of what was written to them."""

from __future__ import annotations

import asyncio
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
from unit.rooms.stage import SDP, Directory, Tokens, VirtualTime

# Far more turns of the loop than any acknowledgement needs.
MOST_TURNS = 200


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
    heard: list[str] = field(default_factory=list[str])
    """Packets of events; read when a test asks."""
    acks: dict[int, Any] = field(default_factory=dict[int, Any])
    is_open: bool = True
    asked: int = 0

    async def write(self, text: str) -> None:
        if text.startswith("3"):
            at = text.index("[")
            self.acks[int(text[1:at])] = json.loads(text[at:])[0]
        else:
            self.heard.append(text)

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
        for _ in range(MOST_TURNS):
            if number in self.acks or not self.is_open:
                break
            await asyncio.sleep(0)
        return self.acks.pop(number, {})

    async def join(self, who: str, **more: Any) -> dict[str, Any]:
        body = {"roomId": "weekly", "token": who, "protocol": 1, "displayName": who, **more}
        return await self.ask("join-room", body)

    def names(self) -> list[str]:
        return [text.split('"', 2)[1] for text in self.heard]

    def last(self, event: str) -> Any:
        return next(
            json.loads(text[1:])[1]
            for text in reversed(self.heard)
            if text.startswith(f'2["{event}"')
        )


class Wired:
    """A server's signaling and meetings, without sockets."""

    def __init__(
        self,
        limits: Limits,
        timers: Timers,
        *,
        room_size: int = 100,
        journal: MemoryJournal | None = None,
        media: FakeMediaEngine | None = None,
    ) -> None:
        self.time = VirtualTime()
        self.journal = journal or MemoryJournal()
        self.media = media or FakeMediaEngine(workers=1, auto_connect=True)
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

    @classmethod
    def on(cls, before: Wired) -> Wired:
        """Return the next server on the same journal and media."""
        return cls(Limits(), Timers(), journal=before.journal, media=before.media)

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
