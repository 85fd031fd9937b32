"""doctor/checks.py: every verdict from made-up facts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamforge.config.settings import load_settings
from streamforge.doctor import checks
from streamforge.doctor.facts import Certificate, Facts

NOW_MS = 1_790_000_000_000
DAY_MS = 86_400_000
GOOD_CERTIFICATE = Certificate(
    not_before_ms=NOW_MS - DAY_MS, not_after_ms=NOW_MS + 90 * DAY_MS, names=("*.example.org",)
)
FACTS = Facts(
    settings=load_settings(data_dir=Path("/srv/sf"), http_port=3000, workers=2),
    now_ms=NOW_MS,
    last_start_ms=NOW_MS - DAY_MS,
    already_running=False,
    python=(3, 11),
    version="0.1.0",
    worker_binary=Path("/usr/bin/streamforge-sfu"),
    worker_problem=None,
    worker_version="0.1.0",
    port_problems=(),
    local_addresses=("192.0.2.1", "127.0.0.1"),
    certificate=None,
    data_dir_problem=None,
    free_bytes=10**10,
    open_files=65_536,
    unknown_variables=(),
    has_web_ui=True,
)


def facts(settings: dict[str, object] | None = None, **changed: Any) -> Facts:
    chosen = load_settings(data_dir=Path("/srv/sf"), workers=2, **(settings or {}))
    return replace(FACTS, settings=chosen, **changed)


def public(url: str = "https://meet.example.org", **changed: Any) -> Facts:
    return facts({"public_url": url}, **changed)


def test_on_a_good_machine_only_the_self_made_certificate_is_remarked() -> None:
    remarks = [finding for finding in checks.examine(FACTS) if finding.level != "ok"]

    assert [finding.name for finding in remarks] == ["certificate"]
    assert "browsers will warn" in remarks[0].message


@pytest.mark.parametrize(
    ("given", "check", "level", "says"),
    [
        (facts(python=(3, 10)), checks.check_versions, "error", "3.10 is too old"),
        (facts(worker_version="0.2.0"), checks.check_versions, "warning", "version 0.2.0"),
        (
            facts(worker_binary=None, worker_problem="Run `make sfu`."),
            checks.check_worker_binary,
            "error",
            "make sfu",
        ),
        (facts(port_problems=("HTTP port 3000 is in use.",)), checks.check_ports, "error", "3000"),
        (facts(already_running=True), checks.check_ports, "ok", "A server runs"),
        (
            facts(local_addresses=("127.0.0.1",)),
            checks.check_addresses,
            "warning",
            "STREAMFORGE_ANNOUNCED_ADDRESSES",
        ),
        (
            public(local_addresses=("10.0.0.5", "127.0.0.1")),
            checks.check_addresses,
            "warning",
            "Behind NAT",
        ),
        (
            facts({"announced_addresses": "198.51.100.7"}, local_addresses=("127.0.0.1",)),
            checks.check_addresses,
            "ok",
            "198.51.100.7",
        ),
        (public("http://meet.example.org"), checks.check_public_url, "error", "plain HTTP"),
        (public("http://localhost:3000"), checks.check_public_url, "ok", "localhost"),
        (facts(data_dir_problem="It is full."), checks.check_data_dir, "error", "It is full."),
        (facts(free_bytes=10), checks.check_data_dir, "error", "0 MiB"),
        (
            facts({"runtime_dir": Path("/" + "x" * 120)}),
            checks.check_data_dir,
            "error",
            "STREAMFORGE_RUNTIME_DIR",
        ),
        (facts(now_ms=0, last_start_ms=None), checks.check_clock, "error", "years behind"),
        (facts(last_start_ms=NOW_MS + DAY_MS), checks.check_clock, "error", "86400 s behind"),
        (facts(last_start_ms=NOW_MS + 5_000), checks.check_clock, "ok", ""),
        (facts(open_files=256), checks.check_open_files, "warning", "256"),
        (
            facts(unknown_variables=("STREAMFORGE_HTP_PORT",)),
            checks.check_settings,
            "warning",
            "STREAMFORGE_HTP_PORT",
        ),
        (facts(has_web_ui=False), checks.check_web_ui, "error", "make ui"),
    ],
)
def test_each_fault_is_named_with_what_to_do(
    given: Facts, check: Any, level: str, says: str
) -> None:
    finding = check(given)

    assert finding.level == level
    assert says in finding.message


@pytest.mark.parametrize(
    ("certificate", "level", "says"),
    [
        (GOOD_CERTIFICATE, "ok", "*.example.org"),
        (replace(GOOD_CERTIFICATE, problem="key.pem: no."), "error", "key.pem"),
        (replace(GOOD_CERTIFICATE, not_after_ms=NOW_MS), "error", "expired"),
        (replace(GOOD_CERTIFICATE, not_before_ms=NOW_MS + 1), "error", "not valid yet"),
        (replace(GOOD_CERTIFICATE, not_after_ms=NOW_MS + 3 * DAY_MS), "warning", "in 3 days"),
        (replace(GOOD_CERTIFICATE, names=("other.org",)), "error", "people open meet.example.org"),
        (replace(GOOD_CERTIFICATE, names=()), "error", "no name"),
    ],
)
def test_a_given_certificate_is_judged(certificate: Certificate, level: str, says: str) -> None:
    finding = checks.check_certificate(public(certificate=certificate))

    assert finding.level == level
    assert says in finding.message


def test_without_https_no_certificate_is_needed() -> None:
    assert checks.check_certificate(facts({"https_enabled": False})).level == "ok"


def test_a_wildcard_covers_one_label_only() -> None:
    deep = public("https://a.b.example.org", certificate=GOOD_CERTIFICATE)

    assert checks.check_certificate(deep).level == "error"
