"""media/worker_pool.py, over simulated workers."""

import pytest
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Unavailable
from streamforge.media.fake import FakeMediaEngine
from streamforge.protocol.ipc import Stats


async def started(workers: int, clock: ManualClock | None = None) -> FakeMediaEngine:
    engine = FakeMediaEngine(workers, clock=clock or ManualClock())
    await engine.start()
    return engine


async def test_routers_spread_before_anything_is_measured() -> None:
    engine = await started(3)

    indexes = [
        (await engine.pool.least_loaded_worker().create_router(f"rtr_{number}")).worker_id
        for number in range(3)
    ]

    assert len(set(indexes)) == 3


async def test_a_busy_worker_takes_no_more_while_another_is_idle() -> None:
    clock = ManualClock()
    engine = await started(2, clock)
    busy, idle = engine.pool.workers

    engine.report_stats(busy.worker_id, Stats(cpu_seconds=1.0))
    clock.advance(seconds=1)
    engine.report_stats(busy.worker_id, Stats(cpu_seconds=1.8))

    assert busy.load == pytest.approx(0.8)
    assert engine.pool.least_loaded_worker() is idle


async def test_without_a_worker_placing_is_refused_for_now() -> None:
    engine = await started(1)
    engine.lose_worker(engine.pool.workers[0].worker_id)

    with pytest.raises(Unavailable) as caught:
        engine.pool.least_loaded_worker()

    assert caught.value.code == "no_worker"


async def test_a_router_that_ended_two_workers_is_refused_and_others_are_not() -> None:
    engine = await started(1)
    for _ in range(2):
        worker = engine.pool.least_loaded_worker("rtr_bad")
        await worker.create_router("rtr_bad")
        engine.lose_worker(worker.worker_id, restart=True)

    worker = engine.pool.least_loaded_worker("rtr_bad")
    with pytest.raises(Unavailable) as caught:
        await worker.create_router("rtr_bad")
    await worker.create_router("rtr_good")

    assert caught.value.code == "router_quarantined"
    assert engine.pool.is_quarantined("rtr_bad")


async def test_a_quarantine_ends() -> None:
    clock = ManualClock()
    engine = await started(1, clock)
    for _ in range(2):
        worker = engine.pool.least_loaded_worker("rtr_1")
        await worker.create_router("rtr_1")
        engine.lose_worker(worker.worker_id, restart=True)

    clock.advance(seconds=601)

    await engine.pool.least_loaded_worker("rtr_1").create_router("rtr_1")


async def test_killing_workers_by_hand_quarantines_nobody() -> None:
    engine = await started(1)
    for _ in range(5):
        worker = engine.pool.least_loaded_worker("rtr_1")
        await worker.create_router("rtr_1")
        engine.lose_worker(worker.worker_id, external=True, restart=True)

    await engine.pool.least_loaded_worker("rtr_1").create_router("rtr_1")


async def test_suspects_are_placed_apart() -> None:
    engine = await started(2)
    first = engine.pool.workers[0]
    await first.create_router("rtr_1")
    await first.create_router("rtr_2")
    engine.lose_worker(first.worker_id, restart=True)

    homes = [
        (await engine.pool.least_loaded_worker(router).create_router(router)).worker_id
        for router in ("rtr_1", "rtr_2")
    ]

    assert len(set(homes)) == 2
