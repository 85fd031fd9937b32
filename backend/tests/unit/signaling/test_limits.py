"""Each limit bites with its code and a time to wait, is counted, and hits the offender alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from streamforge.config.sections import Limits, Timers
from streamforge.core.errors import Limited, Unauthenticated
from streamforge.rooms.definition import RoomDefinition
from unit.signaling.wired import Connection, Wired, offer, wired

Ask = Callable[[Connection, int], Awaitable[dict[str, Any]]]


async def chat(connection: Connection, number: int) -> dict[str, Any]:
    return await connection.ask("send-chat", {"commandId": f"c{number}", "text": "Hi"})


async def mute(connection: Connection, number: int) -> dict[str, Any]:
    body = {"commandId": f"m{number}", "source": "microphone", "muted": number % 2 == 0}
    return await connection.ask("set-muted", body)


async def long_mute(connection: Connection, number: int) -> dict[str, Any]:
    body = {"commandId": f"m{number}", "source": "microphone", "muted": True, "pad": "x" * 60_000}
    return await connection.ask("set-muted", body)


async def renegotiate(connection: Connection, number: int) -> dict[str, Any]:
    body = {**offer(), "commandId": f"o{number}", "transportEpoch": 1}
    return await connection.ask("offer", body)


async def restart_ice(connection: Connection, number: int) -> dict[str, Any]:
    body = {**offer(f"ufrag{number}"), "commandId": f"o{number}", "transportEpoch": 1}
    return await connection.ask("offer", body)


async def rejoin(connection: Connection, number: int) -> dict[str, Any]:
    await connection.ask("leave", {})
    return await connection.join("ann")


@pytest.mark.parametrize(
    ("limit", "ask", "passes", "wait_ms"),
    [
        ("chat", chat, 5, 1_000),
        ("messages", mute, 60, 33),
        ("message_bytes", long_mute, 17, 315),
        ("offers", renegotiate, 10, 1_000),
        ("joins", rejoin, 4, 2_000),
    ],
)
async def test_a_command_that_comes_too_often_says_when_to_come_again(
    limit: str, ask: Ask, passes: int, wait_ms: int
) -> None:
    async with wired() as server:
        ann, bob = server.connect(), server.connect()
        await ann.join("ann")
        await bob.join("bob")
        # `join-room` itself was a message; let it be forgotten. The joins' bucket stays used by it.
        await server.time.advance(3 if limit != "joins" else 0)
        replies: list[dict[str, Any]] = []
        while not replies or replies[-1]["ok"]:
            replies.append(await ask(ann, len(replies)))
        other = await mute(bob, 0)
        wait = replies[-1]["error"]["retryAfterMs"]
        await server.time.advance(wait / 1_000)
        again = await ask(ann, len(replies))

        assert len(replies) - 1 == passes
        assert replies[-1]["error"]["code"] == "rate_limited"
        assert wait == pytest.approx(wait_ms, rel=0.2)
        assert server.counts.limits == {limit: 1}
        assert server.counts.refusals["rate_limited"] == 1
        assert again["ok"]
        assert other["ok"]
        assert bob.is_open


async def test_ice_that_starts_anew_again_and_again_is_slowed_down() -> None:
    async with wired(Limits(offers_per_10_s=100)) as server:
        ann, bob = server.connect(), server.connect()
        await ann.join("ann", offer=offer())
        await bob.join("bob", offer=offer())

        replies = [await restart_ice(ann, number) for number in range(11)]
        same = await ann.ask("offer", {**offer("ufrag9"), "commandId": "o", "transportEpoch": 1})
        other = await restart_ice(bob, 0)

        assert [reply["ok"] for reply in replies] == [True] * 10 + [False]
        assert replies[-1]["error"]["code"] == "rate_limited"
        assert 5_900 <= replies[-1]["error"]["retryAfterMs"] <= 6_001
        assert server.counts.limits == {"ice_restarts": 1}
        assert same["ok"], "an offer that keeps its ICE is another matter"
        assert other["ok"]


async def test_a_flood_is_cut_off_in_its_third_second() -> None:
    async with wired(Limits(messages_per_s=1, messages_burst=1)) as server:
        eve, ann = server.connect(), server.connect()
        await ann.join("ann")
        seconds = 0
        while eve.is_open:
            for number in range(20):
                await mute(eve, number)
            await server.time.advance(1)
            seconds += 1

        assert seconds == 3
        assert eve.last("session-ended")["code"] == "rate_limited"
        assert server.counts.limits["strikes"] == 1
        assert server.counts.disconnects == {"server disconnect": 1}
        assert ann.is_open


async def test_a_connection_that_never_joins_is_closed_and_that_is_no_limit_reached() -> None:
    async with wired(timers=Timers(join_within_s=20)) as server:
        idle, ann = server.connect(), server.connect()
        await ann.join("ann")

        await server.time.advance(19)
        before = idle.is_open
        await server.time.advance(2)

        assert before
        assert not idle.is_open
        assert idle.last("session-ended")["code"] == "rate_limited"
        assert server.counts.limits == {}
        assert server.counts.disconnects == {"server disconnect": 1}
        assert ann.is_open


async def test_a_join_that_is_under_way_at_the_deadline_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with wired(timers=Timers(join_within_s=20)) as server:
        ann, is_found = server.connect(), asyncio.Event()
        find = server.meetings._directory.find

        async def find_late(key: str) -> RoomDefinition:
            await is_found.wait()
            return await find(key)

        monkeypatch.setattr(server.meetings._directory, "find", find_late)
        joining = asyncio.ensure_future(ann.join("ann"))
        await server.time.advance(60)
        is_found.set()

        assert (await joining)["ok"]
        assert ann.is_open
        assert "session-ended" not in ann.names()


async def test_whoever_fails_to_join_or_leaves_has_the_whole_time_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with wired(timers=Timers(join_within_s=20)) as server:
        ann, bob = server.connect(), server.connect()
        await bob.join("bob")
        await server.time.advance(15)
        with monkeypatch.context() as patch:
            patch.setattr(server.meetings._directory, "finds_left", 0)
            failed = await ann.join("ann")
        await bob.ask("leave", {})

        await server.time.advance(19)
        before = ann.is_open, bob.is_open
        await server.time.advance(2)

        assert not failed["ok"]
        assert before == (True, True)
        assert (ann.is_open, bob.is_open) == (False, False)


def refused(server: Wired, address: str) -> Limited:
    with pytest.raises(Limited) as error:
        server.connect(address)
    return error.value


async def test_an_address_opens_only_so_many_connections_at_once_and_a_second() -> None:
    async with wired(Limits(unjoined_sockets_per_ip=40)) as server:
        for _ in range(30):
            server.connect("192.0.2.1")
        too_fast = refused(server, "192.0.2.1")
        server.connect("192.0.2.2")
        await server.time.advance(1)
        for _ in range(10):
            server.connect("192.0.2.1")
        await server.time.advance(1)
        too_many = refused(server, "192.0.2.1")

        assert too_fast.code == too_many.code == "rate_limited"
        assert too_fast.retry_after_ms == pytest.approx(100, abs=2)
        assert too_many.retry_after_ms == 5_000
        assert server.counts.limits == {"new_sockets": 1, "unjoined_sockets": 1}


async def test_one_address_joins_one_room_only_so_often() -> None:
    async with wired(Limits(room_joins_per_10_s=3)) as server:
        replies = [await server.connect().join(f"guest{number}") for number in range(4)]
        elsewhere = await server.connect("192.0.2.2").join("ann")
        await server.time.advance(replies[-1]["error"]["retryAfterMs"] / 1_000)
        later = await server.connect().join("bob")

        assert [reply["ok"] for reply in replies] == [True, True, True, False]
        assert replies[-1]["error"]["code"] == "rate_limited"
        assert server.counts.limits == {"room_joins": 1}
        assert elsewhere["ok"]
        assert later["ok"]


async def test_whoever_is_too_many_in_meetings_is_told_so_and_may_wait_connected() -> None:
    async with wired(Limits(sockets_per_ip=1)) as server:
        ann, bob = server.connect(), server.connect()
        await ann.join("ann")
        refused = await bob.join("bob")
        await ann.ask("leave", {})
        again = await bob.join("bob")

        assert refused["error"]["code"] == "rate_limited"
        assert server.counts.limits == {"sockets": 1}
        assert again["ok"]


async def test_joins_into_a_room_are_counted_whatever_the_client_calls_it() -> None:
    async with wired(Limits(room_joins_per_10_s=3)) as server:
        names = ("weekly", "Weekly", "room_1", "WEEKLY")
        replies = [await server.connect().join("ann", roomId=name) for name in names]

        assert [reply["ok"] for reply in replies] == [True, True, True, False]
        assert server.counts.limits == {"room_joins": 1}


async def test_joins_with_bad_tokens_use_nothing_of_what_a_room_admits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with wired(Limits(room_joins_per_10_s=1)) as server:
        with monkeypatch.context() as patch:
            patch.setattr(server.meetings, "entrance", Strict())
            for _ in range(3):
                await server.connect().join("forged")
        good = await server.connect().join("ann")

        assert good["ok"]


async def test_while_guesses_are_refused_a_right_one_is_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with wired() as server:
        with monkeypatch.context() as patch:
            patch.setattr(server.meetings, "entrance", Strict())
            for _ in range(5):
                await server.connect().join("forged")
        right = await server.connect().join("ann")
        other = await server.connect("192.0.2.2").join("bob")
        await server.time.advance(right["error"]["retryAfterMs"] / 1_000)
        later = await server.connect().join("ann")

        assert right["error"]["code"] == "rate_limited"
        assert other["ok"]
        assert later["ok"]


async def test_a_token_that_has_expired_is_no_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    async with wired() as server:
        with monkeypatch.context() as patch:
            patch.setattr(server.meetings, "entrance", Strict("token_expired"))
            for _ in range(6):
                await server.connect().join("ann")
        good = await server.connect().join("ann")

        assert good["ok"]


async def test_guesses_of_rooms_and_tokens_are_slow_from_one_address() -> None:
    async with wired() as server:
        server.meetings.entrance = Strict()  # pyright: ignore[reportAttributeAccessIssue]
        replies = [await server.connect().join("forged") for _ in range(6)]
        other = await server.connect("192.0.2.2").join("forged")

        assert [reply["error"]["code"] for reply in replies] == ["token_invalid"] * 5 + [
            "rate_limited"
        ]
        assert replies[-1]["error"]["retryAfterMs"] == pytest.approx(2_000, abs=2)
        assert server.counts.limits == {"refused_joins": 1}
        assert other["error"]["code"] == "token_invalid"


class Strict:
    """An entrance at which no token is good."""

    def __init__(self, code: str = "token_invalid") -> None:
        self._code = code

    def join(self, _request: object, _room: object) -> None:
        raise Unauthenticated(self._code)
