"""A Socket.IO connection spoken by hand, so that it can say what no library would."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

PATIENCE_S = 20.0


class RawSocket:
    """Engine.IO 4 over a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def say(self, packet: str | bytes) -> None:
        """Send an Engine.IO packet. What the server hangs up on is for `hear` to tell."""
        with suppress(ConnectionError):
            if isinstance(packet, str):
                await self._socket.send_str(packet)
            else:
                await self._socket.send_bytes(packet)

    async def hear(self, start: str) -> str | None:
        """Return the next packet that starts so; None once the connection is closed."""
        while True:
            message = await self._socket.receive(timeout=PATIENCE_S)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return None
            if message.data == "2":
                await self._socket.send_str("3")
            elif message.data.startswith(start):
                return message.data

    async def command(self, event: str, payload: str) -> dict[str, Any]:
        """Send an event whose payload is JSON text, and return its acknowledgement."""
        return await self.ask(f"[{json.dumps(event)},{payload}]")

    async def ask(self, body: str) -> dict[str, Any]:
        """Send the body of an event, and return its acknowledgement."""
        number = next(self._numbers)
        await self.say(f"42{number}{body}")
        answer = await self.hear(f"43{number}[")
        assert answer is not None, f"the connection was closed after {body[:200]}"
        return json.loads(answer[answer.index("[") :])[0]


@asynccontextmanager
async def raw_socket(url: str) -> AsyncIterator[RawSocket]:
    """A connection that was greeted."""
    async with engine_socket(url) as socket:
        await socket.say('40{"protocol":1}')
        assert await socket.hear("40") is not None
        yield socket


@asynccontextmanager
async def engine_socket(url: str) -> AsyncIterator[RawSocket]:
    """A connection that has not said anything."""
    address = f"{url}/socket.io/?EIO=4&transport=websocket".replace("http", "ws", 1)
    # Who hangs up does not wait for a goodbye.
    timeout = aiohttp.ClientWSTimeout(ws_close=1)  # pyright: ignore[reportCallIssue]
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(address, timeout=timeout, max_msg_size=0) as socket,
    ):
        yield RawSocket(socket)
