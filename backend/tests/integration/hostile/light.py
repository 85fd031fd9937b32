"""Native light clients of one simulator process, and the signaling that they need."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import socketio
from processes.serving import access
from processes.simulator import PATIENCE_S, Message, Simulator

# A fifth of a second of sound: more than waits in any queue.
MORE_PACKETS = 10
ANY_SIZE = "a=max-message-size:1000000"


class Light:
    """People without a browser; those that publish send and hear 50 packets of sound a second."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.simulator: Simulator
        self._sockets: list[socketio.AsyncClient] = []
        self.events: list[tuple[str, str]] = []

    async def start(self) -> None:
        self.simulator = await Simulator.start()

    async def join(
        self, room_id: str, name: str, *, says_anything: bool = False, **options: Any
    ) -> None:
        """Join a room; returns when media may flow.

        Who says anything does not know how much the worker takes in one message.
        """
        order = {"client": name, "audio": "synthetic", "audioLevel": 20, "videoSlots": 2}
        offer = await self.simulator.ask("offer", type="open", **(order | options))
        socket = socketio.AsyncClient(reconnection=False)
        self._sockets.append(socket)
        joined: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        socket.on("room-joined", joined.set_result)
        socket.on("*", lambda event, _data: self.events.append((name, event)))
        auth = {"protocol": 1, "correlationId": "cor_light"}
        await socket.connect(self._url, auth=auth, transports=["websocket"])
        request = {
            "roomId": room_id,
            "token": await access(self._url, room_id, name),
            "protocol": 1,
            "displayName": name,
            "offer": {key: offer[key] for key in ("sdp", "publish", "want")},
        }
        ack: Any = await socket.call("join-room", request, timeout=int(PATIENCE_S))
        assert ack["ok"], ack
        welcome = await joined
        sdp = welcome["answer"]["sdp"]
        if says_anything:
            sdp = re.sub(r"a=max-message-size:\d+", ANY_SIZE, sdp)
        await self.simulator.answer(name, sdp)

    async def hear_more(self, *names: str) -> None:
        """Wait until all of them heard more: however slow this machine is, it comes."""
        before = await self.simulator.counters()
        wanted = {name: before[name]["packetsIn"] + MORE_PACKETS for name in names}
        async with asyncio.timeout(PATIENCE_S):
            while wanted:
                await asyncio.sleep(0.02)
                now = await self.simulator.counters()
                wanted = {n: goal for n, goal in wanted.items() if now[n]["packetsIn"] < goal}

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.disconnect()
        await self.simulator.stop()


class Witnesses:
    """Two people in a call of their own, whose media nothing may disturb."""

    NAMES = ("Wanda", "Willi")

    def __init__(self, light: Light) -> None:
        self.light = light

    @asynccontextmanager
    async def watching(self, what: str) -> AsyncIterator[None]:
        """Assert that media go on during and after something; print the longest gap in it."""
        before = await self.light.simulator.counters()
        yield
        during = await self.light.simulator.counters()
        gaps = {name: during[name].get("longestGapMs", -1) for name in self.NAMES}
        await self.light.hear_more(*self.NAMES)
        print(f"\n{what}: the witnesses' longest gap was {max(gaps.values())} ms (goal: below 200)")
        for name in self.NAMES:
            assert during[name]["connected"], f"{name} was cut off"
            assert during[name]["packetsIn"] >= before[name]["packetsIn"]
        assert ("Wanda", "session-ended") not in self.light.events
        assert ("Willi", "session-ended") not in self.light.events
