"""Datagrams and streams that are not media, from strangers and from a participant's own address."""

from __future__ import annotations

import asyncio
import random
import socket
from contextlib import suppress

import pytest
from integration.hostile.light import Light, Witnesses
from integration.hostile.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

DATAGRAMS = 100_000
# One turn of the sender; then whoever else runs in this process gets its own.
BURST = 500
DROPPED = 'streamforge_worker_dropped_unknown_packets{worker="0"}'
COOKIE = b"\x21\x12\xa4\x42"
# A queue of the kernel loses some of a flood before anybody can count it.
COUNTED_AT_LEAST = 0.05
# Growth that would show a leak of even a kilobyte for each datagram.
MOST_GROWTH_MIB = 60


def datagram(noise: random.Random, ufrag: bytes) -> bytes:
    """STUN, DTLS, RTP or RTCP by its first bytes (RFC 7983), or nothing of the kind."""
    body = noise.randbytes(noise.randrange(200))
    match noise.randrange(6):
        case 0:
            return bytes((0, 1)) + len(body).to_bytes(2, "big") + COOKIE + body
        case 1:
            name = ufrag + b":x"
            attribute = b"\x00\x06" + len(name).to_bytes(2, "big") + name
            length = len(attribute).to_bytes(2, "big")
            return b"\x00\x01" + length + COOKIE + noise.randbytes(12) + attribute
        case 2:
            return bytes((noise.randint(20, 63), 254, 253)) + body
        case 3:
            return bytes((0x80 | noise.randrange(64), noise.randrange(128))) + body
        case 4:
            return bytes((0x80 | noise.randrange(64), noise.randint(192, 223))) + body
        case _:
            return body


async def test_a_flood_of_datagrams_from_a_stranger_is_dropped_and_counted(
    site: Site, witnesses: Witnesses, times: int
) -> None:
    noise, count = random.Random(7), DATAGRAMS * times
    some = [datagram(noise, b"guess") for _ in range(2_000)]
    before, memory = await site.metric(DROPPED), site.resident_mib()
    async with witnesses.watching(f"{count} datagrams of a stranger"):
        with socket.socket(type=socket.SOCK_DGRAM) as stranger:
            stranger.connect(("127.0.0.1", site.media_port))
            for start in range(0, count, BURST):
                for number in range(start, start + BURST):
                    stranger.send(some[number % len(some)])
                await asyncio.sleep(0)
        dropped = await dropped_since(site, before, COUNTED_AT_LEAST * count)
    after = site.resident_mib()
    print(
        f"{dropped:.0f} of {count} dropped and counted; resident MiB {memory} before, {after} after"
    )
    assert after["worker-0"] < memory["worker-0"] + MOST_GROWTH_MIB
    assert after["server"] < memory["server"] + MOST_GROWTH_MIB


async def dropped_since(site: Site, before: float, wanted: float) -> float:
    """Wait until so many drops are reported; the worker reports once a second."""
    async with asyncio.timeout(20):
        while (dropped := await site.metric(DROPPED) - before) < wanted:
            await asyncio.sleep(0.1)
    return dropped


async def test_garbage_of_a_participant_harms_no_call_not_even_its_own(
    site: Site, witnesses: Witnesses, suspects: Light, times: int
) -> None:
    count, memory = DATAGRAMS // 2 * times, site.resident_mib()
    async with witnesses.watching(f"{count} datagrams of a participant"):
        await suspects.simulator.ask("sent", type="garbage", client="Mallory", count=count, seed=7)
    await suspects.hear_more("Victor", "Mallory")

    after = site.resident_mib()
    print(f"garbage of a participant: resident MiB {memory} before, {after} after")
    assert (await suspects.simulator.counters())["Mallory"]["connected"]
    assert after["worker-0"] < memory["worker-0"] + MOST_GROWTH_MIB


async def test_streams_that_are_no_frames_are_closed(
    site: Site, witnesses: Witnesses, times: int
) -> None:
    noise = random.Random(7)
    beginnings = [b"", b"\x00\x00", b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff" + b"x" * 10]
    # As many at a time as one address may have.
    beginnings += [noise.randbytes(2_000) for _ in range(56)]
    memory = site.resident_mib()
    async with witnesses.watching(f"{len(beginnings) * times} TCP streams of a stranger"):
        for _ in range(times):
            await asyncio.gather(*(stays_silent(site, beginning) for beginning in beginnings))
    assert site.resident_mib()["worker-0"] < memory["worker-0"] + MOST_GROWTH_MIB


async def stays_silent(site: Site, beginning: bytes) -> None:
    """Send something; the worker answers nothing and hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.media_port)
    writer.write(beginning)
    async with asyncio.timeout(30):
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
    writer.close()
