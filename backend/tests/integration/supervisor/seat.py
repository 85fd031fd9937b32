"""Somebody in a meeting of a real server: signaling here, media by a native light client.

A seat outlives sockets and peer connections: it resumes with its token and offers again.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any

import socketio
from processes.serving import access
from processes.simulator import PATIENCE_S, Message, Simulator


class Seat:
    """One person, who speaks all the time and hears three others."""

    def __init__(self, url: str, name: str) -> None:
        self._url, self._name = url, name
        self._socket = socketio.AsyncClient(reconnection=False)
        self._simulator: Simulator | None = None
        self._connections = 0
        self._news = asyncio.Event()
        self._token = ""
        self.events: list[tuple[str, Message]] = []
        self.welcome: Message = {}
        self.media_port = 0

    @property
    def transport_epoch(self) -> int:
        return self.welcome["transportEpoch"]

    async def join(self, room_id: str) -> None:
        """Join and return when media may flow."""
        self._token = await access(self._url, room_id, self._name)
        await self._enter(room_id, offer=await self._fresh_offer())
        await self._answered(self.welcome["answer"]["sdp"])

    async def resume(self, *, with_new_media: bool) -> None:
        """Come back to the seat over a new socket."""
        own = self.welcome["self"]
        resume = {
            "seatId": own["seatId"],
            "resumeToken": own["resumeToken"],
            "lastSeq": self.welcome["seq"],
        }
        offer = {"offer": await self._fresh_offer()} if with_new_media else {}
        await self._enter(self.welcome["roomId"], resume=resume, **offer)
        if with_new_media:
            await self._answered(self.welcome["answer"]["sdp"])

    async def offer_anew(self, transport_epoch: int) -> Message:
        """Offer a fresh peer connection and return the ack."""
        ack = await self.command(
            "offer", transportEpoch=transport_epoch, **await self._fresh_offer()
        )
        if ack["ok"]:
            await self._answered(ack["result"]["sdp"])
        return ack

    async def command(self, name: str, **payload: Any) -> Message:
        """Send a command that changes the meeting and return its ack."""
        body = {"commandId": f"cmd_{uuid.uuid4()}", **payload}
        ack: Any = await self._socket.call(name, body, timeout=int(PATIENCE_S))
        return ack

    async def wait_for(self, event: str, after: int = 0) -> Message:
        """Return the first such event, of those after the first `after`."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for name, data in self.events[after:]:
                    if name == event:
                        return data
                self._news.clear()
                await self._news.wait()

    async def media_arrives(self) -> None:
        """Return when packets have come from now on: a second of one voice."""
        before = await self._packets_in()
        async with asyncio.timeout(PATIENCE_S):
            while await self._packets_in() < before + 50:
                await asyncio.sleep(0.05)  # the light client tells only when it is asked

    async def close(self) -> None:
        """End everything of this person."""
        await self._socket.disconnect()
        if self._simulator is not None:
            await self._simulator.stop()

    async def _enter(self, room_id: str, **more: Any) -> None:
        await self._socket.disconnect()
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("*", self._heard)
        heard = len(self.events)
        auth = {"protocol": 1, "correlationId": f"cor_{uuid.uuid4()}"}
        await self._socket.connect(self._url, auth=auth, transports=["websocket"])
        request = {
            "roomId": room_id,
            "token": self._token,
            "protocol": 1,
            "displayName": self._name,
            "mediaCapabilities": {"audio": True, "video": True, "screen": False},
            **more,
        }
        ack: Any = await self._socket.call("join-room", request, timeout=int(PATIENCE_S))
        assert ack["ok"], ack
        self.welcome = await self.wait_for("room-joined", heard)

    async def _heard(self, event: str, data: Message) -> None:
        self.events.append((event, data))
        self._news.set()

    async def _fresh_offer(self) -> Message:
        """Let the light client begin anew, as a browser builds a new peer connection."""
        simulator = self._simulator = self._simulator or await Simulator.start()
        if self._connections:
            await simulator.ask("state", type="close", client=self._client)
        self._connections += 1
        order = {"client": self._client, "audio": "synthetic", "audioLevel": 10}
        offer = await simulator.ask("offer", type="open", **order)
        return {key: offer[key] for key in ("sdp", "publish", "want")}

    async def _answered(self, sdp: str) -> None:
        found = re.search(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+) typ host", sdp, re.IGNORECASE)
        assert found is not None, sdp
        self.media_port = int(found[1])
        assert self._simulator is not None
        await self._simulator.answer(self._client, sdp)

    async def _packets_in(self) -> int:
        assert self._simulator is not None
        clients = await self._simulator.counters()
        return sum(client["packetsIn"] for client in clients.values())

    @property
    def _client(self) -> str:
        """The light client of the present peer connection."""
        return f"{self._name}-{self._connections}"
