"""A small client of Asterisk's manager interface: one question, its whole answer, within a limit.

It takes events only where it is asked to, for displays: calls are known from decisions and from the event
log. Whoever loses the connection makes a new client; nothing reconnects by itself.
"""

import itertools
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from threading import Lock
from types import TracebackType
from typing import Final

from control.passwords import secret
from hotline import clock
from hotline.errors import HotlineError
from hotline.settings import Settings

Message = dict[str, str]
LONGEST = 64 * 1024
"""Bytes of one message; a peer that sends more is no Asterisk."""


CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""None is part of a value: some end a line, and what others do depends on who reads it."""


class ManagerGone(HotlineError, code="manager-gone"):
    """Asterisk's manager cannot be reached, or broke off."""

    reason: str


class ActionRefused(HotlineError, code="action-refused"):
    """Asterisk answered, and the answer is no."""

    action: str
    message: str


class ManagerAccount(StrEnum):
    """An account of the manager; what each may do stands in ``manager.conf``."""

    JOBS = "jobs"
    LIMITS = "limits"
    CALLBACKS = "callbacks"
    CAPTIONS = "captions"
    TRANSFERS = "transfers"
    LOOKS = "looks"
    RESCUES = "rescues"
    HOLDS = "holds"
    LINE = "line"

    @property
    def password(self) -> str:
        """Name of its password."""
        return "ami" if self is ManagerAccount.JOBS else f"ami-{self}"

    def secret(self, settings: Settings) -> str:
        """Its password at this HOTLINE_HOME's Asterisk."""
        return secret(settings, self.password)


class AMI:
    """One connection, logged in; several threads may ask, one after the other."""

    def __init__(
        self, address: str, port: int, user: str, password: str, *, patience: float = 3.0, events: str = "off"
    ) -> None:
        self._patience = patience
        self._lock = Lock()
        self._numbers = itertools.count(1)
        self._buffer = b""
        try:
            self._socket = socket.create_connection((address, port), patience)
        except OSError as error:
            raise ManagerGone(str(error)) from error
        try:
            self._greet(clock.monotonic() + patience)
            self.ask("Login", Username=user, Secret=password, Events=events)
        except BaseException:
            self.close()
            raise

    @classmethod
    def of(
        cls,
        settings: Settings,
        account: ManagerAccount = ManagerAccount.JOBS,
        *,
        patience: float = 3.0,
        events: str = "off",
        place: tuple[str, int] | None = None,
    ) -> "AMI":
        """Log in to this HOTLINE_HOME's Asterisk, or to that at ``place``. Raises ManagerGone."""
        password = account.secret(settings)
        address, port = place or (settings.ami_address, settings.ami_port)
        return cls(address, port, account, password, patience=patience, events=events)

    def ask(self, action: str, **fields: str | int) -> list[Message]:
        """The response, then the events of its list, if it is one.

        Raises ActionRefused when the answer is an error, ManagerGone when none
        comes in time (this connection is then of no more use), ValueError for a
        value with a control character, which could end its line.
        """
        with self._lock:
            number = str(next(self._numbers))
            wire = _written({"Action": action, "ActionID": number, **fields})
            try:
                self._socket.sendall(wire)
                return list(self._answers(action, number))
            except (OSError, UnicodeError) as error:
                self.close()
                raise ManagerGone(str(error) or type(error).__name__) from error

    def originate(
        self, channel: str, context: str, seconds: float, variables: Iterable[str], **fields: str
    ) -> None:
        """Ring a channel for so long, and lead it into a context once it is answered.

        Raises what ``ask`` raises.
        """
        way: dict[str, str | int] = {"Channel": channel, "Context": context, "Exten": "s", "Priority": 1}
        self.ask("Originate", **way, Timeout=int(seconds * 1000), Variable=",".join(variables), **fields)

    def events(self, seconds: float) -> Iterator[Message]:
        """Events that come without a question, until none came for so long. Raises ManagerGone."""
        while True:
            try:
                yield _read(self._until(b"\r\n\r\n", clock.monotonic() + seconds))
            except TimeoutError:
                return
            except OSError as error:
                self.close()
                raise ManagerGone(str(error) or type(error).__name__) from error

    def _answers(self, action: str, number: str) -> Iterator[Message]:
        by = clock.monotonic() + self._patience
        response = self._answer(number, by)
        if response.get("Response") == "Error":
            raise ActionRefused(action, response.get("Message", "no reason given"))
        yield response
        listing = response.get("EventList", "").lower() == "start"
        while listing:
            event = self._answer(number, by)
            listing = event.get("EventList", "").lower() not in ("complete", "cancelled")
            if listing:
                yield event

    def _answer(self, number: str, by: float) -> Message:
        """The next message of this question; what belongs to another is passed over."""
        while True:
            message = _read(self._until(b"\r\n\r\n", by))
            if message.get("ActionID") == number:
                return message

    def _greet(self, by: float) -> None:
        try:
            line = self._until(b"\r\n", by)
        except OSError as error:
            raise ManagerGone(str(error)) from error
        if not line.startswith(b"Asterisk Call Manager/"):
            raise ManagerGone("something else listens on its port")

    def _until(self, end: bytes, by: float) -> bytes:
        while end not in self._buffer:
            self._socket.settimeout(max(0.001, by - clock.monotonic()))
            received = self._socket.recv(8192)
            if not received:
                raise ConnectionError("it closed the connection")
            self._buffer += received
            if len(self._buffer) > LONGEST and end not in self._buffer:
                raise ConnectionError("its message is too long")
        piece, _, self._buffer = self._buffer.partition(end)
        return piece

    def close(self) -> None:
        """Leave; a closed client answers nothing more."""
        with suppress(OSError):
            self._socket.close()

    def __enter__(self) -> "AMI":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _written(fields: dict[str, str | int]) -> bytes:
    for name, value in fields.items():
        if CONTROLS.search(f"{name}{value}"):
            raise ValueError(f"{name} holds the end of a line or another control character: {value!r}")
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n"


def _read(piece: bytes) -> Message:
    lines = piece.decode("utf-8", "replace").split("\r\n")
    return {name.strip(): value.lstrip(" ") for name, _, value in (line.partition(":") for line in lines)}
