"""Whatever a client sends costs it an error with a code, and the others nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from integration.signaling.harness import Client, RunningServer, offer
from streamforge.config.sections import Limits, Timers
from streamforge.protocol.signaling import COMMANDS

MakeClient = Callable[[], Client]

GOOD: dict[str, dict[str, Any]] = {
    "join-room": {"roomId": "weekly", "token": "ann", "protocol": 1, "displayName": "Ann"},
    "offer": {"commandId": "c1", "transportEpoch": 1, **offer(("0", "microphone", False))},
    "set-muted": {"commandId": "c2", "source": "microphone", "muted": True},
    "send-chat": {"commandId": "c3", "text": "Hello"},
    "renew-token": {"token": "ann"},
    "request-snapshot": {},
    "leave": {},
}
WRONG_VALUES: tuple[Any, ...] = (None, 7, 1.5, True, "text", [], {}, [[]], {"a": 1})


def mutations() -> list[tuple[str, Any]]:
    """Every command with each field missing, and with a value of each wrong type."""
    found: list[tuple[str, Any]] = []
    for event, good in GOOD.items():
        found += [(event, wrong) for wrong in (7, "text", [1], True)]
        for name in good:
            found.append((event, {key: value for key, value in good.items() if key != name}))
            found += [(event, {**good, name: wrong}) for wrong in WRONG_VALUES]
    return found


class RawSocket:
    """Speaks Engine.IO by hand, so that it can say what no library would."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        await self._socket.send_str("4" + text)

    async def send_bytes(self, data: bytes) -> None:
        await self._socket.send_bytes(data)

    async def receive(self, start: str) -> str | None:
        """Return the next packet that starts so; None when the connection was closed."""
        while True:
            message = await self._socket.receive(timeout=5)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return None
            if message.data == "2":
                await self._socket.send_str("3")
            elif message.data.startswith("4" + start):
                return message.data[1:]

    async def ask(self, text: str, ack_id: int = 7) -> dict[str, Any]:
        await self.send(text)
        answer = await self.receive(f"3{ack_id}[")
        assert answer is not None, "the connection was closed"
        return json.loads(answer[answer.index("[") :])[0]


@pytest.fixture
async def raw(server: RunningServer) -> AsyncIterator[RawSocket]:
    url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        one = RawSocket(socket)
        await one.send('0{"protocol":1}')
        await one.receive("0")
        yield one


def code(reply: dict[str, Any]) -> str:
    assert reply["ok"] is False
    assert reply["error"]["message"]
    return reply["error"]["code"]


async def test_every_wrong_payload_of_every_command_gets_its_own_error(
    client: MakeClient, server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    witness, ann = client(), client()
    await witness.join("witness")
    await ann.join("ann")
    before = len(witness.events)

    codes: set[str] = set()
    for event, payload in mutations():
        reply = await ann.command(event, payload)
        if not reply["ok"]:
            codes.add(code(reply))
        if event == "leave":
            break

    assert codes <= {
        "validation_failed",
        "already_joined",
        "bad_sdp",
        "stale_transport",
        "unknown_source",
        "upgrade_required",
        "token_invalid",
        "token_wrong_subject",
        "chat_empty",
    }
    assert "validation_failed" in codes
    assert not [name for name, _ in witness.events[before:] if name == "participant-left"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"token": "forged"}, "token_invalid"),
        ({"token": "expired"}, "token_expired"),
        ({"token": "elsewhere"}, "token_wrong_room"),
        ({"roomId": "nowhere"}, "room_not_found"),
        ({"protocol": 2}, "upgrade_required"),
        ({"displayName": "\u202e\u200b"}, "name_invalid"),
        ({"displayName": "x" * 65}, "name_invalid"),
        ({"offer": offer(("0", "telescope", False))}, "unknown_source"),
        ({"offer": {"sdp": "hello", "publish": []}}, "bad_sdp"),
        ({"offer": {"sdp": "v=0" + "x" * 70_000, "publish": []}}, "sdp_too_large"),
        ({"offer": {"sdp": "v=0" + "\nm=audio" * 65, "publish": []}}, "too_many_media_lines"),
        (
            {"offer": offer(("0", "camera", False), ("1", "camera", False))},
            "duplicate_source",
        ),
        (
            {"offer": offer(("0", "camera", False), ("0", "microphone", False))},
            "validation_failed",
        ),
    ],
)
async def test_a_join_is_refused_with_the_reason(
    client: MakeClient, server: RunningServer, change: dict[str, Any], expected: str
) -> None:
    ann = client()
    await ann.connect()

    reply = await ann.command("join-room", {**GOOD["join-room"], **change})

    assert code(reply) == expected
    assert server.meetings.participant_total() == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"transportEpoch": 0}, "stale_transport"),
        ({"transportEpoch": 3}, "stale_transport"),
        ({"commandId": ""}, "validation_failed"),
        ({"commandId": "c" * 65}, "validation_failed"),
        ({"publish": [{"mid": str(n), "source": "camera"} for n in range(5)]}, "too_many_tracks"),
        ({"publish": [{"mid": "9", "source": "camera"}]}, "bad_sdp"),
    ],
)
async def test_an_offer_is_refused_with_the_reason(
    client: MakeClient, change: dict[str, Any], expected: str
) -> None:
    ann = client()
    await ann.join("ann", offer=offer(("0", "microphone", False)))

    reply = await ann.command("offer", {**GOOD["offer"], **change})

    assert code(reply) == expected


