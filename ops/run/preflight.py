"""Faults that keep us from starting and can be known before anything is started."""

import errno
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

import calls.store  # noqa: F401
import hotline.tables  # noqa: F401
import recordings.store  # noqa: F401
from hotline import clock, disk
from hotline.db import Base
from hotline.errors import HotlineError, faults
from hotline.keys.files import KeysAway
from hotline.name_resolution import Names
from hotline.outbox.senders import sender
from hotline.outbox.templates import BadTemplates, templates
from hotline.retention import assignments
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from hotline.settings.faults import BadSettings, variable
from hotline.settings.kinds import CHECKOUT
from hotline.settings.places import PlaceSettings
from hotline.sso.client import client_of
from ops import starting
from ops.backup.state import half_restored
from ops.machine import users
from ops.machine.users import User
from ops.machine.views import can_unshare, shut, shut_in
from ops.pbx import certificate
from ops.pbx.home import AsteriskHome
from ops.run import turn

LOOPBACKS: Final = tuple(map(ip_network, ("127.0.0.0/8", "::1", "::ffff:127.0.0.0/104")))
"""Addresses by which a machine speaks with itself."""
PRIVATE: Final = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"),
    )
)
"""Networks that nothing outside reaches (RFC 1918, 3927, 4193, 4291): a demo may be tried there."""
NAME_SERVERS_WAIT = 2.0
OF_ASTERISK = ("HOTLINE_SIP_PORT", "HOTLINE_SIP_TLS_PORT", "HOTLINE_AMI_PORT", "HOTLINE_BROWSER_PORT")


def before_anything(
    settings: Settings, asterisk: int | None = None, *, with_ports: bool = True
) -> Iterator[HotlineError]:
    """Faults that show before Asterisk is looked for; ``asterisk``: one that runs since an earlier start."""
    if sys.version_info < starting.LEAST_PYTHON:
        yield starting.OldPython(sys.version.split()[0])
    if not shutil.which("setpriv"):
        yield starting.ProgramMissing("setpriv", "util-linux")
    yield from _folder("HOTLINE_HOME", settings.home)
    if half_restored(settings.home):
        yield starting.PathFault("half-restored", settings.home)
    yield from _unassigned(settings)
    yield from _messages(settings)
    if with_ports:
        yield from ports(settings, asterisk)
    yield from _carriers(settings)
    yield from _certificate(settings)
    yield from faults(lambda: client_of(settings))


def with_asterisk(home: AsteriskHome) -> Iterator[HotlineError]:
    """Faults of rights that depend on where Asterisk, this checkout and HOTLINE_HOME lie."""
    ours = users.ours()
    if home.user is None or ours is None:
        return
    behind = shut_in((*home.needed, *needed(home)))
    if behind and not can_unshare():
        yield starting.ShutIn((home.user.name, ours.name), behind)
    yield from _unreadable(home.settings, ours)
    yield from _open_keys(home.settings, home.user)


def needed(home: AsteriskHome) -> tuple[Path, ...]:
    """Paths that our processes must reach: Python, checkout, state, and what they ask Asterisk by."""
    tree = (home.program.tree,) if home.program.tree else ()
    file = home.settings.database_file
    elsewhere = (file.parent,) if file else ()
    return Path(sys.base_prefix), CHECKOUT, home.settings.home, home.settings.menus, *tree, *elsewhere


def _unreadable(settings: Settings, ours: User) -> Iterator[starting.CannotStart]:
    """Faults of what root could read and our processes could not."""
    parts = (
        CHECKOUT,
        Path(sys.prefix),
        CHECKOUT / "ops",
        CHECKOUT / "ops" / "jobs" / "schedule.py",
        settings.menus,
    )
    if unreadable := [path for path in parts if not ours.may(path, 5 if path.is_dir() else 4)]:
        yield starting.MayNotUse("code", ours.name, unreadable[0])
    for name in type(settings).model_fields:
        path = getattr(settings, name) if name.endswith("_file") else None
        if path and path.exists() and (shut(path) or not ours.may(path, 4)):
            yield starting.MayNotUse("secret", ours.name, path, variable(name))
    reader = users.turn()
    for name, path in (("turn_certificate", settings.turn_certificate), ("turn_key", settings.turn_key)):
        if reader and path and path.exists() and (shut(path) or not reader.may(path, 4)):
            yield starting.MayNotUse("secret", reader.name, path, variable(name))
    file = settings.database_file
    folders = {
        "HOTLINE_AUDIT_ANCHORS": settings.audit_anchors,
        "HOTLINE_DELETION_LOG": settings.deletion_log,
        "HOTLINE_BACKUP_FOLDER": settings.backup_folder,
        "HOTLINE_BACKUP_KEYS": settings.backup_keys,
        "HOTLINE_JOURNAL_SECOND": settings.journal_second,
        "HOTLINE_DATABASE_URL": file.parent if file and not file.is_relative_to(settings.home) else None,
    }
    for setting, folder in folders.items():
        if folder and folder.is_dir() and not ours.may(folder, 3):
            yield starting.MayNotUse("folder", ours.name, folder, setting)


