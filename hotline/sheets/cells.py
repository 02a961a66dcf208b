"""Readers of the cells of the directory's files. Each reader raises Unreadable that says what to do. Pure."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from hotline import clock
from hotline.dialling import Dialling
from hotline.numbers import EXTENSION
from hotline.permissions import Role, roles_of
from hotline.phones import PhoneKind, phone
from hotline.sheets.faults import SheetFaultKind, Unreadable

CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
EMAIL: Final = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]{3,63}")
OFFICE: Final = re.compile(
    r"[a-z0-9][a-z0-9-]{0,31}/(?:liaison|quick-liaison|manager|control-officer)/[1-9][0-9]?"
)
LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")
PLACE: Final = re.compile(r"[1-9][0-9]?")
YES: Final = frozenset(("yes", "true", "1", "是"))
NO: Final = frozenset(("", "no", "false", "0", "否"))


def like(pattern: re.Pattern[str], example: str) -> Callable[[str], str]:
    """Reads what a pattern allows; ``example`` shows the way."""

    def read(cell: str) -> str:
        if not pattern.fullmatch(cell):
            raise Unreadable(SheetFaultKind.CANNOT_BE_USED, {"cell": cell, "example": example})
        return cell

    return read


def number(cell: str) -> str:
    """Reads a number that can be dialled, with the keys for the exchange that answers:
    ``(02)2960-3456轉5112``.

    As it is printed, however it is written. Of the short ones only those of services, 110 or 1999.
    """
    found = phone(cell)
    if found.kind is PhoneKind.SHORT or Dialling().line(found.number):
        return found.printed
    raise Unreadable(
        SheetFaultKind.NOT_OURS_TO_DIAL if found.number else SheetFaultKind.NO_NUMBER, {"cell": cell}
    )


def number_or_extension(cell: str) -> str:
    """Reads a number, or an extension of the directory."""
    return cell if EXTENSION.fullmatch(cell) else number(cell)


def text(longest: int) -> Callable[[str], str]:
    """Reads a text of so many characters at most."""

    def read(cell: str) -> str:
        if len(cell) > longest:
            raise Unreadable(SheetFaultKind.TOO_LONG, {"count": len(cell), "longest": longest})
        return cell

    return read


def yes_or_no(cell: str) -> bool:
    """Reads a yes or no; empty is no."""
    if cell.lower() not in YES | NO:
        raise Unreadable(SheetFaultKind.NEITHER_YES_NOR_NO, {"cell": cell})
    return cell.lower() in YES


def metres(cell: str) -> float | None:
    """Reads a length; empty is not known."""
    try:
        length = float(cell) if cell else None
    except ValueError:
        raise Unreadable(SheetFaultKind.NO_LENGTH, {"cell": cell}) from None
    if length is not None and not -10_000 <= length <= 10_000:
        raise Unreadable(SheetFaultKind.NOT_ON_A_FLOOR, {"cell": cell})
    return length


def roles(cell: str) -> list[str]:
    """Reads roles, between blanks or semicolons."""
    try:
        return sorted(roles_of(cell.replace(";", " ").split()))
    except ValueError:
        raise Unreadable(SheetFaultKind.NO_ROLE, {"cell": cell, "roles": tuple(map(str, Role))}) from None


def extensions(cell: str) -> str:
    """Reads extensions, between blanks, commas or semicolons."""
    found = re.split(r"[\s,;、，]+", cell.strip())
    for one in found:
        if not EXTENSION.fullmatch(one):
            raise Unreadable(SheetFaultKind.NO_EXTENSION, {"cell": one})
    return " ".join(found)


def instant(cell: str) -> datetime | None:
    """Reads a date, or a date and time; empty is none."""
    try:
        return clock.taipei(cell) if cell else None
    except ValueError:
        raise Unreadable(SheetFaultKind.NO_INSTANT, {"cell": cell}) from None


MEANING_OF_EMPTY: Final = frozenset((yes_or_no, metres, instant))
"""The readers to whom an empty cell says something else than an empty text."""
