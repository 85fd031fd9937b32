"""Actors and the registry on a virtual clock: order, storage, timers, workers, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from streamforge.core.errors import AppError, Unavailable
from streamforge.media.fake_worker import FakeWorker
from streamforge.media.ports import Worker
from streamforge.protocol import ipc
from streamforge.protocol.ipc import CreateRouter, Empty
from streamforge.protocol.media import Policy
from streamforge.protocol.signaling import ChatResult, OfferedTrack, ResumeSeat
from streamforge.rooms.commands import (
    CloseMeeting,
    Leave,
    Offer,
    OfferRequest,
    SendChat,
    SetMuted,
    SocketLost,
)
from streamforge.rooms.memory_journal import MemoryJournal
from streamforge.rooms.ports import JournalRecord, MeetingHeader
from unit.rooms.stage import SDP, Stage, settle, staged


def chat(seat_id: str, number: int = 1) -> SendChat:
    return SendChat("link_ann", seat_id, f"cmd_{number}", f"msg_{number}", "Hello")


class SlowJournal(MemoryJournal):
    """Stores when it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_store = asyncio.Event()
        self.may_store.set()

    async def append(self, records: Sequence[JournalRecord]) -> None:
        await self.may_store.wait()
        await super().append(records)


async def test_nothing_durable_is_announced_before_it_is_stored() -> None:
    journal = SlowJournal()
    async with staged(journal) as stage:
        actor, ann = await stage.join("ann")
        journal.may_store.clear()

        answer = actor.post(chat(ann.seat_id))
        await settle()
        before = stage.links.names("link_ann")
        journal.may_store.set()
        await answer

        assert "chat-sent" not in before
        assert "chat-sent" in stage.links.names("link_ann")


async def test_live_control_does_not_wait_for_a_slow_disk() -> None:
    journal = SlowJournal()
    async with staged(journal) as stage:
        actor, ann = await stage.join("ann", has_offer=True)
        journal.may_store.clear()

        await actor.post(SetMuted("link_ann", ann.seat_id, "cmd_m", "microphone", True))

        assert "mute-changed" in stage.links.names("link_ann")
        journal.may_store.set()


async def test_without_storage_people_stay_mute_and_leave_but_nobody_joins() -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann", has_offer=True)
        stage.journal.is_available = False

        await actor.post(SetMuted("link_ann", ann.seat_id, "cmd_m", "microphone", True))
        with pytest.raises(AppError) as no_chat:
            await actor.post(chat(ann.seat_id))
        with pytest.raises(AppError) as no_join:
            await stage.join("bob")
        await actor.post(Leave("link_ann", ann.seat_id))

        assert no_chat.value.code == no_join.value.code == "storage_unavailable"
        assert actor.participant_count == 0
        stage.journal.is_available = True


async def test_what_was_not_stored_during_an_outage_is_made_up_for_by_a_snapshot() -> None:
    journal = MemoryJournal()
    async with staged(journal) as stage:
        actor, ann = await stage.join("ann", has_offer=True)
        journal.is_available = False
        await actor.post(SetMuted("link_ann", ann.seat_id, "cmd_m", "microphone", True))
        await settle()
        journal.is_available = True
        await actor.post(chat(ann.seat_id))
        await settle()

        async with staged(journal, stage.media.restarted(), stage.ids) as successor:
            resumed, _ = await successor.join("bob")
            assert resumed.meeting is not None
            assert resumed.meeting.seats[ann.seat_id].muted == ("microphone",)


