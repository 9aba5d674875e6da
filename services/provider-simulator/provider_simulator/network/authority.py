"""A certificate authority of a simulator's own, made at its start."""

import ipaddress
import ssl
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Longer than any run; a clock that is an hour behind is no fault.
_VALID = timedelta(days=30)
_EARLIER = timedelta(hours=1)


class Authority:
    """An authority that vouches for the names it is asked to; its key stays inside."""

    def __init__(self, name: str = "provider simulator") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self._certificate = self._signed(self._name, self._key.public_key(), ())

    @property
    def certificate(self) -> bytes:
        """What clients are given to trust, as PEM."""
        return self._certificate

    def server(self, names: Iterable[str]) -> ssl.SSLContext:
        """Return what a server needs that goes by these host names or addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = tuple(dict.fromkeys(names))
        certificate = self._signed(_named(names[0]), key.public_key(), names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.TemporaryDirectory(prefix="provider-simulator-") as folder:
            # Python's ssl takes a key from a file alone
            file = Path(folder) / "server.pem"
            file.touch(mode=0o600)
            file.write_bytes(_pem(key) + certificate)
            context.load_cert_chain(file)
        return context

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, names: tuple[str, ...]
    ) -> bytes:
        """Return a certificate: a server's for names, an authority's without."""
        now = datetime.now(UTC)
        ours = self._key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _EARLIER)
            .not_valid_after(now + _VALID)
            .add_extension(x509.BasicConstraints(not names, None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ours), critical=False
            )
        )
        if names:
            alternatives = x509.SubjectAlternativeName([_general(n) for n in names])
            builder = builder.add_extension(alternatives, critical=False)
        signed = builder.sign(self._key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
