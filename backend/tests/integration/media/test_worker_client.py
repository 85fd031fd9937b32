"""media/worker_client.py and media/worker_connection.py against a worker that misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from streamforge.core.errors import AppError
from streamforge.media.worker_client import WorkerClient
from streamforge.protocol.ipc import (
    CloseTransport,
    Command,
    CreateRouter,
    CreateTransport,
    Empty,
    ProducerClosed,
    SpeakersChanged,
    Stats,
)
from streamforge.protocol.media import Policy


@pytest.fixture
async def client(worker: Any, heard: Any) -> AsyncIterator[WorkerClient]:
    made = WorkerClient(
        worker.path, heard, epoch=7, build="test", command_timeout_s=5.0, stall_s=0.4
    )
    made.start()
    yield made
    await made.close()


def ups(entries: list[tuple[str, Any]]) -> list[Any]:
    return [what for kind, what in entries if kind == "up"]


def downs(entries: list[tuple[str, Any]]) -> list[Any]:
    return [what for kind, what in entries if kind == "down"]


async def code_of(attempt: Any) -> str:
    with pytest.raises(AppError) as caught:
        await attempt
    return caught.value.code


async def test_hello_comes_first_and_carries_the_epoch(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)

    (hello,) = worker.hellos
    assert (hello["type"], hello["epoch"], hello["protocol"]) == ("hello", 7, 1)
    assert client.is_up


async def test_the_token_of_an_endpoint_is_shown_before_all_else(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)

    expected = [] if worker.path.suffix == ".sock" else [b"0123456789abcdef" * 4]
    assert worker.shown_tokens == expected


async def test_an_inventory_in_parts_is_joined_anew_on_each_connection(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    def router(router_id: str, *names: str) -> dict[str, Any]:
        transports = [
            {"transportId": name, "participantId": "ptc", "state": "connected"} for name in names
        ]
        return {"routerId": router_id, "transports": transports}

    await heard.until(ups)
    worker.parts = [[router("rtr_1", "trn_1")], [router("rtr_1", "trn_2"), router("rtr_2")]]
    worker.routers = [router("rtr_2", "trn_3")]

    for _ in range(2):
        before = len(heard.inventories)
        worker.hang_up()
        await heard.until(lambda _, before=before: len(heard.inventories) > before)

        told = {
            router.router_id: [transport.transport_id for transport in router.transports]
            for router in heard.inventories[-1].routers
        }
        assert told == {"rtr_1": ["trn_1", "trn_2"], "rtr_2": ["trn_3"]}


async def test_answers_find_their_commands_in_any_order(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)
    asked = [
        asyncio.ensure_future(client.request(CreateRouter(router_id=name), dict))
        for name in ("rtr_1", "rtr_2")
    ]
    commands = [await worker.next_command(), await worker.next_command()]

    for command in reversed(commands):
        worker.answer(command, for_=command["routerId"])

    assert [(await answer)["for_"] for answer in asked] == ["rtr_1", "rtr_2"]


async def test_a_refusal_keeps_its_code(worker: Any, heard: Any, client: WorkerClient) -> None:
    await heard.until(ups)
    asked = asyncio.ensure_future(code_of(client.request(CreateRouter(router_id="rtr_1"), Empty)))
    command = await worker.next_command()

    error = {"code": "limit_exceeded", "message": "full"}
    worker.say({"id": command["id"], "ok": False, "error": error})

    assert await asked == "limit_exceeded"


async def test_a_command_without_an_answer_times_out_and_a_late_answer_is_ignored(
    worker: Any, heard: Any
) -> None:
    client = WorkerClient(worker.path, heard, epoch=7, build="test", command_timeout_s=0.05)
    client.start()
    await heard.until(ups)

    late = asyncio.ensure_future(code_of(client.request(CreateRouter(router_id="rtr_1"), Empty)))
    command = await worker.next_command()
    assert await late == "command_timeout"
    worker.answer(command)
    worker.say({"type": "stats", "packetsIn": 1})

    await heard.until(lambda entries: ("event", Stats(packets_in=1)) in entries)
    await client.close()


async def test_life_cycle_events_never_drop_and_volatile_ones_coalesce(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)
    closed = [
        {"type": "producer-closed", "transportId": "trn_1", "producerId": f"prd_{number}"}
        for number in range(200)
    ]
    stats = [{"type": "stats", "packetsIn": number} for number in range(200)]
    mixed = [message for pair in zip(closed, stats, strict=True) for message in pair]

    worker.say(*mixed, {"type": "speakers-changed", "routerId": "rtr_1", "speakers": []})
    await heard.until(lambda entries: ("event", Stats(packets_in=199)) in entries)

    events = [what for kind, what in heard.entries if kind == "event"]
    lives = [event for event in events if isinstance(event, ProducerClosed)]
    assert [event.producer_id for event in lives] == [f"prd_{number}" for number in range(200)]
    assert sum(isinstance(event, Stats) for event in events) < 20
    assert SpeakersChanged(router_id="rtr_1") in events


async def test_a_broken_connection_to_a_living_worker_is_made_anew_and_nothing_is_lost(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)

    worker.hang_up()
    await heard.until(lambda entries: len(ups(entries)) == 2)

    assert downs(heard.entries) == []
    assert client.is_up


async def test_commands_that_wait_fail_when_the_connection_breaks(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)
    asked = asyncio.ensure_future(code_of(client.request(CreateRouter(router_id="rtr_1"), Empty)))
    await worker.next_command()

    worker.stop_listening()

    assert await asked == "worker_lost"
    await heard.until(downs)
    assert await code_of(client.request(CreateRouter(router_id="rtr_1"), Empty)) == "worker_lost"


async def test_a_command_whose_answer_is_lost_with_the_connection_is_asked_again(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)
    asked = asyncio.ensure_future(client.request(CreateRouter(router_id="rtr_1"), dict))
    first = await worker.next_command()

    worker.hang_up()
    again = await worker.next_command()
    worker.answer(again, done="once")

    assert (again["type"], again["routerId"]) == (first["type"], first["routerId"])
    assert await asked == {"done": "once"}
    assert downs(heard.entries) == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (CreateTransport("rtr_1", "trn_1", "ptc_1", "cor_1", Policy()), "transport_exists"),
        (CloseTransport("trn_1"), "transport_not_found"),
    ],
)
async def test_a_command_that_was_done_before_its_answer_was_lost_counts_as_done(
    worker: Any, heard: Any, client: WorkerClient, command: Command, code: str
) -> None:
    await heard.until(ups)
    asked = asyncio.ensure_future(client.request(command, Empty))
    await worker.next_command()

    worker.hang_up()
    again = await worker.next_command()
    worker.say({"id": again["id"], "ok": False, "error": {"code": code, "message": "no"}})

    assert await asked == Empty()


async def test_a_command_to_a_worker_that_is_gone_is_not_asked_of_the_next_one(
    worker: Any, heard: Any
) -> None:
    client = WorkerClient(worker.path, heard, epoch=7, build="test", command_timeout_s=2)
    client.start()
    await heard.until(ups)
    asked = asyncio.ensure_future(code_of(client.request(CreateRouter(router_id="rtr_1"), Empty)))
    await worker.next_command()

    # Nobody could see that the socket was unheard for a moment.
    worker.pid = 2
    worker.hang_up()

    assert await asked == "worker_lost"
    assert client.is_up
    await client.close()


async def test_another_process_on_the_socket_means_that_the_first_is_gone(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)

    worker.pid = 2
    worker.hang_up()
    await heard.until(lambda entries: 2 in ups(entries))

    assert heard.entries == [("up", 1), ("down", "exited"), ("up", 2)]


async def test_a_worker_that_comes_back_is_found(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)
    worker.stop_listening()
    await heard.until(downs)

    worker.pid = 2
    await worker.listen()

    await heard.until(lambda entries: ups(entries) == [1, 2])


async def test_a_socket_that_accepts_and_hangs_up_is_not_tried_without_a_pause(
    worker: Any, heard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    asleep = asyncio.Event()
    sleep = asyncio.sleep

    async def noted_sleep(delay: float) -> None:
        pauses.append(delay)
        if len(pauses) == 3:
            asleep.set()
        await sleep(0)

    worker.hangs_up_at_once = True
    monkeypatch.setattr("streamforge.media.worker_client.asyncio.sleep", noted_sleep)
    client = WorkerClient(worker.path, heard, epoch=7, build="test")
    client.start()
    async with asyncio.timeout(10):
        await asleep.wait()
    await client.close()

    assert worker.connections <= 4
    assert all(pause > 0 for pause in pauses)
    assert heard.entries == []


async def test_a_worker_of_a_newer_server_is_left_alone(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)

    worker.hello_error = "stale_epoch"
    worker.hang_up()
    await heard.until(downs)

    assert downs(heard.entries) == ["fenced"]
    assert len(worker.hellos) == 2


async def test_what_cannot_be_read_ends_the_connection_and_not_the_client(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)

    worker.say_raw(b"\xff\xff\xff\xff")
    await heard.until(lambda entries: len(ups(entries)) == 2)
    worker.say({"type": "stats", "packetsIn": "many"})
    await heard.until(lambda entries: len(ups(entries)) == 3)

    assert downs(heard.entries) == []


async def test_a_worker_that_stops_talking_is_pinged_then_ended(
    worker: Any, heard: Any, client: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    monkeypatch.setattr("os.kill", lambda pid, _signal: killed.append(pid))
    await heard.until(ups)

    assert (await worker.next_command())["type"] == "ping"
    await heard.until(downs)

    assert downs(heard.entries)[0] == "stalled"
    assert len(killed) >= 1


async def test_a_quiet_worker_that_answers_pings_lives(
    worker: Any, heard: Any, client: WorkerClient
) -> None:
    await heard.until(ups)

    for _ in range(3):
        worker.answer(await worker.next_command())

    assert downs(heard.entries) == []
