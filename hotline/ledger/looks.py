"""Readings of personal data: a whole number or name is shown to nobody before who reads it, and why,
is on record (P0-a).

``look`` writes the row and gives a ``Reading``; ``number``, ``name`` and ``contact`` show a citizen whole
to one, and masked to none. Pages, API and commands have no other way to show them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.ledger.sealing import MANY, hold_head
from hotline.ledger.store import AuditRow
from hotline.log_masking import masked, masked_contact, masked_name
from hotline.permissions import Action

LOOKED: Final = "personal.look"
"""The action under which readings stand in the log."""
READINGS: Final = (LOOKED, Action.PERSONAL_READ)
"""The same, and that of readings on pages in logs of earlier versions."""
IN_HAND: Final = "in hand"
"""Why somebody reads who works on the matter or talks with the citizen; nobody is asked for more."""


class NoReadingReason(HotlineError, code="no-reason"):
    """A look at personal data that nobody could justify later."""

    subject: str


@dataclass(frozen=True, slots=True)
class PersonalLook:
    """A look at personal data: by whom, of what, when and why."""

    at: datetime
    by: str
    reason: str
    what: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that is on record: what shows a citizen whole asks for it."""

    subject: str


def look(session: Session, at: datetime, by: str, subject: str, reason: str, what: str) -> Reading:
    """Record a reading before it is given. ``what``: number, name, message. Raises NoReadingReason."""
    if not reason.strip():
        raise NoReadingReason(subject)
    audit(session, at, by, LOOKED, subject, after={"what": what}, reason=reason.strip())
    return Reading(subject)


def look_once(session: Session, at: datetime, by: str, subject: str, reason: str, what: str) -> Reading:
    """Record a reading once a subject and reader, as pages ask again and again. Raises NoReadingReason."""
    hold_head(session)  # of two requests at a time the second sees the row of the first
    return already(session, by, subject) or look(session, at, by, subject, reason, what)


def already(session: Session, by: str, subject: str) -> Reading | None:
    """Find an earlier reading of a subject by somebody, if any."""
    chosen = select(AuditRow.id).where(
        AuditRow.subject == subject, AuditRow.by == by, AuditRow.action.in_(READINGS)
    )
    return None if session.scalar(chosen.limit(1)) is None else Reading(subject)


def number(whole: str, reading: Reading | None) -> str:
    """A citizen's number, whole to a reading and masked to none."""
    return whole if reading else masked(whole)


def name(whole: str, reading: Reading | None) -> str:
    """A citizen's name, whole to a reading and masked to none."""
    return whole if reading else masked_name(whole)


def contact(whole: str, reading: Reading | None) -> str:
    """A citizen's number or e-mail address, whole to a reading and masked to none."""
    return whole if reading else masked_contact(whole)


def looks_at(session: Session, *subjects: str) -> list[PersonalLook]:
    """List every look at these subjects, in its order."""
    found = list[AuditRow]()
    for start in range(0, len(subjects), MANY):
        some = AuditRow.subject.in_(subjects[start : start + MANY])
        found += session.scalars(select(AuditRow).where(some, AuditRow.action.in_(READINGS)))
    found.sort(key=lambda row: row.id)
    return [PersonalLook(row.at, row.by, row.reason, _what(row), row.subject) for row in found]


def _what(row: AuditRow) -> str:
    told = row.after or {}
    return str(told.get("what") or told.get("shown") or told.get("heard") or "")
