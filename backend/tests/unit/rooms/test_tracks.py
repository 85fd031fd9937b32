"""Offers, transports, tracks and mute state, without a worker."""

from __future__ import annotations

import pytest
from streamforge.core.errors import AppError
from streamforge.protocol.ipc import ProducerState, TransportInventory
from streamforge.protocol.signaling import MediaCapabilities
from streamforge.rooms import views
from streamforge.rooms.commands import (
    ReportInventory,
    ReportRefusal,
    ReportRouterLost,
    ReportTransport,
    Resume,
    SetMuted,
)
from streamforge.rooms.effects import (
    AcceptOffer,
    CloseTransport,
    OpenTransport,
    SendTo,
    SetTrackMuted,
)
from streamforge.rooms.events import OfferRefused, TrackMuted
from streamforge.rooms.policy import granted_sources
from unit.rooms.scripts import ALL_SOURCES, Script, answered, names, offer, request, resume


def mute(muted: bool = True, source: str = "microphone", command_id: str = "cmd_m") -> SetMuted:
    return SetMuted("link_ann", "seat_ann", command_id, source, muted)


def joined() -> Script:
    script = Script()
    script.join("ann")
    return script


def test_a_first_offer_opens_a_transport_with_the_policy_of_the_seat() -> None:
    script = joined()

    script.when(offer("ann", "microphone", "camera"))

    opening, accepting = script.effects
    assert isinstance(opening, OpenTransport)
    assert opening.policy.publish == ("microphone", "camera", "screen", "screen-audio")
    assert isinstance(accepting, AcceptOffer)
    assert [track.source for track in accepting.publish] == ["microphone", "camera"]


def test_nothing_is_announced_before_the_worker_accepted_it() -> None:
    script = joined()

    before = names(script.when(offer("ann", "microphone")))
    after = names(script.when(answered("ann", "microphone")))

    assert before == ["TransportOpened", "OfferTaken"]
    assert after == ["TrackPublished"]


def test_a_renegotiation_keeps_ids_adds_and_closes() -> None:
    script = joined()
    script.publish("ann", "microphone")

    script.when(offer("ann", "microphone", "screen"))
    added = names(script.when(answered("ann", "microphone", "screen")))
    script.when(offer("ann", "microphone"))
    closed = names(script.when(answered("ann", "microphone")))

    assert added == ["TrackPublished"]
    assert closed == ["TrackClosed"]


def test_a_new_transport_keeps_the_ids_of_tracks_so_that_tiles_stay() -> None:
    script = joined()
    script.publish("ann", "microphone", "camera")
    script.when(ReportRouterLost())

    again = request("ann", "camera", "microphone")
    script.when(offer("ann", epoch=2, offer=again))

    accepting = script.effects[-1]
    assert isinstance(accepting, AcceptOffer)
    assert {track.producer_id for track in accepting.publish} == {
        "prd_ann_microphone",
        "prd_ann_camera",
    }


def test_the_next_epoch_is_a_fresh_transport_and_closes_the_older() -> None:
    script = joined()
    script.publish("ann", "microphone")

    script.when(offer("ann", epoch=2, offer=request("ann2", "microphone")))

    assert script.effects[0] == CloseTransport("trn_ann")
    assert isinstance(script.effects[1], OpenTransport)
    assert script.seat("ann").transport_epoch == 2


@pytest.mark.parametrize("epoch", [-1, 0, 3])
def test_any_other_epoch_is_stale(epoch: int) -> None:
    script = joined()

    with pytest.raises(AppError) as refused:
        script.when(offer("ann", "microphone", epoch=epoch))

    assert refused.value.code == "stale_transport"


def test_an_answer_for_a_transport_that_was_replaced_changes_nothing() -> None:
    script = joined()
    script.when(offer("ann", "microphone"))
    script.when(ReportRouterLost())

    assert script.when(answered("ann", "microphone")) == []


