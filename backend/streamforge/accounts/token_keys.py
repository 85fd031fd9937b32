"""The keys that sign room tokens: `<data_dir>/token-keys.json`, mode 0600. It signs nothing itself.

The file is a list, newest first: the first key signs, all of them verify, so an operator rotates by
putting a new one on top and removing the old one after the longest lifetime (30 days). The
algorithm is part of the record; what a token's header says can therefore never choose it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from streamforge.core.errors import Bug
from streamforge.infra.secret_file import read_secret, write_secret

FILE_NAME: Final = "token-keys.json"
# RFC 7518 §3.2: an HS256 key has at least the size of the hash.
MIN_SECRET_BYTES: Final = 32

Algorithm = Literal["HS256"]


class TokenKey(msgspec.Struct, frozen=True, rename="camel"):
    """One signing key. `secret` is base64."""

    key_id: str
    algorithm: Algorithm
    secret: str

    def __repr__(self) -> str:
        return f"TokenKey(key_id={self.key_id!r}, secret=***)"

    def secret_bytes(self) -> bytes:
        """The key material."""
        return base64.b64decode(self.secret, validate=True)


class TokenKeys:
    """The keys in force: `signing` signs, any of them verifies."""

    def __init__(self, keys: list[TokenKey]) -> None:
        if not keys:
            raise _bad_file("it holds no key")
        for key in keys:
            if len(_decoded(key)) < MIN_SECRET_BYTES:
                raise _bad_file(f"the secret of {key.key_id!r} is shorter than 32 bytes")
        self.signing: TokenKey = keys[0]
        self._by_id: Mapping[str, TokenKey] = {key.key_id: key for key in keys}

    def find(self, key_id: str) -> TokenKey | None:
        """Return the key with this id, or None."""
        return self._by_id.get(key_id)


def load_token_keys(data_dir: Path, random_bytes: Callable[[int], bytes]) -> TokenKeys:
    """Read the key file; make one with a fresh key on the first start.

    Raises:
        Bug: `token_keys_invalid` when the file is damaged; making a new one would log everybody
        out.
    """
    path = data_dir / FILE_NAME
    content = read_secret(path)
    if content is None:
        key = TokenKey(
            key_id=f"tk_{random_bytes(8).hex()}",
            algorithm="HS256",
            secret=base64.b64encode(random_bytes(MIN_SECRET_BYTES)).decode("ascii"),
        )
        write_secret(path, msgspec.json.encode([key]))
        return TokenKeys([key])
    try:
        return TokenKeys(msgspec.json.decode(content, type=list[TokenKey]))
    except msgspec.DecodeError as error:
        raise _bad_file("it is not a JSON list of keys") from error


def _decoded(key: TokenKey) -> bytes:
    try:
        return key.secret_bytes()
    except binascii.Error as error:
        raise _bad_file(f"the secret of {key.key_id!r} is not base64") from error


def _bad_file(reason: str) -> Bug:
    return Bug("token_keys_invalid", f"{FILE_NAME} in the data directory cannot be used: {reason}.")
