"""Carries out what the rules decided: tells connections, commands media. It decides nothing.

What takes time runs beside the meeting, as tasks of it; what comes of it is reported as a command.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from streamforge.core.errors import AppError, Bug
from streamforge.core.log import bound, get_logger
from streamforge.core.tasks import Tasks
from streamforge.protocol.signaling import OfferResult
from streamforge.rooms.audience import Audience
from streamforge.rooms.effects import (
    AcceptOffer,
    Broadcast,
    CloseTransport,
    Effect,
    EndLink,
    EndMeeting,
    OpenTransport,
    SendTo,
    SetTrackMuted,
)
from streamforge.rooms.media_link import MeetingMedia
from streamforge.rooms.negotiation import Report, close_quietly, negotiate

_log = get_logger(__name__)


class Performer:
    """The hands of one meeting. `end` closes the meeting for a reason."""

    def __init__(
        self,
        audience: Audience,
        media: MeetingMedia,
        tasks: Tasks,
        end: Callable[[str], Coroutine[object, object, None]],
    ) -> None:
        self._audience = audience
        self._media = media
        self._tasks = tasks
        self._end = end

    def carry_out(self, effect: Effect) -> None:
        """Do it, or have it done."""
        match effect:
            case Broadcast():
                self._audience.broadcast(effect)
            case SendTo():
                self._audience.send(effect)
            case EndLink():
                self._audience.end(effect)
            case CloseTransport():
                self._spawn(close_quietly(self._media, effect.transport_id), "close-transport")
            case SetTrackMuted():
                self._spawn(self._media.set_muted(effect), "set-muted")
            case EndMeeting():
                self._spawn(self._end(effect.reason), "end")
            case OpenTransport() | AcceptOffer():
                raise Bug("internal", context={"reason": "offers are negotiated as a pair"})

    def negotiate(
        self,
        opening: OpenTransport,
        offer: AcceptOffer,
        *,
        report: Report,
        is_current: Callable[[AcceptOffer], bool],
        answer: Callable[[OfferResult | AppError], None],
    ) -> None:
        """Have an offer answered by the worker, and `answer` told what came of it."""

        async def run() -> None:
            with bound(
                correlation_id=opening.correlation_id,
                participant_id=opening.participant_id,
                transport_id=offer.transport_id,
            ):
                answer(await self._outcome(opening, offer, report, is_current))

        self._spawn(run(), "negotiate")

    async def _outcome(
        self,
        opening: OpenTransport,
        offer: AcceptOffer,
        report: Report,
        is_current: Callable[[AcceptOffer], bool],
    ) -> OfferResult | AppError:
        try:
            return await negotiate(
                self._media, opening, offer, report=report, is_current=is_current
            )
        except AppError as error:
            return error
        except Exception as error:  # noqa: BLE001 (whoever offered must get an answer)
            _log.error("offer.failed", exc_info=error)
            return Bug("internal")

    def _spawn(self, work: Coroutine[object, object, None], name: str) -> None:
        self._tasks.spawn(work, name)
