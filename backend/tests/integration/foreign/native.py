"""A native light client (`streamforge-sim`): its media is files, its signaling is done here."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import socketio
from integration.foreign.people import Person
from processes.serving import access
from processes.simulator import Simulator

ROOT = Path(__file__).resolve().parents[4]
ENCODER = ROOT / "e2e" / "fixtures" / "light_media.py"


class NativeClient:
    """One person in a simulator process of their own."""

    def __init__(self, url: str, person: Person, directory: Path) -> None:
        self._url, self.person, self._directory = url, person, directory
        self._socket = socketio.AsyncClient(reconnection=False)
        self._simulator: Simulator | None = None
        self.id = ""

    async def join(self, room_id: str) -> None:
        """Joins with a file of the colour and one of the tone; returns when media flows."""
        simulator = self._simulator = await Simulator.start()
        order = {"client": self.person.name, "audioLevel": 10, "videoSlots": 2}
        opened = await simulator.ask("offer", type="open", **order, **self._files())
        token = await access(self._url, room_id, self.person.name)
        joined: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._socket.on("room-joined", joined.set_result)
        auth = {"protocol": 1, "correlationId": "cor_native"}
        await self._socket.connect(self._url, auth=auth, transports=["websocket"])
        request = {
            "roomId": room_id,
            "token": token,
            "protocol": 1,
            "displayName": self.person.name,
            "mediaCapabilities": {"audio": True, "video": True, "screen": False},
            "offer": {key: opened[key] for key in ("sdp", "publish", "want")},
        }
        ack: Any = await self._socket.call("join-room", request)
        assert ack["ok"], ack
        welcome = await joined
        self.id = welcome["self"]["participantId"]
        await simulator.answer(self.person.name, welcome["answer"]["sdp"])

    async def packets_in(self) -> int:
        """Media packets received so far, voices included."""
        assert self._simulator is not None
        return (await self._simulator.counters())[self.person.name]["packetsIn"]

    async def leave(self) -> None:
        """Ends the process and the socket."""
        if self._socket.connected:
            await self._socket.disconnect()
        if self._simulator is not None:
            await self._simulator.stop()

    def _files(self) -> dict[str, str]:
        colour = bytes(self.person.rgb).hex()
        request = f"{self.person.name}={colour}:{self.person.hertz}"
        subprocess.run([sys.executable, ENCODER, self._directory, request], check=True)
        stem = self._directory / self.person.name
        return {"video": f"{stem}.ivf", "audio": f"{stem}.opusframes"}
