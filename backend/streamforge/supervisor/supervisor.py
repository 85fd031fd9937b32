"""Starts server and workers, replaces whoever ends, stops all of them on a signal.

State of its own: the sockets, the children, and `processes.json` in the runtime directory, which
names the pids for operators and tests. A worker that an earlier supervisor left is taken over when
it was started with the same command, so that its meetings go on; any other is ended first.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import msgspec

from streamforge.config.environment import STANDBY_FLAG
from streamforge.config.settings import Settings
from streamforge.core.clock import Clock
from streamforge.core.log import get_logger
from streamforge.core.tasks import Tasks
from streamforge.media.addresses import local_addresses
from streamforge.media.exit_records import ExitRecord, write_exit_record
from streamforge.media.worker_endpoint import control_path, control_paths, find_listener
from streamforge.supervisor.child import Child
from streamforge.supervisor.listening import ListeningSockets
from streamforge.supervisor.processes import (
    FoundProcess,
    Process,
    command_line_of,
    start_process,
)
from streamforge.supervisor.standby import Standby, WaitingProcess

PROCESSES_FILE: Final = "processes.json"
CONTROL_FLAG: Final = {"unix": "--socket", "tcp": "--endpoint"}
# sysexits(3): the server says that starting it again will not help.
EX_CONFIG: Final = 78
# A worker has nothing to finish; it only hangs up.
WORKER_GRACE_S: Final = 2.0
# What the server needs after it has waited `graceful_stop_s` for open requests: its last commits.
CLOSING_S: Final = 5.0

_log = get_logger(__name__)


class Supervisor:
    """One `streamforge serve`. `run()` returns the exit code of the whole."""

    def __init__(
        self,
        settings: Settings,
        *,
        sockets: ListeningSockets,
        worker_binary: Path,
        environment: Mapping[str, str],
        clock: Clock,
        server_command: tuple[str, ...] = (sys.executable, "-m", "streamforge.server"),
    ) -> None:
        self._settings = settings
        self._sockets = sockets
        self._worker_binary = worker_binary
        self._environment = environment
        self._server_command = server_command
        self._tasks = Tasks("supervisor")
        self._stop_wanted = asyncio.Event()
        self._exit_code = 0
        self._pids: dict[str, int | None] = {"supervisor": os.getpid()}
        self._ports = media_ports(settings)
        self._addresses = settings.announced_addresses or local_addresses()
        self._standby = Standby(
            self._start_server,
            after_s=settings.timers.server_standby_s,
            on_change=self._noting("standby"),
        )
        self._server = Child(
            "server",
            self._standby.take,
            clock=clock,
            on_change=self._noting("server"),
            on_exit=self._server_ended,
        )
        self._workers = [
            Child(
                f"worker-{index}",
                lambda index=index: self._start_worker(index),
                clock=clock,
                on_change=self._noting(f"worker-{index}"),
                on_exit=lambda pid, code, index=index: self._worker_ended(index, pid, code),
            )
            for index in range(settings.workers)
        ]

    async def run(self) -> int:
        """Keep everything running until a signal or until it is of no use."""
        self._own_signals()
        await self._end_superfluous_workers()
        for child in (*self._workers, self._server):
            self._tasks.spawn(child.keep_running(), child.name)
        await self._stop_wanted.wait()
        await self._stop_all()
        self._ignore_signals()
        return self._exit_code

    def request_stop(self) -> None:
        """Begin a graceful stop; a second request ends everybody at once."""
        if not self._stop_wanted.is_set():
            _log.info("supervisor.stopping")
            self._stop_wanted.set()
            return
        for child in (self._server, *self._workers):
            child.send_signal(signal.SIGKILL)

    def _own_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.request_stop)
        # `nohup` asks us to outlive the terminal; otherwise we end with it.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGHUP, self._hang_up)

    def _hang_up(self) -> None:
        # Kernel and shell both tell of a closed terminal: the second one shows no impatience.
        if not self._stop_wanted.is_set():
            self.request_stop()

    def _ignore_signals(self) -> None:
        # One more Ctrl-C while the interpreter winds down must not turn success into failure.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)

    async def _stop_all(self) -> None:
        # The server first: it would tell everybody of workers that it lost, and wait for new ones.
        await self._server.stop(self._settings.timers.graceful_stop_s + CLOSING_S)
        await self._standby.close()
        await asyncio.gather(*(worker.stop(WORKER_GRACE_S) for worker in self._workers))
        await self._tasks.close()
        self._sockets.close()
        (self._settings.runtime_dir / PROCESSES_FILE).unlink(missing_ok=True)

    async def _start_server(self) -> WaitingProcess:
        fds = {"STREAMFORGE_HTTP_FD": self._sockets.http.fileno()}
        ports = {"STREAMFORGE_HTTP_PORT": self._sockets.http_port}
        if self._sockets.https is not None:
            fds["STREAMFORGE_HTTPS_FD"] = self._sockets.https.fileno()
            ports["STREAMFORGE_HTTPS_PORT"] = self._sockets.https_port or 0
        numbers = {name: str(value) for name, value in {**fds, **ports}.items()}
        numbers["STREAMFORGE_ANNOUNCED_ADDRESSES"] = ",".join(self._addresses)
        process = await start_process(
            (*self._server_command, STANDBY_FLAG),
            environment={**self._environment, **numbers},
            pass_fds=tuple(fds.values()),
            dies_with_us=True,
            reads_from_us=True,
        )
        return WaitingProcess(process)

    async def _start_worker(self, index: int) -> Process:
        command = self._worker_command(index)
        pid = find_listener(self._control_path(index))
        if pid is not None:
            # The first word may be an interpreter's or a wrapper's affair; the arguments are ours.
            if command_line_of(pid)[-len(command) + 1 :] == command[1:]:
                _log.info("worker.taken_over", index=index, pid=pid)
                return FoundProcess(pid)
            await end_process(pid)
        return await start_process(command, environment=self._environment)

    def _worker_command(self, index: int) -> list[str]:
        port = str(self._ports[index])
        return [
            str(self._worker_binary),
            *(CONTROL_FLAG[self._settings.worker_ipc], str(self._control_path(index))),
            *("--index", str(index)),
            *("--udp-port", port),
            *("--tcp-port", port),
            *("--announce", ",".join(self._addresses)),
            *("--log", {"warning": "warn"}.get(self._settings.log_level, self._settings.log_level)),
            *("--controller-timeout-s", f"{self._settings.timers.worker_controller_s:g}"),
        ]

    def _control_path(self, index: int) -> Path:
        return control_path(self._settings.runtime_dir, index, self._settings.worker_ipc)

    def _server_ended(self, _pid: int, code: int) -> bool:
        if code == EX_CONFIG and not self._stop_wanted.is_set():
            _log.error("supervisor.server_refuses_to_start")
            self._exit_code = EX_CONFIG
            self._stop_wanted.set()
            return False
        return True

    def _worker_ended(self, index: int, pid: int, code: int) -> bool:
        with suppress(OSError):  # a full disk must not end the supervisor
            write_exit_record(self._settings.runtime_dir, index, ExitRecord(pid, code))
        return True

    def _noting(self, name: str) -> Callable[[int | None], None]:
        def note(pid: int | None) -> None:
            self._pids[name] = pid
            path = self._settings.runtime_dir / PROCESSES_FILE
            temporary = path.with_suffix(".new")
            with suppress(OSError):
                temporary.write_bytes(msgspec.json.encode(self._pids))
                temporary.replace(path)

        return note

    async def _end_superfluous_workers(self) -> None:
        """End workers of an earlier supervisor that had more of them, or spoke differently."""
        wanted = {self._control_path(index) for index in range(self._settings.workers)}
        for path in control_paths(self._settings.runtime_dir):
            if path in wanted:
                continue
            pid = find_listener(path)
            if pid is not None:
                await end_process(pid)
            path.unlink(missing_ok=True)


def media_ports(settings: Settings) -> list[int]:
    """Return one port for each worker; with base 0 free ones are chosen and kept over restarts."""
    if settings.media_port_base:
        return [settings.media_port_base + index for index in range(settings.workers)]
    with ExitStack() as held:
        return [_free_media_port(held) for _ in range(settings.workers)]


def _free_media_port(held: ExitStack) -> int:
    """Return a port that is free for UDP and TCP; `held` keeps it from being chosen twice."""
    while True:
        udp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("0.0.0.0", 0))  # noqa: S104 (as the worker will)
        port = int(udp.getsockname()[1])
        tcp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        try:
            tcp.bind(("0.0.0.0", port))  # noqa: S104
        except OSError:  # somebody's connection has this number
            continue
        return port


async def end_process(pid: int) -> None:
    """End a process that is not our child, gently at first."""
    _log.info("worker.stale_ended", pid=pid)
    try:
        process = FoundProcess(pid)
    except ProcessLookupError:
        return
    process.send_signal(signal.SIGTERM)
    ended = asyncio.ensure_future(process.wait())  # noqa: TID251 (awaited a line below)
    done, _ = await asyncio.wait({ended}, timeout=WORKER_GRACE_S)
    if not done:
        process.send_signal(signal.SIGKILL)
        await ended
