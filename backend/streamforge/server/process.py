"""The life of the server process: settings, logging, signals, exit codes. It wires nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Final

from streamforge.config.environment import STANDBY_FLAG
from streamforge.config.settings import load_settings
from streamforge.core.errors import AppError
from streamforge.core.log import configure_logging, get_logger
from streamforge.server.composition import Server, build_server

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
# What libraries load when they are first used: most of the CPU time of a start after its imports.
LOADED_LATE: Final = (
    "aiosqlite",
    "alembic.command",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
# sysexits.h: the supervisor does not restart after it, as only the operator can heal these.
EXIT_CONFIG: Final = 78
CONFIG_ERRORS: Final = frozenset(
    {"certificate_invalid", "database_too_new", "settings_invalid", "token_keys_invalid"}
)

_log = get_logger("streamforge.server")


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


def _load_the_rest() -> None:
    """Import what the start would import only then."""
    for name in LOADED_LATE:
        import_module(name)
    _loop_factory()


def main() -> int:
    """Run the server process; the supervisor starts it as `python -m streamforge.server`.

    With `--standby` it waits for a line on its standard input first, or ends with it.
    """
    if STANDBY_FLAG in sys.argv[1:]:
        _load_the_rest()
        if not sys.stdin.buffer.readline():
            return 0
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
