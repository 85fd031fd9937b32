"""Servers and clients for the signaling tests; closed after each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from integration.signaling.harness import Client, RunningServer
from streamforge.config.sections import Limits, Timers


@pytest.fixture
def limits() -> Limits:
    """Wide enough for a test that sends as fast as it can; overridden where limits are tested."""
    return Limits(
        messages_per_s=10_000, messages_burst=10_000, chat_per_5_s=1_000, joins_per_10_s=100
    )


@pytest.fixture
def timers() -> Timers:
    return Timers()


@pytest.fixture
async def server(limits: Limits, timers: Timers) -> AsyncIterator[RunningServer]:
    running = RunningServer(limits, timers)
    await running.start()
    yield running
    await running.stop()
    running.close()


@pytest.fixture
async def client(server: RunningServer) -> AsyncIterator[Callable[[], Client]]:
    clients: list[Client] = []

    def make() -> Client:
        clients.append(Client(server.port))
        return clients[-1]

    yield make
    for one in clients:
        await one.io.disconnect()
