"""The certificate of port 3443: the given one, or one that the server makes for itself.

A self-made one lives in `<data_dir>/tls/`, names every address at which people may reach this
machine, and is made anew when those change or when it nears its end. Browsers warn of it once and
then allow camera and microphone, which they refuse over plain HTTP from another machine.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from streamforge.core.clock import Clock
from streamforge.core.errors import Bug
from streamforge.infra.secret_file import write_secret

# Apple's systems refuse server certificates that live longer than 825 days.
LIFETIME: Final = timedelta(days=820)
RENEW_BEFORE: Final = timedelta(days=30)
# Clocks of visitors may be behind ours.
BACKDATED: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where a certificate and its key lie, in PEM."""

    certificate: Path
    key: Path


def own_certificate(data_dir: Path, names: Iterable[str], clock: Clock) -> CertificateFiles:
    """Return the self-made certificate for these host names and addresses; make it if needed."""
    folder = data_dir / "tls"
    files = CertificateFiles(folder / "cert.pem", folder / "key.pem")
    wanted = _alternative_names(names)
    now = datetime.fromtimestamp(clock.now_ms() / 1_000, tz=UTC)
    if not _serves(files, wanted, now):
        _make(files, wanted, now)
    return files


def server_context(files: CertificateFiles) -> ssl.SSLContext:
    """Load a certificate for serving.

    Raises:
        Bug: `certificate_invalid`, naming the file, when it cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.certificate, files.key)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise Bug(
            "certificate_invalid",
            f"The certificate {files.certificate} with key {files.key} cannot be used: {reason}.",
        ) from error
    return context


def _serves(files: CertificateFiles, wanted: list[x509.GeneralName], now: datetime) -> bool:
    """Whether the stored certificate fits these names for a while yet."""
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        serialization.load_pem_private_key(files.key.read_bytes(), password=None)
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    names = set(extension.value)
    return names == set(wanted) and certificate.not_valid_after_utc - now > RENEW_BEFORE


def _make(files: CertificateFiles, names: list[x509.GeneralName], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "StreamForge self-made")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem_key = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_secret(files.key, pem_key)
    write_secret(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))


def _alternative_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Sort names into DNS names and addresses, each once."""
    found: dict[str, x509.GeneralName] = {}
    for name in ["localhost", "127.0.0.1", "::1", *names]:
        plain = name.strip().strip("[]").lower()
        try:
            found[plain] = x509.IPAddress(ipaddress.ip_address(plain))
        except ValueError:
            # An X.509 DNS name is ASCII; a machine name that is not one cannot be certified.
            if plain and plain.isascii():
                found[plain] = x509.DNSName(plain)
    return list(found.values())
