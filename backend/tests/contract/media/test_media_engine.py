"""What every media engine does: the same tests for the in-memory one and for real workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from streamforge.core.errors import AppError
from streamforge.media import events
from streamforge.media.ports import MediaEngine, Policy, Publication, Router, Transport

Setup = Any  # the fixture's class lives in conftest, which tests cannot import

EVERYTHING = Policy(publish=("microphone", "camera", "screen", "screen-audio"), subscribe=True)
MICROPHONE = Publication(mid="0", producer_id="prd_mic", source="microphone")
CAMERA = Publication(mid="1", producer_id="prd_cam", source="camera")


async def router_in(setup: Setup, router_id: str = "rtr_1") -> Router:
    engine: MediaEngine = setup.engine
    return await engine.pool.least_loaded_worker().create_router(router_id)


async def transport_in(router: Router, name: str = "1", policy: Policy = EVERYTHING) -> Transport:
    return await router.create_transport(f"trn_{name}", f"ptc_{name}", f"cor_{name}", policy)


async def refused(attempt: Any) -> str:
    with pytest.raises(AppError) as caught:
        await attempt
    return caught.value.code


def is_closed(transport_id: str) -> Callable[[events.MediaEvent], bool]:
    return lambda event: (
        isinstance(event, events.TransportStateChanged)
        and event.transport_id == transport_id
        and event.state == "closed"
    )


async def test_an_offer_is_answered_with_slots_and_producers(setup: Setup, offer: str) -> None:
    transport = await transport_in(await router_in(setup))

    answer = await transport.accept_offer(offer, [MICROPHONE, CAMERA])

    assert answer.sdp.startswith("v=0")
    assert [(slot.mid, slot.kind) for slot in answer.slots] == [("2", "audio"), ("3", "video")]
    assert sorted((track.producer_id, track.kind) for track in answer.producers) == [
        ("prd_cam", "video"),
        ("prd_mic", "audio"),
    ]
    assert sorted(transport.producers) == ["prd_cam", "prd_mic"]
    assert transport.producers["prd_cam"].source == "camera"


async def test_declared_tracks_count_when_an_offer_names_none(setup: Setup, offer: str) -> None:
    transport = await transport_in(await router_in(setup))

    transport.produce(CAMERA)
    answer = await transport.accept_offer(offer)

    assert [track.producer_id for track in answer.producers] == ["prd_cam"]


async def test_the_same_router_id_gives_the_same_router(setup: Setup) -> None:
    worker = setup.engine.pool.least_loaded_worker()

    first = await worker.create_router("rtr_1")

    assert await worker.create_router("rtr_1") is first
    assert setup.engine.pool.find_router("rtr_1") is first


async def test_a_transport_id_is_used_once(setup: Setup) -> None:
    router = await router_in(setup)
    await transport_in(router)

    assert await refused(transport_in(router)) == "transport_exists"


async def test_a_closed_router_takes_nobody(setup: Setup) -> None:
    router = await router_in(setup)
    await router.close()

    assert await refused(transport_in(router)) == "router_not_found"
    assert setup.engine.pool.find_router("rtr_1") is None


@pytest.mark.parametrize("sdp", ["", "garbage", "v=0\r\n", "v=0\r\no=- 1 1 IN IP4 0\r\nm=audio"])
async def test_an_offer_that_cannot_be_read_is_refused(setup: Setup, sdp: str) -> None:
    transport = await transport_in(await router_in(setup))

    assert await refused(transport.accept_offer(sdp, [])) == "bad_sdp"


async def test_an_offer_that_is_too_large_is_refused(setup: Setup, offer: str) -> None:
    transport = await transport_in(await router_in(setup))

    sdp = offer + "a=x:" + "y" * 65_536 + "\r\n"

    assert await refused(transport.accept_offer(sdp, [])) == "sdp_too_large"


async def test_a_bad_offer_leaves_the_transport_usable(setup: Setup, offer: str) -> None:
    transport = await transport_in(await router_in(setup))
    await refused(transport.accept_offer("garbage", []))

    answer = await transport.accept_offer(offer, [MICROPHONE])

    assert len(answer.producers) == 1


async def test_the_policy_decides_what_may_be_published(setup: Setup, offer: str) -> None:
    listener = Policy(publish=("microphone",), subscribe=True)
    transport = await transport_in(await router_in(setup), policy=listener)

    assert await refused(transport.accept_offer(offer, [CAMERA])) == "publish_not_allowed"


async def test_a_track_that_a_re_offer_leaves_out_is_closed(setup: Setup, offer: str) -> None:
    transport = await transport_in(await router_in(setup))
    await transport.accept_offer(offer, [MICROPHONE, CAMERA])

    answer = await transport.accept_offer(offer, [MICROPHONE])

    assert [track.producer_id for track in answer.producers] == ["prd_mic"]
    await setup.until(lambda event: event == events.ProducerClosed("trn_1", "prd_cam"))


async def test_muting_is_remembered(setup: Setup, offer: str) -> None:
    transport = await transport_in(await router_in(setup))
    await transport.accept_offer(offer, [MICROPHONE])
    producer = transport.producers["prd_mic"]

    await producer.set_muted(True)

    assert producer.muted
    await setup.restart_server()
    held = setup.engine.adopted()["rtr_1"].transports[0]
    assert [(track.producer_id, track.muted) for track in held.producers] == [("prd_mic", True)]


async def test_muting_a_track_that_ended_is_refused(setup: Setup, offer: str) -> None:
    transport = await transport_in(await router_in(setup))
    await transport.accept_offer(offer, [MICROPHONE])
    producer = transport.producers["prd_mic"]
    await transport.accept_offer(offer, [])

    assert await refused(producer.set_muted(True)) == "producer_not_found"


async def test_closing_a_transport_is_reported_and_may_be_repeated(setup: Setup) -> None:
    transport = await transport_in(await router_in(setup))

    await transport.close()

    event = await setup.until(is_closed("trn_1"))
    assert (event.participant_id, event.reason) == ("ptc_1", "requested")
    assert transport.state == "closed"
    await transport.close()


async def test_closing_a_router_closes_its_transports(setup: Setup) -> None:
    router = await router_in(setup)
    await transport_in(router, "1")
    await transport_in(router, "2")

    await router.close()

    for transport_id in ("trn_1", "trn_2"):
        assert (await setup.until(is_closed(transport_id))).reason == "router-closed"
    await router.close()


async def test_a_transport_moves_to_another_router_of_its_worker(setup: Setup) -> None:
    worker = setup.engine.pool.least_loaded_worker()
    hall, breakout = await worker.create_router("rtr_1"), await worker.create_router("rtr_2")
    transport = await transport_in(hall)

    await transport.attach(breakout)

    assert transport.router_id == "rtr_2"
    assert (list(hall.transports), list(breakout.transports)) == ([], ["trn_1"])
    await hall.close()
    await transport.set_policy(EVERYTHING)


async def test_media_does_not_move_to_another_worker(setup: Setup) -> None:
    first, second = setup.engine.pool.workers
    transport = await transport_in(await first.create_router("rtr_1"))

    assert await refused(transport.attach(await second.create_router("rtr_2"))) == "other_worker"


async def test_a_restarted_server_finds_what_runs_and_adopts_it(setup: Setup, offer: str) -> None:
    transport = await transport_in(await router_in(setup))
    await transport.accept_offer(offer, [CAMERA])

    await setup.restart_server()

    (held,) = setup.engine.adopted()["rtr_1"].transports
    assert (held.transport_id, held.participant_id) == ("trn_1", "ptc_1")
    router = setup.engine.adopt("rtr_1")
    adopted = router.transports["trn_1"]
    assert list(adopted.producers) == ["prd_cam"]
    assert setup.engine.adopted() == {}
    await adopted.close()
    await setup.until(is_closed("trn_1"))


async def test_a_restarted_server_closes_what_nobody_wants(setup: Setup) -> None:
    for router_id in ("rtr_1", "rtr_2", "rtr_3"):
        await router_in(setup, router_id)
    await setup.restart_server()
    setup.engine.adopt("rtr_1")

    closed = await setup.engine.close_orphans({"rtr_2"})

    assert closed == ("rtr_3",)
    await setup.restart_server()
    assert sorted(setup.engine.adopted()) == ["rtr_1", "rtr_2"]


async def test_adopting_what_does_not_run_is_refused(setup: Setup) -> None:
    with pytest.raises(AppError) as caught:
        setup.engine.adopt("rtr_9")

    assert caught.value.code == "router_not_found"


async def test_a_lost_worker_is_reported_with_its_routers(setup: Setup) -> None:
    router = await router_in(setup)
    transport = await transport_in(router)

    await setup.kill_worker(router.worker_id)

    event = await setup.until(lambda event: isinstance(event, events.WorkerLost))
    assert event == events.WorkerLost(router.worker_id, ("rtr_1",))
    assert transport.state == "closed"
    assert await refused(transport.set_policy(EVERYTHING)) == "worker_lost"
    moved = await router_in(setup, "rtr_1")
    assert moved.worker_id != router.worker_id
    await transport_in(moved)


async def test_a_command_that_waits_while_its_worker_dies_fails(setup: Setup, offer: str) -> None:
    router = await router_in(setup)
    transport = await transport_in(router)

    await setup.kill_worker(router.worker_id)

    assert await refused(transport.accept_offer(offer, [])) == "worker_lost"


async def test_a_listener_that_fails_silences_nobody(setup: Setup) -> None:
    heard: list[events.MediaEvent] = []

    def failing(_event: events.MediaEvent) -> None:
        raise LookupError

    setup.engine.subscribe(failing)
    unsubscribe = setup.engine.subscribe(heard.append)
    transport = await transport_in(await router_in(setup))

    await transport.close()
    await setup.until(is_closed("trn_1"))
    unsubscribe()

    assert any(is_closed("trn_1")(event) for event in heard)


async def test_many_commands_at_once_are_answered_each_by_its_own(setup: Setup) -> None:
    router = await router_in(setup)

    made = await asyncio.gather(*(transport_in(router, str(number)) for number in range(50)))

    assert sorted(router.transports) == sorted(transport.transport_id for transport in made)
