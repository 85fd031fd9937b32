"""Which pages may use this server: exact origins, and our own page by a name that is ours."""

from __future__ import annotations

import pytest
from streamforge.web.origins import Origins, normalise

ORIGINS = Origins(["https://meet.example.org", "https://embed.example.com:8443"], ["Laptop"])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://meet.example.org", "meet.example.org"),
        ("https://meet.example.org:443", "anything"),
        ("HTTPS://Embed.Example.com:8443", "meet.example.org"),
        ("http://localhost:3000", "localhost:3000"),
        ("https://192.168.1.7:3443", "192.168.1.7:3443"),
        ("http://[::1]:3000", "[::1]:3000"),
        ("http://laptop:3000", "laptop:3000"),
        # A proxy that ends TLS: the page says https, the request came by http.
        ("https://10.0.0.1", "10.0.0.1"),
    ],
)
def test_a_page_of_ours_is_allowed(origin: str, host: str) -> None:
    assert ORIGINS.allows(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "meet.example.org"),
        ("https://meet.example.org.evil.example", "meet.example.org"),
        ("https://meet.example.org@evil.example", "meet.example.org"),
        ("http://meet.example.org", "meet.example.org"),
        ("https://meet.example.org:8443", "meet.example.org"),
        ("http://localhost:8080", "localhost:3000"),
        ("null", "localhost:3000"),
        ("", "localhost:3000"),
        ("file://", "localhost:3000"),
        ("http://localhost:99999", "localhost:99999"),
    ],
)
def test_a_strange_page_is_refused(origin: str, host: str) -> None:
    assert not ORIGINS.allows(origin, host)


def test_a_name_that_a_stranger_points_at_us_is_refused_although_it_equals_the_host() -> None:
    assert not ORIGINS.allows("http://rebound.example:3000", "rebound.example:3000")


def test_default_ports_are_left_out() -> None:
    assert normalise("https://a.example:443") == "https://a.example"
    assert normalise("http://a.example:443") == "http://a.example:443"
