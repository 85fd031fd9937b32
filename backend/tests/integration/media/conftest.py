"""A worker that does what a test says, on a real Unix socket or a loopback port with a token."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from streamforge.protocol.framing import FrameReader, frame

Message = dict[str, Any]
PATIENCE_S = 10.0
TOKEN = "0123456789abcdef" * 4


class ScriptedWorker:
    """Answers hello with an inventory that a test may change; keeps other commands for the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pid = 1
        self.shown_tokens: list[bytes] = []
        self.parts: list[list[Message]] = []
        self.routers: list[Message] = []
        self.hello_error: str | None = None
        self.answers_commands = True
        self.hangs_up_at_once = False
        self.connections = 0
        self.hellos: list[Message] = []
        self.commands: asyncio.Queue[Message] = asyncio.Queue()
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def listen(self) -> None:
        self.path.unlink(missing_ok=True)
        if self.path.suffix == ".sock":
            self._server = await asyncio.start_unix_server(self._serve, str(self.path))
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        endpoint = {"host": host, "port": port, "pid": os.getpid(), "token": TOKEN}
        self.path.write_text(json.dumps(endpoint))

    def stop_listening(self) -> None:
        """As a process that ends: the socket is refused and connections break."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.hang_up()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def say(self, *messages: Message) -> None:
        """Send messages in one piece, so that they are read together."""
        data = b"".join(frame(json.dumps(message).encode()) for message in messages)
        self._writers[-1].write(data)

    def say_raw(self, data: bytes) -> None:
        self._writers[-1].write(data)

    def answer(self, command: Message, **result: Any) -> None:
        self.say({"id": command["id"], "ok": True, "result": result})

    async def next_command(self) -> Message:
        async with asyncio.timeout(PATIENCE_S):
            return await self.commands.get()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.hangs_up_at_once:
            writer.transport.abort()
            return
        self._writers.append(writer)
        frames = FrameReader()
        shows_token = self.path.suffix == ".endpoint"
        while data := await reader.read(65_536):
            for payload in frames.feed(data):
                if shows_token:
                    self.shown_tokens.append(payload)
                    shows_token = False
                    continue
                self._received(json.loads(payload), writer)

    def _received(self, command: Message, writer: asyncio.StreamWriter) -> None:
        if command["type"] == "hello":
            self.hellos.append(command)
            for routers in self.parts:
                part = {"type": "inventory-part", "routers": routers}
                writer.write(frame(json.dumps(part).encode()))
            body: Message = {"id": command["id"], "ok": True, "result": self._inventory()}
            if self.hello_error is not None:
                error = {"code": self.hello_error, "message": "no"}
                body = {"id": command["id"], "ok": False, "error": error}
            writer.write(frame(json.dumps(body).encode()))
            return
        self.commands.put_nowait(command)

    def _inventory(self) -> Message:
        return {
            "protocol": 1,
            "build": "test",
            "epoch": 1,
            "pid": self.pid,
            "index": 0,
            "udpPort": 40_000,
            "tcpPort": 40_000,
            "routers": self.routers,
        }


class Heard:
    """A link listener that writes everything down and lets a test wait for it."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Any]] = []
        self.inventories: list[Any] = []
        self._news = asyncio.Event()

    def link_up(self, _link: object, inventory: Any) -> None:
        self.inventories.append(inventory)
        self._note("up", inventory.pid)

    def link_event(self, _link: object, event: Any) -> None:
        self._note("event", event)

    def link_down(self, _link: object, cause: str) -> None:
        self._note("down", cause)

    async def until(self, wanted: Callable[[list[tuple[str, Any]]], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not wanted(self.entries):
                self._news.clear()
                await self._news.wait()

    def _note(self, kind: str, what: Any) -> None:
        self.entries.append((kind, what))
        self._news.set()


@pytest.fixture(params=["sock", "endpoint"])
async def worker(request: pytest.FixtureRequest) -> AsyncIterator[ScriptedWorker]:
    # Not tmp_path: the name of a Unix socket is short.
    directory = Path(tempfile.mkdtemp(prefix="sf-"))
    scripted = ScriptedWorker(directory / f"worker-0.{request.param}")
    await scripted.listen()
    yield scripted
    scripted.stop_listening()
    shutil.rmtree(directory)


@pytest.fixture
def heard() -> Heard:
    return Heard()
