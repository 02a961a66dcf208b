"""Make once what the machines of docker/cluster.yaml share: passwords, keys, certificate, nginx.conf.

Each kind lies in a volume of its own, and who may read it is decided by who is given that volume. What is
there already stays, so a city puts its own certificate in the place of this one.
"""

import json
import secrets
from collections.abc import Callable
from datetime import timedelta
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
YEARS: Final = timedelta(days=3 * 365)


def main() -> None:
    """Make what is not there."""
    for name in ("shared/database-password", "rows/superuser", "rows/standby"):
        once(PLACE / name, lambda: secrets.token_urlsafe(24).encode())
    account = once(
        PLACE / "shared" / "s3-account", lambda: f"hotline\n{secrets.token_urlsafe(30)}\n".encode()
    )
    once(PLACE / "account" / "s3.json", lambda: identities(*account.decode().split()))
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
    """Sign a certificate for the pages by an authority of this installation, whose key is kept nowhere."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    signer = named("1999")
    root = (
        building(signer, signer, authority.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )
    leaf = (
        building(named(host), signer, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(usage(signs=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority, hashes.SHA256())
    )
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    write(site / "authority.pem", root.public_bytes(serialization.Encoding.PEM))
    write(site / "key.pem", key.private_bytes(serialization.Encoding.PEM, form, plain))
    write(site / "chain.pem", leaf.public_bytes(serialization.Encoding.PEM))


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
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
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
        .not_valid_after(now + YEARS)
    )


if __name__ == "__main__":
    main()
