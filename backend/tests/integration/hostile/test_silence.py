"""Connections that are made and never used."""

from __future__ import annotations

import asyncio

import pytest
from integration.hostile.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

MOST_LEFT = 20


@pytest.mark.usefixtures("witnesses")
async def test_sockets_that_never_join_are_told_and_closed_one_and_all(
    site: Site, silent_sockets: list[asyncio.Task[bool]]
) -> None:
    async with asyncio.timeout(100):
        told = await asyncio.gather(*silent_sockets)

    print(f"\n{sum(told)} of {len(told)} sockets that never joined were told why and closed")
    assert all(told)
    # Nothing is kept for them: what is left are the connections of the witnesses and few others.
    async with asyncio.timeout(10):
        while not 2 <= await site.metric("streamforge_signaling_sockets_count") < MOST_LEFT:
            await asyncio.sleep(0.1)