@pytest.mark.parametrize("is_durable", [True, False])
async def test_the_loser_of_two_writers_stops_and_leaves_everything_to_the_other(
    is_durable: bool,
) -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann", has_offer=True)
        await settle()
        assert actor.meeting is not None
        (header,) = await stage.journal.open_meetings()
        foreign = JournalRecord(header, actor.meeting.position + 1, 1, "other", b"{}")
        await stage.journal.append([foreign])

        muting = SetMuted("link_ann", ann.seat_id, "cmd_m", "microphone", True)
        answer = actor.post(chat(ann.seat_id) if is_durable else muting)
        await settle()

        assert answer.done()
        assert stage.links.heard["link_ann"][-1] == ("session-ended", "resync")
        assert stage.meetings.meeting_count() == 0
        stored = await stage.journal.load(header.meeting_id)
        assert stored is not None
        assert stored.snapshot is None
        assert stored.records[-1] == foreign
        assert stage.transports() != []
        assert stage.meetings.held_count == 0


async def test_commands_are_decided_in_the_order_of_their_posting() -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann")

        answers = await asyncio.gather(*(actor.post(chat(ann.seat_id, n)) for n in range(20)))

        seqs = [answer.seq for answer in answers if isinstance(answer, ChatResult)]
        assert seqs == sorted(seqs)
        assert len(seqs) == 20


async def test_a_repeated_command_in_the_mailbox_has_one_effect() -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann")

        first, second = await asyncio.gather(
            actor.post(chat(ann.seat_id)), actor.post(chat(ann.seat_id))
        )

        assert first == second
        assert stage.links.names("link_ann").count("chat-sent") == 1


async def test_one_command_id_for_two_kinds_of_command_is_refused() -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann")
        await actor.post(chat(ann.seat_id))

        with pytest.raises(AppError) as refused:
            await actor.post(SetMuted("link_ann", ann.seat_id, "cmd_1", "microphone", True))

        assert refused.value.code == "validation_failed"


async def test_a_seat_is_lost_fifteen_seconds_after_socket_and_media() -> None:
    async with staged() as stage:
        actor, _ = await stage.join("ann")
        await stage.join("bob")
        actor.post(SocketLost("link_ann"))

        await stage.time.advance(14.9)
        before = stage.links.names("link_bob")
        await stage.time.advance(0.2)

        assert "participant-left" not in before
        assert stage.links.last("link_bob", "participant-left").reason == "lost"


async def test_an_empty_meeting_ends_and_leaves_nothing_behind() -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann", has_offer=True)
        await actor.post(Leave("link_ann", ann.seat_id))

        await stage.time.advance(61)

        assert stage.meetings.meeting_count() == 0
        assert list(await stage.journal.open_meetings()) == []
        assert stage.transports() == []
        assert all(not worker.routers for worker in stage.media.pool.workers)


async def test_thirty_joins_and_leaves_a_second_leave_every_table_at_its_base() -> None:
    async with staged() as stage:
        actor, _ = await stage.join("host")
        for number in range(300):
            joined, guest = await stage.join(f"guest{number}", has_offer=True)
            assert joined is actor
            await actor.post(Leave(f"link_guest{number}", guest.seat_id))
            await stage.time.advance(1 / 30)

        assert actor.participant_count == 1
        assert stage.transports() == []
        assert actor.media.transport_count == 0
        assert actor.held_count == 1, "the host's link"
        assert stage.meetings.held_count == 1, "the router of the meeting"


async def test_two_first_guests_share_one_meeting() -> None:
    async with staged() as stage:
        (first, _), (second, _) = await asyncio.gather(stage.join("ann"), stage.join("bob"))

        assert first is second
        assert stage.meetings.participant_count("room_1") == 2


async def test_a_closed_room_ends_for_everybody_and_the_next_guest_starts_anew() -> None:
    async with staged() as stage:
        first, _ = await stage.join("ann")

        await stage.meetings.close_room("room_1", "deleted")
        second, _ = await stage.join("bob")

        assert stage.links.names("link_ann")[-2:] == ["room-closed", "session-ended"]
        assert second is not first


async def test_a_guest_who_comes_as_the_room_is_deleted_starts_no_new_meeting() -> None:
    async with staged() as stage:
        actor, _ = await stage.join("ann")
        stage.directory.finds_left = 1

        actor.post(CloseMeeting(reason="deleted"))
        with pytest.raises(AppError) as refused:
            await stage.join("bob")
        await settle()

        assert refused.value.code == "room_not_found"
        assert stage.meetings.meeting_count() == 0


