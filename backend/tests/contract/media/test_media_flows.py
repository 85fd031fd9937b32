"""Real peers (aiortc) send and receive media through real workers; the fake has no part in this."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame, VideoFrame
from streamforge.media import events
from streamforge.media.ports import Policy, Publication, Router
from streamforge.protocol.media import AutoWant

EVERYTHING = Policy(publish=("microphone", "camera"), subscribe=True)
PATIENCE_S = 20.0

pytestmark = pytest.mark.timeout(60)


async def join(
    router: Router, name: str, connection: RTCPeerConnection, publish: list[Publication]
) -> None:
    transport = await router.create_transport(f"trn_{name}", f"ptc_{name}", "cor_1", EVERYTHING)
    await connection.setLocalDescription(await connection.createOffer())
    answer = await transport.accept_offer(
        connection.localDescription.sdp, publish, AutoWant(width=640, height=360)
    )
    await connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))


def received(connection: RTCPeerConnection, kind: str) -> MediaStreamTrack:
    (track,) = [
        transceiver.receiver.track
        for transceiver in connection.getTransceivers()
        if transceiver.direction == "recvonly" and transceiver.kind == kind
    ]
    return track


async def frames_of(track: MediaStreamTrack, count: int) -> int:
    """Decode this many frames and return the time stamp of the last."""
    last = -1
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(count):
            frame = await track.recv()
            assert isinstance(frame, VideoFrame)
            last = frame.pts or 0
    return last


async def test_what_one_peer_sends_another_decodes(native: Any, peer: Any) -> None:
    router = await native.engine.pool.least_loaded_worker().create_router("rtr_1")
    sender, receiver = peer(audio_slots=0, video_slots=0), peer(sends=False)
    tracks = [
        Publication(mid="0", producer_id="prd_mic", source="microphone"),
        Publication(mid="1", producer_id="prd_cam", source="camera"),
    ]

    await join(router, "a", sender, tracks)
    await join(router, "b", receiver, [])

    async with asyncio.timeout(PATIENCE_S):
        picture = await received(receiver, "video").recv()
        sound = await received(receiver, "audio").recv()
    assert isinstance(picture, VideoFrame)
    assert (picture.width, picture.height) == (640, 480)
    assert isinstance(sound, AudioFrame)
    assert sound.sample_rate == 48_000
    started = await native.until(
        lambda event: isinstance(event, events.ProducerStarted) and event.producer_id == "prd_cam"
    )
    assert (started.kind, started.source, started.codec) == ("video", "camera", "vp8")
    await native.until(
        lambda event: event == events.TransportStateChanged("trn_a", "ptc_a", "connected", None)
    )


async def test_media_flows_on_while_the_server_restarts(native: Any, peer: Any) -> None:
    router = await native.engine.pool.least_loaded_worker().create_router("rtr_1")
    sender, receiver = peer(audio_slots=0, video_slots=0), peer(audio_slots=0, sends=False)
    camera = Publication(mid="1", producer_id="prd_cam", source="camera")
    await join(router, "a", sender, [camera])
    await join(router, "b", receiver, [])
    video = received(receiver, "video")
    before = await frames_of(video, 1)

    await native.engine.close()
    without_server = await frames_of(video, 10)
    await native.restart_server()

    assert without_server > before
    held = {found.transport_id: found for found in native.engine.adopted()["rtr_1"].transports}
    assert held["trn_a"].state == "connected"
    native.engine.adopt("rtr_1")
    assert await frames_of(video, 10) > without_server


async def test_a_muted_track_is_not_forwarded_until_it_is_unmuted(native: Any, peer: Any) -> None:
    router = await native.engine.pool.least_loaded_worker().create_router("rtr_1")
    sender, receiver = peer(audio_slots=0, video_slots=0), peer(audio_slots=0, sends=False)
    await join(
        router,
        "a",
        sender,
        [Publication(mid="1", producer_id="prd_cam", source="camera", muted=True)],
    )
    await join(router, "b", receiver, [])
    video = received(receiver, "video")
    first = asyncio.ensure_future(video.recv())

    await native.until(
        lambda event: event == events.TransportStateChanged("trn_b", "ptc_b", "connected", None)
    )
    silent, _ = await asyncio.wait({first}, timeout=1.0)
    producer = router.transports["trn_a"].producers["prd_cam"]
    await producer.set_muted(False)

    assert not silent
    async with asyncio.timeout(PATIENCE_S):
        assert isinstance(await first, VideoFrame)
