"""python-socketio as we use it: its transports and namespaces, our reading of packets.

The only file that touches that library, which has no types. Events never reach its own dispatch;
`edge.py` reads them.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

from typing import Any, Final, cast

import engineio
import msgspec
import socketio
from socketio.exceptions import ConnectionRefusedError as Refused

from streamforge.core.errors import AppError, Invalid, Limited
from streamforge.protocol.signaling import failure_of
from streamforge.signaling import packets
from streamforge.signaling.edge import Edge
from streamforge.signaling.engine_packets import Receive, Send, only_packets, whole_body
from streamforge.signaling.strangers import Strangers

# What is larger than our limits is answered up to here; beyond, the connection is closed.
ANSWERED_BYTES: Final = 2 * 1024 * 1024

_CONNECT, _DISCONNECT, _EVENT, _ACK = "0", "1", "2", "3"
_BINARY: Final = ("5", "6")


class EngineServer(engineio.AsyncServer):
    """Engine.IO, for which a bad request is no error of ours."""

    strangers: Strangers

    def _log_error_once(self, message: str, message_key: str) -> None:
        self.strangers.bad_request(message_key, message)


class SocketServer(socketio.AsyncServer):
    """Made by `build_socketio`; mount it with `socketio.ASGIApp(server, other_app)`."""

    def __init__(
        self, edge: Edge, strangers: Strangers, *, ping_interval_s: float, ping_timeout_s: float
    ) -> None:
        super().__init__(
            async_mode="asgi",
            # Engine.IO adds no CORS headers of its own: origins were checked before.
            cors_allowed_origins=[],
            ping_interval=ping_interval_s,
            ping_timeout=ping_timeout_s,
            max_http_buffer_size=ANSWERED_BYTES,
            # Costs memory for each connection, and secrets beside chosen text must not share a
            # compressor (CRIME).
            http_compression=False,
            logger=False,
            engineio_logger=False,
        )
        self.edge = edge
        self._strangers = self.eio.strangers = strangers
        self.on("connect", self._greet)

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    async def handle_request(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Let the library read what is Engine.IO, and nothing else."""
        if scope["type"] == "websocket":
            await super().handle_request(
                scope, only_packets(receive, self._strangers.no_packet), send
            )
            return
        if scope["method"] == "POST":
            whole = await whole_body(receive, send, ANSWERED_BYTES, self._strangers.no_packet)
            if whole is None:
                return
            receive = whole
        await super().handle_request(scope, receive, send)

    async def _greet(self, sid: str, _environ: dict[str, Any], auth: object = None) -> None:
        link = self.manager.eio_sid_from_sid(sid, "/")
        try:
            if link is None:
                raise Invalid("bad_message")
            self.edge.greet(link, auth)
        except AppError as error:
            raise Refused(error.message, {"code": error.code, "message": error.message}) from error

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> object:
        scope = cast("dict[str, Any]", environ.get("asgi.scope", {}))
        client = cast("tuple[str, int] | None", scope.get("client"))
        try:
            self.edge.open(eio_sid, client[0] if client else "", EngineWire(self, eio_sid))
        except Limited as error:
            self._strangers.refused(error)
            # The body of the 401 that Engine.IO answers.
            return msgspec.to_builtins(failure_of(error))
        await super()._handle_eio_connect(eio_sid, environ)
        return True

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self.edge.closed(eio_sid, reason)
        await super()._handle_eio_disconnect(eio_sid, reason)

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        if not isinstance(data, str):
            self.edge.offend(eio_sid)
        elif data.startswith(_EVENT):
            await self.edge.receive(eio_sid, data)
        elif data.startswith(_BINARY):
            self.edge.refuse_binary(eio_sid, data)
        elif data.startswith(_CONNECT):
            await self._connect(eio_sid, data)
        elif data.startswith(_DISCONNECT):
            await EngineWire(self, eio_sid).hang_up()
        elif not data.startswith(_ACK):
            self.edge.offend(eio_sid)

    async def _connect(self, eio_sid: str, data: str) -> None:
        is_sane = packets.depth(data) <= packets.MAX_DEPTH and len(data) <= packets.MAX_CONNECT
        if not is_sane or self.edge.is_greeted(eio_sid):
            self.edge.offend(eio_sid)
            return
        try:
            await super()._handle_eio_message(eio_sid, data)
        except ValueError:
            self.edge.offend(eio_sid)


class EngineWire:
    """Writes to one Engine.IO connection, for its `Outbox`."""

    def __init__(self, server: SocketServer, eio_sid: str) -> None:
        self._server = server
        self._eio_sid = eio_sid

    async def write(self, text: str) -> None:
        """Hand a packet to the writer."""
        await self._server.eio.send(self._eio_sid, text)

    async def drained(self) -> None:
        """Wait until the writer took everything."""
        socket = self._server.eio.sockets.get(self._eio_sid)
        if socket is not None:
            await socket.queue.join()

    async def hang_up(self) -> None:
        """Close the connection; the writer sends what it has first, if the other side reads."""
        socket = self._server.eio.sockets.get(self._eio_sid)
        if socket is not None and not socket.closed:
            await socket.close(wait=False)
            # Ends the writer after what it has: the library only asks the client to hang up, and
            # one that does not would keep a connection that nobody counts any more.
            await socket.queue.put(None)
