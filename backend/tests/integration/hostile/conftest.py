"""One real server for the folder, a call that nothing may disturb, and rooms to misbehave in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from integration.hostile.light import Light, Witnesses
from integration.hostile.raw_socket import raw_socket
from integration.hostile.site import Site, running
from processes.serving import create_room
from processes.worker import require_worker_binary


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A server with one real media worker; its log must stay clean."""
    require_worker_binary()
    with running() as site:
        yield site


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def witnesses(site: Site) -> AsyncIterator[Witnesses]:
    """Two people who talk to each other during all of it."""
    light = Light(site.url)
    await light.start()
    room_id = create_room(site.url, "A call that nothing disturbs")
    for name in Witnesses.NAMES:
        await light.join(room_id, name)
    yield Witnesses(light)
    await light.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def suspects(site: Site) -> AsyncIterator[Light]:
    """Mallory floods her worker, Oscar knows no measure, and Victor is in a call with both."""
    light = Light(site.url)
    await light.start()
    room_id = create_room(site.url, "A call with somebody hostile")
    for name in ("Mallory", "Victor"):
        await light.join(room_id, name)
    await light.join(room_id, "Oscar", says_anything=True)
    yield light
    await light.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def silent_sockets(site: Site) -> AsyncIterator[list[asyncio.Task[bool]]]:
    """200 connections that never join: the server waits for them while the other tests run."""
    tasks = [asyncio.create_task(_stay_silent(site.url)) for _ in range(200)]
    yield tasks
    for task in tasks:
        task.cancel()


async def _stay_silent(url: str) -> bool:
    """Connect, answer pings and say nothing; whether the server said why it hung up."""
    async with raw_socket(url) as socket:
        ended = await socket.hear('42["session-ended"')
        return ended is not None and "rate_limited" in ended and await socket.hear("42") is None


@pytest.fixture(autouse=True)
def nothing_breaks(site: Site) -> Iterator[None]:
    """Whatever a test sends: no unhandled exception, and the same processes go on."""
    before, processes = len(site.complaints()), site.processes()
    yield
    complaints = site.complaints()[before:]
    print("\n".join(c.replace("\\n", "\n")[:1500] for c in complaints[:4]))
    assert complaints == []
    assert site.processes() == processes


@pytest.fixture
def room(site: Site, request: pytest.FixtureRequest) -> str:
    """A room of the test's own."""
    return create_room(site.url, request.node.name[:60])


@pytest.fixture(scope="session")
def times() -> int:
    """How many times as much as in a test run; `make fuzz` sets it."""
    return int(os.environ.get("STREAMFORGE_HOSTILE_TIMES", "1"))
