"""Offers: what a browser may negotiate, and which peer connection its offer goes to. Pure.

A seat has at most one transport; `transportEpoch` counts them. A browser offers with the epoch it
has (negotiate again) or with the next one (its peer connection died, give me a fresh one).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streamforge.core.errors import Conflict, Forbidden, Invalid, TooLarge
from streamforge.protocol.media import Publication, Source
from streamforge.protocol.signaling import OfferedTrack
from streamforge.rooms.commands import Offer, OfferRequest
from streamforge.rooms.events import AnyRoomEvent, OfferTaken, SourcesMuted, TransportOpened
from streamforge.rooms.model import Meeting, Rules, Seat
from streamforge.rooms.policy import allowed_sources, source_named
from streamforge.rooms.tracks import announce_mutes

# RFC 8843 §9.2 gives no limit; browsers count up from 0, ours and aiortc's have 1 to 4 characters.
MAX_MID_CHARS: Final = 16


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
        events += announce_mutes(seat, muted)
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
    return tuple(sorted(muted))


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