def test_what_may_not_be_published_is_refused() -> None:
    script = Script(screen_share=False)
    script.join("ann")
    script.join("bob", publish=())

    with pytest.raises(AppError) as no_screen:
        script.when(offer("ann", "screen"))
    with pytest.raises(AppError) as nothing:
        script.when(offer("bob", "microphone"))

    assert no_screen.value.code == nothing.value.code == "publish_not_allowed"
    assert no_screen.value.context == {"source": "screen"}
    assert nothing.value.context == {"source": "microphone"}


def test_a_join_that_offers_too_much_stands_and_says_which_source_to_leave_out() -> None:
    script = Script(screen_share=False)

    events = script.join("ann", offer=request("ann", "microphone", "screen"))
    again = script.when(offer("ann", "microphone"))

    refusals = [event.refusal for event in events if isinstance(event, OfferRefused)]
    assert [(refusal.code, refusal.context) for refusal in refusals] == [
        ("publish_not_allowed", {"source": "screen"})
    ]
    assert script.seat("ann").link == "link_ann"
    assert names(again) == ["TransportOpened", "OfferTaken"]


def test_a_resume_that_offers_too_much_closes_what_the_browser_no_longer_has() -> None:
    script = Script(screen_share=False)
    script.join("ann")
    script.publish("ann", "microphone")

    script.when(resume("ann", offer=request("ann", "screen")))
    seat = script.seat("ann")
    closed = [effect for effect in script.effects if isinstance(effect, CloseTransport)]
    epoch = seat.transport_epoch
    again = script.when(offer("ann", "microphone", epoch=epoch, link="link_ann_2"))

    assert closed == [CloseTransport("trn_ann")]
    assert epoch == 2
    assert names(again) == ["TransportOpened", "OfferTaken"]


def test_a_worker_that_is_back_is_told_again_which_tracks_are_muted() -> None:
    script = joined()
    script.publish("ann", "microphone", "camera")
    script.when(mute())
    there = (
        ProducerState(producer_id="prd_ann_microphone", mid="0", kind="audio", source="microphone"),
        ProducerState(
            producer_id="prd_ann_camera", mid="1", kind="video", source="camera", muted=True
        ),
    )
    found = TransportInventory(
        transport_id="trn_ann", participant_id="ptc_ann", state="connected", producers=there
    )
    stranger = TransportInventory(
        transport_id="trn_eve", participant_id="ptc_eve", state="connected", producers=there
    )

    script.when(ReportInventory((stranger, found)))

    assert script.effects == [
        SetTrackMuted("trn_ann", "prd_ann_microphone", True),
        SetTrackMuted("trn_ann", "prd_ann_camera", False),
    ]


def test_a_token_may_grant_single_sources() -> None:
    assert granted_sources(("join", "publish")) == ALL_SOURCES
    assert granted_sources(("join", "publish:camera", "publish:dance")) == ("camera",)
    assert granted_sources(("join",)) == ()


def test_the_snapshot_tells_what_a_seat_may_publish_and_what_each_browser_could() -> None:
    script = Script(screen_share=False)
    able = MediaCapabilities(audio=True, video=True)
    script.join("ann", publish=("camera", "screen"), media_capabilities=able)
    assert script.meeting is not None

    joined = views.room_joined(
        script.meeting, script.seat("ann"), resume_token="t", is_resumed=False, server_time=1
    )

    assert joined.self.can_publish == ("camera",)
    assert [person.media_capabilities for person in joined.participants] == [able]


def test_mute_is_announced_and_enforced() -> None:
    script = joined()
    script.publish("ann", "microphone")

    events = script.when(mute())

    assert names(events) == ["SourcesMuted", "MuteEnforced", "TrackMuted"]
    assert SetTrackMuted("trn_ann", "prd_ann_microphone", muted=True) in script.effects