async def test_chat_has_limits_of_its_own(client: MakeClient) -> None:
    ann = client()
    await ann.join("ann")

    empty = await ann.command("send-chat", {"commandId": "c1", "text": " \x00\n "})
    long = await ann.command("send-chat", {"commandId": "c2", "text": "x" * 4_001})

    assert code(empty) == "chat_empty"
    assert code(long) == "chat_too_long"


async def test_commands_before_a_join_are_refused(client: MakeClient) -> None:
    ann = client()
    await ann.connect()

    codes = {
        event: code(await ann.command(event, GOOD[event]))
        for event in COMMANDS
        if event != "join-room"
    }

    assert set(codes.values()) == {"not_joined"}


async def test_an_unknown_command_is_named_as_such(client: MakeClient) -> None:
    ann = client()
    await ann.connect()

    assert code(await ann.command("become-admin", {})) == "unknown_command"


@pytest.mark.parametrize(
    "text",
    [
        '27["send-chat",{"commandId":"a","commandId":"b","text":"x"}]',
        '27["send-chat",' + "[" * 50 + "]" * 50 + "]",
        '27["send-chat",' + "[" * 20_000,
        '27["send-chat",{"text":NaN}]',
        '27["send-chat",{}',
        "27[]",
        "27[7]",
        '27["send-chat",{},{}]',
    ],
    ids=["duplicate key", "nested", "bomb", "NaN", "cut", "empty", "no name", "two payloads"],
)
async def test_json_that_is_not_quite_json_is_refused(raw: RawSocket, text: str) -> None:
    assert code(await raw.ask(text)) == "bad_message"


async def test_binary_packets_are_refused_outright(raw: RawSocket) -> None:
    reply = await raw.ask('51-7["send-chat",{"_placeholder":true,"num":0}]')
    await raw.send_bytes(b"\x00" * 1_000)
    still_there = await raw.ask('28["leave",{}]', ack_id=8)

    assert code(reply) == "binary_refused"
    assert code(still_there) == "not_joined"


async def test_huge_messages_are_answered_and_nothing_of_them_is_read(raw: RawSocket) -> None:
    huge = "x" * 400_000

    chat = await raw.ask(f'27["send-chat",{{"commandId":"c","text":"{huge}"}}]')
    sdp = await raw.ask(f'28["offer",{{"sdp":"{huge}"}}]', ack_id=8)

    assert code(chat) == "message_too_large"
    assert code(sdp) == "sdp_too_large"


@pytest.mark.parametrize("text", ["", "9", "4", "2", "2x", "27", "6", "5", "0", '0{"protocol":1}'])
async def test_packets_that_make_no_sense_harm_nobody(raw: RawSocket, text: str) -> None:
    await raw.send(text)

    assert code(await raw.ask('27["leave",{}]')) == "not_joined"


async def test_a_client_of_another_protocol_is_told_to_upgrade(
    client: MakeClient, server: RunningServer
) -> None:
    url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        one = RawSocket(socket)
        await one.send('0{"protocol":99}')
        answer = await one.receive("4")

    assert answer is not None
    assert json.loads(answer[1:])["data"]["code"] == "upgrade_required"


class TestLimits:
    """With the limits as they are delivered, or smaller."""

    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(chat_per_5_s=2, strikes=2, unjoined_sockets_per_ip=3)

    async def test_chat_that_comes_too_fast_says_when_to_try_again(
        self, client: MakeClient
    ) -> None:
        ann = client()
        await ann.join("ann")

        replies = [
            await ann.command("send-chat", {"commandId": f"c{n}", "text": "x"}) for n in range(3)
        ]

        assert [reply["ok"] for reply in replies] == [True, True, False]
        assert code(replies[2]) == "rate_limited"
        assert replies[2]["error"]["retryAfterMs"] > 0

    async def test_a_flood_is_refused_and_then_cut_off(self, raw: RawSocket) -> None:
        codes: set[str] = set()

        async with asyncio.timeout(10):
            while (answer := await self._flood(raw)) is not None:
                if answer.startswith("3"):
                    codes.add(code(json.loads(answer[answer.index("[") :])[0]))

        assert codes == {"not_joined", "rate_limited"}

    async def _flood(self, raw: RawSocket) -> str | None:
        """Say something and hear something; None once the server has hung up."""
        try:
            await raw.send('27["leave",{}]')
        except ConnectionError:
            return None
        return await raw.receive("")

    async def test_an_address_has_only_so_many_connections(
        self, client: MakeClient, server: RunningServer
    ) -> None:
        for _ in range(3):
            await client().connect()

        url = f"http://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=polling"
        async with aiohttp.ClientSession() as http, http.get(url) as refused:
            assert refused.status == 401
            assert "rate_limited" in await refused.text()


class TestPings:
    """With pings fast enough for a test."""

    @pytest.fixture
    def timers(self) -> Timers:
        return Timers(ping_interval_s=1, ping_timeout_s=0.2)

    async def test_a_half_open_connection_is_noticed(
        self, client: MakeClient, server: RunningServer
    ) -> None:
        ann = client()
        await ann.join("ann")
        url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"

        async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
            silent = RawSocket(socket)
            await silent.send('0{"protocol":1}')
            await silent.receive("0")
            await silent.send('20["join-room",' + json.dumps(ann.join_body("bob")) + "]")
            told = await ann.wait_for("participant-connection-changed")

        assert told["connection"] == "reconnecting"
