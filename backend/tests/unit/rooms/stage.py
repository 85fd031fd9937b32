"""Meetings on a virtual clock: fake media, memory journal, links that note what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from streamforge.accounts.tokens import Grant
from streamforge.core.clock import ManualClock
from streamforge.core.errors import NotFound
from streamforge.core.ids import IdSource, SequentialIds
from streamforge.media.fake import FakeMediaEngine
from streamforge.protocol.signaling import JoinRoom, OfferBody, OfferedTrack, ResumeSeat
from streamforge.rooms.actor import JoinOutcome, RoomActor
from streamforge.rooms.definition import RoomDefinition, RoomFeatures
from streamforge.rooms.memory_journal import MemoryJournal
from streamforge.rooms.model import Rules
from streamforge.rooms.ports import Payload
from streamforge.rooms.registry import JoinRequest, Meetings, MeetingsConfig

SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\n"
ROOM = RoomDefinition("room_1", "tnt_1", "Weekly", "weekly", 10, RoomFeatures(), 1)


@dataclass
class VirtualTimer:
    at_s: float
    callback: Any
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


@dataclass
class VirtualTime:
    """A clock and the timers on it; `advance` fires what is due, in order."""

    clock: ManualClock = field(default_factory=ManualClock)
    timers: list[VirtualTimer] = field(default_factory=list[VirtualTimer])

    def call_later(self, delay_s: float, callback: Any) -> VirtualTimer:
        timer = VirtualTimer(self.clock.monotonic() + delay_s, callback)
        self.timers.append(timer)
        return timer

    async def advance(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        self.timers = [timer for timer in self.timers if not timer.is_cancelled]
        while True:
            await settle()
            due = [t for t in self.timers if not t.is_cancelled and t.at_s <= end]
            if not due:
                break
            timer = min(due, key=lambda t: t.at_s)
            self.timers.remove(timer)
            self.clock.advance(seconds=max(0.0, timer.at_s - self.clock.monotonic()))
            timer.callback()
        self.clock.advance(seconds=end - self.clock.monotonic())
        await settle()


async def settle() -> None:
    """Let everything that can run now run."""
    for _ in range(60):
        await asyncio.sleep(0)


@dataclass
class NotingLinks:
    """A `Broadcaster` whose links are lists."""

    heard: dict[str, list[tuple[str, Any]]] = field(
        default_factory=dict[str, list[tuple[str, Any]]]
    )

    def send(self, link: str, event: str, payload: Payload) -> None:
        self.heard.setdefault(link, []).append((event, payload))

    def broadcast(self, links: Iterable[str], event: str, payload: Payload) -> None:
        for link in links:
            self.send(link, event, payload)

    def end(self, link: str, code: str, message: str) -> None:
        self.heard.setdefault(link, []).append(("session-ended", code))

    def names(self, link: str) -> list[str]:
        return [name for name, _ in self.heard.get(link, [])]

    def last(self, link: str, event: str) -> Any:
        return [payload for name, payload in self.heard.get(link, []) if name == event][-1]


@dataclass
class Directory:
    """Knows one room, until it is deleted; `finds_left` says how often it is still found."""

    finds_left: int = 1_000_000
    max_participants: int = 10

    async def find(self, key: str) -> RoomDefinition:
        if self.finds_left <= 0:
            raise NotFound("room_not_found")
        self.finds_left -= 1
        return replace(ROOM, max_participants=self.max_participants)


@dataclass
class Tokens:
    """The token is the subject; it lasts an hour from now."""

    clock: ManualClock

    def verify(self, token: str, room_id: str) -> Grant:
        grants = ("join", "publish", "subscribe", "chat")
        expires_at = self.clock.now_ms() + 3_600_000
        return Grant("tnt_1", room_id, token, "participant", grants, expires_at=expires_at)


class Stage:
    """One server; `restarted` is the next one on the same journal and workers."""

    def __init__(
        self,
        journal: MemoryJournal | None = None,
        media: FakeMediaEngine | None = None,
        ids: IdSource | None = None,
    ) -> None:
        self.ids = ids or SequentialIds()
        self.time = VirtualTime()
        self.directory = Directory()
        self.links = NotingLinks()
        self.journal = journal or MemoryJournal()
        self.media = media or FakeMediaEngine(workers=2, auto_connect=True)
        self.meetings = Meetings(
            config=MeetingsConfig(Rules(), worker_wait_s=1.0),
            directory=self.directory,
            tokens=Tokens(self.time.clock),
            journal=self.journal,
            media=self.media,
            broadcaster=self.links,
            clock=self.time.clock,
            ids=self.ids,
            random_bytes=lambda count: b"\x01" * count,
            call_later=self.time.call_later,
        )

    async def join(
        self,
        who: str,
        *,
        link: str = "",
        has_offer: bool = False,
        resume: ResumeSeat | None = None,
    ) -> tuple[RoomActor, JoinOutcome]:
        tracks = (OfferedTrack(mid="0", source="microphone"),)
        body = JoinRoom(
            room_id="weekly",
            token=who,
            protocol=1,
            display_name=who,
            offer=OfferBody(sdp=SDP, publish=tracks) if has_offer else None,
            resume=resume,
        )
        request = JoinRequest(link or f"link_{who}", body, "cor_1")
        return await self.meetings.join(request, lambda _room_id: None)

    def transports(self) -> list[str]:
        return [
            transport_id
            for worker in self.media.pool.workers
            for router in worker.routers.values()
            for transport_id in router.transports
        ]


@asynccontextmanager
async def staged(
    journal: MemoryJournal | None = None,
    media: FakeMediaEngine | None = None,
    ids: IdSource | None = None,
) -> AsyncIterator[Stage]:
    stage = Stage(journal, media, ids)
    await stage.media.start()
    await stage.meetings.start()
    try:
        yield stage
    finally:
        await stage.meetings.close()