def test_muting_what_is_muted_announces_nothing_new() -> None:
    script = joined()
    script.publish("ann", "microphone")
    script.when(mute())

    assert "TrackMuted" not in names(script.when(mute(command_id="cmd_2")))


def test_mute_before_the_answer_is_not_lost() -> None:
    script = joined()
    script.when(offer("ann", "microphone"))

    script.when(mute())
    events = script.when(answered("ann", "microphone"))

    assert names(events) == ["TrackPublished", "MuteEnforced"]
    assert script.seat("ann").tracks[0].muted


def test_an_offer_says_what_is_muted_and_tells_the_others() -> None:
    script = joined()
    script.publish("ann", "microphone")

    events = script.when(offer("ann", "microphone", muted=("microphone",)))

    assert [event.muted for event in events if isinstance(event, TrackMuted)] == [True]


def test_an_unknown_source_cannot_be_muted() -> None:
    with pytest.raises(AppError) as refused:
        joined().when(mute(source="telescope"))

    assert refused.value.code == "unknown_source"


@pytest.mark.parametrize(
    ("reason", "is_told"),
    [
        ("ice-timeout", True),
        ("dtls-failed", True),
        ("panicked", True),
        ("peer-closed", False),
        ("requested", False),
        ("router-closed", False),
    ],
)
def test_a_connection_that_failed_is_rebuilt_and_one_that_was_closed_is_not(
    reason: str, is_told: bool
) -> None:
    script = joined()
    script.publish("ann", "microphone")

    script.when(ReportTransport("trn_ann", "closed", reason))

    told = [effect for effect in script.effects if isinstance(effect, SendTo)]
    assert [effect.event for effect in told] == (["media-reset"] if is_told else [])
    assert script.seat("ann").transport_epoch == 2
    assert script.seat("ann").tracks, "the tile stays while the media is rebuilt"


def test_a_refused_first_offer_can_be_tried_again_at_the_same_epoch() -> None:
    script = joined()
    script.when(offer("ann", "microphone"))
    script.when(ReportRefusal("seat_ann", "trn_ann", is_gone=True))

    events = script.when(offer("ann", "microphone"))

    assert "TransportOpened" in names(events)


def test_a_refused_renegotiation_keeps_the_transport() -> None:
    script = joined()
    script.publish("ann", "microphone")

    assert script.when(ReportRefusal("seat_ann", "trn_ann", is_gone=False)) == []


def test_after_a_restart_living_media_is_kept_and_mute_is_enforced_again() -> None:
    script = joined()
    script.join("bob")
    script.publish("ann", "microphone")
    script.publish("bob", "microphone")
    script.when(mute())
    alive = TransportInventory(
        transport_id="trn_ann",
        participant_id="ptc_ann",
        state="connected",
        producers=(
            ProducerState(
                producer_id="prd_ann_microphone", mid="0", kind="audio", source="microphone"
            ),
        ),
    )

    script.when(Resume(seq=1_000_000, transports=(alive,)))

    assert script.seat("ann").has_media
    assert SetTrackMuted("trn_ann", "prd_ann_microphone", muted=True) in script.effects
    assert script.seat("bob").transport is None
    assert script.seat("bob").transport_epoch == 2
    assert {seat.link for seat in script.seats.values()} == {None}


def test_a_track_that_appeared_unseen_is_announced_after_a_restart_as_encrypted_as_it_is() -> None:
    script = joined()
    script.when(offer("ann", "microphone"))
    alive = TransportInventory(
        transport_id="trn_ann",
        participant_id="ptc_ann",
        state="connected",
        producers=(
            ProducerState(
                producer_id="prd_ann_microphone",
                mid="0",
                kind="audio",
                source="microphone",
                encrypted=True,
            ),
        ),
    )

    events = script.when(Resume(seq=1_000_000, transports=(alive,)))

    assert "TrackPublished" in names(events)
    assert [track.encrypted for track in script.seat("ann").tracks] == [True]
