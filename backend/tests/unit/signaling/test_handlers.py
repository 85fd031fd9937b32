"""What commands are answered with, where it is more than that they were carried out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamforge.accounts.tokens import Grant
from unit.signaling.wired import wired


async def test_an_older_token_is_answered_with_the_time_that_the_seat_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with wired() as server:
        ann = server.connect()
        await ann.join("ann")
        await server.time.advance(60)
        newer = await ann.ask("renew-token", {"token": "ann"})
        tokens = server.meetings.entrance._tokens
        verify = tokens.verify

        def verify_older(token: str, room_id: str) -> Grant:
            grant = verify(token, room_id)
            return replace(grant, expires_at=grant.expires_at - 120_000)

        monkeypatch.setattr(tokens, "verify", verify_older)
        older = await ann.ask("renew-token", {"token": "ann"})

        assert newer["result"]["expiresAt"] == server.time.clock.now_ms() + 3_600_000
        assert older["result"] == newer["result"]
