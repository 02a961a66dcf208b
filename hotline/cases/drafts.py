"""Drafts: what an agent types while the caller speaks; saved as it is, examined when it is filed."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Final, Protocol

from sqlalchemy.orm import Session

from hotline.cases.events import told
from hotline.cases.moving import NoSuchCase, unchanged
from hotline.cases.rules import CLAUSE, CaseKind, CaseNotNow, CaseState, Move
from hotline.cases.store import Case
from hotline.cases.words import LONG, PetitionSubtype, ReplyWay
from hotline.categories.rules import Category
from hotline.db import locked, numbered
from hotline.errors import HotlineError, existing
from hotline.outbound_calls.gate import Touches
from hotline.permissions import Action
from hotline.phones import in_e164
from hotline.places import Place
from hotline.staff.service import permitted
from hotline.texts import fit

DRAFTED: Final = "draft"
"""Kind of the first event."""
_LONGEST: Final = {
    "category": 32,
    "matter": LONG,
    "place": 200,
    "district": 16,
    "name": 64,
    "phone": 32,
    "email": 254,
    "letter_to": 200,
    "language": 16,
    "agency": 32,
    "section": 32,
}


class NoSuchDraft(HotlineError, code="no-such-draft"):
    """No draft has this number."""

    number: int


class NotAPoint(HotlineError, code="not-a-point"):
    """Coordinates that are no point of the earth."""


@dataclass(frozen=True, slots=True)
class DraftFields:
    """Fields of a draft; everything may be missing yet."""

    kind: CaseKind | None = None
    """The agent's wish: notify, as it must be acted on at once; None = as the category says."""
    category: str = ""
    subtype: str = ""
    """Of a petition (P3.3)."""
    matter: str = ""
    agency: str = ""
    """The competent one where no category says so."""
    section: str = ""
    place: str = ""
    district: str = ""
    latitude: float | None = None
    longitude: float | None = None
    name: str = ""
    """Empty = anonymous."""
    phone: str = ""
    email: str = ""
    letter_to: str = ""
    reply_way: ReplyWay = ReplyWay.NONE
    is_safety: bool | None = None
    """Public safety or resources (P5.4.11); None = as the category says."""
    touches: Touches | None = None
    """What of a particular person the matter touches (P8.2)."""
    verification_id: int | None = None
    language: str = ""


class Parsed(Protocol):
    """Reads a place from words and what is known of it besides (``hotline.places.parsed``)."""

    def __call__(self, text: str, *, district: str = "", point: tuple[float, float] | None = None) -> Place:
        """The place; raises what it refuses."""
        ...


def begin(
    session: Session,
    fields: DraftFields,
    categories: Mapping[str, Category],
    parsed: Parsed,
    by: str,
    at: datetime,
    call_id: str = "",
) -> Case:
    """Begin a draft. Raises NotPermitted, UnfitText, NotAPoint."""
    permitted(session, by, Action.CASE_FILE, at)
    row = Case(
        kind=CaseKind.PETITION,
        state=CaseState.DRAFT,
        drafted_at=at,
        drafted_by=by,
        call_id=call_id,
        version=1,
    )
    row.reply_way = ReplyWay.NONE
    write(row, fields, categories, parsed)
    numbered(session, row)
    told(session, row, by, DRAFTED, "", at)
    return row


def change(
    session: Session,
    case_id: int,
    fields: DraftFields,
    categories: Mapping[str, Category],
    parsed: Parsed,
    by: str,
    at: datetime,
    version: int | None,
) -> Case:
    """Save a draft as it is now. Raises NotPermitted, NoSuchDraft, CaseNotNow, CaseChanged, UnfitText."""
    permitted(session, by, Action.CASE_FILE, at)
    row = draft(session, case_id)
    unchanged(row, version)
    write(row, fields, categories, parsed)
    row.version += 1
    session.flush()
    return row


def draft(session: Session, case_id: int) -> Case:
    """A draft, locked until the end of the transaction. Raises NoSuchDraft, CaseNotNow."""
    row = existing(locked(session, Case, case_id), NoSuchDraft(case_id))
    if not row.is_draft:
        raise CaseNotNow(row.case_state, Move.FILE, CLAUSE[row.case_kind])
    return row


def own(session: Session, case_id: int, login: str) -> Case:
    """A draft that this person began. Raises NoSuchDraft, for another's is not there."""
    row = existing(session.get(Case, case_id), NoSuchDraft(case_id))
    if row.drafted_by != login or not row.is_draft:
        raise NoSuchDraft(case_id)
    return row


def write(row: Case, fields: DraftFields, categories: Mapping[str, Category], parsed: Parsed) -> None:
    """Write the fields into a draft; what they lack the category or the place says."""
    for name, most in _LONGEST.items():
        setattr(row, name, fit(name, getattr(fields, name), most, needed=False))
    row.phone, row.reply_way = in_e164(row.phone), ReplyWay(fields.reply_way)
    row.subtype = PetitionSubtype(fields.subtype) if fields.subtype else ""
    row.touches, row.verification_id = fields.touches or "", fields.verification_id or row.verification_id
    row.latitude, row.longitude = _point(fields)
    with suppress(HotlineError):  # a draft may name a place that no case may have
        locate(row, parsed)
    chosen = categories.get(row.category)
    default = chosen.is_safety if chosen else False
    row.is_safety = default if fields.is_safety is None else fields.is_safety
    if chosen:
        row.agency, row.section = chosen.in_charge(row.district)
    if row.state == CaseState.DRAFT:
        row.kind = CaseKind.NOTIFY if fields.kind is CaseKind.NOTIFY else kind_of(chosen)


def kind_of(category: Category | None) -> CaseKind:
    """The kind that a category makes of a case; a petition without one."""
    return CaseKind(category.kind) if category else CaseKind.PETITION


def locate(row: Case, parsed: Parsed) -> None:
    """Read the place: its key, and district and point where they were not given.

    Raises what ``parsed`` refuses.
    """
    row.place_key = ""
    point = None if row.latitude is None or row.longitude is None else (row.latitude, row.longitude)
    if not row.place and point is None:
        return
    where = parsed(row.place, district=row.district, point=point)
    row.place_key, row.district = where.key[:200], row.district or where.district[:16]
    if point is None:
        row.latitude, row.longitude = where.latitude, where.longitude


def _point(fields: DraftFields) -> tuple[float | None, float | None]:
    latitude, longitude = fields.latitude, fields.longitude
    if latitude is None or longitude is None:
        return None, None
    if not (isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise NotAPoint
    return latitude, longitude


def by_id(session: Session, case_id: int) -> Case:
    """A case or draft, locked until the end of the transaction. Raises NoSuchCase."""
    return existing(locked(session, Case, case_id), NoSuchCase(str(case_id)))
