"""doctor/facts.py on this machine: real ports, files and certificates."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamforge.config.settings import load_settings
from streamforge.core.clock import SystemClock
from streamforge.doctor.facts import Facts, gather
from streamforge.infra.certificates import own_certificate
from streamforge.supervisor.instance import lock_instance, prepare_directories


@pytest.fixture
def taken() -> Iterator[int]:
    """A TCP port on which somebody listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def look(data_dir: Path, **settings: Any) -> Facts:
    chosen: dict[str, Any] = {
        "data_dir": data_dir,
        "host": "127.0.0.1",
        "http_port": 0,
        "https_port": 0,
        "media_port_base": 0,
        **settings,
    }
    return gather(load_settings(**chosen), SystemClock())


def test_free_ports_and_a_writable_place_are_no_problem(tmp_path: Path) -> None:
    facts = look(tmp_path / "new")

    assert facts.port_problems == ()
    assert facts.data_dir_problem is None
    assert facts.free_bytes > 0
    assert not facts.already_running
    assert not (tmp_path / "new").exists()


def test_a_taken_port_is_found(tmp_path: Path, taken: int) -> None:
    (problem,) = look(tmp_path, http_port=taken).port_problems

    assert f"HTTP port {taken} is in use" in problem


def test_the_ports_of_a_running_server_are_not_held_against_it(tmp_path: Path, taken: int) -> None:
    prepare_directories(load_settings(data_dir=tmp_path))

    with lock_instance(tmp_path / "run"):
        facts = look(tmp_path, http_port=taken)

    assert facts.already_running
    assert facts.port_problems == ()


def test_a_certificate_is_read(tmp_path: Path) -> None:
    files = own_certificate(tmp_path, ["meet.example.org", "192.0.2.1"], SystemClock())

    facts = look(tmp_path, tls_cert=files.certificate, tls_key=files.key)

    assert facts.certificate is not None
    assert facts.certificate.problem is None
    assert {"meet.example.org", "192.0.2.1"} <= set(facts.certificate.names)
    assert facts.certificate.not_before_ms < facts.now_ms < facts.certificate.not_after_ms


def test_a_key_of_another_certificate_is_a_problem(tmp_path: Path) -> None:
    mine = own_certificate(tmp_path / "a", ["a.example"], SystemClock())
    other = own_certificate(tmp_path / "b", ["b.example"], SystemClock())

    facts = look(tmp_path, tls_cert=mine.certificate, tls_key=other.key)

    assert facts.certificate is not None
    assert "cannot be used" in (facts.certificate.problem or "")


def test_a_file_where_the_data_should_be_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    assert "not a directory" in (look(tmp_path / "data").data_dir_problem or "")
