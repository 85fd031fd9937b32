"""The composition root: settings in, a running server out.

The start goes database → accounts → media engine → meetings → signaling → HTTP, the end the same
way back, but that meetings are stored before sockets close. Media workers are other processes and
go on without us. Nothing is decided here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

import socketio  # pyright: ignore[reportMissingTypeStubs]

from streamforge.accounts.api_keys import ApiKeys
from streamforge.accounts.store import DEFAULT_TENANT_ID, AccountStore
from streamforge.accounts.token_keys import load_token_keys
from streamforge.accounts.tokens import Tokens
from streamforge.config.settings import Settings
from streamforge.core.clock import Clock, SystemClock
from streamforge.core.errors import Unavailable
from streamforge.core.ids import IdSource, UuidV7Ids
from streamforge.core.log import get_logger
from streamforge.core.tasks import Tasks
from streamforge.infra.db.engine import Database
from streamforge.infra.db.idempotency import IdempotencyStore
from streamforge.infra.db.journal import JournalWriter
from streamforge.infra.db.migrate import migrate
from streamforge.infra.loop_lag import measure_loop_lag
from streamforge.infra.metrics import Metrics
from streamforge.infra.node_id import node_id
from streamforge.media.native import NativeMediaEngine
from streamforge.media.ports import MediaEngine
from streamforge.rooms.registry import Meetings, MeetingsConfig
from streamforge.rooms.service import RoomService
from streamforge.rooms.sql_journal import SqlJournal
from streamforge.rooms.store import RoomStore, TenantRooms
from streamforge.server.http_side import HttpSide, http_side
from streamforge.server.listening import listen
from streamforge.server.worker_metrics import worker_metrics
from streamforge.signaling.app import SOCKET_IO_PATH, SignalingDeps, build_socketio
from streamforge.signaling.links import Links
from streamforge.web.servers import HttpServers

_log = get_logger("streamforge.server")

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
        listening = listen(settings, self._clock)
        self.http_port, self.https_port = listening.http_port, listening.https_port
        await self._start_storage()
        await self._start_meetings()
        self._web = self._http_side()
        await self._web.application.startup()
        asgi: Any = socketio.ASGIApp(
            self._socketio, self._web.application, socketio_path=SOCKET_IO_PATH
        )
        self._http = HttpServers(
            self._web.edge(asgi), listening.listeners, settings.timers.graceful_stop_s
        )
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
        await self._web.application.shutdown()
        await self.media_engine.close()
        await self._writer.close()
        await self._database.close()
        _log.info("server.stopped")

    def hurry(self) -> None:
        """Stop without waiting for open requests."""
        self._http.hurry()

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
        self.media_engine.subscribe(worker_metrics(self.metrics))
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
            count=self.metrics.count_happening,
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
                counts=self.metrics,
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

    def _http_side(self) -> HttpSide:
        settings = self.settings
        return http_side(
            settings,
            http_port=self.http_port,
            clock=self._clock,
            ids=self._ids,
            random_bytes=self._random_bytes,
            metrics=self.metrics,
            authenticator=self._api_keys,
            answers=self._idempotency_store,
            rooms=RoomService(
                store=self._rooms,
                tokens=self._tokens,
                live=self._meetings,
                clock=self._clock,
                ids=self._ids,
                random_bytes=self._random_bytes,
                renewal_grace_s=settings.timers.token_renewal_grace_s,
            ),
            checks={
                "server": self._check_running,
                "database": self._database.ping,
                "media": self._check_media,
            },
            refresh_metrics=self._refresh_metrics,
        )

    async def _check_running(self) -> None:
        if self._is_stopping:
            raise Unavailable("shutting_down")

    async def _check_media(self) -> None:
        if not self.media_engine.pool.workers:
            raise Unavailable("no_worker")

    def _refresh_metrics(self) -> None:
        self.metrics.meetings.set(self._meetings.meeting_count())
        self.metrics.participants.set(self._meetings.participant_total())
        self.metrics.sockets.set(self._socketio.edge.session_count)

    async def _forget_answers(self) -> None:
        while True:
            try:
                await self._web.idempotency.forget_old()
            except Unavailable as error:
                _log.warning("idempotency.not_cleaned", code=error.code)
            await asyncio.sleep(FORGET_ANSWERS_EVERY_S)


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
