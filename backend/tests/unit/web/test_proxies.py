"""The client behind proxies: believed from trusted ones only, and only as far as they reach."""

from __future__ import annotations

import pytest
from streamforge.web.proxies import Client, TrustedProxies, limit_key

PROXIES = TrustedProxies(["10.0.0.0/8", "::1/128"])
FORWARDED = {
    b"host": b"inner:3000",
    b"x-forwarded-for": b"203.0.113.9",
    b"x-forwarded-proto": b"https",
    b"x-forwarded-host": b"meet.example.org",
}


def test_a_trusted_proxy_tells_who_called() -> None:
    client = PROXIES.client("10.0.0.1", "http", FORWARDED)

    assert client == Client("203.0.113.9", "https", "meet.example.org")


def test_a_stranger_cannot_pretend_to_be_a_proxy() -> None:
    client = PROXIES.client("198.51.100.1", "http", FORWARDED)

    assert client == Client("198.51.100.1", "http", "inner:3000")


def test_an_ipv4_proxy_seen_through_an_ipv6_socket_is_still_trusted() -> None:
    assert PROXIES.client("::ffff:10.0.0.1", "http", FORWARDED).address == "203.0.113.9"


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (b"1.2.3.4, 203.0.113.9", "203.0.113.9"),
        (b"203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (b"10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (b"rubbish", "10.0.0.1"),
        (b"", "10.0.0.1"),
    ],
)
def test_the_chain_is_read_from_the_right_up_to_the_first_stranger(
    chain: bytes, expected: str
) -> None:
    client = PROXIES.client("10.0.0.1", "http", {b"x-forwarded-for": chain})

    assert client.address == expected


def test_an_ipv6_caller_is_limited_by_its_network() -> None:
    assert limit_key("2001:db8::1") == limit_key("2001:db8::ffff:ffff")
    assert limit_key("2001:db8::1") != limit_key("2001:db8:0:1::1")
    assert limit_key("::ffff:192.0.2.1") == "192.0.2.1"
