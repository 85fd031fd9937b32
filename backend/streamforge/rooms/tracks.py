"""Tracks and mute state of the seats, and what becomes of them. Pure; the worker does the media.

A track keeps its id over transports: a rebuilt connection changes nothing for the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streamforge.protocol.ipc import ProducerState
from streamforge.protocol.media import PublishedTrack, Source
from streamforge.rooms.commands import ReportAnswer, SetMuted
from streamforge.rooms.events import (
    AnyRoomEvent,
    MuteEnforced,
    SourcesMuted,
    TrackClosed,
    TrackMoved,
    TrackMuted,
    TrackPublished,
    TransportLost,
)
from streamforge.rooms.model import Seat, Track
from streamforge.rooms.policy import source_named

# Ends for which the browser asked, or that take the whole meeting along: nothing to rebuild.
QUIET_REASONS: Final = frozenset({"requested", "router-closed", "peer-closed"})


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


def _carried(seat: Seat, producer: PublishedTrack | ProducerState, *, encrypted: bool) -> Track:
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
    carried = [_carried(seat, producer, encrypted=producer.encrypted) for producer in found]
    events = settle(seat, carried)
    return events + enforce_mutes(seat, transport_id, found)


def enforce_mutes(
    seat: Seat, transport_id: str, found: Iterable[ProducerState]
) -> list[AnyRoomEvent]:
    """Return what the worker must be told: which tracks are muted is the meeting's word."""
    return [
        _enforced(transport_id, producer.producer_id, muted=producer.source in seat.muted)
        for producer in found
        if producer.muted != (producer.source in seat.muted)
    ]


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
        SourcesMuted(
            seat_id=seat.seat_id, muted=tuple(sorted(muted)), command_id=command.command_id
        )
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


def announce_mutes(seat: Seat, muted: tuple[Source, ...]) -> list[TrackMuted]:
    """Return what everybody is told when these sources of a seat are muted, and no others."""
    return [
        _muted_event(seat, track, muted=not track.muted)
        for track in seat.tracks
        if (track.source in muted) != track.muted
    ]


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
