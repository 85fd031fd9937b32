"""aiortc, a WebRTC stack that shares nothing with browsers, meets through the real server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from integration.foreign.native import NativeClient
from integration.foreign.participant import Participant
from integration.foreign.people import ADA, BEN, CLEO, SCREEN

Joined = Callable[..., Awaitable[Participant]]

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_two_people_see_and_hear_each_other(joined: Joined, codec: str) -> None:
    ada = await joined(ADA, codec=codec)
    ben = await joined(BEN, codec=codec)

    await asyncio.gather(ada.until_meets(ben), ben.until_meets(ada))

    [sense] = ada.sensed(ben, "camera")
    seen = sense.frames
    await ada.until(lambda: sense.frames > seen + 10, "frames that go on")
    assert sense.size == (320, 180)


async def test_a_slot_follows_what_is_wanted_from_one_codec_to_another(joined: Joined) -> None:
    ada = await joined(ADA, codec="VP8")
    ben = await joined(BEN, codec="H264")
    cleo = await joined(CLEO, video_slots=1)

    async def turns_to(whom: Participant) -> None:
        cleo.want((whom, "camera"))
        await cleo.until(lambda: cleo.sees(whom), f"{whom.person.name} in the one slot")

    for whom in (ada, ben, ada, ben):
        await turns_to(whom)


async def test_a_muted_voice_falls_silent_and_comes_back(joined: Joined) -> None:
    ada, ben = await joined(ADA), await joined(BEN)
    await ben.until(lambda: ben.hears(ada), "Ada's voice")

    await ada.change("set-muted", source="microphone", muted=True)
    await ben.until(lambda: not ben.hears(ada), "silence")
    await ben.until(lambda: "mute-changed" in dict(ben.events), "word of it")
    await ada.change("set-muted", source="microphone", muted=False)

    await ben.until(lambda: ben.hears(ada), "Ada's voice again")


async def test_a_screen_comes_by_reoffer_and_disturbs_nothing(joined: Joined) -> None:
    ada, ben = await joined(ADA), await joined(BEN)
    await ben.until_meets(ada)

    await ada.share_screen(SCREEN)

    await ben.until(lambda: ben.sees(ada, "screen", SCREEN), "Ada's screen")
    await ben.until_meets(ada)
    await ada.until_meets(ben)


async def test_who_speaks_and_who_left_is_told(joined: Joined) -> None:
    ada, ben = await joined(ADA), await joined(BEN)
    await ben.until(lambda: ada.id in [s["participantId"] for s in ben.speakers], "speaker")

    await ada.leave()

    await ben.until(lambda: "participant-left" in dict(ben.events), "word of the leaving")
    await ben.until(lambda: not ben.sensed(ada, "camera"), "slot that is free")
    assert dict(ben.events)["participant-left"]["reason"] == "left"


async def test_a_native_client_is_seen_and_heard_and_receives(
    joined: Joined, server: str, room: str, tmp_path: Path
) -> None:
    cleo = NativeClient(server, CLEO, tmp_path)
    try:
        await cleo.join(room)
        ada = await joined(ADA)

        await ada.until_meets(cleo)
        before = await cleo.packets_in()
        # A second of 50 packets of voice and at least 25 of pictures, however slow the machine is.
        async with asyncio.timeout(20):
            while await cleo.packets_in() < before + 75:
                await asyncio.sleep(0.05)
    finally:
        await cleo.leave()
