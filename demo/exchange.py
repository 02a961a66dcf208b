"""The exchange of the officers' extensions, played by a program: it answers for phones that do not, and
passes on what is for phones that do.

One UDP socket and one thread; a stateless proxy as RFC 3261 §16.11 has it, so that a softphone behind it is
reached by its extension and then speaks with Asterisk directly.
"""

import errno
import json
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache

from hotline import clock

REASONS: Final = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
}
_REQUEST: Final = re.compile(r"([A-Z]+) sip:(?:([^@;>]*)@)?\S+ SIP/2\.0")
_OWN: Final = "z9hG4bK-exchange-"
_FROM: Final = re.compile(r"(?mi)^From:[^\r\n]*?sip:([^@;>\r\n]*)@")


@dataclass(frozen=True)
class Refuses:
    """Behaviour: each call is refused with this SIP status at once."""

    code: int


@dataclass(frozen=True)
class Rings:
    """Behaviour: ring until the caller gives up, or a hand decides (``Exchange.decide``); some exchanges tell
    so by a 183.
    """

    told_by: int = 180


@dataclass(frozen=True)
class Dead:
    """No word at all."""


@dataclass(frozen=True)
class SoftphoneLine:
    """A softphone at this address and port."""

    address: str
    port: int


Line = Refuses | Rings | Dead | SoftphoneLine


KINDS: Final = {kind.__name__: kind for kind in (Refuses, Rings, Dead, SoftphoneLine)}
REMEMBERED = 4096
"""Requests whose way back is known."""
LENT = 600.0
"""Seconds that another program's phones stay, should it die without taking them back."""
ANSWERED = 2.0
"""Seconds within which an exchange of ours answers another program of ours."""


def _written(line: Line) -> list[str | int]:
    return [type(line).__name__, *vars(line).values()]


def _read(told: list[str | int]) -> Line:
    kind, *values = told
    return KINDS[str(kind)](*values)  # type: ignore[arg-type]


