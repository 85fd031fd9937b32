"""Asks a server on this machine whether it is ready. It judges nothing beyond the status code."""

from __future__ import annotations

import asyncio
from typing import Final

from streamforge.supervisor.listening import host_in_url

POLL_S: Final = 0.2
# A server that is being started accepts and says nothing; a fresh connection may find it ready.
ANSWER_TIMEOUT_S: Final = 2.0


async def wait_until_ready(host: str, http_port: int, base_path: str) -> None:
    """Return when `GET {base_path}/readyz` answers 200; wait for ever otherwise."""
    while not await is_ready(host, http_port, base_path):  # noqa: ASYNC110 (another process answers)
        await asyncio.sleep(POLL_S)


async def is_ready(host: str, http_port: int, base_path: str) -> bool:
    """Ask once."""
    head = f"Host: {host_in_url(host)}\r\nConnection: close\r\n\r\n"
    request = f"GET {base_path}/readyz HTTP/1.1\r\n{head}"
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, http_port)
            try:
                writer.write(request.encode())
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return status.split(b" ")[1:2] == [b"200"]
