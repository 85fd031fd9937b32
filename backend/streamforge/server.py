"""The composition root: settings in, a running server out. The only file that wires adapters.

The start goes database → accounts → media engine → meetings → signaling → HTTP, the end the same
way back, but that meetings are stored before sockets close. Media workers are other processes and
go on without us. Nothing is decided here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

import socketio  # pyright: ignore[reportMissingTypeStubs]
from quart import Quart

from streamforge.accounts.api_keys import ApiKeys
from streamforge.accounts.store import DEFAULT_TENANT_ID, AccountStore
from streamforge.accounts.token_keys import load_token_keys
from streamforge.accounts.tokens import Tokens
from streamforge.config.settings import Settings, load_settings
from streamforge.core.clock import Clock, SystemClock
from streamforge.core.errors import AppError, Unavailable
from streamforge.core.ids import IdSource, UuidV7Ids
from streamforge.core.log import configure_logging, get_logger
from streamforge.core.tasks import Tasks
from streamforge.infra.certificates import CertificateFiles, own_certificate, server_context
from streamforge.infra.db.engine import Database
from streamforge.infra.db.idempotency import IdempotencyStore
from streamforge.infra.db.journal import JournalWriter
from streamforge.infra.db.migrate import migrate
from streamforge.infra.listeners import listener, port_of
from streamforge.infra.loop_lag import measure_loop_lag
from streamforge.infra.metrics import Metrics
from streamforge.infra.node_id import node_id
from streamforge.infra.sealing import load_sealer
from streamforge.media import events
from streamforge.media.native import NativeMediaEngine
from streamforge.media.ports import MediaEngine
from streamforge.rooms.registry import Meetings, MeetingsConfig
from streamforge.rooms.routes import RoomRoutes
from streamforge.rooms.service import RoomService
from streamforge.rooms.sql_journal import SqlJournal
from streamforge.rooms.store import RoomStore, TenantRooms
from streamforge.signaling.app import SignalingDeps, build_socketio
from streamforge.signaling.links import Links
from streamforge.web.addresses import PublicUrls, own_hosts
from streamforge.web.assembly import WebParts
from streamforge.web.idempotency import Idempotency
from streamforge.web.origins import Origins
from streamforge.web.servers import HttpServers

# Not `__name__`: the supervisor runs this module as `__main__`.
_log = get_logger("streamforge.server")

# Their debug records print SQL parameters and packets, and with them tokens.
CHATTY_LIBRARIES: Final = (
    "aiosqlite",
    "alembic",
    "asyncio",
    "engineio",
    "httpx",
    "socketio",
    "sqlalchemy",
    "uvicorn",
    "websockets",
)
# sysexits.h: the supervisor does not restart after it, as only the operator can heal these.
EXIT_CONFIG: Final = 78
CONFIG_ERRORS: Final = frozenset(
    {"certificate_invalid", "database_too_new", "settings_invalid", "token_keys_invalid"}
)
FORGET_ANSWERS_EVERY_S: Final = 3_600


class Server:
    """One server process. It is started and stopped once."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        ids: IdSource,
        media_engine: MediaEngine,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.settings = settings
        self.media_engine = media_engine
        self.metrics = Metrics(version("streamforge"))
        self.http_port = 0
        self.https_port: int | None = None
        self._clock = clock
        self._ids = ids
        self._random_bytes = random_bytes
        self._tasks = Tasks("server")
        self._is_stopping = False
        self._database = Database(settings.database_url)
        self._rooms = RoomStore(self._database)
        self._api_keys = ApiKeys(
            AccountStore(self._database), clock=clock, ids=ids, random_bytes=random_bytes
        )
        self._idempotency_store = IdempotencyStore(self._database)
        self._writer = JournalWriter(
            self._database,
            clock=clock,
            commit_interval_s=settings.timers.journal_commit_ms / 1_000,
            observe_commit_s=self.metrics.journal_commit_seconds.observe,
        )

    async def start(self) -> None:
        """Start every part; on return the server answers.

        Raises:
            Bug: `port_unavailable`, `certificate_invalid`, `token_keys_invalid`,
            `database_too_new`. Unavailable: `storage_unavailable`.
        """
        settings = self.settings
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Bound first: a taken port must be told at once, not after a migration.
        listeners = self._listeners()
        await self._start_storage()
        await self._start_meetings()
        app = self._application()
        await app.startup()
        self._quart = app
        asgi: Any = socketio.ASGIApp(self._socketio, app, socketio_path="socket.io")
        self._http = HttpServers(self._web.edge(asgi), listeners, settings.timers.graceful_stop_s)
        await self._http.start()
        self._tasks.spawn(measure_loop_lag(self.metrics.loop_lag_seconds.observe), "loop_lag")
        self._tasks.spawn(self._forget_answers(), "forget_answers")
        _log.info("server.started", http_port=self.http_port, https_port=self.https_port)

    async def stop(self) -> None:
        """Let requests finish, store the meetings, close. Media goes on in the workers."""
        self._is_stopping = True
        _log.info("server.stopping")
        # First: what the closing sockets report must not read as people leaving.
        await self._meetings.close()
        await self._http.stop()
        await self._socketio.edge.close()
        await self._tasks.close()
        await self._quart.shutdown()
        await self.media_engine.close()
        await self._writer.close()
        await self._database.close()
        _log.info("server.stopped")

    def hurry(self) -> None:
        """Stop without waiting for open requests."""
        self._http.hurry()

    def _listeners(self) -> list[tuple[socket.socket, ssl.SSLContext | None]]:
        settings = self.settings
        http = listener(settings.host, settings.http_port, settings.http_fd)
        self.http_port = port_of(http)
        listeners: list[tuple[socket.socket, ssl.SSLContext | None]] = [(http, None)]
        if settings.https_enabled:
            https = listener(settings.host, settings.https_port, settings.https_fd)
            self.https_port = port_of(https)
            listeners.append((https, server_context(self._certificate())))
        return listeners

    def _certificate(self) -> CertificateFiles:
        settings = self.settings
        if settings.tls_cert is not None and settings.tls_key is not None:
            return CertificateFiles(settings.tls_cert, settings.tls_key)
        return own_certificate(settings.data_dir, self._own_hosts(), self._clock)

    def _own_hosts(self) -> list[str]:
        settings = self.settings
        return own_hosts(settings.public_url, socket.gethostname(), settings.announced_addresses)

    async def _start_storage(self) -> None:
        settings = self.settings
        await migrate(self._database)
        await AccountStore(self._database).ensure_default_tenant(self._clock.now_ms())
        await self._api_keys.ensure_operator_key(settings.data_dir)
        self._tokens = Tokens(
            load_token_keys(settings.data_dir, self._random_bytes),
            lifetimes_s={
                "meeting": settings.timers.join_token_s,
                "admin": settings.timers.admin_token_s,
            },
            clock=self._clock,
            ids=self._ids,
        )

    async def _start_meetings(self) -> None:
        settings = self.settings
        self.media_engine.subscribe(_worker_metrics(self.metrics))
        await self.media_engine.start()
        links = Links()
        self._meetings = Meetings(
            config=MeetingsConfig.from_settings(settings.limits, settings.timers),
            directory=TenantRooms(self._rooms, DEFAULT_TENANT_ID),
            tokens=self._tokens,
            journal=self._journal(),
            media=self.media_engine,
            broadcaster=links,
            clock=self._clock,
            ids=self._ids,
            random_bytes=self._random_bytes,
            call_later=asyncio.get_running_loop().call_later,
        )
        await self._meetings.start()
        self._socketio = build_socketio(
            SignalingDeps(
                meetings=self._meetings,
                links=links,
                limits=settings.limits,
                timers=settings.timers,
                clock=self._clock,
                ids=self._ids,
                call_later=asyncio.get_running_loop().call_later,
                on_join=self.metrics.count_join,
            )
        )

    def _journal(self) -> SqlJournal:
        engine = self.media_engine
        # The fake engine counts no starts; its meetings are always of the first.
        epoch = engine.epoch if isinstance(engine, NativeMediaEngine) else 1
        return SqlJournal(
            self._database,
            self._writer,
            node_id=node_id(self.settings.data_dir, self._ids),
            epoch=epoch,
        )

    def _application(self) -> Quart:
        settings = self.settings
        origins = Origins([settings.public_url, *settings.allowed_origins], self._own_hosts())
        urls = self._public_urls(origins)
        self._web = WebParts(
            settings=settings,
            clock=self._clock,
            ids=self._ids,
            metrics=self.metrics,
            authenticator=self._api_keys,
            origins=origins,
        )
        self._idempotency = Idempotency(
            self._idempotency_store,
            load_sealer(settings.data_dir, self._random_bytes),
            self._clock,
        )
        rooms = RoomRoutes(
            service=RoomService(
                store=self._rooms,
                tokens=self._tokens,
                live=self._meetings,
                clock=self._clock,
                ids=self._ids,
                random_bytes=self._random_bytes,
                renewal_grace_s=settings.timers.token_renewal_grace_s,
            ),
            authenticator=self._api_keys,
            idempotency=self._idempotency,
            room_creation=settings.room_creation,
            max_participants=settings.limits.participants_per_room,
            join_url=urls.join_url,
        )
        checks = {
            "server": self._check_running,
            "database": self._database.ping,
            "media": self._check_media,
        }
        return self._web.application([rooms.blueprint()], checks, self._refresh_metrics)

    def _public_urls(self, origins: Origins) -> PublicUrls:
        settings = self.settings
        is_configured = "public_url" in settings.model_fields_set
        public_url = settings.public_url
        if not is_configured:
            # The port that the settings guessed may be 0 or inherited.
            public_url = f"http://localhost:{self.http_port}{settings.base_path}"
        return PublicUrls(public_url, is_configured, settings.base_path, origins)

    async def _check_running(self) -> None:
        if self._is_stopping:
            raise Unavailable("shutting_down")

    async def _check_media(self) -> None:
        if not self.media_engine.pool.workers:
            raise Unavailable("no_worker")

    def _refresh_metrics(self) -> None:
        self.metrics.meetings.set(self._meetings.meeting_count())
        self.metrics.participants.set(self._meetings.participant_total())

    async def _forget_answers(self) -> None:
        while True:
            try:
                await self._idempotency.forget_old()
            except Unavailable as error:
                _log.warning("idempotency.not_cleaned", code=error.code)
            await asyncio.sleep(FORGET_ANSWERS_EVERY_S)


