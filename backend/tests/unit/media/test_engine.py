"""media/engine.py: what the contract suite cannot make happen with real workers."""

from __future__ import annotations

from streamforge.media import events
from streamforge.media.fake import FakeMediaEngine
from streamforge.media.ports import MediaEngine, Policy, Publication
from streamforge.protocol import ipc
from streamforge.protocol.media import Speaker

POLICY = Policy(publish=("microphone",), subscribe=True)
OFFER = (
    "v=0\r\ns=-\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=recvonly\r\n"
)
MICROPHONE = Publication(mid="0", producer_id="prd_1", source="microphone")


async def running() -> tuple[FakeMediaEngine, list[events.MediaEvent]]:
    """An engine with one worker, and a router with one transport that publishes."""
    engine = FakeMediaEngine(1)
    heard: list[events.MediaEvent] = []
    engine.subscribe(heard.append)
    await engine.start()
    router = await engine.pool.least_loaded_worker().create_router("rtr_1")
    transport = await router.create_transport("trn_1", "ptc_1", "cor_1", POLICY)
    await transport.accept_offer(OFFER, [MICROPHONE])
    heard.clear()
    return engine, heard


def port(engine: FakeMediaEngine) -> MediaEngine:
    """The type checker's proof that the fake is a media engine."""
    return engine


async def test_events_before_the_adoption_are_held_and_then_delivered_in_order() -> None:
    before, _ = await running()
    engine = before.restarted()
    heard: list[events.MediaEvent] = []
    engine.subscribe(heard.append)
    await engine.start()
    heard.clear()

    engine.connect("trn_1")
    engine.set_state("trn_1", "dark")
    held_back = list(heard)
    router = engine.adopt("rtr_1")

    assert held_back == []
    assert [type(event).__name__ for event in heard] == [
        "TransportStateChanged",
        "ProducerStarted",
        "TransportStateChanged",
    ]
    assert router.transports["trn_1"].state == "dark"
    assert port(engine).adopted() == {}


async def test_a_transport_that_closed_before_the_adoption_is_gone_after_it() -> None:
    before, _ = await running()
    engine = before.restarted()
    await engine.start()

    engine.set_state("trn_1", "closed", "ice-timeout")
    router = engine.adopt("rtr_1")

    assert dict(router.transports) == {}


async def test_after_a_lost_connection_both_sides_compare_notes() -> None:
    engine, heard = await running()
    worker = engine.worker(engine.pool.workers[0].worker_id)
    transport = worker.transports["trn_1"]

    transport.state = "connected"  # the events of this time were lost
    transport.producers.clear()
    engine.link_up(worker, worker.inventory())

    assert heard == [
        events.ProducerClosed("trn_1", "prd_1"),
        events.TransportStateChanged("trn_1", "ptc_1", "connected", None),
        events.WorkerBack(engine.pool.workers[0].worker_id, worker.inventory().routers),
    ]


async def test_a_transport_that_vanished_meanwhile_is_reported_closed() -> None:
    engine, heard = await running()
    worker = engine.worker(engine.pool.workers[0].worker_id)

    del worker.transports["trn_1"]
    inventory = ipc.Inventory(
        protocol=1,
        pid=worker.pid,
        index=0,
        udp_port=40_000,
        routers=(ipc.RouterInventory(router_id="rtr_1"),),
    )
    engine.link_up(worker, inventory)

    assert heard == [
        events.TransportStateChanged("trn_1", "ptc_1", "closed", None),
        events.WorkerBack(engine.pool.workers[0].worker_id, inventory.routers),
    ]


async def test_unadopted_routers_of_a_lost_worker_are_reported_too() -> None:
    before, _ = await running()
    engine = before.restarted()
    heard: list[events.MediaEvent] = []
    engine.subscribe(heard.append)
    await engine.start()
    worker_id = engine.pool.workers[0].worker_id

    engine.lose_worker(worker_id, restart=True)

    assert heard[-2] == events.WorkerLost(worker_id, ("rtr_1",))
    assert isinstance(heard[-1], events.WorkerReady)
    assert heard[-1].restarted
    assert engine.adopted() == {}


async def test_a_lost_worker_takes_its_router_along_though_the_id_is_elsewhere_by_now() -> None:
    engine = FakeMediaEngine(2)
    heard: list[events.MediaEvent] = []
    engine.subscribe(heard.append)
    await engine.start()
    first, second = engine.pool.workers
    old = await first.create_router("rtr_1")
    transport = await old.create_transport("trn_1", "ptc_1", "cor_1", POLICY)
    new = await second.create_router("rtr_1")

    engine.lose_worker(first.worker_id)

    assert heard[-1] == events.WorkerLost(first.worker_id, ("rtr_1",))
    assert transport.state == "closed"
    assert engine.pool.find_router("rtr_1") is new


async def test_a_closed_router_is_not_among_those_that_a_worker_loses() -> None:
    engine, heard = await running()
    worker = engine.pool.workers[0]
    await worker.routers["rtr_1"].close()

    engine.lose_worker(worker.worker_id)

    assert heard[-1] == events.WorkerLost(worker.worker_id, ())


async def test_speakers_of_a_known_router_are_passed_on_and_of_others_not() -> None:
    engine, heard = await running()
    worker = engine.worker(engine.pool.workers[0].worker_id)

    engine.speak("rtr_1", [("ptc_1", 40)])
    worker.emit(ipc.SpeakersChanged(router_id="rtr_9"))

    assert heard == [events.SpeakersChanged("rtr_1", (Speaker(participant_id="ptc_1", level=40),))]


async def test_statistics_carry_their_worker() -> None:
    engine, heard = await running()
    worker_id = engine.pool.workers[0].worker_id

    engine.report_stats(worker_id, ipc.Stats(packets_in=5, rss_bytes=9))

    assert heard == [events.WorkerStats(worker_id, 0, ipc.Stats(packets_in=5, rss_bytes=9))]
