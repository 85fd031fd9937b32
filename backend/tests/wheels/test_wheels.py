"""Both wheels, in a clean environment without Rust and Node, carry a call with both media."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import httpx
import pytest
from wheels.installation import install, serving
from wheels.participant import Participant

RED, BLUE = (200, 40, 40), (45, 60, 200)
# VP8 at a low rate moves a plain colour by less than this.
COLOUR_TOLERANCE = 45
# One bin of a 20 ms spectrum is 50 Hz.
TONE_TOLERANCE_HZ = 50


def near(colour: tuple[int, ...], wanted: tuple[int, int, int]) -> bool:
    """Whether a decoded colour is the one that was sent."""
    return all(abs(a - b) < COLOUR_TOLERANCE for a, b in zip(colour, wanted, strict=True))


def perceives(listener: Participant, hertz: int, rgb: tuple[int, int, int]) -> bool:
    """Whether the listener has heard that tone and seen that colour."""
    heard = any(abs(tone - hertz) <= TONE_TOLERANCE_HZ for tone in listener.loudest_hertz)
    return heard and any(near(colour, rgb) for colour in listener.colours)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("wheels"))


def test_the_environment_has_neither_rust_nor_node(programs: Path) -> None:
    assert shutil.which("streamforge-sfu", path=str(programs))
    assert not shutil.which("cargo", path=str(programs))
    assert not shutil.which("node", path=str(programs))


@pytest.mark.timeout(120)
async def test_two_participants_see_and_hear_each_other(programs: Path, tmp_path: Path) -> None:
    with serving(programs, tmp_path) as url:
        page = httpx.get(url)
        assert page.status_code == httpx.codes.OK
        assert "<!doctype html>" in page.text.lower()
        room = httpx.post(f"{url}/api/v1/rooms", json={"name": "Wheels", "maxParticipants": 4})
        room_id = room.json()["roomId"]
        ada = Participant(url, "Ada", 500, RED)
        ben = Participant(url, "Ben", 900, BLUE)

        try:
            await ada.join(room_id)
            await ben.join(room_id)
            async with asyncio.timeout(40):
                while not (perceives(ada, 900, BLUE) and perceives(ben, 500, RED)):
                    await asyncio.sleep(0.05)
        finally:
            print(f"Ada heard {ada.loudest_hertz}, saw {len(ada.colours)} colours")
            print(f"Ben heard {ben.loudest_hertz}, saw {len(ben.colours)} colours")
            await ada.leave()
            await ben.leave()

        assert ada.frames > 0
        assert ben.frames > 0
