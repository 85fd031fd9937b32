"""Whatever of a server is killed, a meeting goes on: seats, chat and media of real clients."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from integration.supervisor.seat import Seat

Serve = Callable[[], Any]  # its result's class lives in conftest, which tests cannot import
Joined = Callable[[str], Awaitable[Seat]]

pytestmark = [
    pytest.mark.timeout(180),
    # The Socket.IO client leaves the connection of a server that was killed to the collector.
    pytest.mark.filterwarnings(
        "ignore:.*Connection.__del__:pytest.PytestUnraisableExceptionWarning"
    ),
]


@pytest.fixture
def running(serve: Serve) -> Any:
    return serve()


@pytest.fixture
async def joined(running: Any) -> AsyncIterator[Joined]:
    """Seats people in one room of the running server."""
    room_id = running.create_room("Recovery")
    seats: list[Seat] = []

    async def join(name: str) -> Seat:
        seats.append(Seat(running.url, name))
        await seats[-1].join(room_id)
        return seats[-1]

    yield join
    for seat in seats:
        await seat.close()


async def chatting(joined: Joined) -> tuple[Seat, Seat]:
    """Two people who hear each other, and one of whom wrote something."""
    ann, ben = await joined("Ann"), await joined("Ben")
    await ann.media_arrives()
    await ben.media_arrives()
    ack = await ann.command("send-chat", text="kept over everything")
    assert ack["ok"], ack
    return ann, ben


def assert_same_seat(seat: Seat, before: dict[str, Any]) -> None:
    assert seat.welcome["resumed"] is True
    assert seat.welcome["self"]["participantId"] == before["self"]["participantId"]
    assert seat.welcome["meetingId"] == before["meetingId"]
    texts = [message["text"] for message in seat.welcome["chat"]]
    assert texts == ["kept over everything"]


async def test_a_meeting_outlives_the_death_of_every_process(
    running: Any, serve: Serve, joined: Joined
) -> None:
    ann, ben = await chatting(joined)
    before = [ann.welcome, ben.welcome]
    processes = [running.process.pid, running.await_pid("server"), running.await_pid("worker-0")]

    for pid in processes:
        os.kill(pid, signal.SIGKILL)
    running.wait_for(lambda: not any(map(running.is_alive, processes)), "everybody's end")
    serve()

    for seat, welcome in zip((ann, ben), before, strict=True):
        await seat.resume(with_new_media=True)
        assert_same_seat(seat, welcome)
        assert seat.transport_epoch > welcome["transportEpoch"]
    await ann.media_arrives()
    await ben.media_arrives()


async def test_media_goes_on_under_the_next_supervisor_of_its_worker(
    running: Any, serve: Serve, joined: Joined
) -> None:
    ann, ben = await chatting(joined)
    before = [ann.welcome, ben.welcome]
    server, worker = running.await_pid("server"), running.await_pid("worker-0")

    os.kill(running.process.pid, signal.SIGKILL)
    running.wait_for(lambda: not running.is_alive(server), "the server's end")
    await ann.media_arrives()  # nobody commands the worker, and it forwards on
    following = serve()

    assert following.await_pid("worker-0") == worker
    for seat, welcome in zip((ann, ben), before, strict=True):
        await seat.resume(with_new_media=False)
        assert_same_seat(seat, welcome)
        assert seat.transport_epoch == welcome["transportEpoch"]
        await seat.media_arrives()
        assert "media-reset" not in [name for name, _ in seat.events]
