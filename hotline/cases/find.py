"""Finding cases: by number, by the caller's telephone, near a place, by what is searched for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from hotline import places
from hotline.callbacks.wishes import written_number
from hotline.cases.deadlines import all_of
from hotline.cases.events import events_of
from hotline.cases.numbers import parsed
from hotline.cases.rules import JOINABLE, OPEN_STATES, CaseKind, CaseState
from hotline.cases.store import (
    HAS_IMAGE,
    Case,
    CaseDeadline,
    CaseEvent,
    CasePhoto,
    CasePlaceWord,
    JointAgency,
    ViolationLetter,
)
from hotline.keys.columns import LAST
from hotline.keys.finding import has
from hotline.phones import in_e164
from hotline.places import Place
from hotline.places.words import place_words

PAGE: Final = 50
"""Cases on a page of a list."""
OFTEN: Final = 2_000
"""So often a word of places is counted; one that stands in more cases is as common as any."""
RAREST: Final = 12
"""So many words of a place are compared, the rarest: with them the others are as good as sure."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list; ``after``: where the next one begins, if there is one."""

    rows: Sequence[Case]
    after: tuple[datetime | None, int] | None = None


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case with all its records, in order of time; an attached report has the deadlines of its case."""

    row: Case
    events: Sequence[CaseEvent]
    deadlines: Sequence[CaseDeadline]
    joint: Sequence[JointAgency]
    photos: Sequence[int]
    """Numbers of its photographs."""
    reports: Sequence[Case]
    """Reports of others attached to it, cancelled ones too."""
    lead: Case | None


@dataclass(frozen=True, slots=True)
class Search:
    """Conditions of a search; an empty word is no condition. ``phone``: whole, or its last four digits;
    ``name``: whole; ``place``: words of an address or landmark.
    """

    number: str = ""
    phone: str = ""
    name: str = ""
    category: str = ""
    agency: str = ""
    district: str = ""
    place: str = ""
    states: Collection[CaseState] = ()
    kind: CaseKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    overdue_at: datetime | None = None
    """Those that are late at this instant."""


def by_number(session: Session, number: str) -> Case | None:
    """The case of a number, however it is spaced; None when there is none."""
    plain = parsed(number)
    return session.scalars(select(Case).where(Case.number == plain)).one_or_none() if plain else None


def of_another_system(session: Session, number: str) -> Case | None:
    """The case that has a number in the petition system; None when there is none."""
    plain = number.strip()
    chosen = select(Case).where(Case.external_ref == plain).order_by(Case.id.desc()).limit(1)
    return session.scalars(chosen).first() if plain else None


def open_of_phone(session: Session, phone: str) -> list[Case]:
    """The open cases reported from a telephone, the newest first; none for a hidden one (P7.2)."""
    number = in_e164(phone)
    if not number.startswith("+"):
        return []
    own = select(Case).where(has(Case.phone_hash, number))  # few; by state an index would find the city's
    rows = session.scalars(own.order_by(Case.filed_at.desc(), Case.id.desc()))
    return [row for row in rows if row.is_open and row.withdrawn_at is None]


def of_call(session: Session, call_id: str) -> list[Case]:
    """The cases and drafts of a citizen's call, in order."""
    return (
        list(session.scalars(select(Case).where(Case.call_id == call_id).order_by(Case.id)))
        if call_id
        else []
    )


def drafts_of(session: Session, login: str) -> list[Case]:
    """What an agent has begun and not filed, the newest first."""
    unfiled = (CaseState.DRAFT, CaseState.NOTIFYING, CaseState.NOTIFIED)
    chosen = select(Case).where(Case.state.in_(unfiled), Case.drafted_by == login)
    return list(session.scalars(chosen.order_by(Case.id.desc()).limit(PAGE)))


def near(session: Session, row: Case) -> list[Case]:
    """Open cases of the same category at the same place to which a report may be attached, newest first
    (P5.0-c).
    """
    which = (Case.state.in_(JOINABLE), Case.lead_id.is_(None), Case.id != row.id)
    return _at_place(session, row, *which)


def at_place(
    session: Session, row: Case, *, since: datetime | None = None, until: datetime | None = None
) -> list[Case]:
    """Filed cases of the same category at the same place, newest first; of a time."""
    which: list[ColumnElement[bool]] = [Case.filed_at.is_not(None)]
    which += [Case.filed_at >= since] if since else []
    which += [Case.filed_at <= until] if until else []
    return _at_place(session, row, *which)


def _at_place(session: Session, row: Case, *which: ColumnElement[bool]) -> list[Case]:
    """Two looks by an index each: the same address, and the square around the same point."""
    found = dict[int, Case]()
    if not row.category:
        return []
    if row.place_key:
        by_key = select(Case).where(Case.place_key == row.place_key, Case.category == row.category, *which)
        found |= {one.id: one for one in session.scalars(by_key)}
    if corners := places.box(place_of(row)):
        south_west, north_east = corners
        square = select(Case).where(
            Case.category == row.category,
            Case.latitude.between(south_west.latitude, north_east.latitude),
            Case.longitude.between(south_west.longitude, north_east.longitude),
            *which,
        )
        found |= {one.id: one for one in session.scalars(square) if is_same_place(one, row)}
    return sorted(found.values(), key=lambda one: (one.filed_at or one.drafted_at, one.id), reverse=True)


