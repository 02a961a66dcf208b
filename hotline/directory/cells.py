"""What a cell of the directory's files may hold. Each reader raises ValueError that says what to do. Pure."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from hotline import clock
from hotline.numbers import national
from hotline.phones import Kind, phone
from hotline.staff.rules import Role, roles_of

CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
EXTENSION: Final = re.compile(r"[0-9]{2,6}")
EMAIL: Final = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]{3,63}")
OFFICE: Final = re.compile(
    r"[a-z0-9][a-z0-9-]{0,31}/(?:liaison|quick-liaison|manager|control-officer)/[1-9][0-9]?"
)
FREE: Final = "+886800"
"""Numbers that cost the caller nothing."""
LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")
PLACE: Final = re.compile(r"[1-9][0-9]?")
YES: Final = frozenset(("yes", "true", "1", "是"))
NO: Final = frozenset(("", "no", "false", "0", "否"))


def like(pattern: re.Pattern[str], example: str) -> Callable[[str], str]:
    """Reads what a pattern allows; ``example`` shows the way."""

    def read(cell: str) -> str:
        if not pattern.fullmatch(cell):
            raise ValueError(f"{cell!r} cannot be used; write for example {example}")
        return cell

    return read


def number(cell: str) -> str:
    """Reads a number that can be dialled, with the keys for the exchange that answers: ``(02)2960-3456轉5112``.

    As it is printed, however it is written. Of the short ones only those of services, 110 or 1999.
    """
    found = phone(cell)
    if found.kind is Kind.SHORT or national(found.number) or found.number.startswith(FREE):
        return found.printed
    known = "abroad or costs" if found.number else "no telephone number"
    raise ValueError(f"{cell!r} is {known}; write for example (02)2960-3456轉5112 or 0912-345-678")


def number_or_extension(cell: str) -> str:
    """Reads a number, or an extension of the directory."""
    return cell if EXTENSION.fullmatch(cell) else number(cell)


def text(longest: int) -> Callable[[str], str]:
    """Reads a text of so many characters at most."""

    def read(cell: str) -> str:
        if len(cell) > longest:
            raise ValueError(f"{len(cell)} characters; shorten it to {longest}")
        return cell

    return read


def yes_or_no(cell: str) -> bool:
    """Reads a yes or no; empty is no."""
    if cell.lower() not in YES | NO:
        raise ValueError(f"{cell!r} is neither yes nor no; write yes or no")
    return cell.lower() in YES


def metres(cell: str) -> float | None:
    """Reads a length; empty is not known."""
    try:
        length = float(cell) if cell else None
    except ValueError:
        raise ValueError(f"{cell!r} is no length; write metres, for example 12.5") from None
    if length is not None and not -10_000 <= length <= 10_000:
        raise ValueError(f"{cell!r} is no place on a floor; write metres, for example 12.5")
    return length


def roles(cell: str) -> list[str]:
    """Reads roles, between blanks or semicolons."""
    try:
        return sorted(roles_of(cell.replace(";", " ").split()))
    except ValueError:
        raise ValueError(f"{cell!r} names a role we do not have; roles are {', '.join(Role)}") from None


def extensions(cell: str) -> str:
    """Reads extensions, between blanks, commas or semicolons."""
    found = re.split(r"[\s,;、，]+", cell.strip())
    for one in found:
        if not EXTENSION.fullmatch(one):
            raise ValueError(f"{one!r} is no extension; write for example 5113 5114")
    return " ".join(found)


def instant(cell: str) -> datetime | None:
    """Reads a date, or a date and time; empty is none."""
    try:
        return clock.taipei(cell) if cell else None
    except ValueError:
        raise ValueError(f"{cell!r} is no date and time; write for example 2026-11-24T08:30") from None


MEANING_OF_EMPTY: Final = frozenset((yes_or_no, metres, instant))
"""The readers to whom an empty cell says something else than an empty text."""
