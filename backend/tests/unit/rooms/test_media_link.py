"""rooms/media_link.py over simulated workers: where media is placed, and how it ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TypeVar

import pytest
from streamforge.core.clock import ManualClock
from streamforge.core.errors import AppError, Unavailable
from streamforge.core.notice import Notice
from streamforge.media.fake import FakeMediaEngine
from streamforge.media.fake_worker import FakeWorker
from streamforge.media.ports import MediaEngine
from streamforge.protocol.ipc import Command, CreateRouter, SetMuted, Stats
from streamforge.protocol.media import AutoWant, Policy, Publication
from streamforge.rooms.effects import AcceptOffer, OpenTransport, SetTrackMuted
from streamforge.rooms.media_link import MeetingMedia
from unit.rooms.stage import SDP, settle

T = TypeVar("T")


def media_of(engine: MediaEngine, router_id: str) -> MeetingMedia:
    return MeetingMedia(engine, router_id, Notice(), lambda _id, _is_there: None, worker_wait_s=1.0)


async def negotiate(media: MeetingMedia, who: str) -> None:
    opening = OpenTransport(f"seat_{who}", f"ptc_{who}", f"trn_{who}", "cor_1", Policy())
    await media.negotiate(opening, accept(who))


def accept(who: str) -> AcceptOffer:
    return AcceptOffer(
        seat_id=f"seat_{who}",
        transport_id=f"trn_{who}",
        transport_epoch=1,
        command_id="cmd_1",
        sdp=SDP,
        offered=(),
        publish=(),
        want=AutoWant(),
    )


async def test_two_meetings_that_lost_one_worker_are_placed_apart() -> None:
    clock = ManualClock()
    engine = FakeMediaEngine(2, clock=clock)
    await engine.start()
    first, busy = engine.pool.workers
    meetings = {name: media_of(engine, name) for name in ("rtr_1", "rtr_2")}
    for name, media in meetings.items():
        media.adopt(await first.create_router(name))
    # So busy that nobody would be placed there without a reason.
    engine.report_stats(busy.worker_id, Stats(cpu_seconds=1.0))
    clock.advance(seconds=1)
    engine.report_stats(busy.worker_id, Stats(cpu_seconds=1.9))

    engine.lose_worker(first.worker_id, restart=True)
    for name, media in meetings.items():
        media.router_lost(first.worker_id)
        await negotiate(media, name)

    assert sorted(len(worker.routers) for worker in engine.pool.workers) == [1, 1]


async def test_a_router_that_is_placed_as_its_meeting_ends_is_closed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = FakeMediaEngine(1)
    await engine.start()
    media = media_of(engine, "rtr_1")
    may_answer = asyncio.Event()
    request = FakeWorker.request

    async def slow_request(worker: FakeWorker, command: Command, result: type[T]) -> T:
        answer = await request(worker, command, result)
        if isinstance(command, CreateRouter):
            await may_answer.wait()
        return answer

    monkeypatch.setattr(FakeWorker, "request", slow_request)
    opening = asyncio.ensure_future(negotiate(media, "ann"))
    await settle()
    closing = asyncio.ensure_future(media.close())
    await settle()
    may_answer.set()
    await closing
    with pytest.raises(AppError) as refused:
        await opening

    (worker,) = engine.pool.workers
    assert engine.worker(worker.worker_id).inventory().routers == ()
    assert refused.value.code == "meeting_closed"
    assert media.transport_count == 0


async def test_a_meeting_that_ends_waits_for_no_worker() -> None:
    engine = FakeMediaEngine(1)  # not started: there is no worker
    media = media_of(engine, "rtr_1")
    opening = asyncio.ensure_future(negotiate(media, "ann"))
    await settle()

    async with asyncio.timeout(0.5):
        await media.close()
        with pytest.raises(AppError) as refused:
            await opening

    assert refused.value.code == "meeting_closed"


@pytest.mark.parametrize(
    ("code", "asked", "is_muted"), [("command_timeout", 2, True), ("worker_lost", 1, False)]
)
async def test_a_mute_that_fails_is_tried_once_more_unless_the_track_is_gone(
    monkeypatch: pytest.MonkeyPatch, code: str, asked: int, is_muted: bool
) -> None:
    engine = FakeMediaEngine(1)
    await engine.start()
    media = media_of(engine, "rtr_1")
    opening = OpenTransport("seat_a", "ptc_a", "trn_a", "cor_1", Policy(publish=("microphone",)))
    publish = (Publication(mid="0", producer_id="prd_a", source="microphone"),)
    await media.negotiate(opening, replace(accept("a"), publish=publish))
    failures = [Unavailable(code)]
    heard: list[SetMuted] = []
    request = FakeWorker.request

    async def failing_request(worker: FakeWorker, command: Command, result: type[T]) -> T:
        if isinstance(command, SetMuted):
            heard.append(command)
            if failures:
                raise failures.pop()
        return await request(worker, command, result)

    monkeypatch.setattr(FakeWorker, "request", failing_request)
    await media.set_muted(SetTrackMuted("trn_a", "prd_a", True))

    (worker,) = engine.pool.workers
    assert len(heard) == asked
    assert engine.worker(worker.worker_id).transports["trn_a"].producers["prd_a"].muted is is_muted