def _unassigned(settings: Settings) -> Iterator[starting.Unassigned]:
    """What the house keeps and nobody assigned to a kind of retention (P4.12)."""
    for table in assignments.unassigned(Base.metadata.tables):
        yield starting.Unassigned("table", table)
    for folder in assignments.strangers(_folders(settings)):
        yield starting.Unassigned("folder", folder)


def _folders(settings: Settings) -> Iterator[str]:
    """Names of the folders of HOTLINE_HOME that the settings know."""
    for name in dir(PlaceSettings):
        known = getattr(PlaceSettings, name) if not name.startswith("_") else None
        place = getattr(settings, name) if isinstance(known, property) else None
        if isinstance(place, Path) and place.is_relative_to(settings.home) and not place.suffix:
            yield place.relative_to(settings.home).parts[0]


def _open_keys(settings: Settings, asterisk: User) -> Iterator[HotlineError]:
    """Fault of keys that Asterisk's user could read: who breaks into it has what it writes, and no more."""
    file = settings.installation_keys
    if not settings.keys_command and file.exists() and asterisk.may(file.parent, 1) and asterisk.may(file, 4):
        yield KeysAway("open", file)


def _messages(settings: Settings) -> Iterator[HotlineError]:
    try:
        templates()
        sender(settings)
    except (BadTemplates, BadSettings) as error:
        yield error


def _folder(name: str, path: Path) -> Iterator[starting.CannotStart]:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o711)
        (path / ".try").touch()
        (path / ".try").unlink()
    except OSError as error:
        yield unwritable(name, path, error)


def unwritable(name: str, path: Path, error: OSError) -> starting.CannotStart:
    """The fault of a folder that a setting names."""
    return starting.PathFault(
        "full" if error.errno in disk.FULL else "unwritable", path, name, str(error.strerror)
    )


def ports(settings: Settings, asterisk: int | None = None) -> Iterator[starting.CannotStart]:
    """Faults of ports that another program has, or that two of ours would share.

    An ``asterisk`` that runs already must have its own:
    those that it began with are not changed while it runs.
    """
    taken: dict[tuple[int, int], str] = {}
    for kind, address, port, name in _wanted(settings):
        if first := taken.get((kind, port)):
            yield starting.SharedPort("any", first, name, port)
            continue
        taken[kind, port] = name
        if asterisk is None or name not in OF_ASTERISK:
            yield from _free(kind, address, port, name)
        elif not _serves(asterisk, kind, port):
            yield starting.EarlierAsterisk("port", asterisk, f"{name} {port}")
    if settings.browser_phones and settings.browser_port == settings.sip_port:
        yield starting.SharedPort("browsers", "HOTLINE_SIP_PORT", "HOTLINE_BROWSER_PORT", settings.sip_port)
    if settings.rtp_from >= settings.rtp_to:
        yield starting.NoSoundPorts()


def _carriers(settings: Settings) -> Iterator[starting.CannotStart]:
    """Programs on this machine that would be taken for the carrier, where the carrier comes from outside."""
    if not _is_public(settings.sip_address):
        return
    for name in ("trunk_match", "trunk_second_match", "twilio_match"):
        for given in getattr(settings, name):
            if _reaches_loopback(given):
                listens = f"HOTLINE_SIP_ADDRESS {settings.sip_address}"
                yield starting.LoopbackCarrier(variable(name), given, listens)


def _certificate(settings: Settings) -> Iterator[HotlineError]:
    """What is wrong with the certificate of SIP, where Asterisk has none from before."""
    wanted = settings.sip_certificate_file or settings.sip_encrypted
    if wanted and not certificate.is_there(settings.home / "asterisk" / "etc"):
        yield from faults(lambda: certificate.files(settings, clock.now()))


def _is_public(address: str) -> bool:
    """Tell whether an address is reached from outside: neither this machine's own nor a private network's."""
    with suppress(ValueError):
        known = ip_address(address)
        return not any(known.version == own.version and known in own for own in (*LOOPBACKS, *PRIVATE))
    return True  # a name


def _reaches_loopback(given: str) -> bool:
    """Tell whether an address match, as Asterisk reads it (address, network or name), has this machine."""
    try:
        network = ip_network(given, strict=False)
    except ValueError:
        with suppress(OSError):
            return ip_address(Names().address(given, NAME_SERVERS_WAIT)).is_loopback
        return False
    return any(network.version == own.version and network.overlaps(own) for own in LOOPBACKS)


