"""A worker that holds far more than one frame can tell is adopted as a whole."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from streamforge.media.ports import MediaEngine, Policy
from streamforge.protocol.ipc import GetStats, WorkerCounters

Setup = Any  # the fixture's class lives in conftest, which tests cannot import

MANY = 2_000
AT_ONCE = 100

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def full(native: Setup) -> Setup:
    """A worker with two routers of a thousand transports each."""
    worker = native.engine.pool.least_loaded_worker()
    for name in ("rtr_1", "rtr_2"):
        router = await worker.create_router(name)
        for first in range(0, MANY // 2, AT_ONCE):
            await asyncio.gather(
                *(
                    router.create_transport(
                        f"trn_{name}_{number:036}",
                        f"ptc_{number:036}",
                        f"cor_{number:036}",
                        Policy(),
                    )
                    for number in range(first, first + AT_ONCE)
                )
            )
    return native


async def transports_in(engine: Any) -> int:
    worker = max(engine.pool.workers, key=lambda worker: len(worker.routers))
    return (await worker.link.request(GetStats(), WorkerCounters)).transports


async def test_two_thousand_transports_are_adopted_by_a_restarted_server(full: Setup) -> None:
    # On a slow machine the first ones are given up meanwhile, as nobody connects to them.
    before = await transports_in(full.engine)
    await full.restart_server()
    engine: MediaEngine = full.engine

    adopted = [engine.adopt(router_id) for router_id in sorted(engine.adopted())]

    assert [router.router_id for router in adopted] == ["rtr_1", "rtr_2"]
    after = await transports_in(engine)
    assert after <= sum(len(router.transports) for router in adopted) <= before
