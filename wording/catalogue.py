"""Sentences of errors and names of terms, looked up in the compiled catalogue,
and how facts are written in them.

``errors.po`` holds a sentence for each ``Remark.msgid``, with the names of its facts as ``%(gaps)s``;
``terms.po`` a name for each word of a group (``kind.desk``), and each member of an enum that is ``named``.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from gettext import GNUTranslations, translation
from pathlib import Path
from typing import Final

from hotline.clauses import cited
from hotline.clock import TAIPEI
from hotline.errors import Remark
from hotline.log_masking import clean
from hotline.sheets.headings import CHINESE as HEADINGS
from hotline.terms import GROUP

CHINESE: Final = "zh_Hant_TW"
ENGLISH: Final = "en"
FOLDER: Final = Path(__file__).with_name("translations")
GROUPS: Final[Mapping[str, str]] = {
    "kind": "kind",
    "other": "kind",
    "column": "column",
    "keys": "keys",
    "setting": "setting",
    "clause": "clause",
    "spoken": "language",
}
"""Facts that are words of a group, by name."""
CODES: Final[Mapping[str, str]] = {
    "agency": "agency",
    "parent": "agency",
    "section": "section",
    "person": "person",
}
KEYS: Final[Mapping[str, str]] = {"key": "kind", "named": "other"}
"""Facts that are the code of a thing of a kind, and those whose kind is another fact."""
SHOWN: Final = 5
"""So many keys of rows are named in a sentence."""
UNITS: Final = {3600: ("小時", "hour"), 60: ("分鐘", "minute"), 1: ("秒", "second")}
WEEKDAYS: Final = "一二三四五六日"
Called = Callable[[str, str], str]
"""The name of a thing by its kind and code."""


def _as_it_is(_kind: str, code: str) -> str:
    return code


def sentence(remark: Remark, language: str, called: Called = _as_it_is) -> str:
    """One sentence: what is wrong and, behind a semicolon, what to do; codes by what they stand for."""
    if not remark.code:
        return str(remark)
    return _texts("errors", language).gettext(remark.msgid) % _Facts(remark, language, called)


def name(member: Enum, language: str) -> str:
    """The name of a member of an enum; its value where the enum has no names."""
    return term(getattr(type(member), GROUP, ""), str(member.value), language)


def term(group: str, word: str, language: str) -> str:
    """The name of a word of a group; the word itself where it has no name."""
    msgid = f"{group}.{word}"
    found = _texts("terms", language).gettext(msgid)
    return word if found == msgid else found


def fact(value: object, language: str, group: str = "", called: Called = _as_it_is) -> str:
    """A fact as people read it: instants in Taipei's time, enums by name, texts as one printable line."""
    match value:
        case None:
            return ""
        case Remark():
            return sentence(value, language, called)
        case Enum():
            return name(value, language)
        case datetime():
            return moment(value) if value.tzinfo else value.isoformat()
        case date():
            return day(value, language)
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            return length(value, language)
        case str() if group == "column":
            return column(value, language)
        case str() if group == "clause":
            return value if language == ENGLISH else cited(value)
        case tuple() if group == "keys":
            return listed(
                [f"{term('kind', kind, language)} {called(kind, key)}" for kind, key in value[:SHOWN]],
                language,
            )
        case tuple() | list() | frozenset():
            parts = [fact(one, language, group, called) for one in value]
            if any(isinstance(one, Remark) for one in value):
                return "".join(f"\n  {part}" for part in parts)
            return listed(parts, language)
    return clean(term(group, str(value), language) if group else str(value))


def column(of: str, language: str) -> str:
    """The name of a column of a row; in English as in the files."""
    if language == ENGLISH:
        return of.replace("_", " ")
    return HEADINGS[of][0] if of in HEADINGS else term("column", of, language)


def listed(parts: Sequence[str], language: str) -> str:
    """Several things in a row."""
    return ("、" if language == CHINESE else ", ").join(parts)


def moment(at: datetime | None) -> str:
    """An instant as people in Taipei read it; nothing for none."""
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M}" if at else ""


def day(of: date, language: str) -> str:
    """A date with its weekday."""
    if language == ENGLISH:
        return f"{of:%Y-%m-%d} ({of:%a})"
    return f"{of:%Y-%m-%d}（{WEEKDAYS[of.weekday()]}）"


def length(of: timedelta, language: str) -> str:
    """A length of time: in hours or minutes where these are whole, else in seconds."""
    seconds = of.total_seconds()
    size = 3600 if seconds >= 3600 and not seconds % 1800 else 60 if seconds >= 60 and not seconds % 60 else 1
    number, (chinese, english) = seconds / size, UNITS[size]
    return f"{number:g} {chinese if language == CHINESE else english if number == 1 else f'{english}s'}"


class _Facts:
    """Facts for the gaps of a sentence: by name from ``facts``, else the remark's fields or properties."""

    def __init__(self, remark: Remark, language: str, called: Called) -> None:
        self._remark, self._language, self._called = remark, language, called
        self._loose: Mapping[str, object] = getattr(remark, "facts", {})

    def __getitem__(self, gap: str) -> str:
        value = self._loose[gap] if gap in self._loose else getattr(self._remark, gap)
        kind = CODES.get(gap) or self._kind(KEYS.get(gap, ""))
        if kind and isinstance(value, str):
            value = self._called(kind, value)
        return fact(value, self._language, GROUPS.get(gap, ""), self._called)

    def _kind(self, gap: str) -> str:
        """Kind that another fact says; empty where no fact says one."""
        return str(self._loose.get(gap, "") or getattr(self._remark, gap, "")) if gap else ""


@cache
def _texts(domain: str, language: str) -> GNUTranslations:
    return translation(domain, FOLDER, [language])
