"""A native light client (`streamforge-sim`): its media is files, its signaling is done here."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import socketio
from integration.foreign.people import Person
from streamforge.media.worker_binary import find_worker_binary

ROOT = Path(__file__).resolve().parents[4]
ENCODER = ROOT / "e2e" / "fixtures" / "light_media.py"
REPLY_TIMEOUT_S = 20.0


class NativeClient:
    """One person in a simulator process of their own."""

    def __init__(self, url: str, person: Person, directory: Path) -> None:
        self._url, self.person, self._directory = url, person, directory
        self._socket = socketio.AsyncClient(reconnection=False)
        self._process: asyncio.subprocess.Process | None = None
        self.id = ""

    async def join(self, room_id: str) -> None:
        """Joins with a file of the colour and one of the tone; returns when media flows."""
        program = find_worker_binary().with_name("streamforge-sim")
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            program, "clients", stdin=pipe, stdout=pipe
        )
        opened = await self._ask("offer", type="open", audioLevel=10, videoSlots=2, **self._files())
        async with httpx.AsyncClient(base_url=f"{self._url}/api/v1") as http:
            body = {"displayName": self.person.name}
            access = await http.post(f"/rooms/{room_id}/access", json=body)
            token = access.raise_for_status().json()["token"]
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
        state = await self._ask("state", type="answer", sdp=welcome["answer"]["sdp"])
        assert state["state"] == "connected"

    async def packets_in(self) -> int:
        """Media packets received so far, voices included."""
        [counters] = (await self._ask("stats", type="stats"))["clients"]
        return counters["packetsIn"]

    async def leave(self) -> None:
        """Ends the process and the socket."""
        if self._socket.connected:
            await self._socket.disconnect()
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()

    def _files(self) -> dict[str, str]:
        colour = bytes(self.person.rgb).hex()
        request = f"{self.person.name}={colour}:{self.person.hertz}"
        subprocess.run([sys.executable, ENCODER, self._directory, request], check=True)
        stem = self._directory / self.person.name
        return {"video": f"{stem}.ivf", "audio": f"{stem}.opusframes"}

    async def _ask(self, reply: str, **order: Any) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = json.dumps({"client": self.person.name, **order})
        self._process.stdin.write(f"{line}\n".encode())
        async with asyncio.timeout(REPLY_TIMEOUT_S):
            while data := await self._process.stdout.readline():
                message = json.loads(data)
                assert message["type"] != "error", message
                if message["type"] == reply:
                    return message
        raise AssertionError("the simulator ended")