async def test_a_meeting_that_is_starting_as_its_room_is_deleted_ends_too() -> None:
    journal = SlowJournal()
    async with staged(journal) as stage:
        journal.may_store.clear()
        joining = asyncio.ensure_future(stage.join("ann"))
        await settle()
        closing = asyncio.ensure_future(stage.meetings.close_room("room_1", "deleted"))
        await settle()

        journal.may_store.set()
        await asyncio.gather(joining, closing, return_exceptions=True)
        await settle()

        assert stage.meetings.meeting_count() == 0
        assert stage.meetings.held_count == 0


async def test_the_only_worker_may_be_restarting_while_somebody_joins() -> None:
    async with staged() as stage:
        for worker in list(stage.media.pool.workers):
            stage.media.lose_worker(worker.worker_id)

        joining = asyncio.ensure_future(stage.join("ann", has_offer=True))
        await settle()
        assert not joining.done()
        stage.media.restart_worker(0)
        await joining

        assert stage.links.last("link_ann", "room-joined").answer is not None


async def test_a_mute_that_the_worker_could_not_hear_is_told_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann", has_offer=True)
        await settle()
        handle = next(worker for worker in stage.media.pool.workers if worker.routers)
        request, is_cut = FakeWorker.request, [True]

        async def over_a_broken_link(
            worker: FakeWorker, command: ipc.Command, result: type[Any]
        ) -> Any:
            if is_cut[0]:
                raise Unavailable("worker_lost")
            return await request(worker, command, result)

        monkeypatch.setattr(FakeWorker, "request", over_a_broken_link)
        await actor.post(SetMuted("link_ann", ann.seat_id, "cmd_m", "microphone", True))
        await settle()
        before = forwarded(stage)
        is_cut[0] = False
        stage.media.reconnect(handle.worker_id)
        await settle()

        assert before == ["microphone"]
        assert forwarded(stage) == []
        assert "media-reset" not in stage.links.names("link_ann")


def forwarded(stage: Stage) -> list[str]:
    """The sources that workers let through."""
    return [
        producer.source
        for handle in stage.media.pool.workers
        for transport in stage.media.worker(handle.worker_id).transports.values()
        for producer in transport.producers.values()
        if not producer.muted
    ]


async def test_a_seat_that_is_given_up_while_its_offer_is_answered_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann")
        may_answer, request = asyncio.Event(), FakeWorker.request

        async def slowly(worker: FakeWorker, command: ipc.Command, result: type[Any]) -> Any:
            if isinstance(command, ipc.AcceptOffer):
                await may_answer.wait()
            return await request(worker, command, result)

        monkeypatch.setattr(FakeWorker, "request", slowly)
        tracks = (OfferedTrack(mid="0", source="microphone"),)
        offered = OfferRequest(SDP, tracks, "trn_1", ("prd_1",))
        answer = actor.post(Offer("link_ann", ann.seat_id, "cmd_1", 1, offered))
        await settle()
        before = actor.media.held_count
        await actor.post(Leave("link_ann", ann.seat_id))
        may_answer.set()
        await settle()

        assert before > 0
        assert answer.done()
        assert actor.media.held_count == actor.held_count == 0
        assert stage.transports() == []


async def test_a_join_without_media_says_so_and_stands() -> None:
    async with staged() as stage:
        for worker in list(stage.media.pool.workers):
            stage.media.lose_worker(worker.worker_id)

        await stage.join("ann", has_offer=True)

        snapshot = stage.links.last("link_ann", "room-joined")
        assert snapshot.answer is None
        assert snapshot.offer_error.code == "no_worker"


