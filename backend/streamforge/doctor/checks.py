"""The verdicts: each check reads the facts and says one thing in words. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from streamforge.core.units import DAY_S, MIB, SECOND_MS
from streamforge.doctor.facts import Certificate, Facts
from streamforge.supervisor.instance import socket_path_problem

Level = Literal["ok", "warning", "error"]

# A meeting stores little, recordings store much; below this SQLite itself gets into trouble.
MIN_FREE_BYTES: Final = 200 * MIB
# Each participant holds a socket or two; a hundred rooms are above the usual default of 1024.
MIN_OPEN_FILES: Final = 1_024
EXPIRES_SOON_MS: Final = 14 * DAY_S * SECOND_MS
# 2025-01-01: a clock before it was never set, and every certificate would be refused.
CLOCK_FLOOR_MS: Final = 1_735_689_600_000
# Clocks of file systems and machines differ by less.
CLOCK_SLACK_MS: Final = 60 * SECOND_MS
PYTHON_FLOOR: Final = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says."""

    name: str
    level: Level
    message: str


def examine(facts: Facts) -> list[Finding]:
    """Return what every check says, in a fixed order."""
    return [check(facts) for check in CHECKS]


def check_versions(facts: Facts) -> Finding:
    """Python and the two distributions fit together."""
    if facts.python < PYTHON_FLOOR:
        found = ".".join(map(str, facts.python))
        return Finding("versions", "error", f"Python {found} is too old; 3.11 or newer is needed.")
    worker = facts.worker_version
    if worker is not None and worker != facts.version:
        return Finding(
            "versions",
            "warning",
            f"streamforge {facts.version} runs with a media worker of version {worker}; "
            "install the same version of both.",
        )
    return Finding("versions", "ok", f"streamforge {facts.version}, media worker {worker or '?'}.")


def check_worker_binary(facts: Facts) -> Finding:
    """The media worker's program is there."""
    if facts.worker_binary is None:
        return Finding("media worker", "error", facts.worker_problem or "It was not found.")
    return Finding("media worker", "ok", str(facts.worker_binary))


def check_ports(facts: Facts) -> Finding:
    """Every port can be opened."""
    if facts.already_running:
        return Finding("ports", "ok", "A server runs with these settings and holds its ports.")
    if facts.port_problems:
        return Finding("ports", "error", " ".join(facts.port_problems))
    settings = facts.settings
    https = f", HTTPS {settings.https_port}" if settings.https_enabled else ""
    last = settings.media_port_base + settings.workers - 1
    media = f"{settings.media_port_base}–{last}" if settings.media_port_base else "any"
    return Finding("ports", "ok", f"Free: HTTP {settings.http_port}{https}, media {media}.")


def check_addresses(facts: Facts) -> Finding:
    """Browsers are told an address that they can reach."""
    announced = facts.settings.announced_addresses
    if announced:
        return Finding("addresses", "ok", f"Browsers send media to {', '.join(announced)}.")
    found = facts.local_addresses
    if all(ip_address(address).is_loopback for address in found):
        return Finding(
            "addresses",
            "warning",
            "This machine has only the loopback address: nobody else can join with media. "
            "Set STREAMFORGE_ANNOUNCED_ADDRESSES to the address that others reach.",
        )
    if all(ip_address(address).is_private for address in found) and facts.settings.is_public:
        return Finding(
            "addresses",
            "warning",
            f"Only private addresses were found ({', '.join(found)}), but the public URL is "
            f"{facts.settings.public_url}. Behind NAT, set STREAMFORGE_ANNOUNCED_ADDRESSES to the "
            "public address and forward the media ports.",
        )
    return Finding("addresses", "ok", f"Browsers send media to {', '.join(found)}.")


def check_certificate(facts: Facts) -> Finding:
    """HTTPS works, now and for a while."""
    if not facts.settings.https_enabled:
        return Finding("certificate", "ok", "HTTPS is off here; a proxy has to provide it.")
    if facts.certificate is None:
        return Finding(
            "certificate",
            "warning",
            "None is given, so a self-made one is used and browsers will warn. Set "
            "STREAMFORGE_TLS_CERT and STREAMFORGE_TLS_KEY.",
        )
    problem = _certificate_problem(facts.certificate, facts.now_ms, _public_host(facts))
    if problem is not None:
        return Finding("certificate", *problem)
    return Finding("certificate", "ok", f"Valid for {', '.join(facts.certificate.names)}.")


