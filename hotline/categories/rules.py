"""A category of cases, and when its review or its prevention note is due. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hotline.categories.store import CategoryRow
from hotline.clock import TAIPEI
from hotline.places import DISTRICTS
from hotline.search import words
from hotline.sheets.rows import by_district
from hotline.terms import named

KIND: Final = "category"
"""The word of categories in the ledger, in files and in the audit log."""
QUICK: Final = "quick"
LONGEST: Final = 500
"""Characters of a note, of the questions, of the other words."""


@named("due")
class Due(StrEnum):
    """Standing of something that is done yearly (P5.4.1, P5.4.9)."""

    DONE = "done"
    MISSING = "missing"
    """Never done."""
    OLD = "old"
    """Longer ago than a year."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category. ``sections`` maps a district to ``agency/section``, or to ``agency`` as a whole."""

    code: str
    name: str
    kind: str = QUICK
    agency: str = ""
    sections: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    manager: str = ""
    stage1_hours: int = 0
    stage2_days: int = 0
    is_safety: bool = False
    questions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    prevention: str = ""
    prevention_at: date | None = None
    reviewed_at: date | None = None
    is_placeholder: bool = False
    row_id: int = field(default=0, compare=False)
    """The version: the number of its row."""

    def in_charge(self, district: str) -> tuple[str, str]:
        """Agency and section for a district; the section is empty where the whole agency is."""
        agency, _, section = self.sections.get(district, "").partition("/")
        return (agency, section) if agency else (self.agency, "")

    def prevention_due(self, at: datetime) -> Due:
        """Standing of the agency's prevention note."""
        return due(self.prevention_at, at)

    def review_due(self, at: datetime) -> Due:
        """Standing of the yearly review."""
        return due(self.reviewed_at, at)


def due(done: date | None, at: datetime) -> Due:
    """Standing of what is done yearly; on the day a year later it is still done."""
    if done is None:
        return Due.MISSING
    today = at.astimezone(TAIPEI).date()
    return (
        Due.OLD if (today.year, today.month, today.day) > (done.year + 1, done.month, done.day) else Due.DONE
    )


def category_of(row: CategoryRow) -> Category:
    """The category that a row means; its section stands for every district that it does not name."""
    everywhere = dict.fromkeys(("", *DISTRICTS), f"{row.agency}/{row.section}") if row.section else {}
    return Category(
        row.key,
        row.name,
        row.case_kind,
        row.agency,
        MappingProxyType({**everywhere, **by_district(row.sections)}),
        row.manager,
        row.stage1_hours,
        row.stage2_days,
        row.safety,
        tuple(split(row.questions)),
        tuple(filter(None, words(row.keywords))),
        row.prevention,
        row.prevention_at,
        row.reviewed_at,
        row.placeholder,
        row.id,
    )


def split(questions: str) -> list[str]:
    """Questions of a text, a line or a semicolon between them."""
    return [one for part in re.split(r"[；;\n]", questions) if (one := part.strip())]


def joined(questions: Iterable[str]) -> str:
    """Questions as one text, as a file has them."""
    return "；".join(questions)
