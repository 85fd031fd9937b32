"""A real supervisor over stand-in programs; settings come from the environment as always."""

import asyncio
import sys
from pathlib import Path

from streamforge.config.environment import child_environment
from streamforge.config.settings import load_settings
from streamforge.core.clock import SystemClock
from streamforge.core.log import configure_logging
from streamforge.supervisor.instance import lock_instance, prepare_directories
from streamforge.supervisor.listening import open_sockets
from streamforge.supervisor.supervisor import Supervisor


async def run() -> int:
    supervisor = Supervisor(
        settings,
        sockets=open_sockets(settings),
        worker_binary=Path(sys.argv[1]),
        environment=child_environment({}),
        clock=SystemClock(),
        server_command=(sys.executable, "-I", "-S", sys.argv[2]),
    )
    return await supervisor.run()


settings = load_settings()
configure_logging("info", "console", process="supervisor")
prepare_directories(settings)
with lock_instance(settings.runtime_dir):
    sys.exit(asyncio.run(run()))
