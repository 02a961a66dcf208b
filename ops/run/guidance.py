"""Guidance of ``hotline doctor``: what on this machine is not as docs/hardening.md asks.

A machine that nothing outside reaches, such as the demo of one person, is asked nothing. Nothing here keeps a
call from being served; each part is tried by itself, and one that fails hides no other.
"""

import shutil
import socket
import ssl
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hotline.accounts.break_glass import break_glass, without_second
from hotline.clock import TAIPEI
from hotline.db import is_away, looking
from hotline.networks import is_guarded, is_loopback
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from hotline.settings.carriers import LINES, SECOND_TRUNK
from hotline.sso.provider import ProviderAway
from ops.machine import users
from ops.pbx.asterisk import present
from ops.pbx.releases import shortcomings
from ops.wiring import House

PATIENCE: Final = 3.0
EXPIRES: Final = timedelta(days=21)
SKEW: Final = timedelta(seconds=30)
"""Tokens of an identity provider are good a minute more or less."""
OLD: Final = timedelta(hours=50)
"""A daily file that is older was not written yesterday."""
ADMINISTRATORS: Final = 2
SHOWN: Final = ("_certificate_file", "_authority_file")
"""Ends of names of files that hold no secret."""
JAIL: Final = Path("/etc/fail2ban/jail.d/hotline.local")
EVERYWHERE: Final = ("0.0.0.0", "::")
Look = Callable[[House, datetime], Iterator[str]]


def guidance(house: House, at: datetime) -> Iterator[str]:
    """Yield what is not as the guides ask, each with its part, which is a heading of docs/hardening.md."""
    if not is_reached(house.base):
        return
    for part, look in PARTS.items():
        try:
            for told in look(house, at):
                yield f"{part}: {told}"
        except Exception as error:
            yield f"{part}: cannot be told: {type(error).__name__}"


def is_reached(settings: Settings) -> bool:
    """Tell whether anything outside this machine reaches the hotline."""
    listens = (settings.sip_address, settings.agi_address, settings.web_address, settings.console_address)
    return bool(settings.console_url) or not all(map(is_loopback, listens))


def addresses(house: House, _at: datetime) -> Iterator[str]:
    """Sockets that are open to more than they need."""
    settings = house.base
    for name in ("sip_address", "agi_address", "web_address", "console_address"):
        if getattr(settings, name) in EVERYWHERE:
            yield f"HOTLINE_{name.upper()} is every address; name the one that its peers reach"
    if not is_loopback(settings.console_address) and not settings.console_hops:
        yield "the pages listen on the network without TLS: HOTLINE_CONSOLE_ADDRESS=127.0.0.1, behind nginx"
    if settings.console_url and not settings.security_contact:
        yield "nobody is named for weaknesses that others find: HOTLINE_SECURITY_CONTACT=mailto:…"
    if not (is_loopback(settings.sip_address) or JAIL.exists()):
        yield f"no fail2ban shuts out who tries passwords ({JAIL} is missing)"


def certificates(house: House, at: datetime) -> Iterator[str]:
    """The pages' TLS, as a browser meets it, and that of the database."""
    url = house.base.console_url
    if not url:
        yield "HOTLINE_CONSOLE_URL is empty: browsers come without TLS"
    elif why := expiry(url, at):
        yield why
    database = urlsplit(house.base.database_url)
    is_far = database.hostname and not is_loopback(database.hostname) and database.hostname != "localhost"
    if is_far and "sslmode=verify-full" not in database.query:
        yield f"rows go to {database.hostname} without proof of its name: add ?sslmode=verify-full"


def expiry(url: str, at: datetime, trusted: ssl.SSLContext | None = None) -> str:
    """Why the certificate at an address will not do for long; empty when it will."""
    parts = urlsplit(url)
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), PATIENCE) as line,
            (trusted or ssl.create_default_context()).wrap_socket(
                line, server_hostname=parts.hostname
            ) as tls,
        ):
            told = str((tls.getpeercert() or {})["notAfter"])
    except (OSError, ValueError) as error:
        return f"{url} does not answer this machine by TLS ({error})"
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(told), UTC)
    return f"the certificate of {url} ends on {ends:%Y-%m-%d}" if ends - at < EXPIRES else ""


def files(house: House, _at: datetime) -> Iterator[str]:
    """Secrets that everybody on the machine could read, and processes that share a user."""
    settings = house.base
    named = [name for name in type(settings).model_fields if name.endswith("_file")]
    secrets = [name for name in named if not name.endswith(SHOWN)]
    found = [one for one in (getattr(settings, name) for name in secrets) if one] + [
        settings.home / "settings.toml",
        settings.installation_keys,
    ]
    for one in (*found, *(settings.home / "secrets").glob("*"), *database_files(settings)):
        if one.is_file() and one.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH) and is_entered(one.parent):
            yield f"everybody on this machine may read {one}: chmod o-rwx"
    if users.asterisk_if_made() is None:
        yield "Asterisk and our own processes run as one user; start them as root or by systemd"


def is_entered(folder: Path) -> bool:
    """Tell whether everybody on the machine gets into a folder."""
    return all(one.stat().st_mode & stat.S_IXOTH for one in (folder, *folder.parents))


