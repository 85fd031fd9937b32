"""Readiness is asked where the server listens."""

from __future__ import annotations

import asyncio

import pytest
from streamforge.supervisor.listening import ListeningSockets, listen, reachable_host
from streamforge.supervisor.readiness import is_ready


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::", "::1", "localhost"])
async def test_a_server_is_asked_at_the_address_that_it_is_bound_to(host: str) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    sockets = ListeningSockets(listen(host, 0, "HTTP", "STREAMFORGE_HTTP_PORT"), None)
    server = await asyncio.start_server(answer, sock=sockets.http)
    try:
        assert await is_ready(sockets.http_host, sockets.http_port, "/meet")
    finally:
        server.close()
        await server.wait_closed()

    assert asked[0].startswith(b"GET /meet/readyz HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("bound", "reachable"),
    [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("192.0.2.1", "192.0.2.1"), ("meet", "meet")],
)
def test_every_address_is_reached_by_this_machines_own(bound: str, reachable: str) -> None:
    assert reachable_host(bound) == reachable
