"""A real Socket.IO server on a free port, real clients, and a simulated media engine behind it.

Tokens are `subject:role:grants` in plain text; what makes them trustworthy is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import socketio
import uvicorn
from streamforge.accounts.tokens import GRANTS, Grant
from streamforge.config.sections import Limits, Timers
from streamforge.core.clock import SystemClock
from streamforge.core.errors import Forbidden, NotFound, Unauthenticated
from streamforge.core.ids import UuidV7Ids
from streamforge.media.fake import FakeMediaEngine
from streamforge.rooms.definition import RoomDefinition, RoomFeatures
from streamforge.rooms.memory_journal import MemoryJournal
from streamforge.rooms.registry import Meetings, MeetingsConfig
from streamforge.signaling.app import SignalingDeps, build_socketio
from streamforge.signaling.links import Links
from streamforge.signaling.socket_server import SocketServer

SDP_HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
KINDS = {"camera": "video", "screen": "video"}
WAIT_S = 5
ROOM = RoomDefinition(
    room_id="room_1",
    tenant_id="tnt_1",
    name="Weekly",
    slug="weekly",
    max_participants=3,
    features=RoomFeatures(),
    created_at=1,
)


class Directory:
    """One room, by id or slug."""

    async def find(self, key: str) -> RoomDefinition:
        if key not in {ROOM.room_id, ROOM.slug}:
            raise NotFound("room_not_found")
        return ROOM


@dataclass
class PlainTokens:
    """Reads tokens such as `ann`, `ann:moderator` or `ann::join+chat`."""

    clock: SystemClock = field(default_factory=SystemClock)
    lifetime_ms: int = 3_600_000

    def verify(self, token: str, room_id: str) -> Grant:
        subject, role, grants = (*token.split(":", 2), "", "")[:3]
        if subject in {"", "forged"}:
            raise Unauthenticated("token_invalid")
        if subject == "expired":
            raise Unauthenticated("token_expired")
        if subject == "elsewhere":
            raise Forbidden("token_wrong_room")
        return Grant(
            tenant_id=ROOM.tenant_id,
            room_id=room_id,
            subject=subject,
            role="moderator" if role == "moderator" else "participant",
            grants=tuple(grants.split("+")) if grants else GRANTS["participant"],
            expires_at=self.clock.now_ms() + self.lifetime_ms,
        )


class RunningServer:
    """A server process in this one; `restart` makes a new one on the same journal and workers."""

    def __init__(self, limits: Limits, timers: Timers) -> None:
        self._limits, self._timers = limits, timers
        self.journal = MemoryJournal()
        self.media = FakeMediaEngine(workers=2, auto_connect=True)
        self.tokens = PlainTokens()
        self.meetings: Meetings
        self.sio: SocketServer
        self.port = 0
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(64)
        self.port = self._listening.getsockname()[1]

    async def start(self) -> None:
        clock = SystemClock()
        ids = UuidV7Ids(clock)
        links = Links()
        call_later = asyncio.get_running_loop().call_later
        await self.media.start()
        self.meetings = Meetings(
            config=MeetingsConfig.from_settings(self._limits, self._timers),
            directory=Directory(),
            tokens=self.tokens,
            journal=self.journal,
            media=self.media,
            broadcaster=links,
            clock=clock,
            ids=ids,
            random_bytes=os.urandom,
            call_later=call_later,
        )
        await self.meetings.start()
        self.sio = build_socketio(
            SignalingDeps(
                meetings=self.meetings,
                links=links,
                limits=self._limits,
                timers=self._timers,
                clock=clock,
                ids=ids,
                call_later=call_later,
            )
        )
        config = uvicorn.Config(
            socketio.ASGIApp(self.sio), log_level="error", lifespan="off", ws="websockets-sansio"
        )
        self._uvicorn = uvicorn.Server(config)
        self._uvicorn.config.load()
        self._serving = asyncio.create_task(self._uvicorn.serve(sockets=[self._listening.dup()]))

    async def stop(self) -> None:
        await self.meetings.close()
        await self.sio.edge.close()
        self._uvicorn.should_exit = True
        self._uvicorn.force_exit = True
        await self._serving

    async def restart(self) -> None:
        """As if the server process was killed: workers and journal stay."""
        await self.stop()
        self.media = self.media.restarted()
        await self.start()

    def close(self) -> None:
        self._listening.close()


class Client:
    """A browser's side, without a browser."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.io = socketio.AsyncClient(reconnection=False)
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._news = asyncio.Event()
        self.joined: dict[str, Any] = {}
        self.io.on("*", self._heard)

    async def _heard(self, event: str, data: dict[str, Any]) -> None:
        self.events.append((event, data))
        if event == "room-joined":
            self.joined = data
        self._news.set()

    async def connect(self, *, protocol: int = 1, transport: str = "websocket") -> Client:
        await self.io.connect(
            self.url,
            auth={"protocol": protocol, "correlationId": "cor_test1"},
            transports=[transport],
        )
        return self

    async def command(self, event: str, payload: Any) -> dict[str, Any]:
        reply = await self.io.call(event, payload, timeout=WAIT_S)
        assert isinstance(reply, dict), reply
        return reply  # pyright: ignore[reportUnknownVariableType]

    async def join(self, who: str, **more: Any) -> dict[str, Any]:
        """Join and return the snapshot."""
        await self.connect()
        reply = await self.command("join-room", self.join_body(who, **more))
        assert reply == {"ok": True, "result": {"status": "joined"}}, reply
        return await self.wait_for("room-joined")

    def join_body(self, who: str, **more: Any) -> dict[str, Any]:
        name = who.partition(":")[0].title()
        return {"roomId": "weekly", "token": who, "protocol": 1, "displayName": name, **more}

    async def wait_for(
        self, event: str, matches: Callable[[dict[str, Any]], bool] = lambda _data: True
    ) -> dict[str, Any]:
        """Return the first such event, also one that came before."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for name, data in self.events:
                    if name == event and matches(data):
                        return data
                self._news.clear()
                await self._news.wait()

    def heard(self, event: str) -> list[dict[str, Any]]:
        return [data for name, data in self.events if name == event]

    def seqs(self) -> list[int]:
        return [
            data["seq"] for name, data in self.events if "seq" in data and name != "room-joined"
        ]

    def resume(self, last_seq: int | None = None) -> dict[str, Any]:
        own = self.joined["self"]
        seq = self.joined["seq"] if last_seq is None else last_seq
        return {"seatId": own["seatId"], "resumeToken": own["resumeToken"], "lastSeq": seq}

    async def cut(self) -> None:
        """Lose the connection without saying goodbye to the meeting."""
        await self.io.disconnect()


def offer(*tracks: tuple[str, str, bool]) -> dict[str, Any]:
    """Return an offer of (mid, source, muted)."""
    return {
        "sdp": SDP_HEAD + "".join(_media_line(mid, source) for mid, source, _ in tracks),
        "publish": [{"mid": mid, "source": src, "muted": muted} for mid, src, muted in tracks],
        "want": {"revision": 0, "mode": "auto", "width": 640, "height": 360},
    }


def _media_line(mid: str, source: str) -> str:
    kind = KINDS.get(source, "audio")
    return f"m={kind} 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{mid}\r\na=sendonly\r\n"


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for something that no event tells."""
    async with asyncio.timeout(WAIT_S):
        while True:
            found = condition()
            if isinstance(found, bool) and found:
                return
            await asyncio.sleep(0.005)