def database_files(settings: Settings) -> tuple[Path, ...]:
    """The files of an embedded database."""
    file = settings.database_file
    return (file, file.with_name(f"{file.name}-wal")) if file else ()


def evidence(house: House, at: datetime) -> Iterator[str]:
    """Anchors of the audit log, and the log of deletions, elsewhere; lines to a collector."""
    settings = house.base
    if settings.audit_anchors is None and not settings.syslog:
        yield "nothing of the audit log is on another machine: set HOTLINE_AUDIT_ANCHORS or HOTLINE_SYSLOG"
    if settings.deletion_log is None:
        yield "the log of deletions is on this machine alone: set HOTLINE_DELETION_LOG"
    for name in ("audit_anchors", "deletion_log"):
        folder: Path | None = getattr(settings, name)
        if folder and folder.is_dir() and folder.stat().st_dev == settings.home.stat().st_dev:
            yield f"{folder} is on the disk of HOTLINE_HOME: mount another machine's (HOTLINE_{name.upper()})"
    if not settings.runs(MachineRole.JOBS):
        return  # anchors are written by who does what is done once
    latest = max((file.stat().st_mtime for file in settings.anchors.glob("*.json")), default=0.0)
    if at.timestamp() - latest > OLD.total_seconds():
        yield f"no anchor of the audit log was written into {settings.anchors} since yesterday"


def collector(house: House, _at: datetime) -> Iterator[str]:
    """Whether the security log goes anywhere, and by what way."""
    settings = house.base
    kind = settings.syslog.partition(":")[0]
    if not kind:
        yield "HOTLINE_SYSLOG is empty: who breaks in can delete what tells of it"
    elif kind in ("udp", "tcp") and not is_loopback(urlsplit(settings.syslog).hostname or ""):
        yield f"{settings.syslog}: lines go in clear, and by udp may be lost; use tls://"
    if kind and settings.log_level == "ERROR":
        yield "HOTLINE_LOG_LEVEL=ERROR leaves the security log nearly empty"


def clocks(_house: House, _at: datetime) -> Iterator[str]:
    """Whether the machine's clock is kept right by others."""
    if not shutil.which("timedatectl"):
        return
    words = ("timedatectl", "show", "--property=NTPSynchronized", "--value")
    said = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    if said.stdout.strip() == "no":
        yield "no time server keeps the clock right: deadlines, tokens and evidence stand on it"


def sign_in(house: House, at: datetime) -> Iterator[str]:
    """Administrators who get in while everything else is away, and the identity provider."""
    try:
        with looking(house.factory) as session:
            ready, bare = break_glass(session, at), without_second(session, at)
    except Exception as error:
        if not is_away(error):
            raise
        return  # told by readiness
    if len(ready) < ADMINISTRATORS:
        yield f"{len(ready)} administrators have a password and a second factor of the hotline; keep two"
    for login in bare:
        yield f"{login} is an administrator without a second factor"
    yield from provider(house, at)


def provider(house: House, at: datetime) -> Iterator[str]:
    """The identity provider as it is now: address, keys, clock."""
    if (known := house.sso_provider) is None:
        return
    if not house.base.console_url:
        yield f"{known.issuer} sends browsers back to a page without TLS: set HOTLINE_CONSOLE_URL"
    try:
        theirs = known.clock(at)
    except ProviderAway as away:
        yield f"{known.issuer} cannot be asked: {away.why}"
        return
    if theirs and abs(theirs - at) > SKEW:
        seconds = (theirs - at).total_seconds()
        yield f"the clock of {known.issuer} is {seconds:+.0f} s from this machine's: tokens are refused"


def delivery(house: House, _at: datetime) -> Iterator[str]:
    """Ways to other systems that others could read."""
    settings = house.base
    if not is_loopback(settings.sip_address):
        for line in LINES:
            if line not in (SECOND_TRUNK, *settings.sip_encrypted):
                yield f"talks of {line} go in clear: HOTLINE_SIP_ENCRYPTED, or a network of their own"
    if settings.sms_gateway == "files" and not settings.is_demo:
        yield "HOTLINE_SMS_GATEWAY=files: citizens get no SMS, and codes by SMS are refused"
    if not settings.smtp_host and not settings.is_demo:
        yield "HOTLINE_SMTP_HOST is empty: staff and citizens get no e-mail, and codes by e-mail are refused"
    for name in ("s3_endpoint", "s3_second_endpoint"):
        if (url := getattr(settings, name)) and not is_guarded(url):
            yield f"HOTLINE_{name.upper()} {url} is without TLS"


def asterisk(house: House, at: datetime) -> Iterator[str]:
    """Weaknesses that its version is known to have, and the end of its series."""
    if house.base.runs(MachineRole.NODE) and (program := present(house.base.cache, lambda _line: None)):
        yield from shortcomings(program.version, at.astimezone(TAIPEI).date())


PARTS: Final[Mapping[str, Look]] = {
    "addresses": addresses,
    "certificates": certificates,
    "files": files,
    "evidence": evidence,
    "collector": collector,
    "clocks": clocks,
    "sign-in": sign_in,
    "delivery": delivery,
    "asterisk": asterisk,
}
