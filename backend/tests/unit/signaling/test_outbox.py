"""Queues of connections: order, bounds, and the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from streamforge.core.tasks import Tasks
from streamforge.protocol.signaling import TokenExpiring
from streamforge.signaling.links import Links
from streamforge.signaling.outbox import BATCH_BYTES, Outbox


class FakeWire:
    """A connection whose other side reads only when told to."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.is_hung_up = False
        self.reads = asyncio.Event()
        self.reads.set()

    async def write(self, text: str) -> None:
        self.written.append(text)

    async def drained(self) -> None:
        await self.reads.wait()

    async def hang_up(self) -> None:
        self.is_hung_up = True


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    owner = Tasks("test")
    yield owner
    await owner.close()


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
def links(wire: FakeWire, tasks: Tasks) -> Links:
    """One link `a` whose queue holds 1000 bytes."""
    found = Links()
    found.add("a", Outbox(wire, tasks, 1_000, lambda: found.overflow("a")))
    return found


@pytest.fixture
def outbox(wire: FakeWire, tasks: Tasks) -> Outbox:
    return Outbox(wire, tasks, 10 * BATCH_BYTES, lambda: None)


async def test_messages_are_written_in_order(outbox: Outbox, wire: FakeWire) -> None:
    for text in "abc":
        outbox.push(text)
    await settle()

    assert wire.written == ["a", "b", "c"]
    assert outbox.waiting_bytes == 0


async def test_no_more_is_handed_over_than_the_other_side_takes(
    outbox: Outbox, wire: FakeWire
) -> None:
    wire.reads.clear()
    for _ in range(6):
        outbox.push("x" * (BATCH_BYTES // 2))
    await settle()
    before = len(wire.written)
    wire.reads.set()
    await settle()

    assert before == 2
    assert len(wire.written) == 6


async def test_an_acknowledgement_goes_ahead_of_what_is_held(
    outbox: Outbox, wire: FakeWire
) -> None:
    outbox.hold()
    outbox.push("event")
    outbox.push_first("ack")
    outbox.release()
    await settle()

    assert wire.written == ["ack", "event"]


async def test_what_two_commands_hold_waits_for_both(outbox: Outbox, wire: FakeWire) -> None:
    outbox.hold()
    outbox.hold()
    outbox.push("event")
    outbox.release()
    await settle()
    before = list(wire.written)
    outbox.release()
    await settle()

    assert before == []
    assert wire.written == ["event"]


async def test_what_is_held_counts_as_waiting(links: Links, wire: FakeWire, tasks: Tasks) -> None:
    outbox = Outbox(wire, tasks, 1_000, lambda: links.overflow("b"))
    links.add("b", outbox)
    outbox.hold()

    outbox.push("ж" * 450)
    counted = outbox.waiting_bytes
    outbox.push("x" * 200)
    await settle()

    assert counted == 900
    assert outbox.waiting_bytes == 0
    assert '"resync"' in wire.written[-1]
    assert wire.is_hung_up


async def test_what_was_held_is_counted_once(outbox: Outbox, wire: FakeWire) -> None:
    outbox.hold()
    outbox.push("event")
    outbox.release()
    before = outbox.waiting_bytes
    await settle()

    assert before == len("event")
    assert outbox.waiting_bytes == 0
    assert wire.written == ["event"]


async def test_a_client_that_does_not_read_is_told_to_start_again(
    links: Links, wire: FakeWire
) -> None:
    wire.reads.clear()
    for number in range(100):
        links.send("a", "token-expiring", TokenExpiring(expires_at=number))
        await settle()
    wire.reads.set()
    await settle()

    assert wire.is_hung_up
    assert '"session-ended"' in wire.written[-1]
    assert '"resync"' in wire.written[-1]
    assert len(wire.written) < 100


async def test_the_end_is_said_after_everything_else_and_then_hangs_up(
    links: Links, wire: FakeWire
) -> None:
    links.send("a", "token-expiring", TokenExpiring(expires_at=1))
    links.end("a", "duplicate", "You joined from somewhere else.")
    links.send("a", "token-expiring", TokenExpiring(expires_at=2))
    await settle()

    assert [text.split('"')[1] for text in wire.written] == ["token-expiring", "session-ended"]
    assert wire.is_hung_up


async def test_nothing_is_written_to_a_connection_that_is_gone(
    links: Links, wire: FakeWire
) -> None:
    links.remove("a")

    links.send("a", "token-expiring", TokenExpiring(expires_at=1))
    links.end("a", "duplicate", "")
    await settle()

    assert wire.written == []
    assert len(links) == 0