class Exchange:
    """Exchange at ``contact`` (address:port) while it is a context; an extension not in ``lines`` does
    ``otherwise``.

    An extension may behave in its own way towards one caller, so that many calls can be tried at once.
    """

    def __init__(self, contact: str, lines: Mapping[str, Line], otherwise: Line = Refuses(404)) -> None:  # noqa: B008 (frozen)
        address, _, port = contact.rpartition(":")
        self._contact, self.address, self._otherwise = contact, address, otherwise
        self._lines = {("", extension): line for extension, line in lines.items()}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, int(port)))
        self._came_from = LRUCache[str, tuple[str, int]](REMEMBERED)
        self._ringing: dict[str, tuple[str, tuple[str, int]]] = {}
        self._news = threading.Condition()
        self._lent: dict[str, tuple[float, dict[str, Line]]] = {}
        self.calls: list[tuple[str, str]] = []
        """Who was rung by whom: caller and extension, in order."""
        self.questions = 0
        """How often it was asked whether it is there (OPTIONS), and said so."""
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Exchange":
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        """Gone without a word."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def set(self, extension: str, line: Line, caller: str = "") -> None:
        """Set how this extension behaves from now on; towards this caller only, if one is named."""
        self._lines[caller, extension] = line

    def decide(self, extension: str, line: Line, caller: str, within: float) -> None:
        """A phone that rings for this caller, now or soon, does so.
        Raises TimeoutError when it never rings.
        """
        with self._news:
            found = self._news.wait_for(lambda: self._rung_by(extension, caller), within)
            if not found:
                raise TimeoutError(f"{extension} did not ring for {caller} within {within:g} s")
            message, source = self._ringing[found]
            if not isinstance(line, Rings):
                del self._ringing[found]
        self.set(extension, line, caller)
        self._answer(line, "INVITE", extension, message, source)

    def _rung_by(self, extension: str, caller: str) -> str:
        """The branch of the call that rings there, empty if none does."""
        wanted = caller, extension
        return next(
            (branch for branch, (message, _) in self._ringing.items() if _call(message) == wanted), ""
        )

    def called_by(self, caller: str) -> list[str]:
        """The extensions that this caller rang, in order."""
        return [extension for one, extension in self.calls if one == caller]

    @property
    def asked(self) -> list[str]:
        """The extensions that were rung, in order."""
        return [extension for _, extension in self.calls]

    def _serve(self) -> None:
        while True:
            try:
                packet, source = self._socket.recvfrom(65536)
            except OSError:
                return
            if not packet:
                return
            with suppress(ValueError, KeyError, TypeError):
                self._take(packet.decode("utf-8", "surrogateescape"), source)

    def _take(self, message: str, source: tuple[str, int]) -> None:
        if message.startswith("SIP/2.0"):
            self._pass_back(message)
            return
        if message.startswith("{"):
            self._lend(json.loads(message), source)
            return
        found = _REQUEST.match(message)
        if not found:
            return
        method, extension = found[1], found[2] or ""
        if method == "OPTIONS":
            self._say(200, message, source)
            self.questions += 1
            return
        caller = _call(message)[0]
        if method == "INVITE" and _branch(message) not in self._came_from:
            self.calls.append((caller, extension))
        self._came_from[_branch(message)] = source
        line = self._line(caller, extension)
        if method == "CANCEL" and _branch(message) in self._ringing:
            line = Rings()
        self._answer(line, method, extension, message, source)

    def _line(self, caller: str, extension: str) -> Line:
        now = clock.monotonic()
        lent = {who: lines for who, (until, lines) in self._lent.items() if until > now}
        own = lent.pop(caller, {})
        return (
            own.get(extension)
            or self._lines.get((caller, extension))
            or self._lines.get(("", extension))
            or next((lines[extension] for lines in lent.values() if extension in lines), self._otherwise)
        )

    def _lend(self, told: dict[str, Any], source: tuple[str, int]) -> None:
        """Take another program's phones for one caller's calls, in place of those it had there; answer it."""
        lines = {extension: _read(line) for extension, line in told["lines"].items()}
        self._lent.pop(told["caller"], None)
        if lines:
            self._lent[told["caller"]] = clock.monotonic() + LENT, lines
        self._send("{}", source)

    def _answer(self, line: Line, method: str, extension: str, message: str, source: tuple[str, int]) -> None:
        match line:
            case SoftphoneLine(address, port):
                self._pass_on(message, extension, (address, port))
            case Refuses(code) if method == "INVITE":
                self._say(code, message, source)
            case Rings(told_by):
                self._ring(method, message, source, told_by)

    def _ring(self, method: str, message: str, source: tuple[str, int], told_by: int) -> None:
        if method == "INVITE":
            with self._news:
                self._ringing[_branch(message)] = message, source
                self._news.notify_all()
            self._say(told_by, message, source)
        elif method == "CANCEL":
            self._say(200, message, source)
            with self._news:
                invite = self._ringing.pop(_branch(message), None)
            if invite:
                self._say(487, invite[0], source)

    def _say(self, code: int, request: str, to: tuple[str, int]) -> None:
        fields = re.findall(r"(?mi)^((?:Via|From|Call-ID|CSeq|Record-Route):[^\r\n]*)", request)
        to_field = re.findall(r"(?mi)^To:[^\r\n]*", request)[0]
        if ";tag=" not in to_field:
            to_field += f";tag=exchange-{abs(hash(_branch(request)))}"
        lines = [f"SIP/2.0 {code} {REASONS.get(code, 'Refused')}", *fields, to_field]
        lines += [f"Contact: <sip:{self._contact}>", "Content-Length: 0", "", ""]
        self._send("\r\n".join(lines), to)

    def _pass_on(self, message: str, extension: str, phone: tuple[str, int]) -> None:
        line, _, rest = message.partition("\r\n")
        method = line.partition(" ")[0]
        via = f"Via: SIP/2.0/UDP {self._contact};branch={_OWN}{_branch(message)}"
        self._send(f"{method} sip:{extension}@{phone[0]}:{phone[1]} SIP/2.0\r\n{via}\r\n{rest}", phone)

    def _pass_back(self, message: str) -> None:
        branch = _branch(message)
        if branch.startswith(_OWN):
            back = re.sub(r"(?mi)^Via:[^\r\n]*\r\n", "", message, count=1)
            self._send(back, self._came_from[branch.removeprefix(_OWN)])

    def _send(self, message: str, to: tuple[str, int]) -> None:
        with suppress(OSError):
            self._socket.sendto(message.encode("utf-8", "surrogateescape"), to)


def is_played(contact: str) -> bool:
    """Tell whether another program has the address of the exchange."""
    address, _, port = contact.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind((address, int(port)))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return True
    return False


class LentExchange:
    """An exchange that another program plays, for the calls of one ``caller`` while it is a context."""

    def __init__(self, contact: str, caller: str) -> None:
        address, _, port = contact.rpartition(":")
        self._place, self._contact, self._caller = (address, int(port)), contact, caller
        self._lines: dict[str, Line] = {}

    def __enter__(self) -> "LentExchange":
        self._tell(self._lines)
        return self

    def __exit__(self, *fault: object) -> None:
        with suppress(OSError):
            self._tell({})

    def set(self, extension: str, line: Line) -> None:
        """Set how this extension behaves towards the caller from the beginning on."""
        self._lines[extension] = line

    def _tell(self, lines: Mapping[str, Line]) -> None:
        told = {"caller": self._caller, "lines": {key: _written(line) for key, line in lines.items()}}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(ANSWERED)
            line.connect(self._place)
            line.send(json.dumps(told).encode())
            try:
                line.recv(64)
            except OSError as error:
                raise OSError(f"another program has {self._contact} and is no exchange of ours") from error


def _branch(message: str) -> str:
    """Branch of the topmost Via; ValueError when there is none."""
    found = re.search(r"(?mi)^Via:[^\r\n]*;branch=([^;\s,]+)", message)
    if not found:
        raise ValueError("no Via with a branch")
    return found[1]


def _call(message: str) -> tuple[str, str]:
    """Caller and extension of an INVITE."""
    caller, request = _FROM.search(message), _REQUEST.match(message)
    return caller[1] if caller else "", (request[2] or "") if request else ""
