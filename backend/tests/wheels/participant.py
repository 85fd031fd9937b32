"""A participant in Python: Socket.IO for signaling, aiortc for media, known by tone and colour.

It knows the public protocol only (docs/architecture/protocol.md) and imports nothing of
StreamForge, so that it proves the installed package from outside.
"""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import Any

import httpx
import numpy as np
import socketio
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

SAMPLE_RATE = 48_000
FRAME_SAMPLES = 960
AUDIO_SLOTS = 3
VIDEO_SLOTS = 2


class Tone(MediaStreamTrack):
    """A sine at a third of full scale, in real time."""

    kind = "audio"

    def __init__(self, hertz: int) -> None:
        super().__init__()
        self._hertz = hertz
        self._sent = 0
        self._started: float | None = None

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self._started = loop.time() if self._started is None else self._started
        await asyncio.sleep(max(0.0, self._started + self._sent / SAMPLE_RATE - loop.time()))
        at = np.arange(self._sent, self._sent + FRAME_SAMPLES) / SAMPLE_RATE
        wave = (np.sin(2 * np.pi * self._hertz * at) * 10_000).astype(np.int16)
        frame = AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, self._sent
        frame.time_base = Fraction(1, SAMPLE_RATE)
        self._sent += FRAME_SAMPLES
        return frame


class Plain(VideoStreamTrack):
    """One colour, 320×180."""

    def __init__(self, rgb: tuple[int, int, int]) -> None:
        super().__init__()
        self._picture = np.full((180, 320, 3), rgb, dtype=np.uint8)

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame.from_ndarray(self._picture, format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Participant:
    """Joins a room, sends tone and colour, and remembers which ones arrived."""

    def __init__(self, url: str, name: str, hertz: int, rgb: tuple[int, int, int]) -> None:
        self._url, self._name = url, name
        self._socket = socketio.AsyncClient(reconnection=False)
        # No ICE server: aiortc would ask a public one by default, and wait for it.
        self._peer = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._sources: dict[str, MediaStreamTrack] = {
            "microphone": Tone(hertz),
            "camera": Plain(rgb),
        }
        self._readers: list[asyncio.Task[None]] = []
        self.loudest_hertz: set[int] = set()
        self.colours: set[tuple[int, ...]] = set()
        self.frames = 0

    async def join(self, room_id: str) -> dict[str, Any]:
        """Joins with the offer inside, as a browser does; returns `room-joined`."""
        async with httpx.AsyncClient(base_url=f"{self._url}/api/v1") as http:
            access = await http.post(f"/rooms/{room_id}/access", json={"displayName": self._name})
            token = str(access.raise_for_status().json()["token"])
        joined: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._socket.on("room-joined", joined.set_result)
        await self._socket.connect(self._url, auth={"protocol": 1, "correlationId": "cor_wheels"})
        ack: Any = await self._socket.call(
            "join-room",
            {
                "roomId": room_id,
                "token": token,
                "protocol": 1,
                "displayName": self._name,
                "mediaCapabilities": {"audio": True, "video": True, "screen": False},
                "offer": await self._offer(),
            },
        )
        assert ack["ok"], ack
        welcome = await joined
        await self._peer.setRemoteDescription(
            RTCSessionDescription(welcome["answer"]["sdp"], "answer")
        )
        return welcome

    async def _offer(self) -> dict[str, Any]:
        senders = {
            source: self._peer.addTransceiver(track, direction="sendonly")
            for source, track in self._sources.items()
        }
        for kind, slots in (("audio", AUDIO_SLOTS), ("video", VIDEO_SLOTS)):
            for _ in range(slots):
                self._peer.addTransceiver(kind, direction="recvonly")
        # Last: aiortc 1.16 closes the bundle's transport when a channel was there before it.
        self._peer.createDataChannel("sfu")
        self._peer.on("track", self._read)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return {
            "sdp": self._peer.localDescription.sdp,
            "publish": [
                {"mid": sender.mid, "source": source, "muted": False}
                for source, sender in senders.items()
            ],
            "want": {"revision": 0, "mode": "auto", "width": 320, "height": 180},
        }

    def _read(self, track: MediaStreamTrack) -> None:
        listen = self._hear if track.kind == "audio" else self._see
        self._readers.append(asyncio.ensure_future(listen(track)))

    async def _hear(self, track: MediaStreamTrack) -> None:
        while frame := await next_frame(track):
            assert isinstance(frame, AudioFrame)
            samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
            spectrum = np.abs(np.fft.rfft(samples.astype(float) * np.hanning(len(samples))))
            if spectrum.max() > 100_000:
                self.loudest_hertz.add(round(spectrum.argmax() * frame.sample_rate / len(samples)))

    async def _see(self, track: MediaStreamTrack) -> None:
        while frame := await next_frame(track):
            assert isinstance(frame, VideoFrame)
            self.frames += 1
            pixels = frame.to_ndarray(format="rgb24")
            middle = pixels[frame.height // 2, frame.width // 2].tolist()
            self.colours.add(tuple(middle))

    async def leave(self) -> None:
        """Leaves and closes everything."""
        if self._socket.connected:
            await self._socket.call("leave", {})
            await self._socket.disconnect()
        await self._peer.close()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)


async def next_frame(track: MediaStreamTrack) -> AudioFrame | VideoFrame | None:
    """The next decoded frame, or None when the track has ended."""
    try:
        frame = await track.recv()
    except MediaStreamError:
        return None
    assert isinstance(frame, AudioFrame | VideoFrame)
    return frame