def check_public_url(facts: Facts) -> Finding:
    """People open a URL on which browsers give the camera."""
    url = facts.settings.public_url
    if urlsplit(url).scheme == "http" and facts.settings.is_public:
        return Finding(
            "public URL",
            "error",
            f"{url} is plain HTTP: browsers give camera and microphone only over HTTPS.",
        )
    return Finding("public URL", "ok", url)


def check_data_dir(facts: Facts) -> Finding:
    """There is a place to write."""
    settings = facts.settings
    problem = facts.data_dir_problem or socket_path_problem(settings)
    if problem is not None:
        return Finding("data directory", "error", problem)
    if facts.free_bytes < MIN_FREE_BYTES:
        free = facts.free_bytes // MIB
        return Finding("data directory", "error", f"Only {free} MiB are free on its disk.")
    return Finding("data directory", "ok", str(settings.data_dir))


def check_clock(facts: Facts) -> Finding:
    """The machine's clock is set and was not set back."""
    if facts.now_ms < CLOCK_FLOOR_MS:
        return Finding("clock", "error", "The machine's clock is years behind; set it (NTP).")
    last = facts.last_start_ms
    if last is not None and last > facts.now_ms + CLOCK_SLACK_MS:
        behind_s = (last - facts.now_ms) // SECOND_MS
        return Finding(
            "clock",
            "error",
            f"The clock is {behind_s} s behind the last start of this server; tokens that it "
            "issued are not valid yet. Set the clock (NTP).",
        )
    return Finding("clock", "ok", "It is set.")


def check_open_files(facts: Facts) -> Finding:
    """Enough sockets can be opened."""
    if facts.open_files < MIN_OPEN_FILES:
        return Finding(
            "open files",
            "warning",
            f"This user may open {facts.open_files} files; raise the limit (ulimit -n 65536) "
            "for more than a few rooms.",
        )
    return Finding("open files", "ok", f"Up to {facts.open_files}.")


def check_settings(facts: Facts) -> Finding:
    """No variable is misspelt."""
    if facts.unknown_variables:
        names = ", ".join(facts.unknown_variables)
        return Finding("settings", "warning", f"These variables set nothing: {names}.")
    return Finding("settings", "ok", "All variables are known.")


def check_web_ui(facts: Facts) -> Finding:
    """There is something to open in the browser."""
    if facts.has_web_ui:
        return Finding("web interface", "ok", "It is there.")
    return Finding("web interface", "error", "It is missing from this server: run `make ui`.")


def _certificate_problem(
    certificate: Certificate, now_ms: int, host: str
) -> tuple[Level, str] | None:
    if certificate.problem is not None:
        return "error", certificate.problem
    if now_ms < certificate.not_before_ms:
        return "error", "The certificate is not valid yet; is the clock right?"
    if now_ms >= certificate.not_after_ms:
        return "error", "The certificate has expired; renew it."
    if host and not any(_covers(name, host) for name in certificate.names):
        names = ", ".join(certificate.names) or "no name"
        return "error", f"The certificate is for {names}, but people open {host}."
    if certificate.not_after_ms - now_ms < EXPIRES_SOON_MS:
        days = (certificate.not_after_ms - now_ms) // (DAY_S * SECOND_MS)
        return "warning", f"The certificate expires in {days} days; renew it."
    return None


def _public_host(facts: Facts) -> str:
    return (urlsplit(facts.settings.public_url).hostname or "") if facts.settings.is_public else ""


def _covers(name: str, host: str) -> bool:
    # RFC 9525 §6.3: a wildcard stands for exactly one label.
    if name.startswith("*."):
        return host.partition(".")[2].lower() == name[2:].lower()
    return name.lower() == host.lower()


CHECKS: Final[tuple[Callable[[Facts], Finding], ...]] = (
    check_versions,
    check_settings,
    check_worker_binary,
    check_web_ui,
    check_data_dir,
    check_ports,
    check_addresses,
    check_public_url,
    check_certificate,
    check_clock,
    check_open_files,
)
