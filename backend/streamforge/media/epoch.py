"""The epoch of this server: a number that grows with every start, so that workers obey the newest.

It is kept in the data directory; nothing else gives it meaning.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FILE_NAME: Final = "epoch"


def next_epoch(data_dir: Path) -> int:
    """Count one further and return the number; it survives a crash at any moment.

    Raises:
        OSError: the data directory cannot be written.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE_NAME
    epoch = _read(path) + 1
    temporary = path.with_name(f".{FILE_NAME}.new")
    with temporary.open("w") as file:
        file.write(f"{epoch}\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return epoch


def _read(path: Path) -> int:
    try:
        return max(0, int(path.read_text()))
    except FileNotFoundError:
        return 0
    except ValueError:
        # A damaged file: begin above anything that a long life of restarts can have reached.
        return 1_000_000
