"""media/worker_binary.py and media/addresses.py"""

from ipaddress import ip_address
from pathlib import Path

import pytest
from streamforge.core.errors import Bug
from streamforge.media import worker_binary
from streamforge.media.addresses import LOOPBACK, local_addresses
from streamforge.media.worker_binary import find_worker_binary


def program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_configured_program_wins(tmp_path: Path) -> None:
    chosen = program(tmp_path / "mine")

    assert find_worker_binary(chosen) == chosen


def test_a_configured_program_that_is_none_is_an_error_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")

    with pytest.raises(Bug) as caught:
        find_worker_binary(tmp_path / "text")

    assert str(tmp_path / "text") in caught.value.message


def test_the_first_place_that_has_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [tmp_path / "missing", program(tmp_path / "first"), program(tmp_path / "second")]
    monkeypatch.setattr(worker_binary, "candidates", lambda: places)

    assert find_worker_binary() == tmp_path / "first"


def test_a_machine_without_it_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_binary, "candidates", list)

    with pytest.raises(Bug) as caught:
        find_worker_binary()

    assert caught.value.code == "worker_binary_missing"
    assert "make sfu" in caught.value.message


def test_loopback_comes_last_among_the_addresses() -> None:
    found = local_addresses()

    assert found[-1] == LOOPBACK
    assert not any(ip_address(address).is_loopback for address in found[:-1])
