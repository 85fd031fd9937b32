"""Where the media worker's program is. It starts nothing."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from streamforge.core.errors import Bug

PROGRAM: Final = "streamforge-sfu"


def find_worker_binary(configured: Path | None = None) -> Path:
    """Return the program: the setting, an installed script, PATH, or a build of the checkout.

    Raises:
        Bug: `worker_binary_missing`, with what to do.
    """
    if configured is not None:
        if not _is_program(configured):
            raise Bug("worker_binary_missing", f"{configured} is not a program that can be run.")
        return configured
    for candidate in candidates():
        if _is_program(candidate):
            return candidate
    raise Bug(
        "worker_binary_missing",
        f"The media worker ({PROGRAM}) was not found. Install the package {PROGRAM}, build it "
        "with `make sfu`, or set STREAMFORGE_WORKER_BINARY.",
    )


def candidates() -> list[Path]:
    """Return the places that are looked at, in order."""
    on_path = shutil.which(PROGRAM)
    checkout = Path(__file__).resolve().parents[2] / "sfu" / "target" / "release"
    return [
        # Not resolved: in a virtual environment the script lies beside the link.
        Path(sys.executable).parent / PROGRAM,
        *([Path(on_path)] if on_path else []),
        checkout / PROGRAM,
    ]


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