async def test_a_worker_that_dies_under_an_offer_costs_one_more_offer_and_no_seat() -> None:
    async with staged() as stage:
        place = stage.media.pool.least_loaded_worker
        dying = [True]

        def place_on_the_dying(router_id: str | None = None) -> Worker:
            worker = place(router_id)
            if dying.pop():
                dying.append(False)
                asyncio.get_running_loop().call_soon(stage.media.lose_worker, worker.worker_id)
            else:
                dying.append(False)
            return worker

        stage.media.pool.least_loaded_worker = place_on_the_dying  # type: ignore[method-assign]
        actor, ann = await stage.join("ann", has_offer=True)
        snapshot = stage.links.last("link_ann", "room-joined")
        if snapshot.answer is None:
            again = OfferRequest(
                SDP, (OfferedTrack(mid="0", source="microphone"),), "trn_again", ("prd_again",)
            )
            epoch = snapshot.transport_epoch
            await actor.post(Offer("link_ann", ann.seat_id, "cmd_1", epoch, again))
        await settle()

        assert len(stage.transports()) == 1
        assert actor.media.transport_count == 1
        assert actor.meeting is not None
        assert actor.meeting.seats[ann.seat_id].has_media


async def test_a_worker_that_dies_under_an_offer_resets_the_media_of_everybody_else() -> None:
    async with staged() as stage:
        actor, _ = await stage.join("ann", has_offer=True)
        await settle()
        guilty = next(w for w in stage.media.pool.workers if w.routers)
        # The process is gone, and nobody knows yet.
        stage.media.worker(guilty.worker_id).alive = False
        joining = [asyncio.ensure_future(stage.join(who, has_offer=True)) for who in ("bob", "cay")]
        await settle()

        stage.media.lose_worker(guilty.worker_id)
        await asyncio.gather(*joining)

        assert stage.links.last("link_ann", "media-reset").transport_epoch == 2
        for link in ("link_bob", "link_cay"):
            assert stage.links.last(link, "room-joined").answer is not None
            assert "media-reset" not in stage.links.names(link)
        assert len(stage.transports()) == actor.media.transport_count == 2


async def test_a_re_offer_under_which_the_worker_dies_is_followed_by_a_reset() -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann", has_offer=True)
        await settle()
        guilty = next(w for w in stage.media.pool.workers if w.routers)
        stage.media.worker(guilty.worker_id).alive = False
        tracks = (OfferedTrack(mid="0", source="microphone"),)
        again = OfferRequest(SDP, tracks, "trn_again", ("prd_again",))
        answer = actor.post(Offer("link_ann", ann.seat_id, "cmd_1", 1, again))
        await settle()

        stage.media.lose_worker(guilty.worker_id)
        with pytest.raises(AppError) as refused:
            await answer

        assert refused.value.code == "worker_lost"
        assert stage.links.last("link_ann", "media-reset").transport_epoch == 2


async def test_a_meeting_that_kills_workers_is_quarantined_with_a_clear_error() -> None:
    async with staged() as stage:
        actor, ann = await stage.join("ann", has_offer=True)
        codes: list[str] = []
        for round_ in range(3):
            guilty = next((w for w in stage.media.pool.workers if w.routers), None)
            if guilty is not None:
                stage.media.lose_worker(guilty.worker_id)
                stage.media.restart_worker(guilty.index)
            await settle()
            assert actor.meeting is not None
            epoch = actor.meeting.seats[ann.seat_id].transport_epoch
            again = OfferRequest(
                sdp=SDP,
                publish=(OfferedTrack(mid="0", source="microphone"),),
                transport_id=f"trn_again{round_}",
                producer_ids=(f"prd_again{round_}",),
            )
            try:
                await actor.post(Offer("link_ann", ann.seat_id, f"cmd_{round_}", epoch, again))
            except AppError as error:
                codes.append(error.code)

        assert codes[-1] == "router_quarantined"
        assert "media-reset" in stage.links.names("link_ann")


async def restarted(stage: Stage) -> Stage:
    """A new server on what the old one left; time goes on."""
    await settle()
    await stage.meetings.close()
    successor = Stage(stage.journal, stage.media.restarted(), stage.ids)
    successor.time = stage.time
    await successor.media.start()
    await successor.meetings.start()
    return successor


