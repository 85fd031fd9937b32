"""`streamforge-sim clients`: native light clients in one process, commanded by lines of JSON.

It carries media only; whoever commands it does the signaling.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from streamforge.media.worker_binary import find_worker_binary

Message = dict[str, Any]
PATIENCE_S = 30.0
# A line has an offer in it.
LINE_BYTES = 1 << 20


class Simulator:
    """A running process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> Simulator:
        """Start one without clients."""
        program = find_worker_binary().with_name("streamforge-sim")
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(
                program, "clients", stdin=pipe, stdout=pipe, limit=LINE_BYTES
            )
        )

    async def ask(self, reply: str, **order: Any) -> Message:
        """Write an order and return the next reply of a kind."""
        await self.order(**order)
        return await self.hear(reply)

    async def order(self, **order: Any) -> None:
        """Write an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(order)}\n".encode())
        await self._process.stdin.drain()

    async def hear(self, reply: str) -> Message:
        """Return the next reply of a kind; an error fails the test."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while data := await self._process.stdout.readline():
                message = json.loads(data)
                assert message["type"] != "error", message
                if message["type"] == reply:
                    return message
        raise AssertionError("the simulator ended")

    async def answer(self, client: str, sdp: str) -> None:
        """Give a client its answer; return when its media path is up."""
        state = await self.ask("state", type="answer", client=client, sdp=sdp)
        assert state["state"] == "connected", state

    async def counters(self) -> dict[str, Message]:
        """What each client sent and got so far, and its longest gap since the last call."""
        stats = await self.ask("stats", type="stats")
        return {counters["client"]: counters for counters in stats["clients"]}

    async def stop(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
