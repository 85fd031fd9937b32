"""Offers, peer connections, tracks and mute state of the seats. Pure; the worker does the media.

A seat has at most one transport; `transportEpoch` counts them. A browser offers with the epoch it
has (negotiate again) or with the next one (its peer connection died, give me a fresh one).
A track keeps its id over transports: a rebuilt connection changes nothing for the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast, get_args

from streamforge.core.errors import Conflict, Forbidden, Invalid, TooLarge
from streamforge.protocol.ipc import ProducerState
from streamforge.protocol.media import Publication, PublishedTrack, Source
from streamforge.protocol.signaling import OfferedTrack
from streamforge.rooms.commands import Offer, OfferRequest, ReportAnswer, SetMuted
from streamforge.rooms.events import (
    AnyRoomEvent,
    MuteEnforced,
    OfferTaken,
    SourcesMuted,
    TrackClosed,
    TrackMoved,
    TrackMuted,
    TrackPublished,
    TransportLost,
    TransportOpened,
)
from streamforge.rooms.model import Meeting, Rules, Seat, Track
from streamforge.rooms.policy import allowed_sources

SOURCES: Final = frozenset(get_args(Source))
# RFC 8843 §9.2 gives no limit; browsers count up from 0, ours and aiortc's have 1 to 4 characters.
MAX_MID_CHARS: Final = 16
# Ends for which the browser asked, or that take the whole meeting along: nothing to rebuild.
QUIET_REASONS: Final = frozenset({"requested", "router-closed", "peer-closed"})


def source_named(text: str) -> Source:
    """Return the source of this name.

    Raises:
        Invalid: `unknown_source`.
    """
    if text not in SOURCES:
        raise Invalid("unknown_source", f"The sources are {', '.join(sorted(SOURCES))}.")
    return cast("Source", text)


def decide_offer(meeting: Meeting, seat: Seat, command: Offer, rules: Rules) -> list[AnyRoomEvent]:
    """Take an offer on the seat's transport, or on a fresh one.

    Raises:
        Conflict: `stale_transport` for any other epoch.
    """
    if command.transport_epoch not in {seat.transport_epoch, seat.transport_epoch + 1}:
        raise Conflict(
            "stale_transport",
            f"This seat is at transport epoch {seat.transport_epoch}.",
        )
    return take_offer(
        meeting,
        seat,
        command.offer,
        rules,
        epoch=command.transport_epoch,
        command_id=command.command_id,
        correlation_id=command.correlation_id,
    )


def take_offer(
    meeting: Meeting,
    seat: Seat,
    offer: OfferRequest,
    rules: Rules,
    *,
    epoch: int,
    command_id: str = "",
    correlation_id: str = "",
) -> list[AnyRoomEvent]:
    """Check an offer and hand it on.

    Raises:
        Forbidden: `publish_not_allowed`.
        Invalid: `bad_sdp`, `unknown_source`, `duplicate_source`, `validation_failed`.
        TooLarge: `sdp_too_large`, `too_many_media_lines`, `too_many_tracks`.
    """
    _check_sdp(offer.sdp, rules)
    sources = _check_tracks(meeting, seat, offer.publish, rules)
    events: list[AnyRoomEvent] = []
    is_new = seat.transport is None or epoch != seat.transport_epoch
    if seat.transport is None or is_new:
        transport_id = offer.transport_id
        events.append(
            TransportOpened(seat_id=seat.seat_id, transport_id=transport_id, transport_epoch=epoch)
        )
    else:
        transport_id = seat.transport.transport_id
    muted = _muted_after(seat, sources, offer.publish)
    if muted != seat.muted:
        events.append(SourcesMuted(seat_id=seat.seat_id, muted=muted))
        events += _announce_mutes(seat, muted)
    events.append(
        OfferTaken(
            seat_id=seat.seat_id,
            transport_id=transport_id,
            transport_epoch=epoch,
            command_id=command_id,
            sdp=offer.sdp,
            offered=offer.publish,
            publish=tuple(_publications(seat, offer, sources, is_new=is_new)),
            want=offer.want,
            correlation_id=correlation_id,
        )
    )
    return events


def _check_sdp(sdp: str, rules: Rules) -> None:
    if len(sdp) > rules.offer_bytes or len(sdp.encode("utf-8", "replace")) > rules.offer_bytes:
        raise TooLarge("sdp_too_large", f"An offer has at most {rules.offer_bytes} bytes.")
    if not sdp.startswith("v=0"):
        raise Invalid("bad_sdp", "An offer starts with v=0 (RFC 8866 §5.1).")
    if sdp.count("\nm=") > rules.offer_media_lines:
        raise TooLarge(
            "too_many_media_lines", f"An offer has at most {rules.offer_media_lines} media lines."
        )


def _check_tracks(
    meeting: Meeting, seat: Seat, publish: tuple[OfferedTrack, ...], rules: Rules
) -> list[Source]:
    if len(publish) > rules.producers_per_participant:
        raise TooLarge(
            "too_many_tracks", f"One person sends at most {rules.producers_per_participant} tracks."
        )
    sources: list[Source] = [source_named(track.source) for track in publish]
    if len(set(sources)) != len(sources):
        raise Invalid("duplicate_source", "Each source is published once.")
    mids = [track.mid for track in publish]
    if len(set(mids)) != len(mids) or not all(0 < len(mid) <= MAX_MID_CHARS for mid in mids):
        raise Invalid(
            "validation_failed", f"Each mid is there once and has 1 to {MAX_MID_CHARS} characters."
        )
    refused = sorted(set(sources) - set(allowed_sources(meeting, seat)))
    if refused:
        raise Forbidden(
            "publish_not_allowed",
            f"You may not publish {', '.join(refused)}.",
            context={"source": refused[0]},
        )
    return sources


def _muted_after(
    seat: Seat, sources: Iterable[Source], publish: Iterable[OfferedTrack]
) -> tuple[Source, ...]:
    muted: set[Source] = set(seat.muted)
    for source, track in zip(sources, publish, strict=True):
        (muted.add if track.muted else muted.discard)(source)
    return _sorted(muted)


def _sorted(sources: Iterable[Source]) -> tuple[Source, ...]:
    return tuple(sorted(sources))


def _announce_mutes(seat: Seat, muted: tuple[Source, ...]) -> list[TrackMuted]:
    return [
        _muted_event(seat, track, muted=not track.muted)
        for track in seat.tracks
        if (track.source in muted) != track.muted
    ]


def _publications(
    seat: Seat, offer: OfferRequest, sources: list[Source], *, is_new: bool
) -> Iterable[Publication]:
    known = {track.source: track for track in seat.tracks}
    for source, track, fresh_id in zip(sources, offer.publish, offer.producer_ids, strict=True):
        older = known.get(source)
        # On one transport a source that changes its media line is another track to the worker.
        keeps_id = older is not None and (is_new or older.mid == track.mid)
        yield Publication(
            mid=track.mid,
            producer_id=older.producer_id if older is not None and keeps_id else fresh_id,
            source=source,
            encrypted=track.encrypted,
            muted=track.muted,
        )


def decide_answer(seat: Seat, command: ReportAnswer) -> list[AnyRoomEvent]:
    """Make the seat's tracks those that the worker accepted, unless its transport is another."""
    if seat.transport is None or seat.transport.transport_id != command.transport_id:
        return []
    encrypted = {track.mid: track.encrypted for track in command.offered}
    accepted = [
        _carried(seat, producer, encrypted=encrypted.get(producer.mid, False))
        for producer in command.producers
    ]
    events = settle(seat, accepted)
    for track in accepted:
        # Muted (or unmuted) while the offer was on its way.
        if track.muted != (track.source in command.told_muted):
            events.append(_enforced(command.transport_id, track.producer_id, muted=track.muted))
    return events


