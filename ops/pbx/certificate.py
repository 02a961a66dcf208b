"""The certificate of SIP over TLS: proved, and kept as one file where Asterisk reads it.

Certificate and key lie in one file, so that it is replaced whole: what renews them writes one after the
other, and Asterisk would read the one without the other. Files that do not fit together replace nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates

from hotline.settings import Settings
from hotline.settings.faults import variable
from ops.pbx.files import replace
from ops.starting import CertificateUnfit

PAIR: Final = "sip.pem"
"""Certificate, those between, and the key."""
AUTHORITIES: Final = "authorities.pem"
MACHINES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
"""The authorities that this machine trusts."""
Fault = Literal["unreadable", "no-certificate", "no-key", "other-key", "over", "no-authority"]


@dataclass(frozen=True, slots=True)
class _Named:
    """A file that a setting names."""

    setting: str
    path: Path | None

    def read(self) -> str:
        """Its text. Raises CertificateUnfit."""
        if self.path is None:
            raise CertificateUnfit("missing", variable(self.setting))
        try:
            return self.path.read_text("ascii", "replace")
        except OSError as error:
            raise self.unfit("unreadable", str(error.strerror)) from error

    def certificates(self, why: Fault) -> list[Certificate]:
        """Its certificates, one at least. Raises CertificateUnfit."""
        try:
            return load_pem_x509_certificates(self.read().encode())
        except ValueError as error:
            raise self.unfit(why) from error

    def unfit(self, why: Fault, detail: str = "") -> CertificateUnfit:
        """The fault of this file."""
        return CertificateUnfit(why, variable(self.setting), self.path or "", detail)


def write(settings: Settings, etc: Path, at: datetime) -> list[str]:
    """Bring both files to what the settings name; the names of those that changed.

    Raises CertificateUnfit if there was none before; else what Asterisk has stays, and readiness tells why.
    """
    if not settings.sip_certificate_file:
        for name in (PAIR, AUTHORITIES):
            (etc / name).unlink(missing_ok=True)
        return []
    try:
        wanted = files(settings, at)
    except CertificateUnfit:
        if not is_there(etc):
            raise
        return []
    return [name for name, text in wanted.items() if replace(etc / name, text)]


def files(settings: Settings, at: datetime) -> dict[str, str]:
    """What the settings name, as Asterisk is to read it, by file. Raises CertificateUnfit."""
    ends_at(settings, at)
    pair = (_own(settings).read(), _key(settings).read())
    return {PAIR: "\n".join(pair), AUTHORITIES: _authorities(settings)}


def is_there(etc: Path) -> bool:
    """Tell whether Asterisk has a certificate, from now or from before."""
    return (etc / PAIR).exists()


def ends_at(settings: Settings, at: datetime) -> datetime:
    """The instant until which the certificate is valid, whose key fits. Raises CertificateUnfit."""
    own, key = _own(settings), _key(settings)
    first = own.certificates("no-certificate")[0]
    try:
        fits = load_pem_private_key(key.read().encode(), None).public_key() == first.public_key()
    except (ValueError, TypeError) as error:  # no key, or one behind a password
        raise key.unfit("no-key") from error
    if not fits:
        raise key.unfit("other-key")
    if first.not_valid_after_utc <= at:
        raise own.unfit("over", f"{first.not_valid_after_utc:%Y-%m-%d}")
    return first.not_valid_after_utc


def _own(settings: Settings) -> _Named:
    return _Named("sip_certificate_file", settings.sip_certificate_file)


def _key(settings: Settings) -> _Named:
    return _Named("sip_key_file", settings.sip_key_file)


def _authorities(settings: Settings) -> str:
    if settings.sip_authority_file:
        named = _Named("sip_authority_file", settings.sip_authority_file)
        named.certificates("no-authority")
        return named.read()
    return MACHINES.read_text("ascii", "replace") if MACHINES.exists() else ""
