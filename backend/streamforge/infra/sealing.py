"""Seals bytes that must not lie in the database in clear, such as an answer with a token in it.

AES-256-GCM with one key in `<data_dir>/sealing-key` (0600). A sealed value names what it belongs
to, so that it cannot be moved to another row. It is not for signing; tokens have their own keys.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from streamforge.infra.secret_file import read_secret, write_secret

FILE_NAME: Final = "sealing-key"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class Sealer:
    """Seals and opens with one key."""

    def __init__(self, key: bytes, random_bytes: Callable[[int], bytes]) -> None:
        self._cipher = AESGCM(key)
        self._random_bytes = random_bytes

    def seal(self, content: bytes, belongs_to: str) -> bytes:
        """Return the sealed content."""
        nonce = self._random_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, belongs_to.encode("utf-8"))

    def open(self, sealed: bytes, belongs_to: str) -> bytes | None:
        """Return the content, or None when it was sealed with another key or for another owner."""
        nonce, encrypted = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, encrypted, belongs_to.encode("utf-8"))
        # ValueError: too short to be a sealed value.
        except (InvalidTag, ValueError):
            return None


def load_sealer(data_dir: Path, random_bytes: Callable[[int], bytes]) -> Sealer:
    """Read the key, or make it on the first start (or when it was damaged.

    Sealed data is a cache).
    """
    path = data_dir / FILE_NAME
    key = read_secret(path)
    if key is None or len(key) != KEY_BYTES:
        key = random_bytes(KEY_BYTES)
        write_secret(path, key)
    return Sealer(key, random_bytes)
