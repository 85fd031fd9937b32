"""One offer's way: to the worker, back into the meeting, out as an answer. It decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from streamforge.core.errors import AppError, Conflict
from streamforge.core.log import get_logger
from streamforge.protocol.media import Source
from streamforge.protocol.signaling import OfferResult
from streamforge.rooms.commands import ReportAnswer, ReportRefusal
from streamforge.rooms.effects import AcceptOffer, OpenTransport
from streamforge.rooms.media_link import GONE_CODES, MeetingMedia

Report = Callable[[ReportAnswer | ReportRefusal], Awaitable[object]]

_log = get_logger(__name__)


async def negotiate(
    media: MeetingMedia,
    opening: OpenTransport,
    offer: AcceptOffer,
    *,
    report: Report,
    is_current: Callable[[AcceptOffer], bool],
) -> OfferResult:
    """Return the worker's answer once the meeting knows of it.

    Raises:
        AppError: the worker's refusal, or `stale_transport` when the seat moved on meanwhile.
    """
    try:
        answer = await media.negotiate(opening, offer)
    except AppError as error:
        _log.warning("offer.refused", code=error.code, context=error.context)
        is_gone = error.code in GONE_CODES or not media.has(offer.transport_id)
        await _tell(report, ReportRefusal(offer.seat_id, offer.transport_id, is_gone))
        raise
    told_muted: tuple[Source, ...] = tuple(track.source for track in offer.publish if track.muted)
    await _tell(
        report,
        ReportAnswer(
            seat_id=offer.seat_id,
            transport_id=offer.transport_id,
            offered=offer.offered,
            producers=answer.producers,
            told_muted=told_muted,
        ),
    )
    if not is_current(offer):
        # The seat left, or got another transport: nobody else knows of this one.
        await close_quietly(media, offer.transport_id)
        raise Conflict("stale_transport")
    return OfferResult(
        sdp=answer.sdp,
        transport_epoch=offer.transport_epoch,
        slots=answer.slots,
        producers=answer.producers,
    )


async def close_quietly(media: MeetingMedia, transport_id: str) -> None:
    """Close a transport; if its worker is gone, so is the transport."""
    try:
        await media.close_transport(transport_id)
    except AppError as error:
        _log.debug("media.skipped", code=error.code)


async def _tell(report: Report, command: ReportAnswer | ReportRefusal) -> None:
    try:
        await report(command)
    except AppError as error:
        _log.debug("report.ignored", code=error.code)
