"""What news may say, and whether it matters now. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from hotline.audit import is_text
from hotline.errors import HotlineError

LONGEST: Final = {"title": 100, "text": 2000, "topic": 100, "staff": 400, "material": 4000, "note": 1000}
MOST_CALLS: Final = 1_000_000


class Unfit(HotlineError):
    """A word, a date or a number that cannot be kept as it is."""

    def __init__(self, field: str, why: str) -> None:
        self.field, self.why = field, why
        super().__init__(f"The {field} {why}")


def fit(field: str, text: str, *, needed: bool = True) -> str:
    """The text without blanks around it. Raises Unfit unless somebody can read it."""
    plain = text.replace("\r\n", "\n").strip()
    if needed and not plain:
        raise Unfit(field, "is empty; write it down")
    if not is_text(plain):
        raise Unfit(field, "holds control characters; type it again")
    if len(plain) > LONGEST[field]:
        raise Unfit(field, f"has {len(plain)} characters; shorten it to {LONGEST[field]}")
    return plain


class Standing(StrEnum):
    """Whether news matters now."""

    PLANNED = "planned"
    CURRENT = "current"
    OVER = "over"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Message:
    """An activity, or the opening of a project (P4.1.3, P4.7): from when to when it matters."""

    agency: str
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime | None = None

    def check(self) -> None:
        """Raises Unfit."""
        fit("title", self.title)
        fit("text", self.text)
        if self.ends_at and self.ends_at <= self.starts_at:
            raise Unfit("end", "is not after the beginning; give a later one")


def standing(
    starts_at: datetime, ends_at: datetime | None, withdrawn_at: datetime | None, at: datetime
) -> Standing:
    """At the beginning it is current, at the end it is over."""
    if withdrawn_at and withdrawn_at <= at:
        return Standing.WITHDRAWN
    if at < starts_at:
        return Standing.PLANNED
    return Standing.OVER if ends_at and at >= ends_at else Standing.CURRENT


@dataclass(frozen=True, slots=True)
class Surge:
    """Calls to come by a mailing or by publicity (P4.3); ``staff`` names who of the agency answers."""

    agency: str
    topic: str
    first: date
    last: date
    calls: int
    staff: str
    entries: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises Unfit."""
        fit("topic", self.topic)
        fit("staff", self.staff)
        if self.last < self.first:
            raise Unfit("last day", "is before the first; give a later one")
        if not 0 < self.calls <= MOST_CALLS:
            raise Unfit("number of calls", f"is not between 1 and {MOST_CALLS}; give what is expected")


@dataclass(frozen=True, slots=True)
class Measure:
    """Something new that citizens will ask about (P4.10): its material, and whether agents are trained."""

    agency: str
    title: str
    material: str
    training: bool = False
    training_on: date | None = None
    entries: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises Unfit."""
        fit("title", self.title)
        fit("material", self.material)
        if self.training_on and not self.training:
            raise Unfit("day of the training", "is given, but no training; say that there is one")
