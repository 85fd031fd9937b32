"""A connection to a real worker that breaks while the worker lives: nobody may notice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

from streamforge.core.notice import Notice
from streamforge.media import events
from streamforge.media.native import NativeMediaEngine
from streamforge.protocol.media import AutoWant, Policy, Publication
from streamforge.rooms.effects import AcceptOffer, OpenTransport
from streamforge.rooms.media_link import MeetingMedia

Setup = Any  # the fixture's class lives in conftest, which tests cannot import

PATIENCE_S = 10.0
# Whoever waits for this longer than PATIENCE_S has taken a living worker for a dead one.
FOR_EVER_S = 3_600.0
MICROPHONE = Publication(mid="0", producer_id="prd_mic", source="microphone")
OPENING = OpenTransport("seat_1", "ptc_1", "trn_1", "cor_1", Policy(publish=("microphone",)))


def meeting_media(engine: NativeMediaEngine) -> MeetingMedia:
    return MeetingMedia(
        engine, "rtr_1", Notice(), lambda _id, _is_there: None, worker_wait_s=FOR_EVER_S
    )


def accept(sdp: str) -> AcceptOffer:
    return AcceptOffer(
        seat_id="seat_1",
        transport_id="trn_1",
        transport_epoch=1,
        command_id="cmd_1",
        sdp=sdp,
        offered=(),
        publish=(MICROPHONE,),
        want=AutoWant(),
    )


def cut(engine: NativeMediaEngine) -> None:
    """Break every connection, as a full buffer or a bug would."""
    for client in engine._clients.values():
        assert client._connection is not None
        client._connection.close()


async def paused(setup: Setup, meanwhile: Callable[[], None]) -> None:
    """Let workers stand still while commands are written to them and something happens."""
    for process in setup.processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        for _ in range(10):
            await asyncio.sleep(0)
        meanwhile()
    finally:
        for process in setup.processes:
            os.kill(process.pid, signal.SIGCONT)


async def test_an_offer_on_a_cut_connection_is_answered_by_the_living_worker(
    real: Setup, offer: str
) -> None:
    media = meeting_media(real.engine)

    cut(real.engine)
    async with asyncio.timeout(PATIENCE_S):
        answer = await media.negotiate(OPENING, accept(offer))

    assert [track.producer_id for track in answer.producers] == ["prd_mic"]


async def test_an_offer_whose_commands_are_cut_off_from_their_answers_is_answered(
    real: Setup, offer: str
) -> None:
    router = await real.engine.pool.least_loaded_worker().create_router("rtr_1")
    media = meeting_media(real.engine)
    media.adopt(router)

    negotiation = asyncio.ensure_future(media.negotiate(OPENING, accept(offer)))
    # The worker reads `create-transport` and does it; its answer finds nobody any more.
    await paused(real, lambda: cut(real.engine))
    async with asyncio.timeout(PATIENCE_S):
        answer = await negotiation

    assert [track.producer_id for track in answer.producers] == ["prd_mic"]
    assert list(router.transports) == ["trn_1"]
    assert not [event for event in real.events if isinstance(event, events.WorkerLost)]


async def test_a_command_to_a_worker_that_dies_fails_after_the_loss_was_told(real: Setup) -> None:
    worker = real.engine.pool.least_loaded_worker()
    told: list[str] = []
    real.engine.subscribe(lambda event: told.append(type(event).__name__))

    asked = asyncio.ensure_future(worker.create_router("rtr_1"))
    await real.kill_worker(worker.worker_id)
    async with asyncio.timeout(PATIENCE_S):
        (outcome,) = await asyncio.gather(asked, return_exceptions=True)

    assert getattr(outcome, "code", "") == "worker_lost"
    assert "WorkerLost" in told
