"""Faults that keep the hotline from starting, as facts: what is lacking on this machine, and where."""

from pathlib import Path
from typing import Final, Literal

from hotline.errors import HotlineError

LEAST_ASTERISK: Final = "22.10"
LEAST_PYTHON: Final = (3, 11)
Protocol = Literal["UDP", "TCP"]


class CannotStart(HotlineError):
    """A fault of the machine or its settings that a person there can mend."""


class OldPython(CannotStart, code="old-python"):
    """A Python that is too old."""

    found: str
    needed: str = ".".join(map(str, LEAST_PYTHON))


class ProgramMissing(CannotStart, code="program-missing"):
    """A program that is not installed, and the package that holds it."""

    program: str
    package: str


class AsteriskNotFetched(CannotStart, code="asterisk-not-fetched", varies_by="why"):
    """Lack of an Asterisk that is fit: none on this machine, and none can be had from Debian."""

    why: Literal["program", "keys", "mirror", "failed", "version"]
    detail: str = ""
    needed: str = LEAST_ASTERISK


class AsteriskUnfit(CannotStart, code="asterisk-unfit", varies_by="why"):
    """An Asterisk on disk that cannot be used."""

    why: Literal["modules", "documentation", "empty", "not-run", "no-version"]
    path: Path | str = ""
    detail: str = ""


class AsteriskNotRunning(CannotStart, code="asterisk-not-running"):
    """An Asterisk whose console does not answer."""


class EarlierAsterisk(CannotStart, code="earlier-asterisk", varies_by="why"):
    """An Asterisk that still serves calls and is not the one that would be started."""

    why: Literal["program", "port"]
    process: int
    wanted: str


class PortTaken(CannotStart, code="port-taken", varies_by="why"):
    """An address or a port that cannot be listened on; ``by``: the program that has it, if it is known."""

    why: Literal["in-use", "in-use-by", "root", "address", "refused"]
    protocol: Protocol
    port: int
    address: str
    variable: str
    by: str = ""
    process: str = ""
    detail: str = ""


class SharedPort(CannotStart, code="shared-port", varies_by="why"):
    """A port that two settings name; of browsers and the carrier also where the protocol differs."""

    why: Literal["any", "browsers"]
    first: str
    second: str
    port: int


class NoSoundPorts(CannotStart, code="no-sound-ports"):
    """A range of RTP ports without a port."""

    first: str = "HOTLINE_RTP_FROM"
    last: str = "HOTLINE_RTP_TO"


class LoopbackCarrier(CannotStart, code="loopback-carrier"):
    """A carrier's address that is this machine itself, while calls come from outside."""

    variable: str
    match: str
    listens: str


class CertificateUnfit(CannotStart, code="certificate-unfit", varies_by="why"):
    """A certificate of SIP over TLS that Asterisk could not use; a line is encrypted and there is none."""

    why: Literal["missing", "unreadable", "no-certificate", "no-key", "other-key", "over", "no-authority"]
    variable: str
    path: Path | str = ""
    detail: str = ""


class PathFault(CannotStart, code="path-fault", varies_by="why"):
    """A path that cannot be used: its disk is full, it cannot be written, Asterisk's configuration cannot
    hold it, root would obey what others can change there, a supervisor runs there, it holds no prompts, a
    backup was put back there by half.
    """

    why: Literal["full", "unwritable", "unfit", "open-to-others", "in-use", "no-prompts", "half-restored"]
    path: Path | str
    variable: str = "HOTLINE_HOME"
    detail: str = ""


class NoCache(CannotStart, code="no-cache"):
    """Lack of a folder for what is downloaded."""

    folders: tuple[Path, ...]
    variable: str = "HOTLINE_CACHE"


class ShutIn(CannotStart, code="shut-in"):
    """Folders that our users cannot enter, on a machine that permits no view of them."""

    users: tuple[str, ...]
    folders: tuple[Path, ...]


class MayNotUse(CannotStart, code="may-not-use", varies_by="why"):
    """Something root can use and the user of our processes cannot."""

    why: Literal["code", "secret", "folder"]
    user: str
    path: Path
    variable: str = ""


class SystemUserFault(CannotStart, code="system-user-fault", varies_by="why"):
    """A system user that is not there, cannot be made, or whose rights cannot be taken on."""

    why: Literal["missing", "not-made", "powerless"]
    user: str
    detail: str = ""


class DatabaseAway(CannotStart, code="database-away", varies_by="whose"):
    """A database that cannot be asked at the first start."""

    whose: Literal["shared", "own"]
    detail: str
    home: Path
    variable: str = "HOTLINE_DATABASE_URL"


class ProxyUnfit(CannotStart, code="proxy-unfit", varies_by="why"):
    """Settings with which no reverse proxy can stand before the pages; ``value``: what to set, or the word."""

    why: Literal["word", "address", "hops", "socket"]
    value: str


class Unassigned(CannotStart, code="unassigned", varies_by="what"):
    """A table or a folder of the house of which nobody says how long it is kept."""

    what: Literal["table", "folder"]
    name: str
