"""People meet over real Socket.IO: join, media, chat, mute, leave, resume, duplicate, restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from integration.signaling.harness import Client, RunningServer, offer, until
from streamforge.media.fake_worker import FakeWorker
from streamforge.protocol import ipc

MakeClient = Callable[[], Client]


async def test_two_people_see_each_other_and_hear_of_each_step(client: MakeClient) -> None:
    ann, bob = client(), client()

    await ann.join("ann:moderator", offer=offer(("0", "microphone", False)))
    snapshot = await bob.join("bob", offer=offer(("0", "microphone", True)))
    arrival = await ann.wait_for("participant-joined")
    published = await ann.wait_for(
        "producer-published",
        lambda data: data["participantId"] == arrival["participant"]["participantId"],
    )

    assert [person["displayName"] for person in snapshot["participants"]] == ["Ann", "Bob"]
    assert snapshot["participants"][0]["role"] == "moderator"
    assert snapshot["participants"][0]["producers"][0]["source"] == "microphone"
    assert snapshot["answer"]["sdp"].startswith("v=0")
    assert snapshot["offerError"] is None
    assert published["producer"]["muted"] is True


async def test_the_acknowledgement_of_a_join_comes_before_the_snapshot(client: MakeClient) -> None:
    ann = client()
    await ann.connect()

    reply = await ann.command("join-room", ann.join_body("ann"))
    heard_with_reply = list(ann.events)
    await ann.wait_for("room-joined")

    assert reply["ok"]
    assert heard_with_reply == []


async def test_chat_reaches_everybody_once_even_when_it_is_sent_twice(client: MakeClient) -> None:
    ann, bob = client(), client()
    await ann.join("ann")
    await bob.join("bob")
    command = {"commandId": "cmd_1", "text": "Hello, Bob"}

    first = await ann.command("send-chat", command)
    second = await ann.command("send-chat", command)
    await ann.command("send-chat", {"commandId": "cmd_2", "text": "Bye"})
    await bob.wait_for("chat-sent", lambda data: data["message"]["text"] == "Bye")

    assert first == second
    assert [data["message"]["text"] for data in bob.heard("chat-sent")] == ["Hello, Bob", "Bye"]
    assert bob.heard("chat-sent")[0]["message"]["seq"] == first["result"]["seq"]


async def test_mute_is_told_and_enforced_in_the_worker(
    client: MakeClient, server: RunningServer
) -> None:
    ann, bob = client(), client()
    snapshot = await ann.join("ann", offer=offer(("0", "microphone", False)))
    await bob.join("bob")
    producer_id = snapshot["answer"]["producers"][0]["producerId"]

    reply = await ann.command(
        "set-muted", {"commandId": "cmd_1", "source": "microphone", "muted": True}
    )
    told = await bob.wait_for("mute-changed")

    def is_muted_in_worker() -> bool:
        return any(
            transport.producers[producer_id].muted
            for worker in server.media.pool.workers
            for router in worker.routers.values()
            for transport in router.transports.values()
            if producer_id in transport.producers
        )

    assert reply == {"ok": True, "result": {}}
    assert (told["source"], told["muted"]) == ("microphone", True)
    await until(is_muted_in_worker)


async def test_leaving_is_told_at_once_and_the_media_is_closed(
    client: MakeClient, server: RunningServer
) -> None:
    ann, bob = client(), client()
    await ann.join("ann")
    await bob.join("bob", offer=offer(("0", "microphone", False)))

    await bob.command("leave", {})
    told = await ann.wait_for("participant-left")

    assert told["reason"] == "left"
    await until(
        lambda: (
            not any(
                router.transports
                for worker in server.media.pool.workers
                for router in worker.routers.values()
            )
        )
    )
    assert (await bob.command("send-chat", {"commandId": "c", "text": "x"}))["error"]["code"] == (
        "not_joined"
    )


async def test_a_cut_socket_resumes_with_what_it_missed(client: MakeClient) -> None:
    ann, bob = client(), client()
    await ann.join("ann", offer=offer(("0", "microphone", False)))
    await bob.join("bob")
    await ann.wait_for("participant-joined")
    last_seq = ann.seqs()[-1]

    await ann.cut()
    await bob.wait_for("participant-connection-changed")
    await bob.command("send-chat", {"commandId": "cmd_1", "text": "Are you there?"})
    again = client()
    snapshot = await again.join("ann", resume=ann.resume(last_seq))
    await bob.wait_for(
        "participant-connection-changed", lambda data: data["connection"] == "connected"
    )

    assert snapshot["resumed"]
    assert snapshot["self"]["participantId"] == ann.joined["self"]["participantId"]
    assert snapshot["self"]["resumeToken"] != ann.joined["self"]["resumeToken"]
    assert snapshot["transportEpoch"] == ann.joined["transportEpoch"]
    assert [missed["event"] for missed in snapshot["missed"]] == [
        "participant-connection-changed",
        "chat-sent",
        "participant-connection-changed",
    ]
    assert bob.heard("participant-left") == []


async def test_a_wrong_resume_token_gets_a_fresh_seat(client: MakeClient) -> None:
    ann = client()
    await ann.join("ann")
    wrong = {**ann.resume(), "resumeToken": "0" * 64}

    thief = client()
    snapshot = await thief.join("eve", resume=wrong)

    assert not snapshot["resumed"]
    assert snapshot["self"]["seatId"] != ann.joined["self"]["seatId"]
    assert ann.heard("session-ended") == []


async def test_the_newest_connection_of_a_person_wins(client: MakeClient) -> None:
    ann, bob, twin = client(), client(), client()
    await bob.join("bob")
    await ann.join("ann")

    await twin.join("ann")
    ended = await ann.wait_for("session-ended")
    told = await bob.wait_for("participant-left")

    assert ended["code"] == "duplicate"
    assert told["reason"] == "duplicate"
    await until(lambda: not ann.io.connected)


async def test_a_full_room_refuses_the_next_person(client: MakeClient) -> None:
    for who in ("ann", "bob", "cat"):
        await client().join(who)
    dan = client()
    await dan.connect()

    reply = await dan.command("join-room", dan.join_body("dan"))

    assert reply["error"]["code"] == "room_full"


async def test_an_offer_is_renegotiated_and_repeated_without_a_second_effect(
    client: MakeClient,
) -> None:
    ann, bob = client(), client()
    await ann.join("ann", offer=offer(("0", "microphone", False)))
    await bob.join("bob")
    with_screen = {
        **offer(("0", "microphone", False), ("1", "screen", False)),
        "commandId": "cmd_1",
        "transportEpoch": 1,
    }

    first = await ann.command("offer", with_screen)
    second = await ann.command("offer", with_screen)
    without = {
        **offer(("0", "microphone", False)),
        "commandId": "cmd_2",
        "transportEpoch": 1,
    }
    await ann.command("offer", without)
    closed = await bob.wait_for("producer-closed")

    assert first["ok"]
    assert first == second
    assert closed["source"] == "screen"
    assert [data["producer"]["source"] for data in bob.heard("producer-published")] == ["screen"]


async def test_who_may_not_publish_joins_all_the_same_and_hears_which_source_to_leave_out(
    client: MakeClient,
) -> None:
    guest = client()
    both = offer(("0", "microphone", False), ("1", "camera", False))

    snapshot = await guest.join("guest::join+subscribe+publish:microphone", offer=both)
    again = {"commandId": "cmd_1", "transportEpoch": snapshot["transportEpoch"]}
    refused = await guest.command("offer", {**both, **again})
    allowed = {**offer(("0", "microphone", False)), **again, "commandId": "cmd_2"}
    answered = await guest.command("offer", allowed)

    assert snapshot["self"]["canPublish"] == ["microphone"]
    assert snapshot["answer"] is None
    for error in (snapshot["offerError"], refused["error"]):
        assert error["code"] == "publish_not_allowed"
        assert error["context"] == {"source": "camera"}
    assert answered["ok"]


async def test_a_slow_offer_holds_up_no_event(
    client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = client(), client()
    await ann.join("ann", offer=offer(("0", "microphone", False)))
    await bob.join("bob")
    answered, begun = asyncio.Event(), asyncio.Event()
    request = FakeWorker.request

    async def slowly(worker: FakeWorker, command: ipc.Command, result: type[Any]) -> Any:
        if isinstance(command, ipc.AcceptOffer):
            begun.set()
            await answered.wait()
        return await request(worker, command, result)

    monkeypatch.setattr(FakeWorker, "request", slowly)
    body = {**offer(("0", "microphone", False)), "commandId": "cmd_1", "transportEpoch": 1}

    pending = asyncio.ensure_future(ann.command("offer", body))
    await begun.wait()
    await bob.command("send-chat", {"commandId": "cmd_2", "text": "Hello"})
    await ann.wait_for("chat-sent")

    assert not pending.done()
    answered.set()
    assert (await pending)["ok"]
    assert [data["message"]["text"] for data in ann.heard("chat-sent")] == ["Hello"]


async def test_events_have_no_hole_in_their_numbers(client: MakeClient) -> None:
    ann, bob = client(), client()
    snapshot = await ann.join("ann")
    await bob.join("bob", offer=offer(("0", "microphone", False), ("1", "camera", True)))
    for number in range(5):
        await bob.command("send-chat", {"commandId": f"cmd_{number}", "text": str(number)})
    await bob.command("leave", {})
    await ann.wait_for("participant-left")

    seqs = ann.seqs()
    assert seqs == list(range(snapshot["seq"] + 1, snapshot["seq"] + 1 + len(seqs)))


async def test_a_lost_worker_resets_media_and_keeps_everything_else(
    client: MakeClient, server: RunningServer
) -> None:
    ann, bob = client(), client()
    await ann.join("ann", offer=offer(("0", "microphone", False)))
    snapshot = await bob.join("bob", offer=offer(("0", "microphone", False)))
    worker = next(worker for worker in server.media.pool.workers if worker.routers)

    server.media.lose_worker(worker.worker_id)
    reset = await ann.wait_for("media-reset")
    await bob.wait_for("media-reset")
    again = {
        **offer(("0", "microphone", False)),
        "commandId": "cmd_1",
        "transportEpoch": reset["transportEpoch"],
    }
    reply = await ann.command("offer", again)

    assert reset["transportEpoch"] == 2
    assert reply["ok"]
    assert reply["result"]["transportEpoch"] == 2
    before = snapshot["participants"][0]["producers"]
    assert reply["result"]["producers"][0]["producerId"] == before[0]["producerId"]
    assert bob.heard("participant-left") == []
    assert bob.heard("producer-closed") == []


async def test_a_killed_server_loses_nothing_and_doubles_nothing(
    client: MakeClient, server: RunningServer
) -> None:
    ann, bob = client(), client()
    await ann.join("ann:moderator", offer=offer(("0", "microphone", False)))
    await bob.join("bob", offer=offer(("0", "microphone", False)))
    await ann.command("set-muted", {"commandId": "cmd_1", "source": "microphone", "muted": True})
    chat = {"commandId": "cmd_2", "text": "Before the crash"}
    before = await ann.command("send-chat", chat)

    await server.restart()
    ann2, bob2 = client(), client()
    snapshot = await ann2.join("ann:moderator", resume=ann.resume())
    repeated = await ann2.command("send-chat", chat)
    seen_by_bob = await bob2.join("bob", resume=bob.resume())

    assert snapshot["resumed"]
    assert snapshot["meetingId"] == ann.joined["meetingId"]
    assert snapshot["transportEpoch"] == 1, "the workers lived on"
    assert repeated == before
    assert [message["text"] for message in seen_by_bob["chat"]] == ["Before the crash"]
    people = {person["displayName"]: person for person in seen_by_bob["participants"]}
    assert people["Ann"]["role"] == "moderator"
    assert people["Ann"]["producers"][0]["muted"] is True
    assert people["Bob"]["producers"][0]["muted"] is False
    assert snapshot["seq"] > before["result"]["seq"]


async def test_a_token_of_somebody_else_renews_nothing_and_is_told_to_its_sender_alone(
    client: MakeClient, server: RunningServer
) -> None:
    ann, bob = client(), client()
    await ann.join("ann")
    await bob.join("bob")
    server.tokens.lifetime_ms *= 2
    expiry = ann.joined["tokenExpiresAt"]

    refused = await ann.command("renew-token", {"token": "bob"})
    await ann.command("request-snapshot", {})
    kept = await ann.wait_for("room-joined", lambda data: data["resumed"])
    renewed = await ann.command("renew-token", {"token": "ann"})

    assert refused["error"]["code"] == "token_wrong_subject"
    assert kept["tokenExpiresAt"] == expiry
    assert renewed["result"]["expiresAt"] > expiry
    assert ann.heard("session-ended") == bob.heard("session-ended") == []


async def test_after_a_restart_a_seat_is_still_its_owners_alone(
    client: MakeClient, server: RunningServer
) -> None:
    ann = client()
    await ann.join("ann")

    await server.restart()
    eve, again = client(), client()
    await eve.connect()
    stolen = await eve.command("join-room", eve.join_body("eve", resume=ann.resume()))
    snapshot = await again.join("ann", resume=ann.resume())

    assert stolen["error"]["code"] == "token_wrong_subject"
    assert snapshot["resumed"]
    assert snapshot["self"]["participantId"] == ann.joined["self"]["participantId"]


async def test_without_storage_mute_works_and_chat_says_why_not(
    client: MakeClient, server: RunningServer
) -> None:
    ann, bob = client(), client()
    await ann.join("ann", offer=offer(("0", "microphone", False)))
    await bob.join("bob")
    server.journal.is_available = False

    muted = await ann.command(
        "set-muted", {"commandId": "cmd_1", "source": "microphone", "muted": True}
    )
    refused = await ann.command("send-chat", {"commandId": "cmd_2", "text": "Hello"})
    server.journal.is_available = True
    accepted = await ann.command("send-chat", {"commandId": "cmd_2", "text": "Hello"})
    await bob.wait_for("chat-sent")

    assert muted["ok"]
    assert refused["error"]["code"] == "storage_unavailable"
    assert accepted["ok"]
    assert len(bob.heard("chat-sent")) == 1


async def test_polling_works_where_websockets_do_not(client: MakeClient) -> None:
    ann = client()
    await ann.connect(transport="polling")

    reply = await ann.command("join-room", ann.join_body("ann"))
    snapshot = await ann.wait_for("room-joined")

    assert reply["ok"]
    assert snapshot["room"]["slug"] == "weekly"
