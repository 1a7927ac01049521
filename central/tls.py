"""The central's own certificate authority, and the server certificate it issues."""

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central.errors import WrongKeyError
from central.files import make_private, sync_folder, write_private

_CA_KEY, _CA_CERTIFICATE = "tls-ca.key", "tls-ca.pem"
_NEXT = "tls-next"
_SERVER_KEY, _SERVER_CERTIFICATE = "server.key", "server.pem"
_ALWAYS = ("localhost", "127.0.0.1", "::1")
# A kiosk's clock may stand years back; a certificate that begins early still meets it.
_NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
_CA_LIFE, _SERVER_LIFE = timedelta(days=365 * 20), timedelta(days=365 * 5)
_RENEW_BEFORE = timedelta(days=365)


def make_authority(folder: Path) -> None:
    """Make the CA's key and self-signed certificate in *folder*."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Wasl central CA")])
    certificate = (
        _begin(name, name, key.public_key(), _CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / _CA_KEY, _key_pem(key))
    write_private(folder / _CA_CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))


def authority_certificate(folder: Path) -> bytes:
    """Return the CA's certificate as PEM.

    Raises:
        WrongKeyError: It is not there.
    """
    try:
        return (folder / _CA_CERTIFICATE).read_bytes()
    except OSError as error:
        raise WrongKeyError("the certificate authority is missing") from error


def next_authority(folder: Path) -> bytes:
    """Return the certificate (PEM) of the CA that is to follow, making it if need be."""
    if not (folder / _NEXT / _CA_CERTIFICATE).exists():
        make_authority(make_private(folder / _NEXT))
    return (folder / _NEXT / _CA_CERTIFICATE).read_bytes()


def take_next(folder: Path, named: Sequence[str]) -> None:
    """Issue by the CA that is to follow once it is *named*; what was begun before is ended."""
    certificate = folder / _NEXT / _CA_CERTIFICATE
    if not certificate.exists() or certificate.read_text("ascii") not in named:
        return
    key = folder / _NEXT / _CA_KEY
    if key.exists():
        key.replace(folder / _CA_KEY)
    # Without it one is issued anew, by the key that is there now.
    (folder / _SERVER_CERTIFICATE).unlink(missing_ok=True)
    certificate.replace(folder / _CA_CERTIFICATE)
    certificate.parent.rmdir()
    sync_folder(folder)


def server_context(folder: Path, host: str) -> ssl.SSLContext:
    """Return a TLS 1.3 server context for *host*, issuing a certificate when the last won't do.

    Raises:
        WrongKeyError: The CA's or server's key cannot be read.
    """
    try:
        if not _is_good_for(folder / _SERVER_CERTIFICATE, host):
            _issue(folder, host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(folder / _SERVER_CERTIFICATE, folder / _SERVER_KEY)
    except (OSError, ValueError) as error:
        raise WrongKeyError("the server's certificate or key cannot be read") from error
    return context


def _issue(folder: Path, host: str) -> None:
    authority = x509.load_pem_x509_certificate(authority_certificate(folder))
    signer = serialization.load_pem_private_key((folder / _CA_KEY).read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise ValueError("the CA's key is of another kind")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Wasl central")])
    certificate = (
        _begin(name, authority.subject, key.public_key(), _SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .sign(signer, hashes.SHA256())
    )
    # The certificate first: one without its key is found unfit and issued again.
    (folder / _SERVER_CERTIFICATE).unlink(missing_ok=True)
    write_private(folder / _SERVER_KEY, _key_pem(key))
    write_private(
        folder / _SERVER_CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM)
    )


def _is_good_for(file: Path, host: str) -> bool:
    if not file.exists():
        return False
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    is_fresh = certificate.not_valid_after_utc - _RENEW_BEFORE > datetime.now(UTC)
    return is_fresh and all(name in names for name in _names(host))


def _names(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for text in dict.fromkeys((*_ALWAYS, host)):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(text)))
        except ValueError:
            names.append(x509.DNSName(text))
    return names


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(datetime.now(UTC) + life)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
