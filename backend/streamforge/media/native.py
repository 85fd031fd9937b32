"""The media engine over real worker processes, found by their files in the runtime directory.

It starts and stops no process: the supervisor does, and workers outlive a server that ends.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from streamforge import __version__
from streamforge.core.clock import Clock
from streamforge.core.log import get_logger
from streamforge.core.tasks import Tasks
from streamforge.media.engine import LinkedEngine
from streamforge.media.epoch import next_epoch
from streamforge.media.exit_records import ExitRecords
from streamforge.media.worker_client import WorkerClient
from streamforge.media.worker_endpoint import control_paths

# A new worker is found this late at most; looking costs one directory listing.
SCAN_S: Final = 0.25
# How long a start waits for workers that run to say what runs in them.
START_WAIT_S: Final = 3.0

_log = get_logger(__name__)


class NativeMediaEngine(LinkedEngine):
    """Workers of this machine."""

    def __init__(
        self,
        *,
        runtime_dir: Path,
        data_dir: Path,
        clock: Clock,
        command_timeout_s: float = 5.0,
        scan_s: float = SCAN_S,
    ) -> None:
        super().__init__(clock, ExitRecords(runtime_dir).was_on_purpose)
        self._runtime_dir = runtime_dir
        self._data_dir = data_dir
        self._command_timeout_s = command_timeout_s
        self._scan_s = scan_s
        self._epoch = 0
        self._clients: dict[Path, WorkerClient] = {}
        self._tasks = Tasks("media_engine")

    @property
    def epoch(self) -> int:
        """The number of this start; 0 before it."""
        return self._epoch

    async def start(self) -> None:
        """Connect to every worker that runs; more are found as they appear."""
        self._epoch = next_epoch(self._data_dir)
        self._look_for_workers()
        first = [client.first_attempt_done.wait() for client in self._clients.values()]
        try:
            async with asyncio.timeout(START_WAIT_S):
                await asyncio.gather(*first)
        except TimeoutError:
            _log.warning("media.workers_slow", waited_s=START_WAIT_S)
        self._tasks.spawn(self._keep_looking(), "scan")

    async def close(self) -> None:
        """Let go of the workers; they forward on until no server comes for a while."""
        await self._tasks.close()
        await asyncio.gather(*(client.close() for client in self._clients.values()))
        self._clients.clear()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._scan_s)
            self._look_for_workers()
            await self._drop_departed()

    def _look_for_workers(self) -> None:
        for path in control_paths(self._runtime_dir):
            if path not in self._clients:
                client = WorkerClient(
                    path,
                    self,
                    epoch=self._epoch,
                    build=__version__,
                    command_timeout_s=self._command_timeout_s,
                )
                self._clients[path] = client
                client.start()

    async def _drop_departed(self) -> None:
        departed = [
            path for path, client in self._clients.items() if not client.is_up and not path.exists()
        ]
        for path in departed:
            await self._clients.pop(path).close()
