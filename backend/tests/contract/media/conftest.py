"""Both media engines behind one fixture, and offers from a real WebRTC stack.

The native engine gets real worker processes. Without their program its half is skipped, unless
`STREAMFORGE_REQUIRE_NATIVE=1` (as in CI) makes that a failure.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from processes.worker import require_worker_binary
from streamforge.config.settings import load_settings
from streamforge.core.clock import SystemClock
from streamforge.media.events import MediaEvent
from streamforge.media.fake import FakeMediaEngine
from streamforge.media.native import NativeMediaEngine
from streamforge.media.ports import MediaEngine
from streamforge.media.worker_endpoint import Ipc, control_path
from streamforge.supervisor.supervisor import CONTROL_FLAG, media_ports

WORKERS = 2
PATIENCE_S = 10.0


class Setup:
    """A running engine with `WORKERS` workers, what it reported, and what can happen to it."""

    def __init__(self, engine: MediaEngine) -> None:
        self.engine = engine
        self.events: list[MediaEvent] = []
        self._news = asyncio.Event()
        self._listen()

    async def until(self, wanted: Callable[[MediaEvent], bool]) -> MediaEvent:
        """Wait for an event; those that came already count."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.events:
                    if wanted(event):
                        return event
                self._news.clear()
                await self._news.wait()

    async def restart_server(self) -> None:
        """Replace the engine by that of a new server process; the workers run on."""
        raise NotImplementedError

    async def kill_worker(self, worker_id: str) -> None:
        """End a worker as `kill -9` does."""
        raise NotImplementedError

    async def close(self) -> None:
        await self.engine.close()

    def _listen(self) -> None:
        self.engine.subscribe(self._heard)

    def _heard(self, event: MediaEvent) -> None:
        self.events.append(event)
        self._news.set()


class FakeSetup(Setup):
    async def restart_server(self) -> None:
        assert isinstance(self.engine, FakeMediaEngine)
        self.engine = self.engine.restarted()
        self._listen()
        await self.engine.start()

    async def kill_worker(self, worker_id: str) -> None:
        assert isinstance(self.engine, FakeMediaEngine)
        self.engine.lose_worker(worker_id, external=True)


class NativeSetup(Setup):
    """Workers as child processes; a test may kill them."""

    def __init__(self, directory: Path, binary: Path, ipc: Ipc) -> None:
        self.directory = directory
        self.processes = [
            start_worker(binary, directory, index, port, ipc)
            for index, port in enumerate(
                media_ports(load_settings(workers=WORKERS, media_port_base=0))
            )
        ]
        super().__init__(self._new_engine())

    async def restart_server(self) -> None:
        await self.engine.close()
        self.engine = self._new_engine()
        self._listen()
        await self.engine.start()

    async def kill_worker(self, worker_id: str) -> None:
        pid = int(worker_id.rpartition("-")[2])
        os.kill(pid, signal.SIGKILL)

    async def close(self) -> None:
        await super().close()
        for process in self.processes:
            process.kill()
            process.wait()

    def _new_engine(self) -> NativeMediaEngine:
        return NativeMediaEngine(
            runtime_dir=self.directory,
            data_dir=self.directory / "data",
            clock=SystemClock(),
            scan_s=0.05,
        )


def start_worker(
    binary: Path, directory: Path, index: int, port: int, ipc: Ipc
) -> subprocess.Popen[bytes]:
    command = [str(binary), CONTROL_FLAG[ipc], str(control_path(directory, index, ipc))]
    command += ["--index", str(index), "--udp-port", str(port), "--tcp-port", str(port)]
    command += ["--announce", "127.0.0.1"]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


@pytest.fixture
def worker_binary() -> Path:
    return require_worker_binary()


@pytest.fixture
async def fake() -> AsyncIterator[Setup]:
    setup = FakeSetup(FakeMediaEngine(WORKERS))
    await setup.engine.start()
    yield setup
    await setup.close()


@asynccontextmanager
async def native_setup(binary: Path, ipc: Ipc) -> AsyncGenerator[Setup]:
    # Not tmp_path: the name of a Unix socket is short.
    directory = Path(tempfile.mkdtemp(prefix="sf-"))
    setup = NativeSetup(directory, binary, ipc)
    try:
        await setup.engine.start()
        async with asyncio.timeout(PATIENCE_S):
            while len(setup.engine.pool.workers) < WORKERS:
                await asyncio.sleep(0.01)
        yield setup
    finally:
        await setup.close()
        shutil.rmtree(directory)


@pytest.fixture
async def native(worker_binary: Path) -> AsyncIterator[Setup]:
    async with native_setup(worker_binary, "unix") as setup:
        yield setup


@pytest.fixture
async def native_tcp(worker_binary: Path) -> AsyncIterator[Setup]:
    """As on a system without Unix sockets."""
    async with native_setup(worker_binary, "tcp") as setup:
        yield setup


@pytest.fixture(params=["native", "native_tcp"])
def real(request: pytest.FixtureRequest) -> Setup:
    """Real workers, over each kind of socket."""
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["fake", "native", "native_tcp"])
def setup(request: pytest.FixtureRequest) -> Setup:
    return request.getfixturevalue(request.param)


@pytest.fixture
async def peer() -> AsyncIterator[Callable[..., RTCPeerConnection]]:
    """Makes real peers: microphone and camera to send, slots to receive, the `sfu` channel."""
    made: list[RTCPeerConnection] = []

    def make(
        *, audio_slots: int = 1, video_slots: int = 1, sends: bool = True
    ) -> RTCPeerConnection:
        # aiortc reads only the candidates of the last bundled line unless it bundles all.
        connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        made.append(connection)
        if sends:
            connection.addTransceiver(AudioStreamTrack(), direction="sendonly")
            connection.addTransceiver(VideoStreamTrack(), direction="sendonly")
        for _ in range(audio_slots):
            connection.addTransceiver("audio", direction="recvonly")
        for _ in range(video_slots):
            connection.addTransceiver("video", direction="recvonly")
        connection.createDataChannel("sfu")
        return connection

    yield make
    await asyncio.gather(*(connection.close() for connection in made))


@pytest.fixture
async def offer(peer: Callable[..., RTCPeerConnection]) -> str:
    """An offer: mids 0 microphone, 1 camera, 2 audio slot, 3 video slot, 4 the channel."""
    connection = peer()
    await connection.setLocalDescription(await connection.createOffer())
    return connection.localDescription.sdp
