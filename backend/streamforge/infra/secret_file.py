"""Reads and writes small files that only this user may read.

It knows nothing of what is in them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600


def read_secret(path: Path) -> bytes | None:
    """Return the content, or None when there is no such file; a lax mode is tightened."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if path.stat().st_mode & 0o077:
        path.chmod(OWNER_ONLY)
    return content


def write_secret(path: Path, content: bytes) -> None:
    """Replace the file as a whole.

    After a crash there is the old content or the new, never half.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
