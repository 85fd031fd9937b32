"""The log tells what happened to whom: each fault has one line, a count, and the browser's id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from streamforge.core.errors import Bug, Invalid
from streamforge.protocol.ipc import CreateTransport
from structlog.contextvars import merge_contextvars
from structlog.testing import LogCapture
from unit.rooms.stage import settle
from unit.signaling.wired import Connection, Wired, offer, wired

Lines = list[dict[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged, with its context."""
    capture = LogCapture()
    structlog.configure(processors=[merge_contextvars, capture])
    yield capture.entries  # pyright: ignore[reportReturnType]
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def named(lines: Lines, event: str) -> Lines:
    return [line for line in lines if line["event"] == event]


async def resume(server: Wired, lost: Connection, who: str, correlation_id: str) -> Connection:
    own = lost.last("room-joined")["self"]
    again = server.connect(correlation_id=correlation_id)
    seat = {"seatId": own["seatId"], "resumeToken": own["resumeToken"], "lastSeq": 1}
    await again.join(who, resume=seat)
    return again


async def test_every_line_about_somebody_has_the_id_of_their_browser(lines: Lines) -> None:
    async with wired() as server:
        ann = server.connect(correlation_id="cor_ann")
        bob = server.connect(correlation_id="cor_bob")
        await ann.join("ann", offer=offer())
        await bob.join("bob", offer=offer())
        await bob.ask("send-chat", {"commandId": "c", "text": ""})
        await ann.ask("renew-token", {"token": "bob"})
        await bob.ask("offer", {"commandId": "o", "transportEpoch": 9, "sdp": "v=0"})
        server.media.lose_worker(server.media.pool.workers[0].worker_id, restart=True)
        await server.time.advance(1)
        await ann.ask("offer", {**offer("fresh"), "commandId": "o", "transportEpoch": 2})
        bob.close("ping timeout")
        await server.time.advance(1)
        bob2 = await resume(server, bob, "bob", "cor_bob2")
        bob2.close()
        await server.time.advance(90)

        people = {
            connection.last("room-joined")["self"]["participantId"]: ids
            for connection, ids in ((ann, {"cor_ann"}), (bob, {"cor_bob", "cor_bob2"}))
        }
        about = [line for line in lines if line.get("participant_id") in people]
        asked = [
            command
            for worker in server.media._workers.values()
            for command in worker.commands
            if isinstance(command, CreateTransport)
        ]

    assert len(about) > 12
    wrong = [
        line for line in about if line.get("correlation_id") not in people[line["participant_id"]]
    ]
    assert wrong == []
    anonymous = [
        line
        for line in lines
        if line["event"].startswith(("participant.", "socket.closed", "command.", "offer."))
        and not line.get("correlation_id")
    ]
    assert anonymous == []
    assert [command.correlation_id for command in asked] == ["cor_ann"], "to the new worker"
    assert [line["correlation_id"] for line in named(lines, "participant.cut")] == [
        "cor_bob",
        "cor_bob2",
    ]


async def test_each_fault_has_one_line_and_one_count(lines: Lines) -> None:
    async with wired() as server:
        ann = server.connect(correlation_id="cor_ann")
        await ann.join("ann", offer=offer())
        await server.time.advance(1)
        await ann.ask("renew-token", {"token": "ann"})
        server.media.lose_worker(server.media.pool.workers[0].worker_id, restart=True)
        await settle()
        ann.close("ping timeout")
        await server.time.advance(1)
        ann2 = await resume(server, ann, "ann", "cor_ann2")
        ann3 = server.connect(correlation_id="cor_ann3")
        await ann3.join("ann")
        await server.time.advance(1)
        ann3.close()
        await server.time.advance(30)

    expected = {
        "participant.joined": 2,
        "participant.token_renewed": 1,
        "participant.media_lost": 1,
        "participant.cut": 2,
        "participant.resumed": 1,
        "participant.duplicate": 1,
        "participant.expired": 1,
    }
    assert server.counts.happenings == expected
    assert {event: len(named(lines, event)) for event in expected} == expected
    assert [line["reason"] for line in named(lines, "participant.media_lost")] == ["worker-lost"]
    assert len(named(lines, "worker.lost")) == 1
    half_open = [line["log_level"] for line in named(lines, "socket.closed")]
    assert half_open[0] == "warning"
    assert server.counts.disconnects["ping timeout"] == 1
    assert not ann2.is_open


async def test_a_refused_command_is_told_and_a_flood_of_them_fills_no_disk(lines: Lines) -> None:
    async with wired() as server:
        eve = server.connect(correlation_id="cor_eve")
        for _ in range(40):
            await eve.ask("leave", {})

        refused = named(lines, "command.refused")

    assert server.counts.refusals == {"not_joined": 40}
    assert len(refused) == 10
    assert refused[0]["command"] == "leave"
    assert refused[0]["code"] == "not_joined"
    assert refused[0]["correlation_id"] == "cor_eve"


async def test_a_meeting_that_outlives_the_server_says_with_or_without_media(lines: Lines) -> None:
    async with wired() as server:
        await server.connect(correlation_id="cor_ann").join("ann", offer=offer())
        await settle()
        await server.meetings.close()
        server.media = server.media.restarted()
        successor = Wired.on(server)
        await successor.media.start()
        await successor.meetings.start()
        await settle()
        await successor.meetings.close()

    assert successor.counts.happenings == {"participant.media_kept": 1, "meeting.adopted": 1}
    kept = named(lines, "participant.media_kept")
    assert [line["correlation_id"] for line in kept] == ["cor_ann"]


async def test_a_refusal_whose_context_has_the_names_of_a_line_is_still_answered(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired() as server:

        def refuse(*_args: object) -> None:
            raise Invalid("bad_message", context={"event": "x", "code": "odd"})

        monkeypatch.setattr(server.meetings.entrance, "join", refuse)
        reply = await server.connect(correlation_id="cor_ann").join("ann")

        (refused,) = named(lines, "command.refused")

    assert reply["error"]["code"] == "bad_message"
    assert refused["context"] == {"event": "x", "code": "odd"}


async def test_a_bug_whose_context_names_a_command_and_a_code_is_still_answered(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired() as server:

        def broken(*_args: object) -> None:
            raise Bug("internal", context={"command": "Join", "code": "odd", "event": "x"})

        monkeypatch.setattr(server.meetings.entrance, "join", broken)
        reply = await server.connect(correlation_id="cor_ann").join("ann")

        (bug,) = named(lines, "command.bug")

    assert reply["error"]["code"] == "internal"
    assert bug["code"] == "internal"
    assert bug["context"] == {"command": "Join", "code": "odd", "event": "x"}
