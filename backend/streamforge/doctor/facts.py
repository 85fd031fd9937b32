"""What the checks judge, as plain values: the only part that looks at the machine."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from streamforge import __version__
from streamforge.config.environment import unknown_variables
from streamforge.config.settings import Settings
from streamforge.core.clock import Clock
from streamforge.core.errors import AppError
from streamforge.media.addresses import local_addresses
from streamforge.media.epoch import FILE_NAME as EPOCH_FILE
from streamforge.media.worker_binary import find_worker_binary
from streamforge.supervisor.instance import is_locked
from streamforge.supervisor.listening import listen, reason_in_words

VERSION_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """What matters of a TLS certificate; `problem` when it could not be read at all."""

    problem: str | None = None
    not_before_ms: int = 0
    not_after_ms: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The state of a machine as far as StreamForge cares."""

    settings: Settings
    now_ms: int
    last_start_ms: int | None
    already_running: bool
    python: tuple[int, int]
    version: str
    worker_binary: Path | None
    worker_problem: str | None
    worker_version: str | None
    port_problems: tuple[str, ...]
    local_addresses: tuple[str, ...]
    certificate: Certificate | None
    data_dir_problem: str | None
    free_bytes: int
    open_files: int
    unknown_variables: tuple[str, ...]
    has_web_ui: bool


def gather(settings: Settings, clock: Clock) -> Facts:
    """Look at this machine."""
    binary, binary_problem = _worker_binary(settings)
    already_running = is_locked(settings.runtime_dir)
    existing = _nearest_existing(settings.data_dir)
    return Facts(
        settings=settings,
        now_ms=clock.now_ms(),
        last_start_ms=_modified_ms(settings.data_dir / EPOCH_FILE),
        already_running=already_running,
        python=(sys.version_info.major, sys.version_info.minor),
        version=__version__,
        worker_binary=binary,
        worker_problem=binary_problem,
        worker_version=None if binary is None else _worker_version(binary),
        port_problems=() if already_running else tuple(_port_problems(settings)),
        local_addresses=local_addresses(),
        certificate=None if settings.tls_cert is None else _certificate(settings),
        data_dir_problem=_write_problem(settings.data_dir, existing),
        free_bytes=shutil.disk_usage(existing).free,
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        unknown_variables=tuple(unknown_variables()),
        has_web_ui=(Path(__file__).parents[1] / "web" / "ui" / "index.html").is_file(),
    )


def _worker_binary(settings: Settings) -> tuple[Path | None, str | None]:
    try:
        return find_worker_binary(settings.worker_binary), None
    except AppError as error:
        return None, error.message


def _worker_version(binary: Path) -> str | None:
    try:
        run = subprocess.run(  # noqa: S603 (the program that we would start anyway)
            [binary, "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.strip().split(" ")[-1] or None


def _port_problems(settings: Settings) -> list[str]:
    problems: list[str] = []

    def attempt(open_port: Callable[[], None]) -> None:
        try:
            open_port()
        except AppError as error:
            problems.append(error.message)

    host = settings.host
    attempt(lambda: listen(host, settings.http_port, "HTTP", "STREAMFORGE_HTTP_PORT").close())
    if settings.https_enabled:
        name = "STREAMFORGE_HTTPS_PORT"
        attempt(lambda: listen(host, settings.https_port, "HTTPS", name).close())
    name = "STREAMFORGE_MEDIA_PORT_BASE"
    for port in _media_ports(settings):
        problem = _udp_problem(port, name)
        if problem is not None:
            problems.append(problem)
        attempt(lambda port=port: listen(host, port, "Media (TCP)", name).close())
    return problems


def _media_ports(settings: Settings) -> range:
    base = settings.media_port_base
    return range(base, base + settings.workers) if base else range(0)


def _udp_problem(port: int, setting: str) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("0.0.0.0", port))  # noqa: S104 (as the worker will)
        except OSError as error:
            return reason_in_words(error, "0.0.0.0", port, "Media (UDP)", setting)  # noqa: S104
    return None


def _certificate(settings: Settings) -> Certificate:
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(settings.tls_cert), str(settings.tls_key))
        certificate = x509.load_pem_x509_certificate(Path(str(settings.tls_cert)).read_bytes())
        certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Certificate(problem=f"{settings.tls_cert} or its key cannot be used: {reason}.")
    return Certificate(
        not_before_ms=_ms(certificate.not_valid_before_utc),
        not_after_ms=_ms(certificate.not_valid_after_utc),
        names=_names(certificate),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = names.get_values_for_type(x509.IPAddress)
    return (*names.get_values_for_type(x509.DNSName), *map(str, addresses))


def _ms(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1_000)


def _modified_ms(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns // 1_000_000
    except OSError:
        return None


def _nearest_existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _write_problem(wanted: Path, existing: Path) -> str | None:
    if not existing.is_dir():
        return f"{existing} is in the way: it is not a directory."
    if not os.access(existing, os.W_OK | os.X_OK):
        return f"{wanted} cannot be written by this user."
    return None
