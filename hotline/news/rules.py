"""Rules of news: their texts, and whether they matter now. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from hotline.errors import HotlineError, faults, refuse
from hotline.terms import named
from hotline.texts import fit

LONGEST: Final = {"title": 100, "text": 2000, "topic": 100, "staff": 400, "material": 4000}
MOST_CALLS: Final = 1_000_000


class Backwards(HotlineError, code="backwards"):
    """An end before its beginning."""

    field: str


class NotSoMany(HotlineError, code="not-so-many"):
    """A number of calls that nobody expects."""

    field: str
    most: ClassVar = MOST_CALLS


@named("news-standing")
class NewsStatus(StrEnum):
    """The status of news: whether it matters now."""

    PLANNED = "planned"
    CURRENT = "current"
    OVER = "over"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class NewsMessage:
    """An activity, or the opening of a project (P4.1.3, P4.7): from when to when it matters."""

    agency: str
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime | None = None

    def faults(self) -> list[HotlineError]:
        """All that is wrong: UnfitText, Backwards."""
        return faults(
            lambda: fit("title", self.title, LONGEST["title"]),
            lambda: fit("text", self.text, LONGEST["text"]),
            self._forwards,
        )

    def check(self) -> None:
        """Raises UnfitText, Backwards."""
        refuse(self.faults())

    def _forwards(self) -> None:
        if self.ends_at and self.ends_at <= self.starts_at:
            raise Backwards("ends_at")


def standing(
    starts_at: datetime, ends_at: datetime | None, withdrawn_at: datetime | None, at: datetime
) -> NewsStatus:
    """Status at an instant: at the beginning it is current, at the end it is over."""
    if withdrawn_at and withdrawn_at <= at:
        return NewsStatus.WITHDRAWN
    if at < starts_at:
        return NewsStatus.PLANNED
    return NewsStatus.OVER if ends_at and at >= ends_at else NewsStatus.CURRENT


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

    def faults(self) -> list[HotlineError]:
        """All that is wrong: UnfitText, Backwards, NotSoMany."""
        return faults(
            lambda: fit("topic", self.topic, LONGEST["topic"]),
            lambda: fit("staff", self.staff, LONGEST["staff"]),
            self._forwards,
            self._so_many,
        )

    def check(self) -> None:
        """Raises UnfitText, Backwards, NotSoMany."""
        refuse(self.faults())

    def _forwards(self) -> None:
        if self.last < self.first:
            raise Backwards("last")

    def _so_many(self) -> None:
        if not 0 < self.calls <= MOST_CALLS:
            raise NotSoMany("calls")


@dataclass(frozen=True, slots=True)
class Measure:
    """Something new that citizens will ask about (P4.10): its material, and whether agents are trained.

    A training without a day is still to be fixed.
    """

    agency: str
    title: str
    material: str
    training: bool = False
    training_on: date | None = None
    entries: tuple[str, ...] = ()

    def faults(self) -> list[HotlineError]:
        """All that is wrong: UnfitText."""
        return faults(
            lambda: fit("title", self.title, LONGEST["title"]),
            lambda: fit("material", self.material, LONGEST["material"]),
        )

    def check(self) -> None:
        """Raises UnfitText."""
        refuse(self.faults())
