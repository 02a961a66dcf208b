"""Repeated calls on a case that an agency has: its contact person has the officer explain within 4 h (P7.2).

A promise of the promises' machine, one a case: a second call while it runs adds a note, no second promise.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from hotline.callbacks import ownership
from hotline.callbacks.find import of_case
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.rules import REPEAT
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import Wish
from hotline.cases import find
from hotline.cases.events import told
from hotline.cases.moving import NoSuchCase
from hotline.cases.numbers import shown
from hotline.cases.rules import CaseKind
from hotline.cases.store import Case
from hotline.directory.store import AgencyRow
from hotline.errors import HotlineError, Remark, existing
from hotline.ledger import history
from hotline.permissions import Action, Role
from hotline.staff.service import permitted

ASKED_AGAIN: Final = "asked-again"
"""Kind of the event that the petitioner called again about a case."""
QUICK: Final = (Role.QUICK_LIAISON, Role.LIAISON)
"""Offices of whom the agent tells, the first that is held."""


class NotWithAgency(HotlineError, code="case-not-with-agency"):
    """A case that no agency works on: over, or not sent to one yet."""

    number: str


class OfficerWillCall(Remark, code="officer-will-call"):
    """What the agent says to the caller (V-13)."""

    agency: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class RepeatContact:
    """A promise that the officer explains; ``is_new`` False: it stood already, and has a note more."""

    promise: Callback
    is_new: bool
    said: OfficerWillCall


def ask_officer(
    session: Session,
    callbacks: Callbacks,
    number: str,
    by: str,
    at: datetime,
    *,
    phone: str = "",
    note: str = "",
) -> RepeatContact:
    """Have the officer of a case contact its petitioner; ``phone``: where to, if none was left, or another.

    Raises NoSuchCase, NotPermitted, NotWithAgency, NumberMissing, NumberNotDialled.
    """
    row = existing(find.by_number(session, number), NoSuchCase(number))
    permitted(session, by, Action.CASE_READ, at, row.agency)
    if not (row.is_open and row.agency) or row.cancelled_at or row.withdrawn_at:
        raise NotWithAgency(row.number or number)
    wish = Wish(
        phone or row.phone,
        row.language or "zh-TW",
        REPEAT,
        Ownership(row.agency, row.section, "", _contact_person(session, row, at)),
        f"案號{shown(row.number or '')}，民眾再次來電，請主動聯絡並說明辦理情形",
        row.name,
        case=row.number or "",
        note=note.strip(),
    )
    known = of_case(session, wish.case)
    promise = callbacks.open(session, wish, by, at)
    detail = {"callback": promise.id, "due_at": promise.due_at, "joined": known is not None}
    told(session, row, by, ASKED_AGAIN, row.state, at, detail=detail)
    agency = history.in_force(session, AgencyRow, row.agency, at)
    said = OfficerWillCall(agency.name if agency else row.agency, promise.owed_at)
    return RepeatContact(promise, known is None, said)


def _contact_person(session: Session, row: Case, at: datetime) -> str:
    """Of a quick case its quick-case liaison, else the 1999 liaison; empty when both offices are vacant."""
    roles = QUICK if row.kind == CaseKind.QUICK else QUICK[1:]
    return next(filter(None, (ownership.holder_of(session, role, row.agency, at) for role in roles)), "")
