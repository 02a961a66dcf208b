"""Cases as everybody may read them: what is reported, about where, and how it stands.

Never enters: who reported it, a word of what they wrote, the number of a house, and a point that would tell
it. Left out as a whole are petitions (of which the law keeps some secret), what touches a particular person,
and what nobody gave a name for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from hotline.cases.numbers import parsed
from hotline.cases.rules import OPEN_STATES, CaseKind, CaseState
from hotline.cases.store import Case, CaseEvent
from hotline.cases.words import PetitionGround

CITY: Final = "新北市"
RESOLVED: Final = frozenset((CaseState.DONE, CaseState.REPLIED, CaseState.RESULT_RECORDED))
"""The agency has done its work; the petitioner may still have to be told."""
PUBLIC_OPEN: Final = OPEN_STATES - RESOLVED
_HOUSE: Final = re.compile(r"[臨附]?\d+(?:[-之]\d+)*號$")
_CROSSING_OR_MARK: Final = re.compile(r"×|\dK\+\d+$")
"""Where a key names a spot of a road, where nobody lives."""
_NO_NAME: Final = re.compile(r"#|^-?\d+\.\d+,")
"""In a key that is cut, or is a point."""
_EXACT, _BLURRED = 5, 3
"""Decimals of a degree: a metre, and a hundred."""


@dataclass(frozen=True, slots=True)
class PublicCase:
    """Public facts of a case."""

    number: str
    state: CaseState
    category: str
    category_row: int | None
    agency: str
    address: str
    """Without the number of a house."""
    latitude: float | None
    longitude: float | None
    filed_at: datetime
    updated_at: datetime
    """Of one that is over: when it was."""
    due_at: datetime | None
    """By which it is answered; None where no such time runs."""

    @property
    def is_open(self) -> bool:
        """Tell whether there is still work to be done on it."""
        return self.state in PUBLIC_OPEN


@dataclass(frozen=True, slots=True)
class PublicSearch:
    """Cases filed in a time, both ends within it; of all categories, if none is named, open or not."""

    since: datetime
    until: datetime
    categories: Sequence[str] = ()
    is_open: bool | None = None


def listed(session: Session, wanted: PublicSearch, *, skip: int, most: int) -> list[PublicCase]:
    """Cases of a time, the latest first; ``skip``: those of the pages before."""
    chosen = (
        select(Case.id)
        .where(*_PUBLIC, Case.filed_at.between(wanted.since, wanted.until))
        .order_by(Case.filed_at.desc(), Case.id.desc())
        .offset(skip)
        .limit(most)
    )
    if wanted.categories:
        chosen = chosen.where(Case.category.in_(wanted.categories))
    if wanted.is_open is not None:
        chosen = chosen.where(Case.state.not_in(_PUBLIC_OVER if wanted.is_open else PUBLIC_OPEN))
    page = chosen.subquery()
    return _told(session, _FACTS.join(page, page.c.id == Case.id))


def of_numbers(session: Session, numbers: Sequence[str]) -> list[PublicCase]:
    """The cases of these numbers that may be told, the latest first."""
    plain = {found for one in numbers if (found := parsed(one))}
    return _told(session, _FACTS.where(*_PUBLIC, Case.number.in_(plain))) if plain else []


def public_address(place_key: str, district: str) -> str:
    """A place without the number of a house, from the form in which places are compared. Pure.

    What was typed is never told: it may name somebody.
    """
    street = "" if _NO_NAME.search(place_key) else _HOUSE.sub("", place_key)
    return "".join((CITY, "" if street.startswith(district) else district, street))


def public_point(
    place_key: str, latitude: float | None, longitude: float | None
) -> tuple[float | None, float | None]:
    """A point to the metre where it is a crossing or a mark of a road, else to a hundred. Pure."""
    if latitude is None or longitude is None:
        return None, None
    places = _EXACT if _CROSSING_OR_MARK.search(place_key) else _BLURRED
    return round(latitude, places), round(longitude, places)


_PUBLIC: Final[tuple[ColumnElement[bool], ...]] = (
    Case.number.is_not(None),
    Case.category != "",
    Case.touches == "",
    Case.name != "",
    or_(Case.kind != CaseKind.PETITION, Case.petition_ground == PetitionGround.CONVERTED),
)
_PUBLIC_OVER: Final = frozenset(CaseState) - PUBLIC_OPEN
"""Each of the two is searched for as not the other: nearly all cases are over, so that an index of states,
which is asked for what is, would find too many.
"""
_LATEST: Final = (
    select(func.max(CaseEvent.at)).where(CaseEvent.case_id == Case.id).correlate(Case).scalar_subquery()
)
_OVER: Final = {
    CaseState.CLOSED: "closed_at",
    CaseState.NO_ACTION: "closed_at",
    CaseState.CANCELLED: "cancelled_at",
    CaseState.DONE: "done_at",
    CaseState.REPLIED: "replied_at",
}
_COLUMNS: Final[tuple[Any, ...]] = (
    Case.number,
    Case.state,
    Case.category,
    Case.category_row,
    Case.agency,
    Case.district,
    Case.place_key,
    Case.latitude,
    Case.longitude,
    Case.filed_at,
    Case.due_at,
    Case.closed_at,
    Case.cancelled_at,
    Case.done_at,
    Case.replied_at,
    _LATEST.label("latest"),
)
_FACTS: Final = select(*_COLUMNS).order_by(Case.filed_at.desc(), Case.id.desc())
"""The only columns that are read."""


def _told(session: Session, chosen: Select[Any]) -> list[PublicCase]:
    return [_public(row) for row in session.execute(chosen)]


def _public(row: Row[Any]) -> PublicCase:
    state = CaseState(row.state)
    over = getattr(row, _OVER[state]) if state in _OVER else None
    latitude, longitude = public_point(row.place_key, row.latitude, row.longitude)
    return PublicCase(
        number=row.number,
        state=state,
        category=row.category,
        category_row=row.category_row,
        agency=row.agency,
        address=public_address(row.place_key, row.district),
        latitude=latitude,
        longitude=longitude,
        filed_at=row.filed_at,
        updated_at=over or row.latest or row.filed_at,
        due_at=None if state is CaseState.EXTERNAL else row.due_at,
    )
