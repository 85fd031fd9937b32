"""API keys have a rate of their own, wherever they are used."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Limited, Unauthenticated
from streamforge.web.auth import LimitedAuthenticator
from streamforge.web.ratelimit import Rate, RateLimiter


@dataclass(frozen=True)
class Owner:
    """Of the key that is their id."""

    api_key_id: str
    tenant_id: str = "tnt_1"


class Keys:
    """Every key is good but `wrong`."""

    async def authenticate(self, api_key: str) -> Owner:
        if api_key == "wrong":
            raise Unauthenticated("api_key_invalid")
        return Owner(api_key)


async def test_a_key_that_is_used_too_often_waits_and_no_other_key_does() -> None:
    clock, reached = ManualClock(), list[str]()
    limiter = RateLimiter(Rate(20, 3), clock, limit="api_key", on_refused=reached.append)
    keys = LimitedAuthenticator(Keys(), limiter)
    for _ in range(3):
        await keys.authenticate("one")

    with pytest.raises(Limited) as refused:
        await keys.authenticate("one")
    await keys.authenticate("two")
    clock.advance(ms=refused.value.retry_after_ms or 0)
    await keys.authenticate("one")

    assert refused.value.code == "rate_limited"
    assert 50 <= (refused.value.retry_after_ms or 0) <= 51
    assert reached == ["api_key"]


async def test_a_wrong_key_costs_nobody_anything() -> None:
    limiter = RateLimiter(Rate(1, 1), ManualClock())
    keys = LimitedAuthenticator(Keys(), limiter)

    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await keys.authenticate("wrong")

    assert len(limiter) == 0
