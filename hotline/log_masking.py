"""Texts that may stand in a log: numbers and links masked, line breaks and control characters gone.

A caller's number tells who asked for help, so a log shows enough of it to follow a
call and not enough to dial it. In doubt a long run of digits is masked; only shapes
that cannot be a telephone number here (call ids, timestamps, hashes) stay whole.
"""

import re
from collections.abc import Callable, Mapping, MutableMapping
from datetime import date, time
from typing import Any, Final

NUMBER_FIELDS: Final = frozenset(
    "ani callback_number called callee caller caller_id contact destination dialled from from_ mobile"
    " number numbers phone recipient sender source to".split()
)
"""Names of log fields that hold telephone numbers, at any depth."""

SECRET_FIELDS: Final = frozenset("api_key authorization cookie id_number password pin secret token".split())
"""Names of log fields of which nothing is shown."""

_UNTOUCHED: Final = frozenset(("timestamp", "exc_info", "stack_info", "_record", "_from_structlog"))
_HIDDEN: Final = "***"
_LONGEST_SHORT: Final = 6

_INSTANT: Final = r"(?<!\d) 20\d\d-[01]\d-[0-3]\d (?: [T ]\d\d:\d\d (?: :\d\d (?: \.\d{1,6} )? )? )? (?!\d)"
_NUMBER: Final = re.compile(
    rf"""
    (?P<whole> {_INSTANT} )                               # 2026-11-24T10:00
    | \+? \(? \d (?: [ ().-]{{0,3}} \d ){{6,}}                # seven digits or more, however spaced
    """,
    re.VERBOSE,
)
_IN_TEXT: Final = re.compile(
    rf"""
    (?P<whole>                                            # shapes that are no telephone number
        (?<!\d) [12]\d{{9}} \. \d{{1,9}} (?!\d)              # call id, epoch: 1790000000.12
      | {_INSTANT}                                        # 2026-11-24T10:00:00.123456
      | (?<!\d) 20\d\d (?:0[1-9]|1[0-2]) (?:0[1-9]|[12]\d|3[01]) [T_-] \d{{4,6}} (?!\d)  # 20261124T100000
      | (?<![0-9a-zA-Z]) [0-9a-f]{{8}} (?:-[0-9a-f]{{4}}){{3}} -[0-9a-f]{{12}} (?![0-9a-zA-Z])   # UUID
      | (?<![0-9a-zA-Z]) (?=[0-9]*[a-f]) [0-9a-f]{{16,}} (?![0-9a-zA-Z])                   # hash
      | - 0000[0-9a-f]{{4}} (?![0-9a-zA-Z])                 # Asterisk's channel: PJSIP/5123-00000012
    )
    | \+? \d{{8,}}                                          # any long run of digits
    | (?<!\d) (?<!\d-) (?:\+?886[ .-]?|0) \d{{1,3}} (?:[ .-]\d{{3,8}}){{1,2}} (?!\d)  # 0912-345-678, 02-2960-3456
    """,
    re.VERBOSE,
)
_LINK: Final = re.compile(r"/(invitation|hearing)/[^/\s?#\"']+")
"""The address of a page that opens to who knows its word."""
_LINE_BREAKS: Final = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
# C0, DEL, C1, and the marks that turn the direction of what follows on a terminal.
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")


def masked(number: str) -> str:
    """``0912***678``; six digits or fewer are an extension or a service and stay, as does text."""
    return _NUMBER.sub(_mask, number)


def masked_name(name: str) -> str:
    """``王○○``: what it begins with, and never how long it is."""
    return f"{name.strip()[:1]}○○" if name.strip() else ""


def masked_contact(contact: str) -> str:
    """``m***@mail.example``; a number as ``masked`` has it."""
    name, at, place = contact.rpartition("@")
    return f"{name[:1]}***{at}{place}" if at else masked(contact)


def clean(text: str) -> str:
    """One printable line: a line break becomes a visible bar, other control characters go."""
    line = _CONTROLS.sub("", _LINE_BREAKS.sub(" | ", text.replace("\t", " ")))
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", line)


def readable(text: str) -> str:
    """Any text as a log may show it: one printable line, numbers masked."""
    return _text("", text)


def with_numbers_as(text: str, instead: Callable[[str], str]) -> str:
    """The text with something else for each number that a log would mask; ``instead`` is given it as
    written.
    """
    return _IN_TEXT.sub(lambda found: found[0] if _is_harmless(found) else instead(found[0]), text)


def is_text(words: str) -> bool:
    """Tell whether every database can keep it and every terminal show it; lines may break, and tabs stand."""
    kept = words.replace("\n", "").replace("\t", "")
    return not (_CONTROLS.search(kept) or _SURROGATES.search(kept))


def mask_numbers(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The structlog processor; stands after exceptions are formatted and before rendering."""
    for name, value in event.items():
        if name not in _UNTOUCHED:
            event[name] = _shown(name, value)
    return event


def _shown(name: str, value: Any) -> Any:
    if name in SECRET_FIELDS:
        return _HIDDEN
    match value:
        case None | bool() | float():
            return value
        case int() if name not in NUMBER_FIELDS:
            return value
        case date() | time():
            return value.isoformat()
        case Mapping():
            return {_text("", str(key)): _shown(str(key), item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_shown(name, item) for item in value]
        case bytes():
            return _text(name, value.decode("utf-8", "replace"))
        case _:
            return _text(name, str(value))


def _text(name: str, text: str) -> str:
    line = _LINK.sub(rf"/\1/{_HIDDEN}", clean(text))
    return masked(line) if name in NUMBER_FIELDS else _IN_TEXT.sub(_mask, line)


def _is_harmless(found: re.Match[str]) -> bool:
    return bool(found["whole"]) or sum(map(str.isdigit, found[0])) <= _LONGEST_SHORT


def _mask(found: re.Match[str]) -> str:
    if _is_harmless(found):
        return found[0]
    digits = "".join(filter(str.isdigit, found[0]))
    if found[0].startswith("+886"):
        return f"+886{_halves('0' + digits.removeprefix('886'))[1:]}"
    return ("+" if found[0].startswith("+") else "") + _halves(digits)


def _halves(digits: str) -> str:
    """At least three digits before the last three are hidden; of the start at most ``0912`` is shown."""
    return digits[: max(0, min(4, len(digits) - 6))] + _HIDDEN + digits[-3:]
