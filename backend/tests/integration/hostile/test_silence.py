"""Connections that are made and never used."""

from __future__ import annotations

import asyncio

import pytest
from integration.hostile.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def test_sockets_that_never_join_are_told_and_closed_one_and_all(
    site: Site, silent_sockets: list[asyncio.Task[bool]]
) -> None:
    async with asyncio.timeout(100):
        told = await asyncio.gather(*silent_sockets)

    print(f"\n{sum(told)} of {len(told)} sockets that never joined were told why and closed")
    assert all(told)
    counted = await site.metric('streamforge_limits_reached_total{limit="left_open"}')
    assert counted >= len(told)
