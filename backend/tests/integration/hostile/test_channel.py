"""A participant that floods the media worker's data channel `sfu`."""

from __future__ import annotations

import pytest
from integration.hostile.light import Light, Witnesses
from integration.hostile.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

WANT = '{"v":1,"type":"want","revision":%d,"mode":"auto","width":1,"height":1}'
FLOODS = {
    "garbage": ("{" * 100, 10_000),
    "unknown types": ('{"v":1,"type":"dance"}', 10_000),
    "another version": ('{"v":9}', 1_000),
    "wants of the past": (WANT % 0, 10_000),
    "16 kB": ('{"v":1,"type":"' + "x" * 16_000 + '"}', 200),
    "nested": ('{"v":1,"type":' + "[" * 7_000 + "]" * 7_000 + "}", 200),
}
# A flood lasts seconds, and a client is told once a second beyond what it may say in a row.
MOST_ANSWERS = 1_000


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_on_the_channel_is_limited_and_harms_nobody_else(
    site: Site, witnesses: Witnesses, suspects: Light, flood: str, times: int
) -> None:
    text, count = FLOODS[flood]
    memory, before = site.resident_mib(), await suspects.simulator.counters()
    async with witnesses.watching(f"{count * times} messages, {flood}"):
        order = {"client": "Mallory", "text": text, "count": count * times}
        await suspects.simulator.ask("sent", type="say", **order)
    await suspects.hear_more("Victor")

    counters = (await suspects.simulator.counters())["Mallory"]
    after, refusals = site.resident_mib(), counters["refusals"] - before["Mallory"]["refusals"]
    print(f"{flood}: {refusals} refusals; resident MiB {memory} before, {after} after")
    assert counters["connected"]
    assert refusals < MOST_ANSWERS * times
    assert after["worker-0"] < memory["worker-0"] + 60


async def test_messages_of_64_kb_harm_nobody_but_their_sender(
    site: Site, witnesses: Witnesses, suspects: Light
) -> None:
    text, memory = '{"v":1,"x":"' + "x" * 64_000 + '"}', site.resident_mib()
    async with witnesses.watching("messages of 64 kB"):
        # Nobody waits until they are sent: the worker may well take no more of them.
        await suspects.simulator.order(type="say", client="Oscar", text=text, count=100)
        await suspects.hear_more("Victor", "Mallory")

    after, counters = site.resident_mib(), (await suspects.simulator.counters())["Oscar"]
    print(f"64 kB: {counters['refusals']} refusals; resident MiB {memory} before, {after} after")
    assert after["worker-0"] < memory["worker-0"] + 60
