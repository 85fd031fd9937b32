"""The directories of a server, and the lock that keeps a second one out of them."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO, Final

from streamforge.config.settings import Settings
from streamforge.core.errors import Bug
from streamforge.media.worker_endpoint import control_path

LOCK_FILE: Final = "supervisor.lock"
OWNER_ONLY: Final = 0o700
# sun_path of unix(7) holds 108 bytes with the final zero.
MAX_SOCKET_PATH: Final = 107


def socket_path_problem(settings: Settings) -> str | None:
    """Say in words why workers could not listen in this directory; None when they can."""
    if settings.worker_ipc != "unix":
        return None
    runtime_dir = settings.runtime_dir
    longest = control_path(runtime_dir, max(0, settings.workers - 1), "unix")
    length = len(str(longest).encode())
    if length <= MAX_SOCKET_PATH:
        return None
    return (
        f"The runtime directory {runtime_dir} has too long a name for sockets ({length} bytes, "
        f"at most {MAX_SOCKET_PATH}); set STREAMFORGE_RUNTIME_DIR to a shorter one."
    )


def prepare_directories(settings: Settings) -> None:
    """Make data and runtime directory, for this user only.

    Raises:
        Bug: `runtime_dir_unusable`, in words.
    """
    problem = socket_path_problem(settings)
    if problem is not None:
        raise Bug("runtime_dir_unusable", problem)
    for directory in (settings.data_dir, settings.runtime_dir):
        try:
            directory.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        except OSError as error:
            message = f"The directory {directory} cannot be made: {error.strerror}."
            raise Bug("runtime_dir_unusable", message) from error


def lock_instance(runtime_dir: Path) -> IO[str]:
    """Return the open lock; it is released when the file is closed or the process ends.

    Raises:
        Bug: `already_running`.
    """
    path = runtime_dir / LOCK_FILE
    try:
        # Not inherited (PEP 446): a lingering worker must not keep the lock of its supervisor.
        lock = path.open("w")
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}."
        raise Bug("runtime_dir_unusable", message) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        message = (
            f"Another StreamForge server uses {runtime_dir}. Stop it, or give this one its own "
            "STREAMFORGE_DATA_DIR."
        )
        raise Bug("already_running", message) from error
    return lock


def is_locked(runtime_dir: Path) -> bool:
    """Say whether a server runs with this directory."""
    try:
        with (runtime_dir / LOCK_FILE).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
