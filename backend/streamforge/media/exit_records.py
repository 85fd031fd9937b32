"""Notes of how workers ended: the supervisor writes them, the server reads them.

They tell a crash (somebody's media did it) from an end on purpose (`kill`, a stop, no controller).
A kernel that runs out of memory also kills by signal 9 and counts as purpose.
"""

from __future__ import annotations

import signal
from pathlib import Path

import msgspec

_ON_PURPOSE = frozenset({0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})


class ExitRecord(msgspec.Struct, frozen=True):
    """The last end of the worker at an index; `return_code` as in subprocess (−9 = signal 9)."""

    pid: int
    return_code: int


def write_exit_record(runtime_dir: Path, index: int, record: ExitRecord) -> None:
    """Note an end; a reader sees the old note or the new, never half."""
    path = _path(runtime_dir, index)
    temporary = path.with_suffix(".exit.new")
    temporary.write_bytes(msgspec.json.encode(record))
    temporary.replace(path)


class ExitRecords:
    """Reads the notes and remembers what it has read, as each file holds only the last end."""

    def __init__(self, runtime_dir: Path) -> None:
        self._runtime_dir = runtime_dir
        self._known: dict[tuple[int, int], bool] = {}

    def was_on_purpose(self, index: int, pid: int) -> bool | None:
        """Say whether somebody ended this process on purpose; None when nothing is noted (yet)."""
        if (index, pid) not in self._known:
            record = _read(_path(self._runtime_dir, index))
            if record is None or record.pid != pid:
                return None
            self._known[index, pid] = record.return_code in _ON_PURPOSE
        return self._known[index, pid]


def _path(runtime_dir: Path, index: int) -> Path:
    return runtime_dir / f"worker-{index}.exit"


def _read(path: Path) -> ExitRecord | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=ExitRecord)
    except (OSError, msgspec.DecodeError):
        return None
