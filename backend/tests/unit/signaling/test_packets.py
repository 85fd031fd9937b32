"""Packets as text: what is read, what is refused, what is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamforge.core.errors import Invalid
from streamforge.protocol.signaling import Done, Nothing, TokenExpiring
from streamforge.signaling import packets


@pytest.mark.parametrize(
    ("text", "ack_id"),
    [
        ('2["leave"]', None),
        ('20["leave",{}]', 0),
        ('2123456789["leave",{}]', 123_456_789),
        ('2/,5["leave",{}]', 5),
    ],
)
def test_events_are_read_with_their_acknowledgement(text: str, ack_id: int | None) -> None:
    head = packets.read_head(text)

    assert head is not None
    assert head.ack_id == ack_id
    assert packets.read_event(text, head) == ("leave", {})


@pytest.mark.parametrize("text", ["", "2", "2{}", '21234567890["leave"]', '2/admin,1["leave"]'])
def test_what_is_no_event_of_ours_has_no_head(text: str) -> None:
    assert packets.read_head(text) is None


@pytest.mark.parametrize("text", ['51-7["x"]', '60-/a,7["x"]'])
def test_a_binary_packet_says_where_to_refuse_it(text: str) -> None:
    assert packets.binary_ack_id(text) == 7


@pytest.mark.parametrize(
    ("body", "depth"),
    [("[]", 1), ("[{}]", 2), ('["[[[["]', 1), ('["\\"[[", {"a": [1]}]', 3), ('["[[[', 1)],
)
def test_depth_counts_brackets_outside_of_texts(body: str, depth: int) -> None:
    assert packets.depth(body) == depth


@pytest.mark.parametrize("body", ['{"text":"a\\ud800b"}', '{"\\udfff":1}', '{"text":"\ud800"}'])
def test_half_a_character_is_refused(body: str) -> None:
    text = f'27["send-chat",{body}]'
    head = packets.read_head(text)
    assert head is not None

    with pytest.raises(Invalid) as refused:
        packets.read_event(text, head)

    assert refused.value.code == "bad_message"


def test_a_character_in_two_halves_is_read() -> None:
    text = '27["send-chat",{"text":"\\ud83d\\ude00"}]'
    head = packets.read_head(text)
    assert head is not None

    assert packets.read_event(text, head) == ("send-chat", {"text": "😀"})


@given(st.text(alphabet='[]{}",:\\ a1e-.', max_size=80))
def test_any_text_is_read_or_refused_with_a_code(body: str) -> None:
    text = '27["send-chat",' + body
    head = packets.read_head(text)
    assert head is not None

    read: str | None = None
    try:
        read, _ = packets.read_event(text, head)
    except Invalid as refused:
        read = refused.code

    assert read in {"send-chat", "bad_message"}


def test_events_and_acknowledgements_are_written_as_socket_io_does() -> None:
    event = packets.encode_event("token-expiring", TokenExpiring(expires_at=5))
    ack = packets.encode_ack(3, Done(result=Nothing()))

    assert event == '2["token-expiring",{"expiresAt":5}]'
    assert ack == '33[{"result":{},"ok":true}]'
