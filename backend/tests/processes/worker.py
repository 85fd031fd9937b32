"""The media worker's program, for tests that need a real one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from streamforge.core.errors import AppError
from streamforge.media.worker_binary import find_worker_binary


def require_worker_binary() -> Path:
    """The program. Without it the test is skipped, or fails where it must be there, as in CI."""
    try:
        return find_worker_binary()
    except AppError as error:
        if os.environ.get("STREAMFORGE_REQUIRE_NATIVE") == "1":
            pytest.fail(error.message)
        pytest.skip(error.message)
