"""The self-made certificate: names every address, is kept while it fits, else made anew."""

from __future__ import annotations

import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509
from streamforge.core.clock import ManualClock
from streamforge.core.errors import Bug
from streamforge.infra.certificates import CertificateFiles, own_certificate, server_context


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def names_of(files: CertificateFiles) -> set[str]:
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(name.value) for name in extension.value}


def test_it_names_the_machine_its_addresses_and_localhost(
    tmp_path: Path, clock: ManualClock
) -> None:
    files = own_certificate(tmp_path, ["Laptop", "192.0.2.7", "[2001:db8::7]"], clock)

    assert names_of(files) == {
        "localhost",
        "127.0.0.1",
        str(ipaddress.ip_address("::1")),
        "laptop",
        "192.0.2.7",
        "2001:db8::7",
    }
    server_context(files)


def test_its_key_is_readable_by_the_owner_only(tmp_path: Path, clock: ManualClock) -> None:
    files = own_certificate(tmp_path, [], clock)

    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600


def test_it_is_kept_over_restarts(tmp_path: Path, clock: ManualClock) -> None:
    first = own_certificate(tmp_path, ["192.0.2.7"], clock).certificate.read_bytes()

    clock.advance(seconds=86_400)
    second = own_certificate(tmp_path, ["192.0.2.7"], clock).certificate.read_bytes()

    assert second == first


def test_new_addresses_make_a_new_one(tmp_path: Path, clock: ManualClock) -> None:
    first = own_certificate(tmp_path, ["192.0.2.7"], clock).certificate.read_bytes()

    files = own_certificate(tmp_path, ["192.0.2.8"], clock)

    assert files.certificate.read_bytes() != first
    assert "192.0.2.8" in names_of(files)


def test_it_is_renewed_before_it_ends(tmp_path: Path, clock: ManualClock) -> None:
    first = own_certificate(tmp_path, [], clock).certificate.read_bytes()

    clock.advance(seconds=800 * 86_400)

    assert own_certificate(tmp_path, [], clock).certificate.read_bytes() != first


@pytest.mark.parametrize("damaged", ["certificate", "key"])
def test_a_damaged_file_is_replaced(tmp_path: Path, clock: ManualClock, damaged: str) -> None:
    files = own_certificate(tmp_path, [], clock)
    getattr(files, damaged).write_text("rubbish")

    server_context(own_certificate(tmp_path, [], clock))


def test_a_given_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = CertificateFiles(tmp_path / "cert.pem", tmp_path / "key.pem")

    with pytest.raises(Bug) as raised:
        server_context(missing)

    assert raised.value.code == "certificate_invalid"
    assert "cert.pem" in raised.value.message
