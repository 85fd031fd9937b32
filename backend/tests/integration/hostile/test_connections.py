"""Connections that break the protocol itself."""

from __future__ import annotations

import json
import random

import aiohttp
import httpx
import pytest
from integration.hostile.light import Witnesses
from integration.hostile.raw_socket import RawSocket, engine_socket, raw_socket
from integration.hostile.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

MIB = 1024 * 1024
GARBAGE = (
    "",
    "9",
    "4",
    "4" * 1_000,
    "2probe",
    "5",
    "6",
    "b" + "A" * 100,
    "40",
    "40/admin,{}",
    "40{",
    '40{"protocol":' + "9" * 400 + "}",
    "41",
    "42",
    "42/admin,7[]",
    '429999999999999999999["leave",{}]',
    '42["leave"',
    "431[]",
    "44{}",
    '451-["x",{"_placeholder":true,"num":0}]',
    '45999999999-1["x"]',
    "46",
    "\ud7ff",
    "\x00",
    b"",
    b"\x04\xff",
    b"\x00" * 70_000,
)


async def test_packets_that_make_no_sense_end_at_most_their_own_connection(
    site: Site, witnesses: Witnesses
) -> None:
    async with witnesses.watching("Engine.IO garbage"):
        for packet in GARBAGE:
            async with raw_socket(site.url) as socket:
                await socket.say(packet)
                await still_serves(socket)
    async with raw_socket(site.url) as other:
        assert (await other.command("leave", "{}"))["error"]["code"] == "not_joined"


async def still_serves(socket: RawSocket) -> None:
    """The connection answers, or it is closed; it does not hang."""
    await socket.say('4277["leave",{}]')
    answer = await socket.hear("4377[")
    assert answer is None or json.loads(answer[4:])[0]["error"]["code"] == "not_joined"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_noise_instead_of_packets_ends_nothing_else(
    site: Site, witnesses: Witnesses, transport: str, times: int
) -> None:
    noise = random.Random(7)
    async with witnesses.watching(f"noise over {transport}"), aiohttp.ClientSession() as http:
        for _ in range(30 * times):
            body = noise.randbytes(noise.randrange(400))
            if transport == "polling":
                await post_noise(http, site.url, body)
            else:
                async with engine_socket(site.url) as socket:
                    await socket.say(body if noise.random() < 0.5 else body.decode("latin-1"))


async def post_noise(http: aiohttp.ClientSession, url: str, body: bytes) -> None:
    address = f"{url}/socket.io/?EIO=4&transport=polling"
    async with http.get(address) as opened:
        sid = json.loads((await opened.text())[1:])["sid"]
    async with http.post(f"{address}&sid={sid}", data=body) as answer:
        assert answer.status < 500, await answer.text()


@pytest.mark.parametrize(
    "query",
    ["EIO=3", "EIO=99", "", "EIO=4&transport=carrier-pigeon", "EIO=4&sid=nobody", "EIO=4&sid=%00"],
)
async def test_an_unknown_engine_or_session_is_a_bad_request(site: Site, query: str) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{site.url}/socket.io/?{query}&transport=polling")

    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize("mib", [1, 10])
async def test_a_huge_frame_costs_its_sender_the_connection_or_an_error(
    site: Site, witnesses: Witnesses, mib: int
) -> None:
    before = site.resident_mib()
    async with witnesses.watching(f"frames of {mib} MiB"):
        for text in (f'421["send-chat",{{"text":"{"x" * mib * MIB}"}}]', "4" + "[" * mib * MIB):
            async with raw_socket(site.url) as socket:
                await socket.say(text)
                answer = await socket.hear("43")
                assert answer is None or '"ok":false' in answer
        async with raw_socket(site.url) as socket:
            await socket.say(b"\x00" * mib * MIB)
            await still_serves(socket)
    after = site.resident_mib()
    print(f"frames of {mib} MiB: resident MiB {before} before, {after} after")
    # A parser that copied the frame a few times would show; Python returns memory late.
    assert after["server"] < before["server"] + 100


@pytest.mark.parametrize(
    "auth", ["", "{}", '{"protocol":2}', '{"protocol":"1"}', "[1]", "7", "null"]
)
async def test_a_client_that_does_not_say_the_right_version_is_told(site: Site, auth: str) -> None:
    async with engine_socket(site.url) as socket:
        await socket.say(f"40{auth}")
        answer = await socket.hear("4")

    assert answer is not None
    assert answer.startswith("44"), answer
    assert json.loads(answer[2:])["data"]["code"] in {"upgrade_required", "validation_failed"}


async def test_another_namespace_is_refused(site: Site) -> None:
    async with engine_socket(site.url) as socket:
        await socket.say('40/admin,{"protocol":1}')
        answer = await socket.hear("4")

    assert answer is None or answer.startswith("44/admin,"), answer


async def test_a_flood_of_binary_packets_is_refused(site: Site, witnesses: Witnesses) -> None:
    async with witnesses.watching("binary packets"), raw_socket(site.url) as socket:
        for number in range(100):
            await socket.say(f'451-{number}["send-chat",{{"_placeholder":true,"num":0}}]')
            await socket.say(b"\x00" * 1_000)
        answer = await socket.hear("4399[")

    assert answer is not None
    assert "binary_refused" in answer
