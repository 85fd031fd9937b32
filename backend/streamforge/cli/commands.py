"""The commands serve, create-room, doctor and version, as people type them.

Heavy imports happen inside the commands, so that `--help` and errors answer at once.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from streamforge import __version__
from streamforge.core.errors import AppError

if TYPE_CHECKING:
    from streamforge.config.settings import Settings
    from streamforge.supervisor.listening import ListeningSockets

# sysexits(3): the configuration is wrong.
EX_CONFIG: Final = 78

app = typer.Typer(
    name="streamforge",
    help="Self-hosted WebRTC meetings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DataDir = Annotated[Path | None, typer.Option(help="Where the server keeps its data.")]
HttpPort = Annotated[int | None, typer.Option(min=0, max=65_535, help="0 = any free port.")]


def main() -> None:
    """Run the command line; what goes wrong on purpose is said in one line."""
    try:
        app()
    except AppError as error:
        typer.echo(f"streamforge: {error.message}", err=True)
        raise SystemExit(EX_CONFIG if error.code == "settings_invalid" else 1) from error


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    http_port: HttpPort = None,
    https_port: HttpPort = None,
    data_dir: DataDir = None,
    public_url: Annotated[str | None, typer.Option(help="URL that people open.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Media workers.")] = None,
) -> None:
    """Start everything and keep it running. Every setting is also a STREAMFORGE_… variable."""
    from streamforge.config.environment import child_environment
    from streamforge.config.settings import load_settings
    from streamforge.core.log import configure_logging
    from streamforge.media.worker_binary import find_worker_binary
    from streamforge.supervisor.instance import lock_instance, prepare_directories
    from streamforge.supervisor.listening import open_sockets

    overrides: dict[str, object] = {
        "host": host,
        "http_port": http_port,
        "https_port": https_port,
        "data_dir": None if data_dir is None else data_dir.absolute(),
        "public_url": public_url,
        "workers": workers,
    }
    settings = load_settings(**overrides)
    configure_logging(settings.log_level, settings.log_format, process="supervisor")
    worker_binary = find_worker_binary(settings.worker_binary)
    prepare_directories(settings)
    with lock_instance(settings.runtime_dir):
        sockets = open_sockets(settings)
        environment = child_environment(overrides)
        code = asyncio.run(_supervise(settings, sockets, worker_binary, environment))
    raise typer.Exit(code)


@app.command()
def create_room(
    name: str,
    max_participants: Annotated[int | None, typer.Option(min=2)] = None,
    server: Annotated[str, typer.Option(help="URL of a running server.")] = "",
    api_key_file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="File that holds an API key; default: the local server's own, none with --server.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer.")] = False,
) -> None:
    """Create a room on a running server and print the link to it."""
    from streamforge.cli.room_request import RoomRequest
    from streamforge.config.settings import load_settings
    from streamforge.supervisor.listening import host_in_url, reachable_host

    settings = load_settings()
    host = host_in_url(reachable_host(settings.host))
    request = RoomRequest(
        server=server or f"http://{host}:{settings.http_port}{settings.base_path}",
        # The local server's key opens the local server; nobody else may see it.
        api_key_file=api_key_file or (None if server else settings.data_dir / "api-key"),
        is_local=not server,
    )
    created = request.send(name, max_participants)
    if as_json:
        typer.echo(json.dumps(created, indent=2))
        return
    typer.echo(f"Link:        {created.get('joinUrl')}")
    typer.echo(f"Room id:     {created.get('roomId')}")
    typer.echo(f"Admin token: {created.get('adminToken')}")


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
) -> None:
    """Say what is wrong with this machine's setup; exit code 1 when a server would not work."""
    from dataclasses import asdict

    from streamforge.config.settings import load_settings
    from streamforge.core.clock import SystemClock
    from streamforge.doctor.checks import examine
    from streamforge.doctor.facts import gather

    findings = examine(gather(load_settings(), SystemClock()))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        marks = {"ok": "✓", "warning": "!", "error": "✗"}
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            typer.echo(f"{marks[finding.level]} {finding.name:<{width}}  {finding.message}")
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


@app.command()
def version() -> None:
    """Print the versions of server, IPC protocol and Python."""
    import platform

    from streamforge.protocol.ipc import PROTOCOL

    typer.echo(
        f"streamforge {__version__}, protocol {PROTOCOL}, Python {platform.python_version()}"
    )


async def _supervise(
    settings: Settings, sockets: ListeningSockets, worker_binary: Path, environment: dict[str, str]
) -> int:
    from streamforge.core.clock import SystemClock
    from streamforge.core.tasks import Tasks
    from streamforge.supervisor.listening import host_in_url
    from streamforge.supervisor.readiness import wait_until_ready
    from streamforge.supervisor.supervisor import Supervisor

    supervisor = Supervisor(
        settings,
        sockets=sockets,
        worker_binary=worker_binary,
        environment=environment,
        clock=SystemClock(),
    )

    async def announce() -> None:
        await wait_until_ready(sockets.http_host, sockets.http_port, settings.base_path)
        chosen = "public_url" in settings.model_fields_set
        # "localhost" also where it is bound as 127.0.0.1: browsers trust that name with cameras.
        host = sockets.http_host
        host = "localhost" if host in {"127.0.0.1", "::1"} else host_in_url(host)
        local = f"http://{host}:{sockets.http_port}{settings.base_path}"
        typer.echo(f"StreamForge is ready: {settings.public_url if chosen else local}")

    tasks = Tasks("cli")
    tasks.spawn(announce(), "announce")
    try:
        return await supervisor.run()
    finally:
        await tasks.close()