def _carried(
    seat: Seat, producer: PublishedTrack | ProducerState, *, encrypted: bool = False
) -> Track:
    """Return the track that a worker's producer carries; whether it is muted is the seat's word."""
    return Track(
        producer_id=producer.producer_id,
        source=producer.source,
        kind=producer.kind,
        mid=producer.mid,
        muted=producer.source in seat.muted,
        encrypted=encrypted,
    )


def settle(seat: Seat, tracks: Iterable[Track]) -> list[AnyRoomEvent]:
    """Return the events from the seat's tracks to these."""
    after = {track.producer_id: track for track in tracks}
    before = {track.producer_id: track for track in seat.tracks}
    events: list[AnyRoomEvent] = [
        closed(seat, track) for track in seat.tracks if track.producer_id not in after
    ]
    for track in after.values():
        older = before.get(track.producer_id)
        if older is None:
            events.append(
                TrackPublished(
                    seat_id=seat.seat_id, participant_id=seat.participant_id, track=track
                )
            )
        elif older.mid != track.mid:
            events.append(
                TrackMoved(seat_id=seat.seat_id, producer_id=track.producer_id, mid=track.mid)
            )
    return events


def reconcile(seat: Seat, transport_id: str, found: Iterable[ProducerState]) -> list[AnyRoomEvent]:
    """After a restart: the worker knows which tracks there are, the journal which are muted."""
    found = tuple(found)
    events = settle(seat, [_carried(seat, producer) for producer in found])
    for producer in found:
        muted = producer.source in seat.muted
        if producer.muted != muted:
            events.append(_enforced(transport_id, producer.producer_id, muted=muted))
    return events


def closed(seat: Seat, track: Track) -> TrackClosed:
    """Return the event by which a track ends."""
    return TrackClosed(
        seat_id=seat.seat_id,
        participant_id=seat.participant_id,
        producer_id=track.producer_id,
        source=track.source,
    )


def lost(seat: Seat, reason: str | None) -> list[AnyRoomEvent]:
    """Return the events by which a seat loses its transport; its tracks keep their tiles."""
    if seat.transport is None:
        return []
    return [
        TransportLost(
            seat_id=seat.seat_id,
            transport_id=seat.transport.transport_id,
            transport_epoch=seat.transport_epoch + 1,
            reason=None if reason in QUIET_REASONS else reason,
        )
    ]


def decide_mute(seat: Seat, command: SetMuted) -> list[AnyRoomEvent]:
    """Note that a source is muted; the worker enforces it if it is published.

    Raises:
        Invalid: `unknown_source`.
    """
    source = source_named(command.source)
    muted: set[Source] = set(seat.muted)
    (muted.add if command.muted else muted.discard)(source)
    events: list[AnyRoomEvent] = [
        SourcesMuted(seat_id=seat.seat_id, muted=_sorted(muted), command_id=command.command_id)
    ]
    for track in seat.tracks:
        if track.source != source:
            continue
        # The worker first: silence must not wait until a hundred people were told of it.
        if seat.transport is not None:
            events.append(
                _enforced(seat.transport.transport_id, track.producer_id, muted=command.muted)
            )
        if track.muted != command.muted:
            events.append(_muted_event(seat, track, muted=command.muted))
    return events


def _muted_event(seat: Seat, track: Track, *, muted: bool) -> TrackMuted:
    return TrackMuted(
        seat_id=seat.seat_id,
        participant_id=seat.participant_id,
        producer_id=track.producer_id,
        source=track.source,
        muted=muted,
    )


def _enforced(transport_id: str, producer_id: str, *, muted: bool) -> MuteEnforced:
    return MuteEnforced(transport_id=transport_id, producer_id=producer_id, muted=muted)