async def test_a_restart_without_workers_resets_media_and_keeps_the_seats() -> None:
    async with staged() as stage:
        _, ann = await stage.join("ann", has_offer=True)
        token = stage.links.last("link_ann", "room-joined").self.resume_token
        await settle()
        journal, ids = stage.journal, stage.ids

    async with staged(journal, ids=ids) as successor:
        _, again = await successor.join(
            "ann",
            link="link_new",
            resume=ResumeSeat(seat_id=ann.seat_id, resume_token=token, last_seq=1),
        )
        snapshot = successor.links.last("link_new", "room-joined")

        assert again.seat_id == ann.seat_id
        assert snapshot.resumed
        assert snapshot.transport_epoch == 2


async def test_a_restart_adopts_living_media_and_closes_what_nobody_knows() -> None:
    async with staged() as stage:
        await stage.join("ann", has_offer=True)
        router = next(r for w in stage.media.pool.workers for r in w.routers.values())
        await router.create_transport("trn_orphan", "ptc_orphan", "cor_1", Policy())
        successor = await restarted(stage)

        assert successor.transports() == ["trn_1"]
        assert successor.meetings.participant_count("room_1") == 1
        await successor.meetings.close()


async def test_a_restart_sees_what_happened_to_media_before_it_was_adopted() -> None:
    async with staged() as stage:
        for who in ("ann", "bob"):
            await stage.join(who, has_offer=True)
        await settle()
        await stage.meetings.close()
        successor = Stage(stage.journal, stage.media.restarted(), stage.ids)
        successor.time = stage.time
        await successor.media.start()
        successor.media.set_state("trn_1", "closed", "ice-timeout")
        successor.media.set_state("trn_2", "dark")

        await successor.meetings.start()
        await settle()

        meeting = successor.meetings._by_room["room_1"].meeting
        assert meeting is not None
        ann, bob = meeting.seats.values()
        assert (ann.transport, ann.transport_epoch) == (None, 2)
        assert bob.transport is not None
        assert bob.transport.state == "dark"
        await successor.meetings.close()


async def test_a_worker_that_is_found_late_keeps_only_routers_of_meetings() -> None:
    async with staged() as stage:
        await stage.join("ann", has_offer=True)
        await settle()
        slow = next(w for w in stage.media.pool.workers if not w.routers)
        process = stage.media.worker(slow.worker_id)
        # Made for somebody whose server never read the answer.
        await process.request(CreateRouter(router_id="rtr_orphan"), Empty)

        stage.media.link_up(process, process.inventory())
        await settle()

        assert process.inventory().routers == ()
        assert stage.transports() == ["trn_1"]


async def test_a_late_router_of_a_living_meeting_is_left_to_it() -> None:
    async with staged() as stage:
        await stage.join("ann")
        process = stage.media.worker(stage.media.pool.workers[0].worker_id)
        await process.request(CreateRouter(router_id="rtr_1"), Empty)

        stage.media.link_up(process, process.inventory())
        await settle()

        assert [router.router_id for router in process.inventory().routers] == ["rtr_1"]


async def test_a_meeting_of_an_unknown_build_does_not_stop_the_server() -> None:
    journal = MemoryJournal()
    header = MeetingHeader("mtg_9", "tnt_1", "room_9", 1)
    await journal.append([JournalRecord(header, 1, 1, "future", b'{"type":"future"}')])

    async with staged(journal) as stage:
        await stage.join("ann")
        assert stage.meetings.meeting_count() == 1


async def test_a_stopped_server_refuses_joins_and_commands() -> None:
    stage = Stage()
    await stage.media.start()
    await stage.meetings.start()
    actor, ann = await stage.join("ann")
    await stage.meetings.close()

    with pytest.raises(AppError) as join:
        await stage.join("bob")
    with pytest.raises(AppError) as command:
        await actor.post(chat(ann.seat_id))

    assert join.value.code == command.value.code == "shutting_down"