def ports_of(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield every port that may be open to others: protocol, setting, and port or range; but for nginx's."""
    found = dict[tuple[str, str], list[str]]()
    for kind, _address, port, name in _wanted(settings):
        found.setdefault(("udp" if kind == socket.SOCK_DGRAM else "tcp", name), []).append(str(port))
    yield from ((protocol, name, ", ".join(several)) for (protocol, name), several in found.items())
    ranges = {"RTP": (settings.rtp_from, settings.rtp_to)}
    if settings.turn_address:
        ranges["TURN_MEDIA"] = (settings.turn_media_from, settings.turn_media_to)
    for name, (first, last) in ranges.items():
        yield "udp", f"HOTLINE_{name}_FROM to HOTLINE_{name}_TO", f"{first}-{last}"


def _wanted(settings: Settings) -> Iterator[tuple[int, str, int, str]]:
    if settings.runs(MachineRole.NODE):
        yield from _wanted_by_calls(settings)
    yield socket.SOCK_STREAM, settings.web_address, settings.web_port, "HOTLINE_WEB_PORT"
    if settings.runs(MachineRole.CONSOLE):
        yield socket.SOCK_STREAM, settings.console_address, settings.console_port, "HOTLINE_CONSOLE_PORT"
    if settings.turn_address and turn.program():
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            yield kind, settings.turn_address, settings.turn_port, "HOTLINE_TURN_PORT"
        if settings.turn_certificate:
            yield socket.SOCK_STREAM, settings.turn_address, settings.turn_tls_port, "HOTLINE_TURN_TLS_PORT"


def _wanted_by_calls(settings: Settings) -> Iterator[tuple[int, str, int, str]]:
    yield socket.SOCK_DGRAM, settings.sip_address, settings.sip_port, "HOTLINE_SIP_PORT"
    if settings.sip_certificate_file:
        yield socket.SOCK_STREAM, settings.sip_address, settings.sip_tls_port, "HOTLINE_SIP_TLS_PORT"
    yield socket.SOCK_STREAM, settings.ami_address, settings.ami_port, "HOTLINE_AMI_PORT"
    for port in settings.agi_ports:
        yield socket.SOCK_STREAM, settings.agi_address, port, "HOTLINE_AGI_PORTS"
    yield socket.SOCK_STREAM, settings.agi_address, settings.message_port, "HOTLINE_MESSAGE_PORT"
    if settings.browser_phones:
        yield socket.SOCK_STREAM, "127.0.0.1", settings.browser_port, "HOTLINE_BROWSER_PORT"


def _free(kind: int, address: str, port: int, name: str) -> Iterator[starting.PortTaken]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as trial:
        if kind == socket.SOCK_STREAM:  # what a former run left waiting is no listener
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError as error:
            yield _refused(error, kind, address, port, name)


def _refused(error: OSError, kind: int, address: str, port: int, name: str) -> starting.PortTaken:
    protocol: starting.Protocol = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
    match error.errno:
        case errno.EADDRINUSE:
            by, process = _user(protocol, port)
            return starting.PortTaken(
                "in-use-by" if by else "in-use", protocol, port, address, name, by, process
            )
        case errno.EACCES:
            return starting.PortTaken("root", protocol, port, address, name)
        case errno.EADDRNOTAVAIL:
            setting = f"{name.partition('_PORT')[0]}_ADDRESS"
            return starting.PortTaken("address", protocol, port, address, setting)
    return starting.PortTaken("refused", protocol, port, address, name, detail=str(error.strerror))


def _user(protocol: starting.Protocol, port: int) -> tuple[str, str]:
    """The program that has a port, and its process, where the kernel tells us."""
    with suppress(OSError):
        if inode := _inode(protocol, port):
            for process in Path("/proc").glob("[0-9]*"):
                if _holds(process, inode):
                    return (process / "comm").read_text().strip(), process.name
    return "", ""


def _serves(asterisk: int, kind: int, port: int) -> bool:
    inode = _inode("UDP" if kind == socket.SOCK_DGRAM else "TCP", port)
    return bool(inode) and _holds(Path(f"/proc/{asterisk}"), inode)


def _inode(protocol: starting.Protocol, port: int) -> str:
    for version in ("", "6"):
        for line in Path(f"/proc/net/{protocol.lower()}{version}").read_text().splitlines()[1:]:
            fields = line.split()
            listens = protocol == "UDP" or fields[3] == "0A"
            if listens and int(fields[1].rpartition(":")[2], 16) == port:
                return fields[9]
    return ""


def _holds(process: Path, inode: str) -> bool:
    with suppress(OSError):
        return any(os.readlink(link) == f"socket:[{inode}]" for link in (process / "fd").iterdir())
    return False