def _worker_metrics(metrics: Metrics) -> Callable[[events.MediaEvent], None]:
    """Return a subscriber that keeps the metrics of the workers."""
    indexes: dict[str, str] = {}

    def on_event(event: events.MediaEvent) -> None:
        match event:
            case events.WorkerReady():
                indexes[event.worker_id] = str(event.index)
                metrics.worker_up.labels(str(event.index)).set(1)
            case events.WorkerLost():
                metrics.worker_up.labels(indexes.pop(event.worker_id, "unknown")).set(0)
            case events.WorkerStats():
                metrics.record_worker(str(event.index), event.counters)
            case _:
                pass

    return on_event


def build_server(
    settings: Settings,
    *,
    clock: Clock | None = None,
    ids: IdSource | None = None,
    media_engine: MediaEngine | None = None,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> Server:
    """Return a server, not yet started. Tests give a clock, ids and the fake media engine."""
    clock = clock or SystemClock()
    native = NativeMediaEngine(
        runtime_dir=settings.runtime_dir,
        data_dir=settings.data_dir,
        clock=clock,
        command_timeout_s=settings.timers.worker_command_s,
    )
    return Server(
        settings,
        clock=clock,
        ids=ids or UuidV7Ids(clock),
        media_engine=media_engine or native,
        random_bytes=random_bytes,
    )


async def run(server: Server) -> None:
    """Serve until the first SIGINT or SIGTERM; a second one does not wait for open requests."""
    stopping = asyncio.Event()

    def on_signal() -> None:
        if stopping.is_set():
            server.hurry()
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    await server.start()
    await stopping.wait()
    await server.stop()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it exists, for less CPU on each small message; None is asyncio itself."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def main() -> int:
    """Run the server process; the supervisor starts it as `python -m streamforge.server`."""
    # The database holds names and chats; what is written here is for this user alone.
    os.umask(0o077)
    try:
        settings = load_settings()
        configure_logging(settings.log_level, settings.log_format, process="server")
        for name in CHATTY_LIBRARIES:
            logging.getLogger(name).setLevel(logging.WARNING)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run(build_server(settings)))
    except AppError as error:
        # Said in words, without a traceback: the operator can act on it.
        _log.error("server.failed", code=error.code, message=error.message)
        return EXIT_CONFIG if error.code in CONFIG_ERRORS else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
