"""The security headers of every answer, and the content security policy. It sets no cookie."""

from __future__ import annotations

import re
from typing import Final

# What a page may do; the meeting needs these four and nothing else.
PERMISSIONS: Final = (
    "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), "
    "picture-in-picture=(self), autoplay=(self), screen-wake-lock=(self), "
    "speaker-selection=(self), geolocation=(), payment=(), usb=(), serial=(), hid=(), "
    "midi=()"
)

EVERY_ANSWER: Final = (
    ("x-content-type-options", "nosniff"),
    # The slug in the URL lets its bearer in: it must not travel to other sites.
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", PERMISSIONS),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
)

# For everything that is not the page: nothing in it may run or load.
INERT_CSP: Final = "default-src 'none'; frame-ancestors 'none'"

HSTS: Final = ("strict-transport-security", "max-age=31536000")

HOST: Final = re.compile(r"^[A-Za-z0-9.\-\[\]:]{1,255}$")


def page_csp(nonce: str, host: str) -> str:
    """Return the policy of index.html.

    `wss:` is spelled out with our own host because Safari before 15.4 does not count WebSockets as
    'self'.
    """
    sockets = f" ws://{host} wss://{host}" if HOST.match(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "font-src 'self'",
            f"connect-src 'self'{sockets}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )
