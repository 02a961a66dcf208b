"""Make once what the machines of docker/cluster.yaml share: passwords, keys, certificates, nginx.conf.

Each kind lies in a volume of its own, and who may read it is decided by who is given that volume. What is
there already stays, so a city puts its own certificate in the place of this one.
"""

import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hotline import clock
from hotline.keys.files import KeyFile, new_key
from hotline.settings import load_settings
from ops.run.proxy import configuration

PLACE: Final = Path("/run/cluster")
PAGES: Final = ("172.28.21.31:8001", "172.28.21.32:8001")
TELEPHONES: Final = "172.28.22.10:8088"
BUCKET: Final = "hotline"
SERVERS: Final = ("db1", "db2", "172.28.24.41", "172.28.24.42")
"""Names and addresses of the database's servers, for each other and for Prometheus."""
YEARS: Final = timedelta(days=3 * 365)
INSIDE: Final = timedelta(days=20 * 365)
"""Span of certificates between our own machines: their end, which nobody watches, would stop the database."""


def main() -> None:
    """Make what is not there."""
    for name in ("shared/database-password", "rows/superuser", "rows/standby", "rows/patroni"):
        once(PLACE / name, lambda: secrets.token_urlsafe(24).encode())
    account = once(
        PLACE / "shared" / "s3-account", lambda: f"hotline\n{secrets.token_urlsafe(30)}\n".encode()
    )
    once(PLACE / "account" / "s3.json", lambda: identities(*account.decode().split()))
    if not (PLACE / "figures" / "authority.pem").exists():
        members(PLACE / "etcd", PLACE / "rows", PLACE / "figures")
    keys = KeyFile(PLACE / "keys" / "installation.keys")
    if not keys.is_there:
        keys.write(dict([new_key(clock.now())]))
    site, settings = PLACE / "site", load_settings()
    if not (site / "chain.pem").exists():
        certificate(site, str(urlsplit(settings.console_url).hostname))
    files = (site / "chain.pem", site / "key.pem")
    ports = {"listen": ("0.0.0.0:443",), "plain": ("0.0.0.0:80",)}
    text = configuration(settings, *files, **ports, pages=PAGES, telephones=TELEPHONES)
    write(site / "nginx.conf", text.encode())


def once(path: Path, made: Callable[[], bytes]) -> bytes:
    """The content of a file, made if there is none."""
    if not path.exists():
        write(path, made())
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all; other containers' users read it."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(content)
    draft.chmod(0o444)
    draft.replace(path)


def identities(key: str, secret: str) -> bytes:
    """The store's one account: it puts, reads, lists and deletes in its bucket and nowhere else."""
    actions = [f"{action}:{BUCKET}" for action in ("Read", "Write", "List", "Tagging")]
    one = {"name": key, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}
    return json.dumps({"identities": [one]}).encode()


def certificate(site: Path, host: str) -> None:
    """Sign a certificate for the pages by an authority of this installation."""
    signer = Authority("1999", YEARS)
    signer.sign(site, host)
    write(site / "authority.pem", signer.pem)


def members(etcd: Path, rows: Path, figures: Path) -> None:
    """Sign by what etcd and the servers of the database know each other, and these know Prometheus.

    What is written last says that all of it is there.
    """
    leads, reads = Authority("1999 leads", INSIDE), Authority("1999 figures", INSIDE)
    leads.sign(etcd, "etcd", "127.0.0.1", calls=True)
    leads.sign(rows, *SERVERS, "127.0.0.1", calls=True)
    reads.sign(figures, "figures", calls=True)
    write(rows / "callers.pem", leads.pem + reads.pem)
    for place in (etcd, rows, figures):
        write(place / "authority.pem", leads.pem)


class Authority:
    """Signs certificates of this installation; its key is kept nowhere."""

    def __init__(self, name: str, span: timedelta) -> None:
        self._key, self._name, self._span = ec.generate_private_key(ec.SECP256R1()), named(name), span
        self.pem = (
            building(self._name, self._name, self._key.public_key(), span)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage(signs=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    def sign(self, place: Path, *names: str, calls: bool = False) -> None:
        """Write a key and its certificate as a server of these names; with ``calls`` as a client too."""
        key = ec.generate_private_key(ec.SECP256R1())
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, *([ExtendedKeyUsageOID.CLIENT_AUTH] if calls else [])]
        leaf = (
            building(named(names[0]), self._name, key.public_key(), self._span)
            .add_extension(x509.SubjectAlternativeName([as_name(one) for one in names]), critical=False)
            .add_extension(usage(signs=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        write(place / "key.pem", key.private_bytes(serialization.Encoding.PEM, form, plain))
        write(place / "chain.pem", leaf.public_bytes(serialization.Encoding.PEM))


def as_name(name: str) -> x509.GeneralName:
    """A name of a machine, or its address, as a certificate has it."""
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def usage(*, signs: bool) -> x509.KeyUsage:
    """Key usage of a certificate: of an authority, which signs others, or of a server."""
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def named(name: str) -> x509.Name:
    """A name of X.509."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def building(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, span: timedelta
) -> x509.CertificateBuilder:
    """A certificate to be completed and signed."""
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + span)
    )


if __name__ == "__main__":
    main()