def place_of(row: Case | ViolationLetter) -> Place:
    """The place of a case, or of a letter about one, to be compared."""
    return Place("", row.place_key, latitude=row.latitude, longitude=row.longitude)


def is_same_place(one: Case | ViolationLetter, other: Case) -> bool:
    """Tell whether two are at one place: the same address, or at most 30 m apart."""
    return places.same(place_of(one), place_of(other))


def _these(session: Session, ids: Sequence[int]) -> list[Case]:
    """The cases of these numbers, in that order: what is sorted and left out is never read whole."""
    found = {one.id: one for one in session.scalars(select(Case).where(Case.id.in_(ids)))} if ids else {}
    return [found[one] for one in ids]


def search(session: Session, wanted: Search, *, before: int | None = None, most: int = PAGE) -> CasePage:
    """A page of filed cases, the newest first; ``before``: those filed before this one."""
    words = place_words(wanted.place)
    newest, listed = _placed(session, words) if words else (Case.id, select(Case.id))
    chosen = listed.where(Case.number.is_not(None), *_conditions(wanted))
    if wanted.place and not words:  # one sign: read from the newest on
        chosen = chosen.where(Case.place.contains(wanted.place, autoescape=True))
    if before is not None:
        chosen = chosen.where(newest < before)
    rows = _these(session, list(session.scalars(chosen.order_by(newest.desc()).limit(most + 1))))
    last = rows[most - 1] if len(rows) > most else None
    return CasePage(rows[:most], (None, last.id) if last else None)


def _placed(session: Session, words: Collection[str]) -> tuple[InstrumentedAttribute[int], Select[int]]:
    """Cases whose place has all these words, along the rarest, so that few are read; its column of ids."""

    def often(word: str) -> int:
        some = select(CasePlaceWord.case_id).where(CasePlaceWord.word == word).limit(OFTEN).subquery()
        return session.scalar(select(func.count()).select_from(some)) or 0

    first, *rest = sorted(words, key=lambda word: (often(word), word))[:RAREST]
    rarest = aliased(CasePlaceWord)
    chosen = select(rarest.case_id).join(Case, Case.id == rarest.case_id).where(rarest.word == first)
    for other, word in ((aliased(CasePlaceWord), word) for word in rest):
        chosen = chosen.where(exists().where(other.word == word, other.case_id == rarest.case_id))
    return rarest.case_id, chosen


def _conditions(wanted: Search) -> list[ColumnElement[bool]]:
    which = list[ColumnElement[bool]]()
    if wanted.number:
        which.append(Case.number == (parsed(wanted.number) or ""))
    if wanted.phone:
        which.append(_of_phone(wanted.phone))
    if wanted.name:
        which.append(has(Case.name_hash, wanted.name))
    for column, value in (
        (Case.category, wanted.category),
        (Case.agency, wanted.agency),
        (Case.district, wanted.district),
        (Case.kind, wanted.kind or ""),
    ):
        if value:
            which.append(column == value)
    if wanted.states:
        which.append(Case.state.in_(wanted.states))
    if wanted.since:
        which.append(Case.filed_at >= wanted.since)
    if wanted.until:
        which.append(Case.filed_at < wanted.until)
    if wanted.overdue_at:
        which += [Case.due_at < wanted.overdue_at, Case.state.in_(OPEN_STATES), Case.lead_id.is_(None)]
    return which


def of_petitioner(text: str) -> Search:
    """Ask for the cases of whoever left a telephone, told whole or by its last four digits, or a whole name.

    Raises NumberMissing.
    """
    plain = text.strip()
    if plain and not any(sign.isdecimal() for sign in plain):
        return Search(name=plain)
    return Search(phone=plain if _is_end(plain) else written_number(plain))


def _of_phone(phone: str) -> ColumnElement[bool]:
    """Condition that a case was reported from a telephone, or from one with these last digits."""
    is_end = _is_end(phone)
    return has(Case.phone_last4, phone) if is_end else has(Case.phone_hash, in_e164(phone))


def _is_end(phone: str) -> bool:
    return len(phone) == LAST and phone.isascii() and phone.isdecimal()


def whole(session: Session, row: Case) -> CaseRecord:
    """The case with its events, deadlines, joint agencies, photographs and attached reports."""
    joint = select(JointAgency).where(JointAgency.case_id == row.id).order_by(JointAgency.agency)
    photos = select(CasePhoto.id).where(CasePhoto.case_id == row.id, HAS_IMAGE).order_by(CasePhoto.id)
    reports = select(Case).where(Case.lead_id == row.id).order_by(Case.id)
    return CaseRecord(
        row,
        events_of(session, row.id),
        all_of(session, row.lead_id or row.id),
        session.scalars(joint).all(),
        session.scalars(photos).all(),
        session.scalars(reports).all(),
        session.get(Case, row.lead_id) if row.lead_id else None,
    )
