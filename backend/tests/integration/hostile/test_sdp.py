"""Offers that no browser would make, out of those that browsers made, through the real server.

The core alone meets many more of them: `backend/sfu/crates/fuzz`, target `sdp`.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections import Counter
from pathlib import Path

import pytest
from integration.hostile.light import Witnesses
from integration.hostile.raw_socket import RawSocket, raw_socket
from integration.hostile.site import Site
from processes.serving import access

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

CAPTURED = Path(__file__).parents[3] / "sfu" / "crates" / "fuzz" / "corpus" / "sdp"
BROWSERS = ("aiortc", "chromium", "firefox")
MUTATIONS = 200
REFUSALS = {"bad_sdp", "sdp_too_large", "too_many_media_lines", "limit_exceeded"}
NUMBERS = ("0", "-1", "65536", "4294967296", "99999999999999999999", "", "x")


def mutated(sdp: str, dice: random.Random) -> str:
    """The offer with a few lines lost, doubled, moved, cut or renumbered."""
    lines = sdp.splitlines(keepends=True)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(lines))
        match dice.randrange(6):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines[at:at] = [lines[at]] * dice.choice((1, 2, 70, 400))
            case 2:
                lines.insert(dice.randrange(len(lines)), lines.pop(at))
            case 3:
                lines[at] = lines[at][: dice.randrange(len(lines[at]) + 1)]
            case 4:
                digits = [place for place, char in enumerate(lines[at]) if char.isdigit()]
                if digits:
                    place = dice.choice(digits)
                    lines[at] = lines[at][:place] + dice.choice(NUMBERS) + lines[at][place + 1 :]
            case _:
                place = dice.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:place] + chr(dice.randrange(1, 0x250)) + lines[at][place:]
    return "".join(lines)


async def offer(socket: RawSocket, sdp: str, epoch: int) -> tuple[str, float]:
    """Offer on a fresh peer connection; the code of the refusal, or `ok`, and the time it took."""
    # A command id that was there is answered with what it was answered then.
    body = {"commandId": uuid.uuid4().hex, "transportEpoch": epoch, "sdp": sdp, "publish": []}
    started = time.perf_counter()
    reply = await socket.command("offer", json.dumps(body))
    seconds = time.perf_counter() - started
    return ("ok" if reply["ok"] else reply["error"]["code"]), seconds


async def test_an_offer_that_makes_no_sense_is_refused_with_its_reason(
    site: Site, room: str, witnesses: Witnesses, times: int
) -> None:
    captured = [(CAPTURED / browser).read_bytes().decode() for browser in BROWSERS]
    dice, codes, slowest = random.Random(7), Counter[str](), 0.0
    async with raw_socket(site.url) as socket, witnesses.watching("mutated offers"):
        epoch = await joined(socket, room, await access(site.url, room, "Mallory"))
        for _ in range(MUTATIONS * times):
            code, seconds = await offer(socket, mutated(dice.choice(captured), dice), epoch)
            codes[code] += 1
            slowest = max(slowest, seconds)
        for browser, sdp in zip(BROWSERS, captured, strict=True):
            code, _ = await offer(socket, sdp, epoch + 1)
            assert code in {"ok", "bad_sdp"}, f"{browser}: {code}"
    print(
        f"{codes.total()} offers: {dict(codes)}; slowest {slowest * 1000:.0f} ms (goal: below 50)"
    )
    assert set(codes) - {"ok"} <= REFUSALS


@pytest.mark.parametrize(
    ("sdp", "expected"),
    [
        ("", "bad_sdp"),
        ("v=0", "bad_sdp"),
        ("\x00" * 1_000, "bad_sdp"),
        ("hello, world", "bad_sdp"),
        ("v=0\r\n" * 10_000, "bad_sdp"),
        ("v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" * 65, "too_many_media_lines"),
        ("v=0\r\n" + "a=x\r\n" * 20_000, "sdp_too_large"),
        ("v=0\r\n" + "x" * 1_000_000, "sdp_too_large"),
    ],
    ids=["empty", "one line", "zeros", "prose", "heads", "65 lines", "100 kB", "1 MB"],
)
async def test_what_is_no_offer_at_all_is_refused(
    site: Site, room: str, witnesses: Witnesses, sdp: str, expected: str
) -> None:
    async with raw_socket(site.url) as socket, witnesses.watching(f"{len(sdp)} characters of SDP"):
        epoch = await joined(socket, room, await access(site.url, room, "Mallory"))
        code, _ = await offer(socket, sdp, epoch)

    assert code == expected


async def joined(socket: RawSocket, room: str, token: str) -> int:
    """Join without an offer; returns the number of the first peer connection."""
    body = {"roomId": room, "token": token, "protocol": 1, "displayName": "Mallory"}
    reply = await socket.command("join-room", json.dumps(body))
    assert reply["ok"], reply
    welcome = await socket.hear('42["room-joined"')
    assert welcome is not None
    return json.loads(welcome[2:])[1]["transportEpoch"]
