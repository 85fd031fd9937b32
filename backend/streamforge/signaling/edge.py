"""From a packet to an acknowledgement: every command is checked, carried out and answered here.

One bad message costs its sender an error with a code, and nobody else anything. Errors are put into
words for a client here and in `web/problems.py`, nowhere else.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any, Final

import msgspec

from streamforge.config.sections import Limits
from streamforge.core.clock import Clock
from streamforge.core.errors import AppError, Bug, Invalid, Limited, TooLarge
from streamforge.core.ids import IdSource, is_id
from streamforge.core.log import bound, get_logger
from streamforge.core.tasks import Tasks
from streamforge.protocol import signaling as wire
from streamforge.rooms.ports import CallLater
from streamforge.signaling import packets
from streamforge.signaling.admission import Admission
from streamforge.signaling.budgets import Budgets
from streamforge.signaling.counts import Counts
from streamforge.signaling.handlers import Handlers
from streamforge.signaling.links import Links
from streamforge.signaling.outbox import Outbox, Wire
from streamforge.signaling.session import Session

WITH_SDP: Final = frozenset({"join-room", "offer"})
# Their acknowledgement goes ahead of the snapshot that they bring about. Any other command lets
# events pass while it waits, for a media worker or for storage.
WITH_SNAPSHOT: Final = frozenset({"join-room", "request-snapshot"})
# JSON writes CR and LF of an SDP as two characters each: at most twice its size.
JSON_GROWTH: Final = 2
LEFT_OPEN_CODE: Final = "rate_limited"
PING_TIMEOUT: Final = "ping timeout"
# Engine.IO's reasons; they are labels of a metric.
DISCONNECTS: Final = frozenset(
    {"client disconnect", "server disconnect", PING_TIMEOUT, "transport close", "transport error"}
)

_log = get_logger(__name__)


class Edge:
    """The connections of this server and what they say."""

    def __init__(
        self,
        *,
        handlers: Handlers,
        links: Links,
        admission: Admission,
        limits: Limits,
        clock: Clock,
        ids: IdSource,
        call_later: CallLater,
        join_within_s: float,
        counts: Counts,
    ) -> None:
        self._handlers = handlers
        self._links = links
        self._admission = admission
        self._limits = limits
        self._clock = clock
        self._ids = ids
        self._call_later = call_later
        self._join_within_s = join_within_s
        self._counts = counts
        self._tasks = Tasks("signaling")
        self._sessions: dict[str, Session] = {}
        self._most_bytes = limits.message_bytes + JSON_GROWTH * limits.offer_bytes

    @property
    def session_count(self) -> int:
        """How many connections there are."""
        return len(self._sessions)

    def open(self, link: str, address: str, wire_to: Wire) -> None:
        """A connection is there; it has not said anything.

        Raises:
            Limited: `rate_limited`, and the connection must be refused.
        """
        visitor = self._admission.enter(address)
        outbox = Outbox(
            wire_to,
            self._tasks,
            self._limits.send_queue_bytes,
            lambda: self._overflow(session),
        )
        budgets = Budgets(self._limits, self._clock, self._counts.count_limit)
        session = Session(
            link=link,
            visitor=visitor,
            budgets=budgets,
            outbox=outbox,
            start_join_timer=lambda: self._call_later(
                self._join_within_s, lambda: self._left_open(session)
            ),
        )
        session.await_join()
        self._sessions[link] = session
        self._links.add(link, outbox)

    def greet(self, link: str, auth: object) -> None:
        """Check the version that the client speaks.

        Raises:
            Invalid: `upgrade_required`, `validation_failed`.
        """
        session = self._sessions.get(link)
        if session is None:
            raise Invalid("bad_message")
        try:
            hello = msgspec.convert(auth, wire.ConnectAuth)
        except msgspec.ValidationError as error:
            raise Invalid("validation_failed", f"auth: {error}") from error
        if hello.protocol != wire.PROTOCOL:
            raise Invalid("upgrade_required")
        given = hello.correlation_id
        session.correlation_id = given if is_id(given, "cor") else self._ids.new("cor")
        session.is_greeted = True
        _log.debug("socket.greeted", **session.log_context)

    def is_greeted(self, link: str) -> bool:
        """Whether this connection was accepted already."""
        session = self._sessions.get(link)
        return session is not None and session.is_greeted

    def closed(self, link: str, reason: str) -> None:
        """A connection is gone, for one of `DISCONNECTS`."""
        session = self._sessions.pop(link, None)
        self._links.remove(link)
        if session is None:
            return
        reason = reason if reason in DISCONNECTS else "other"
        self._counts.count_disconnect(reason)
        # Half open: the other side vanished without a word.
        write = _log.warning if reason == PING_TIMEOUT else _log.info
        write("socket.closed", reason=reason, **session.log_context)
        with bound(**session.log_context):
            session.close()

    async def close(self) -> None:
        """Stop; the connections are the web server's to close."""
        await self._tasks.close()

    async def receive(self, link: str, text: str) -> None:
        """Carry out the command in an event packet and acknowledge it."""
        session = self._sessions.get(link)
        head = packets.read_head(text)
        if session is None or not session.is_greeted:
            return
        if head is None:
            self.offend(link)
            return
        with bound(**session.log_context), ExitStack() as until_acknowledged:
            reply = await self._reply(session, text, head, until_acknowledged)
            if head.ack_id is not None:
                session.outbox.push_first(packets.encode_ack(head.ack_id, reply))

    def refuse_binary(self, link: str, text: str) -> None:
        """Answer a binary event with `binary_refused`; its attachments are dropped as they come."""
        session, ack_id = self._sessions.get(link), packets.binary_ack_id(text)
        if session is not None and ack_id is not None:
            refusal = self._refused(session, "binary", Invalid("binary_refused"))
            session.outbox.push_first(packets.encode_ack(ack_id, refusal))
        self.offend(link)

    def offend(self, link: str) -> None:
        """Note that a connection broke the rules; end it when it goes on and on."""
        session = self._sessions.get(link)
        if session is not None and session.budgets.strikes.add():
            _log.warning("socket.cut_off", **session.log_context)
            self._counts.count_limit("strikes")
            self._links.end(link, "rate_limited", "This connection broke the rules repeatedly.")

    def _left_open(self, session: Session) -> None:
        # Ordinary: a page on which nobody has joined yet.
        _log.debug("socket.left_open", **session.log_context)
        self._links.end(session.link, LEFT_OPEN_CODE, "Nobody joined.")

    def _overflow(self, session: Session) -> None:
        self._counts.count_limit("send_queue")
        with bound(**session.log_context):
            self._links.overflow(session.link)

    async def _reply(
        self, session: Session, text: str, head: packets.Head, until_acknowledged: ExitStack
    ) -> wire.Struct:
        try:
            event, body = self._read(session, text, head)
            if event in WITH_SNAPSHOT:
                session.outbox.hold()
                until_acknowledged.callback(session.outbox.release)
            return wire.Done(result=await self._handlers.run(event, session, body))
        except AppError as error:
            return self._refused(session, _name_of(text, head), error)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 (every command is answered, whatever happens)
            _log.error("command.failed", exc_info=error)
            self._counts.count_refusal("internal")
            return wire.Refused(error=wire.failure_of(Bug("internal")))

    def _refused(self, session: Session, command: str, error: AppError) -> wire.Refused:
        self._counts.count_refusal(error.code)
        # The context as a value: its keys may be any, those of a line included.
        if isinstance(error, Bug):
            _log.error("command.bug", command=command, code=error.code, context=error.context)
        elif session.budgets.log_lines.may():
            named = {"command": command, "code": error.code, "context": error.context}
            _log.info("command.refused", **session.log_context, **named)
        return wire.Refused(error=wire.failure_of(error))

    def _read(self, session: Session, text: str, head: packets.Head) -> tuple[str, wire.Struct]:
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        try:
            session.budgets.take_message(size)
        except Limited:
            self.offend(session.link)
            raise
        if size > self._most_bytes:
            has_sdp = any(_begins(text, head, name) for name in WITH_SDP)
            raise TooLarge("sdp_too_large" if has_sdp else "message_too_large")
        event, payload = packets.read_event(text, head)
        kind = wire.COMMANDS.get(event)
        if kind is None:
            raise Invalid("unknown_command", f"The commands are {', '.join(wire.COMMANDS)}.")
        if size > self._limits.message_bytes and event not in WITH_SDP:
            raise TooLarge("message_too_large")
        body = _convert(payload, kind)
        session.budgets.take_event(event)
        offer = body.offer if isinstance(body, wire.JoinRoom) else body
        if isinstance(offer, wire.OfferBody):
            session.budgets.take_offer(offer.sdp)
        return event, body


def _name_of(text: str, head: packets.Head) -> str:
    """Return the name of a command that may not even be readable, as it can be logged."""
    return next((name for name in wire.COMMANDS if _begins(text, head, name)), "unknown")


def _begins(text: str, head: packets.Head, name: str) -> bool:
    return text.startswith(f'"{name}"', head.body_at + 1)


def _convert(payload: Any, kind: type[wire.Struct]) -> wire.Struct:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise Invalid("validation_failed", f"{error}.") from error
