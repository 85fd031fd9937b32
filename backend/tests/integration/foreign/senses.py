"""What arrives in a slot, decoded: the colour of its pictures, the tone of its sound."""

from __future__ import annotations

import asyncio
from collections import deque

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

# Five frames of 20 ms: tones 10 Hz apart are told apart.
LISTENED_FRAMES = 5
# Peak of a windowed spectrum. The tones sent are twenty times above it, comfort noise far below.
AUDIBLE = 300_000
# Sound is continuous: what is older was cut off, and must not be taken for what is heard now.
STALE_S = 0.5


class Sense:
    """One slot's track, read to its end."""

    def __init__(self, track: MediaStreamTrack) -> None:
        self.kind = track.kind
        self.frames = 0
        self.colour: tuple[int, ...] | None = None
        self.size: tuple[int, int] | None = None
        self._samples: deque[np.ndarray] = deque(maxlen=LISTENED_FRAMES)
        self._rate = 0
        self._at = 0.0
        self.reading = asyncio.ensure_future(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.frames += 1
            if isinstance(frame, AudioFrame):
                self._hear(frame)
            elif isinstance(frame, VideoFrame):
                self._see(frame)

    def _hear(self, frame: AudioFrame) -> None:
        samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
        self._samples.append(samples.astype(float))
        self._rate = frame.sample_rate
        self._at = asyncio.get_running_loop().time()

    def _see(self, frame: VideoFrame) -> None:
        pixels = frame.to_ndarray(format="rgb24")
        self.colour = tuple(pixels[frame.height // 2, frame.width // 2].tolist())
        self.size = (frame.width, frame.height)

    @property
    def hertz(self) -> float | None:
        """The loudest tone of the last 100 ms; none in silence."""
        silent = asyncio.get_running_loop().time() - self._at > STALE_S
        if silent or len(self._samples) < LISTENED_FRAMES:
            return None
        wave = np.concatenate(self._samples)
        spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
        if spectrum.max() < AUDIBLE:
            return None
        return float(spectrum.argmax()) * self._rate / len(wave)
