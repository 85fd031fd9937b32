"""A meeting whose media crashes workers is refused; others go on. Real processes that crash."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from integration.supervisor.seat import Seat

Serve = Callable[..., Any]  # its result's class lives in conftest, which tests cannot import

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def running(serve: Serve) -> Any:
    return serve(STREAMFORGE_WORKERS="2")


@pytest.fixture
async def seats(running: Any) -> AsyncIterator[dict[str, Seat]]:
    """Ann in a room of her own; Ben and Cleo in another."""
    rooms = {"Ann": running.create_room("bad"), "Ben": running.create_room("good")}
    rooms["Cleo"] = rooms["Ben"]
    people = {name: Seat(running.url, name) for name in rooms}
    for name, room_id in rooms.items():
        await people[name].join(room_id)
    yield people
    for seat in people.values():
        await seat.close()


def crash_worker_of(running: Any, seat: Seat) -> None:
    """End a worker as its own `abort` does: that is nobody's purpose."""
    name = f"worker-{seat.media_port - running.media_port}"
    os.kill(running.await_pid(name), signal.SIGABRT)


async def follow_reset(seat: Seat, after: int) -> dict[str, Any]:
    """Build media anew as told, and return the answer."""
    reset = await seat.wait_for("media-reset", after)
    return await seat.offer_anew(reset["transportEpoch"])


async def test_a_room_that_crashes_two_workers_is_refused_and_another_goes_on(
    running: Any, seats: dict[str, Seat]
) -> None:
    ann, ben, cleo = seats["Ann"], seats["Ben"], seats["Cleo"]
    await ben.media_arrives()

    crash_worker_of(running, ann)
    first = await follow_reset(ann, 0)
    assert first["ok"], first
    # Where the others are by now: they may have been on the same worker, or not.
    heard = len(ann.events)
    crash_worker_of(running, ann)
    second = await follow_reset(ann, heard)

    assert second["ok"] is False
    assert second["error"]["code"] == "router_quarantined"
    for seat in (ben, cleo):
        resets = [data for name, data in seat.events if name == "media-reset"]
        if resets:
            again = await seat.offer_anew(resets[-1]["transportEpoch"])
            assert again["ok"], again
    await ben.media_arrives()
    await cleo.media_arrives()
