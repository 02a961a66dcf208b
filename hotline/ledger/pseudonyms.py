"""Pseudonyms of citizens in the audit log: a short keyed hash in place of a number, a name, an address or
words.

The log is kept for good, so nothing may stand in it that is to be forgotten. Who has the installation's keys
and a number finds the pseudonym of it; without the keys nobody finds the number of a pseudonym.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from sqlalchemy import String, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from hotline.ledger.history import KINDS
from hotline.log_masking import NUMBER_FIELDS, masked, with_numbers_as
from hotline.numbers import ANONYMOUS, e164

Keyed = Callable[[str, str], str]
"""The keyed hash of a text for a purpose, in hexadecimal digits (``KeyRing.digest``)."""
MARK: Final = "~"
SIZE: Final = 16
"""Letters of a pseudonym: 64 bits."""
CITIZEN: Final = "citizen"
"""Kind of the subject of rows about nobody but a number."""
NAMES: Final = frozenset("caller_name complainant name names".split())
"""Words of rows that hold a citizen's name."""
WORDS: Final = frozenset("address email letter_to matter place wish".split())
"""Words of rows that hold what a citizen said, or where a citizen lives."""
CLEAR: Final = frozenset(
    "added call calls cancelled case cases digest document evidence fault faults letter sha256".split()
)
"""Words of rows whose long digits are no telephone number: of cases, calls, letters, files."""
_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""A pseudonym has no digit, so that nothing takes it for a number, nor it for another pseudonym's word."""
_MADE: Final = re.compile(rf"{MARK}[a-p]{{{SIZE}}}")
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CASE: Final = re.compile(r"1\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{5}")
"""A case's number (P5.0-a)."""
_MASKED: Final = re.compile(r"[*○]")
"""A number or name of which releases before showed no more."""
_NUMBER: Final = re.compile(r"\+?\d{7,}")
_SEPARATORS: Final = re.compile(r"[ ().-]")
_SHORTEST_NAME: Final = 2

NamesOf = tuple[InstrumentedAttribute[Any], tuple[InstrumentedAttribute[str], ...]]
_KNOWN: Final = dict[str, list[NamesOf]]()


def tells_names(kind: str, key: InstrumentedAttribute[Any], *names: InstrumentedAttribute[str]) -> None:
    """Declare the columns that know the names of the citizens whom rows of a kind of subject are about."""
    _KNOWN.setdefault(kind, []).append((key, names))


def names_about(session: Session, subject: str) -> tuple[str, ...]:
    """Names of the citizens whom a subject is about, the longest first; none where no store knows one."""
    kind, _colon, text = subject.partition(":")
    found = set[str]()
    if not text:
        return ()
    with session.no_autoflush:
        for key, names in _KNOWN.get(kind, ()):
            if isinstance(key.type, String):
                value: Any = text
            elif text.isascii() and text.isdigit():
                value = int(text)
            else:
                continue
            for row in session.execute(select(*names).where(key == value)):
                found.update(filter(None, row))
    return tuple(sorted((name for name in found if len(name) >= _SHORTEST_NAME), key=len, reverse=True))


def is_of_citizens(subject: str) -> bool:
    """Tell whether a row about this may tell of a citizen: those of the directory and the staff do not."""
    return subject.partition(":")[0] not in KINDS


def plain_number(number: str) -> str:
    """A telephone number in the one form of which its pseudonym is made."""
    plain = e164(_SEPARATORS.sub("", number))
    return number if plain == ANONYMOUS else plain


def short(keyed: str) -> str:
    """The pseudonym of a keyed hash."""
    return MARK + keyed[:SIZE].translate(_LETTERS)


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """What an installation puts in place of citizens' data."""

    keyed: Keyed

    def of_number(self, number: str) -> str:
        """The pseudonym of a telephone number, however it is written."""
        return self._made("number", plain_number(number))

    def of_row(self, told: Mapping[str, Any], names: Iterable[str] = ()) -> dict[str, Any]:
        """The values of a row of the log without what they tell of citizens; ``names``: known ones of its
        subject. What is a pseudonym already stays.
        """
        known = tuple(names)
        return {
            **told,
            "subject": self._subject(told["subject"]),
            "before": self._facts(told["before"], known),
            "after": self._facts(told["after"], known),
            "reason": self._text(told["reason"], known),
        }

    def _subject(self, subject: str) -> str:
        """What a row is about; a citizen as whom nothing is kept is asked for by number or name."""
        kind, _colon, key = subject.partition(":")
        if kind != CITIZEN or not key or _MADE.fullmatch(key) or _MASKED.search(key):
            return subject
        is_number = any(sign.isdecimal() for sign in key)
        return f"{kind}:{self.of_number(key) if is_number else self._made('name', key)}"

    def _facts(self, facts: Mapping[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any] | None:
        return None if facts is None else {key: self._value(key, one, names) for key, one in facts.items()}

    def _value(self, key: str, value: Any, names: tuple[str, ...]) -> Any:
        match value:
            case str():
                return self._word(key, value, names)
            case Mapping():
                return self._facts(value, names)
            case list() | tuple():
                return [self._value(key, one, names) for one in value]
            case _:
                return value

    def _word(self, key: str, text: str, names: tuple[str, ...]) -> str:
        if key in CLEAR or not text or _MADE.fullmatch(text):
            return text
        if key in NAMES:
            return self._made("name", text)
        if key in WORDS:
            return self._made("words", text)
        if key in NUMBER_FIELDS and _is_number(text):
            return self.of_number(text)
        return self._text(text, names)

    def _text(self, text: str, names: tuple[str, ...]) -> str:
        for name in names:
            text = text.replace(name, self._made("name", name))
        text = _MAIL.sub(lambda found: self._made("words", found[0]), text)
        return with_numbers_as(text, lambda found: found if _CASE.fullmatch(found) else self.of_number(found))

    def _made(self, purpose: str, text: str) -> str:
        return short(self.keyed(purpose, text))


def _is_number(text: str) -> bool:
    """Tell whether a whole text is a telephone number: no day, and no address of the network."""
    try:
        ip_address(text)
    except ValueError:
        return masked(text) != text and bool(_NUMBER.fullmatch(_SEPARATORS.sub("", text)))
    return False
