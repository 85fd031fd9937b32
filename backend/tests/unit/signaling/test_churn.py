"""People who come and go by the thousand leave nothing behind: every table is back at its base."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from streamforge.config.sections import Limits
from streamforge.rooms.storing import SNAPSHOT_EVERY
from unit.signaling.wired import Connection, Wired, offer, wired

SECONDS = 60
A_TICK = 3  # people every 100 ms: thirty a second
# After this the last seat is given up, and the last bucket of an address is full again.
QUIET_S = 120
MANY = 1_000_000


def tables(server: Wired, host: Connection) -> dict[str, int]:
    """How full everything is that grows with people."""
    seat = server.edge._sessions[host.link].seat
    assert seat is not None
    meeting, actor = seat.actor.meeting, seat.actor
    assert meeting is not None
    registry = server.media._registry
    return {
        "sessions": server.edge.session_count,
        "outboxes": len(server.links),
        "signaling tasks": len(server.edge._tasks),
        "addresses": server.edge._admission.held_count,
        "registry": server.meetings.held_count,
        "meeting tasks": len(actor._tasks),
        "links, offers, askers": actor.held_count,
        "seats": len(meeting.seats),
        "transports": actor.media.transport_count,
        "offers and mutes under way": actor.media.held_count,
        "engine": len(registry.routers) + len(registry.transports) + len(registry.held),
        "worker": sum(len(worker.transports) for worker in server.media._workers.values()),
        "timers": sum(not timer.is_cancelled for timer in server.time.timers),
    }


async def visit(server: Wired, number: int) -> list[Connection]:
    """Come in one of the ways there are; return the connections that are still open."""
    address = f"10.{number >> 8 & 255}.{number & 255}.1"
    one = server.connect(address)
    await one.join(f"guest{number}", **({"offer": offer()} if number % 2 else {}))
    if number % 3 == 0:
        await one.ask("send-chat", {"commandId": "c", "text": "Hello"})
    if number % 7 == 0:
        # The same person from elsewhere: the newest wins.
        two = server.connect(address)
        await two.join(f"guest{number}", offer=offer())
        return [one, two]
    if number % 5 == 0:
        own = one.last("room-joined")["self"]
        one.close()
        two = server.connect(address)
        seat = {"seatId": own["seatId"], "resumeToken": own["resumeToken"], "lastSeq": 1}
        await two.join(f"guest{number}", resume=seat)
        return [two]
    return [one]


async def go(connection: Connection, number: int) -> None:
    """Leave in one of the ways there are."""
    if not connection.is_open:
        return
    if number % 8:
        await connection.ask("leave", {})
    connection.close("ping timeout" if number % 4 == 0 else "transport close")


@pytest.fixture
def silence() -> Iterator[None]:
    """No log: formatting the lines of two thousand people takes longer than they do."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.timeout(240)
async def test_thirty_joins_and_leaves_a_second_for_a_minute_leave_every_table_at_its_base(
    silence: None,
) -> None:
    limits = Limits(participants_per_room=1_000, new_sockets_per_s=MANY, new_sockets_burst=MANY)
    async with wired(limits, room_size=1_000) as server:
        host = server.connect()
        await host.join("host", offer=offer())
        await server.time.advance(QUIET_S)
        base = tables(server, host)
        there: list[Connection] = []
        most = 0

        for tick in range(SECONDS * 10):
            coming: list[Connection] = []
            for number in range(tick * A_TICK, (tick + 1) * A_TICK):
                coming += await visit(server, number)
            for number, connection in enumerate(there):
                await go(connection, number + tick)
            there = coming
            most = max(most, tables(server, host)["seats"])
            host.heard.clear()
            await server.time.advance(0.1)
        for number, connection in enumerate(there):
            await go(connection, number)
        await server.time.advance(QUIET_S)
        # Somebody has to come by for what is old to be forgotten.
        passer_by = server.connect()
        await passer_by.join("passer-by")
        await passer_by.ask("leave", {})
        passer_by.close()
        await server.time.advance(0.1)

        assert server.counts.joins["ok"] > SECONDS * 10 * A_TICK
        assert most > A_TICK
        assert tables(server, host) == base
        (records,) = (len(kept) for kept in server.journal._records.values())
        assert records <= SNAPSHOT_EVERY + 10
        assert host.is_open
