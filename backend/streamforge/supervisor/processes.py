"""A process as the supervisor sees it: started here, or found running after an earlier supervisor.

Linux: pidfd for processes that are not our children, `PR_SET_PDEATHSIG` for the server.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

# Stands for an exit code that nobody told us: neither 0 nor a signal, which would read as an end on
# purpose and excuse a meeting that crashes workers.
UNKNOWN_EXIT: Final = 255

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


class Process(Protocol):
    """What can be watched and signalled."""

    @property
    def pid(self) -> int: ...

    async def wait(self) -> int:
        """Return the exit code as subprocess has it (−9 = signal 9)."""
        ...

    def send_signal(self, signal: int) -> None: ...


class FoundProcess:
    """A process of an earlier supervisor. Its exit code belongs to its parent."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._pidfd = os.pidfd_open(pid)

    async def wait(self) -> int:
        """Return `UNKNOWN_EXIT` when the process has ended."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(self._pidfd, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
        return UNKNOWN_EXIT

    def send_signal(self, signal: int) -> None:
        """Send a signal to exactly this process, even if its number was given away since."""
        _pidfd_send_signal(self._pidfd, signal)


async def start_process(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    pass_fds: Sequence[int] = (),
    dies_with_us: bool = False,
    reads_from_us: bool = False,
) -> asyncio.subprocess.Process:
    """Start a child in a session of its own: Ctrl-C reaches the supervisor alone."""
    return await asyncio.create_subprocess_exec(
        *command,
        env=dict(environment),
        stdin=asyncio.subprocess.PIPE if reads_from_us else asyncio.subprocess.DEVNULL,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
        preexec_fn=_death_signal(os.getpid()) if dies_with_us else None,
    )


def command_line_of(pid: int) -> list[str]:
    """Return the arguments that a process was started with; empty when it cannot be told."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [part.decode(errors="replace") for part in raw.rstrip(b"\0").split(b"\0")]


def _death_signal(parent_pid: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: the child may not take locks that another thread held.
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def in_child() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:  # the supervisor died before the line above
            os._exit(1)

    return in_child


def _pidfd_send_signal(pidfd: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it ended meanwhile, which is what signals are sent for
        signal.pidfd_send_signal(pidfd, number)
