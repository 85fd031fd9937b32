"""protocol/ipc.py and protocol/framing.py: what the other side may send, and what it may not."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamforge.core.errors import Invalid, TooLarge
from streamforge.protocol.framing import MAX_FRAME_BYTES, FrameReader, frame
from streamforge.protocol.ipc import (
    AcceptOffer,
    Answer,
    CreateTransport,
    Hello,
    Stats,
    TransportStateChanged,
    decode_message,
    encode_command,
)
from streamforge.protocol.media import AutoWant, ExplicitWant, Policy, Publication, WantedSlot


def test_commands_look_on_the_wire_as_the_protocol_page_says() -> None:
    policy = Policy(publish=("camera",), subscribe=True)
    create = CreateTransport(
        router_id="rtr_1",
        transport_id="trn_1",
        participant_id="ptc_1",
        correlation_id="cor_1",
        policy=policy,
    )

    assert json.loads(encode_command(7, create)) == {
        "id": 7,
        "type": "create-transport",
        "routerId": "rtr_1",
        "transportId": "trn_1",
        "participantId": "ptc_1",
        "correlationId": "cor_1",
        "policy": {"publish": ["camera"], "subscribe": True},
    }
    assert json.loads(encode_command(1, Hello(epoch=3, build="0.1.0"))) == {
        "id": 1,
        "type": "hello",
        "protocol": 1,
        "build": "0.1.0",
        "epoch": 3,
    }


def test_both_forms_of_a_want_carry_their_mode() -> None:
    slot = WantedSlot(
        mid="3", participant_id="ptc_1", source="screen", width=1280, height=720, priority=2
    )
    offer = AcceptOffer(
        transport_id="trn_1",
        sdp="v=0",
        publish=(Publication(mid="0", producer_id="prd_1", source="screen-audio"),),
        want=ExplicitWant(revision=3, slots=(slot,)),
    )

    written = json.loads(encode_command(1, offer))

    assert written["want"]["mode"] == "explicit"
    assert written["want"]["slots"][0]["participantId"] == "ptc_1"
    assert written["publish"][0]["source"] == "screen-audio"
    assert msgspec.to_builtins(AutoWant())["mode"] == "auto"


def test_unknown_fields_and_unknown_events_are_ignored() -> None:
    known = decode_message(
        b'{"type":"transport-state-changed","transportId":"t","participantId":"p",'
        b'"state":"dark","reason":null,"later":1}'
    )

    assert known == TransportStateChanged(transport_id="t", participant_id="p", state="dark")
    assert decode_message(b'{"type":"weather-changed","sunny":true}') is None


def test_a_new_close_reason_of_a_newer_worker_is_passed_on() -> None:
    event = decode_message(
        b'{"type":"transport-state-changed","transportId":"t","participantId":"p",'
        b'"state":"closed","reason":"meteor"}'
    )

    assert isinstance(event, TransportStateChanged)
    assert event.reason == "meteor"


def test_answers_are_told_from_events_by_their_id() -> None:
    good = decode_message(b'{"id":1,"ok":true,"result":{"sdp":"x"}}')
    bad = decode_message(b'{"id":2,"ok":false,"error":{"code":"bad_sdp","message":"no"}}')

    assert isinstance(good, Answer)
    assert bytes(good.result) == b'{"sdp":"x"}'
    assert isinstance(bad, Answer)
    assert bad.error.code == "bad_sdp"


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"type":"stats","packetsIn":"many"}', b'{"id":"x"}'],
)
def test_what_cannot_be_read_is_refused_with_a_code(payload: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        decode_message(payload)

    assert caught.value.code == "bad_message"


def test_counters_may_be_missing() -> None:
    assert decode_message(b'{"type":"stats","packetsIn":5}') == Stats(packets_in=5)


@given(st.lists(st.binary(max_size=50), max_size=8), st.integers(min_value=1, max_value=13))
def test_frames_survive_any_cutting_of_the_stream(payloads: list[bytes], step: int) -> None:
    stream = b"".join(map(frame, payloads))
    reader = FrameReader()

    read = [
        payload
        for start in range(0, len(stream), step)
        for payload in reader.feed(stream[start : start + step])
    ]

    assert read == payloads


def test_a_frame_above_the_limit_is_refused_on_both_sides() -> None:
    with pytest.raises(TooLarge):
        frame(b"x" * (MAX_FRAME_BYTES + 1))
    with pytest.raises(TooLarge):
        FrameReader().feed((MAX_FRAME_BYTES + 1).to_bytes(4, "big"))
