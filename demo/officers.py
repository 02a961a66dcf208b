"""Officers' phones played by programs at the address where Asterisk looks for the city's exchange."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.exchange import Dead, Exchange, LentExchange, Line, Refuses, Rings, SoftphoneLine, is_played
from demo.phone import Answers, Behaviour, Busy, NoAnswer, Softphone, behaviour

TALK = 5.0  # seconds an officer's program talks unless told otherwise
Officer = Behaviour | Refuses | Dead


def officers(text: str) -> dict[str, Officer]:
    """Read ``5112=busy,5113=silent,5114=answer:2`` (also dead, refuse, a SIP status); else ValueError."""
    told: dict[str, Officer] = {}
    for word in filter(None, (word.strip() for word in text.split(","))):
        extension, _, does = word.partition("=")
        if not (extension.isdecimal() and 2 <= len(extension) <= 6):
            raise ValueError(f"{extension!r} is no extension of two to six digits")
        told[extension] = officer(does)
    return told


def officer(does: str) -> Officer:
    """One phone's behaviour: busy, silent, answer:RING[:TALK], refuse, dead or a SIP status from 400 on."""
    if does == "dead":
        return Dead()
    if does == "refuse":
        return Refuses(603)
    if does.isdecimal() and 400 <= int(does) < 700:
        return Refuses(int(does))
    try:
        told = behaviour(does)
    except ValueError as error:
        raise ValueError(f"{error}, dead, refuse or a SIP status from 400 on") from error
    return Answers(told.after, TALK) if isinstance(told, Answers) and told.talk is None else told


class Officers:
    """Phones of the exchange at ``contact``; ``phones`` are those that answer. Use it as a context manager.

    With a ``caller`` the exchange may be another program's, which then plays these phones for that caller's
    calls, and for those of nobody it was told of.
    """

    def __init__(
        self, contact: str, phones: Mapping[str, Officer], home: Path, caller: str | None = None
    ) -> None:
        self._address = contact.rpartition(":")[0]
        self._stack = ExitStack()
        self._home = home
        self.phones: dict[str, Softphone] = {}
        self.exchange: Exchange | LentExchange
        if caller is not None and is_played(contact):
            self.exchange = LentExchange(contact, caller or "anonymous")
        else:
            self.exchange = Exchange(contact, {})
        self._told = dict(phones)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for extension, does in self._told.items():
                if isinstance(does, Answers):
                    phone = Softphone(
                        extension,
                        home=self._home / f"officer-{extension}",
                        address=self._address,
                        behaves=does,
                    )
                    self.phones[extension] = stack.enter_context(phone)
                self.exchange.set(extension, self._line(extension, does))
            stack.enter_context(self.exchange)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def questions(self) -> int:
        """How often the exchange was asked whether it is there; another program's is there."""
        return self.exchange.questions if isinstance(self.exchange, Exchange) else 1

    def _line(self, extension: str, does: Officer) -> Line:
        match does:
            case Busy():
                return Refuses(486)
            case NoAnswer():
                return Rings()
            case Answers():
                return SoftphoneLine(self._address, self.phones[extension].sip_port)
            case Refuses() | Dead():
                return does
