"""The TURN server for video: coturn, configured here and run beside our processes where it is installed."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from control.passwords import turn_secrets
from hotline import clock
from hotline.settings import Settings
from ops.machine import users
from ops.machine.views import through
from ops.pbx.asterisk import SYSTEM_PATH
from ops.pbx.configuration import templates_in
from ops.run.processes import Spec, dying_with_us

TEMPLATE: Final = Path(__file__).with_name("turnserver.conf")
INSTALL: Final = "apt-get install coturn"
NOT_PUBLIC: Final = tuple(
    """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
    192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4
    ::/127 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7
    fe80::/10""".split()
)
"""Networks of special use (IANA), with all ways in which IPv6 means an IPv4 address."""
MODE: Final = 0o640
FOLDER_MODE: Final = 0o711
PATIENCE: Final = 1.0
QUESTION: Final = b"\x00\x01\x00\x00\x21\x12\xa4\x42"
"""A STUN binding request up to its number (RFC 8489)."""
SUCCESS: Final = b"\x01\x01"


def program() -> str:
    """Path of coturn; empty where it is not installed."""
    return shutil.which("turnserver", path=SYSTEM_PATH) or ""


def write(settings: Settings, tell: Callable[[str], None]) -> None:
    """Write coturn's configuration, or remove it where no address is set."""
    file = _file(settings)
    if not settings.turn_address:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(exist_ok=True)
    file.parent.chmod(FOLDER_MODE)  # whatever the umask: coturn's own user passes through
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as new:
        new.write(configuration(settings, turn_secrets(settings)))
        if user := users.turn():
            os.fchown(new.fileno(), -1, user.gid)
        os.fchmod(new.fileno(), MODE)
    draft.replace(file)
    if not program():
        tell(f"Video goes directly alone: coturn is not installed ({INSTALL})")


def _file(settings: Settings) -> Path:
    return settings.turn / TEMPLATE.name


def configuration(settings: Settings, secrets: tuple[str, ...]) -> str:
    """The text of turnserver.conf."""
    own = (settings.turn_address, *((settings.turn_external,) if settings.turn_external else ()))
    return (
        templates_in(TEMPLATE.parent)
        .get_template(TEMPLATE.name)
        .render(
            settings=settings,
            first=settings.turn_media_from,
            last=settings.turn_media_to,
            secrets=secrets,
            denied=[_range(network) for network in NOT_PUBLIC],
            allowed=[_range(network) for network in (*own, *settings.turn_peers)],
        )
    )


def _range(network: str) -> str:
    known = ip_network(network)
    return f"{known[0]}-{known[-1]}" if known.num_addresses > 1 else str(known[0])


def specs(settings: Settings) -> Iterator[Spec]:
    """The process, where it is wanted and installed: it ends with its supervisor, as our own do."""
    found, user = program(), users.turn()
    if not settings.turn_address or not found or (os.geteuid() == users.ROOT and user is None):
        return
    command = (found, "-c", str(_file(settings)))
    dropped = (*through((settings.turn,)), *user.dropped("KILL")) if user else dying_with_us()
    yield Spec("turn", (*dropped, *command), 3, 5.0)


def silent(address: str, port: int) -> Iterator[str]:
    """The protocols by which a TURN server does not answer a STUN binding request."""
    for kind, name in ((socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")):
        if not _answers(address, port, kind):
            yield name


def _answers(address: str, port: int, kind: socket.SocketKind) -> bool:
    number = clock.monotonic().hex().encode()[-12:].rjust(12)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with suppress(OSError), socket.socket(family, kind) as line:
        line.settimeout(PATIENCE)
        line.connect((address, port))
        line.sendall(QUESTION + number)
        reply = line.recv(512)
        return reply[:2] == SUCCESS and reply[8:20] == number
    return False
