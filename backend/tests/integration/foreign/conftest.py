"""One real server for the folder, and people who join it with other WebRTC stacks."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from integration.foreign.participant import Participant
from integration.foreign.people import Person
from processes.serving import create_room, serving
from processes.worker import require_worker_binary


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server with one real media worker."""
    require_worker_binary()
    with serving(Path(sys.executable).parent) as url:
        yield url


@pytest.fixture
def room(server: str, request: pytest.FixtureRequest) -> str:
    """A room of the test's own."""
    return create_room(server, request.node.name[:60])


@pytest.fixture
async def joined(server: str, room: str) -> AsyncIterator[Callable[..., Awaitable[Participant]]]:
    """Joins somebody; everybody leaves at the end."""
    everybody: list[Participant] = []

    async def join(person: Person, **options: object) -> Participant:
        participant = Participant(server, person, **options)  # pyright: ignore[reportArgumentType]
        everybody.append(participant)
        await participant.join(room)
        return participant

    yield join
    for participant in everybody:
        await participant.leave()
