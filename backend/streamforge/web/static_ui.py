"""Serves the built web interface: one page for every address of the app, and its hashed assets.

It serves only files that a scan of the folder found, so no path can leave it. The page carries a
fresh nonce each time and is never cached; assets have their hash in the name and are cached for
ever.
"""

from __future__ import annotations

import hashlib
import html
import mimetypes
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from quart import Response, request

from streamforge.core.errors import Unavailable
from streamforge.web.headers import page_csp

FOLDER: Final = Path(__file__).parent / "ui"
PAGE: Final = "index.html"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
# Files outside assets/ (icons, the web manifest) keep their names, so they are asked for again.
REVALIDATE: Final = "no-cache"
ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
# Python's table depends on the machine's /etc/mime.types; these decide whether a browser runs the
# file.
TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file and its precompressed forms, by content encoding ("" = as it is)."""

    forms: dict[str, Path]
    content_type: str
    etag: str


@dataclass(slots=True)
class StaticUi:
    """The files of one built interface."""

    folder: Path = FOLDER
    base_path: str = ""
    new_nonce: Callable[[], str] = field(default=lambda: secrets.token_urlsafe(18))
    _assets: dict[str, Asset] = field(default_factory=dict[str, Asset])
    _page: str = ""
    _scanned_mtime_ns: int = -1

    def page(self, host: str, status: int = 200) -> Response:
        """Return the application's page.

        Raises:
            Unavailable: `ui_not_built` when the package has no interface in it.
        """
        self._scan()
        if not self._page:
            raise Unavailable(
                "ui_not_built", "The web interface is missing from this server: run `make ui`."
            )
        nonce = self.new_nonce()
        text = self._page.replace("{{csp_nonce}}", nonce)
        text = text.replace("{{base_path}}", html.escape(self.base_path))
        response = Response(text, status=status, content_type=TYPES[".html"])
        response.headers["content-security-policy"] = page_csp(nonce, host)
        response.headers["cache-control"] = "no-store"
        return response

    async def file(self, path: str) -> Response | None:
        """Return a file of the interface, or None when there is none of this name."""
        self._scan()
        asset = self._assets.get(path)
        if asset is None or path == PAGE:
            return None
        encoding = next(
            (name for name, _ in ENCODINGS if name in asset.forms and _accepts(name)), ""
        )
        response = Response(asset.forms[encoding].read_bytes(), content_type=asset.content_type)
        if encoding:
            response.headers["content-encoding"] = encoding
        if len(asset.forms) > 1:
            response.headers["vary"] = "accept-encoding"
        response.headers["cache-control"] = IMMUTABLE if path.startswith("assets/") else REVALIDATE
        # The encoded forms differ in bytes, so they are different entities (RFC 9110 §8.8.3).
        response.set_etag(asset.etag + encoding)
        await response.make_conditional(request)
        return response

    def _scan(self) -> None:
        """Read the folder again when it was rebuilt; in production that is never."""
        page = self.folder / PAGE
        try:
            mtime_ns = page.stat().st_mtime_ns
        except FileNotFoundError:
            self._assets, self._page, self._scanned_mtime_ns = {}, "", -1
            return
        if mtime_ns == self._scanned_mtime_ns:
            return
        self._page = page.read_text(encoding="utf-8")
        self._assets = dict(_assets(self.folder))
        self._scanned_mtime_ns = mtime_ns


def _assets(folder: Path) -> list[tuple[str, Asset]]:
    suffixes = tuple(suffix for _, suffix in ENCODINGS)
    found: list[tuple[str, Asset]] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in suffixes:
            continue
        forms = {"": path}
        for encoding, suffix in ENCODINGS:
            compressed = path.with_name(path.name + suffix)
            if compressed.is_file():
                forms[encoding] = compressed
        guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        etag = hashlib.sha256(path.read_bytes()).hexdigest()[:20]
        asset = Asset(forms, TYPES.get(path.suffix, guessed), etag)
        found.append((path.relative_to(folder).as_posix(), asset))
    return found


def _accepts(encoding: str) -> bool:
    # Not `in`: "gzip;q=0" is a refusal.
    return request.accept_encodings[encoding] > 0
