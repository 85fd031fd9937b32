"""A participant in Python: Socket.IO for signaling, aiortc for media.

It knows the public protocol only (docs/architecture/protocol.md) and imports nothing of
StreamForge, so that it proves the server from outside, as any foreign client would meet it.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import socketio
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from integration.foreign.people import Person, Plain, Tone
from integration.foreign.senses import Sense
from processes.serving import access

Message = dict[str, Any]
PATIENCE_S = 20.0
AUDIO_SLOTS = 3
TILE = {"width": 320, "height": 180}


class Somebody(Protocol):
    """Whoever can be told from others: this participant, or one of another stack."""

    id: str
    person: Person


class Participant:
    """Joins a room, shows a colour, plays a tone, and tells what arrives from whom."""

    def __init__(
        self, url: str, person: Person, *, codec: str = "VP8", video_slots: int = 2
    ) -> None:
        self._url, self.person, self._codec = url, person, codec
        self._socket = socketio.AsyncClient(reconnection=False)
        # No ICE server: aiortc would ask a public one by default, and wait for it.
        self._peer = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._video_slots = video_slots
        self._published: dict[str, RTCRtpTransceiver] = {}
        self._revision = 0
        self._epoch = 0
        self.id = ""
        self.events: list[tuple[str, Message]] = []
        self.senses: dict[str, Sense] = {}
        self.slots: dict[str, Message] = {}
        self.speakers: list[Message] = []

    async def join(self, room_id: str) -> Message:
        """Joins with the offer inside, as a browser does; returns `room-joined`."""
        token = await access(self._url, room_id, self.person.name)
        joined: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._socket.on("room-joined", joined.set_result)
        self._socket.on("*", lambda name, data: self.events.append((name, data)))
        auth = {"protocol": 1, "correlationId": f"cor_{uuid.uuid4()}"}
        await self._socket.connect(self._url, auth=auth, transports=["websocket"])
        await self.call(
            "join-room",
            roomId=room_id,
            token=token,
            protocol=1,
            displayName=self.person.name,
            mediaCapabilities={"audio": True, "video": True, "screen": True},
            offer=await self._first_offer(),
        )
        welcome = await asyncio.wait_for(joined, PATIENCE_S)
        self.id, self._epoch = welcome["self"]["participantId"], welcome["transportEpoch"]
        await self._accept(welcome["answer"]["sdp"])
        await self.until(lambda: self._channel.readyState == "open", "channel")
        return welcome

    async def call(self, name: str, **payload: Any) -> Message:
        """Sends a command and returns its result."""
        ack: Any = await self._socket.call(name, payload, timeout=int(PATIENCE_S))
        assert ack["ok"], f"{name} was refused: {ack['error']}"
        return ack["result"]

    async def change(self, name: str, **payload: Any) -> Message:
        """Sends a command that changes the meeting."""
        return await self.call(name, commandId=f"cmd_{uuid.uuid4()}", **payload)

    async def share_screen(self, screen: Person) -> None:
        """Adds a second video by a re-offer, on the same peer connection."""
        self._publish("screen", Plain(screen.rgb))
        result = await self.change("offer", transportEpoch=self._epoch, **await self._offer())
        await self._accept(result["sdp"])

    def want(self, *wanted: tuple[Somebody, str]) -> None:
        """Wants exactly these videos, in the slots from the first one on."""
        self._revision += 1
        mids = [mid for mid, sense in self.senses.items() if sense.kind == "video"]
        slots = [
            {"mid": mid, "participantId": who.id, "source": source, "priority": 1, **TILE}
            for mid, (who, source) in zip(mids, wanted, strict=False)
        ]
        want = {"revision": self._revision, "mode": "explicit", "slots": slots}
        self._channel.send(json.dumps({"v": 1, "type": "want", **want}))

    def sees(self, whom: Somebody, source: str = "camera", look: Person | None = None) -> bool:
        """Whether the slot that is said to carry this video shows its colour."""
        wanted = look or whom.person
        return any(wanted.looks_like(sense.colour) for sense in self.sensed(whom, source))

    def hears(self, whom: Somebody) -> bool:
        """Whether the slot that is said to carry this voice plays its tone."""
        return any(whom.person.sounds_like(s.hertz) for s in self.sensed(whom, "microphone"))

    def sensed(self, whom: Somebody, source: str) -> list[Sense]:
        """What arrives in the slots that are said to carry this."""
        told = {"participantId": whom.id, "source": source}
        return [
            self.senses[mid]
            for mid, slot in self.slots.items()
            if mid in self.senses and told.items() <= slot.items()
        ]

    async def until_meets(self, whom: Somebody) -> None:
        """Waits until somebody is seen and heard."""
        await self.until(lambda: self.sees(whom) and self.hears(whom), whom.person.name)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Waits for a condition: pictures and sounds announce themselves to nobody."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{self.person.name}: no {what}; {self.describe()}") from None

    def describe(self) -> str:
        """What is perceived now, for a failure's message."""
        perceived = {
            mid: (sense.frames, sense.colour if sense.kind == "video" else sense.hertz)
            for mid, sense in self.senses.items()
        }
        return f"{self._peer.connectionState}, slots {self.slots}, perceived {perceived}"

    async def leave(self) -> None:
        """Leaves and closes everything."""
        if self._socket.connected:
            await self.call("leave")
            await self._socket.disconnect()
        await self._peer.close()
        readers = [sense.reading for sense in self.senses.values()]
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    async def _first_offer(self) -> Message:
        self._publish("microphone", Tone(self.person.hertz))
        self._publish("camera", Plain(self.person.rgb))
        for kind, slots in (("audio", AUDIO_SLOTS), ("video", self._video_slots)):
            for _ in range(slots):
                self._peer.addTransceiver(kind, direction="recvonly")
        # Last: aiortc 1.16 closes the bundle's transport when a channel was there before it.
        self._channel = self._peer.createDataChannel("sfu")
        self._channel.on("message", self._on_message)
        self._peer.on("track", self._on_track)
        return await self._offer()

    def _publish(self, source: str, track: MediaStreamTrack) -> None:
        transceiver = self._peer.addTransceiver(track, direction="sendonly")
        if track.kind == "video":
            accepted = (f"video/{self._codec}", "video/rtx")
            codecs = RTCRtpSender.getCapabilities("video").codecs
            transceiver.setCodecPreferences([c for c in codecs if c.mimeType in accepted])
        self._published[source] = transceiver

    async def _offer(self) -> Message:
        await self._peer.setLocalDescription(await self._peer.createOffer())
        self._revision += 1
        return {
            "sdp": self._peer.localDescription.sdp,
            "publish": [
                {"mid": transceiver.mid, "source": source, "muted": False}
                for source, transceiver in self._published.items()
            ],
            "want": {"revision": self._revision, "mode": "auto", **TILE},
        }

    async def _accept(self, sdp: str) -> None:
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    def _on_track(self, track: MediaStreamTrack) -> None:
        for transceiver in self._peer.getTransceivers():
            if transceiver.receiver.track is track and transceiver.mid is not None:
                self.senses[transceiver.mid] = Sense(track)

    def _on_message(self, text: str | bytes) -> None:
        message = json.loads(text)
        if message["type"] == "slots":
            self.slots.update({slot["mid"]: slot for slot in message["slots"]})
        elif message["type"] == "speakers":
            self.speakers = message["speakers"]
        assert message["type"] != "error", message
