"""Who somebody is in a test: a colour and a tone, and the tracks that show and play them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from aiortc import MediaStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame

Rgb = tuple[int, int, int]

SAMPLE_RATE: Final = 48_000
FRAME_SAMPLES: Final = 960
WIDTH, HEIGHT = 320, 180
# A lossy codec at a low rate moves a plain colour by less than this; the people are 100 apart.
COLOUR_TOLERANCE: Final = 45
# One bin of the 100 ms that are listened to is 10 Hz.
TONE_TOLERANCE_HZ: Final = 15


@dataclass(frozen=True)
class Person:
    """Somebody who is known by what others see and hear."""

    name: str
    rgb: Rgb
    hertz: int

    def looks_like(self, colour: tuple[int, ...] | None) -> bool:
        """Whether a decoded colour is this person's."""
        pairs = zip(colour or (), self.rgb, strict=False)
        return colour is not None and all(abs(a - b) < COLOUR_TOLERANCE for a, b in pairs)

    def sounds_like(self, hertz: float | None) -> bool:
        """Whether a decoded tone is this person's."""
        return hertz is not None and abs(hertz - self.hertz) <= TONE_TOLERANCE_HZ


ADA = Person("Ada", (200, 40, 40), 440)
BEN = Person("Ben", (40, 160, 50), 650)
CLEO = Person("Cleo", (45, 60, 200), 970)
# Nobody's camera: what is shared.
SCREEN = Person("screen", (200, 60, 190), 1430)


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
    """One colour, with a light bar that walks along the lower edge so that every frame differs."""

    def __init__(self, rgb: Rgb) -> None:
        super().__init__()
        self._rgb = rgb
        self._drawn = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        picture = np.full((HEIGHT, WIDTH, 3), self._rgb, dtype=np.uint8)
        at = self._drawn * 8 % WIDTH
        picture[-HEIGHT // 12 :, at : at + 24] = 255
        self._drawn += 1
        frame = VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame
