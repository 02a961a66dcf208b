"""The rule of unfounded reports: three findings in a row that nothing is wrong and the agency's letter make
the same matter at the same place a petition (P5.4.10).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hotline.accounts.keys import EndedBefore
from hotline.cases.find import at_place, is_same_place
from hotline.cases.moving import NoSuchCase
from hotline.cases.store import Case, ViolationLetter
from hotline.db import locked, numbered
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit

LONGEST_REASON: Final = 4000


class TooFewFindings(HotlineError, code="too-few-findings"):
    """A letter about a matter that was not found unfounded so many times in a row."""

    findings: int
    needed: int


class NoSuchLetter(HotlineError, code="no-such-letter"):
    """No letter has this number, or it is lifted already."""

    number: int


def unfounded_in_a_row(session: Session, row: Case) -> int:
    """Count the latest findings at a case's place and category up to the last real problem. One matter that
    several people reported is one finding.
    """
    found = [one for one in at_place(session, row) if one.is_unfounded is not None and one.lead_id is None]
    count = 0
    for one in sorted(found, key=lambda case: (case.done_at or case.drafted_at, case.id), reverse=True):
        if not one.is_unfounded:
            break
        count += 1
    return count


def letters(session: Session, row: Case, at: datetime) -> list[ViolationLetter]:
    """The letters about a case's matter and place that hold at an instant."""
    holds = (
        ViolationLetter.category == row.category,
        ViolationLetter.lifted_at.is_(None),
        or_(ViolationLetter.ends_at.is_(None), ViolationLetter.ends_at > at),
    )
    return [one for one in session.scalars(select(ViolationLetter).where(*holds)) if is_same_place(one, row)]


def registered(
    session: Session, agency: str, number: int, size: int
) -> tuple[Sequence[ViolationLetter], int]:
    """A page of the letters, the newest first, and how many there are; of an agency, if named."""
    which = [ViolationLetter.agency == agency] if agency else []
    total = session.scalar(select(func.count(ViolationLetter.id)).where(*which)) or 0
    number = min(number, max(1, -(-total // size)))
    chosen = select(ViolationLetter).where(*which).order_by(ViolationLetter.id.desc())
    return session.scalars(chosen.offset((number - 1) * size).limit(size)).all(), total


def is_blocked(session: Session, row: Case, limit: int, at: datetime) -> bool:
    """Tell whether a report is for the petition system: never one of public safety or resources."""
    if row.is_safety or not row.category:
        return False
    return bool(letters(session, row, at)) and unfounded_in_a_row(session, row) >= limit


def case_of_letter(session: Session, number: str, limit: int) -> Case:
    """Find the case about whose matter and place an agency may write. Raises NoSuchCase, TooFewFindings."""
    found = session.scalars(select(Case).where(Case.number == number)).one_or_none()
    case = existing(found, NoSuchCase(number))
    count = unfounded_in_a_row(session, case)
    if count < limit:
        raise TooFewFindings(count, limit)
    return case


def register(
    session: Session,
    number: str,
    *,
    signed_by: str,
    reason: str,
    limit: int,
    by: str,
    at: datetime,
    ends_at: datetime | None = None,
) -> ViolationLetter:
    """Register an agency's letter about the matter and place of a case, by RDEC. Audited.

    Raises NotPermitted, NoSuchCase, UnfitText, TooFewFindings, EndedBefore.
    """
    permitted(session, by, Action.CASE_DECIDE, at)
    if ends_at and ends_at <= at:
        raise EndedBefore(ends_at)
    case = case_of_letter(session, number, limit)
    row = ViolationLetter(category=case.category, place_key=case.place_key, latitude=case.latitude)
    row.longitude, row.agency, row.ends_at = case.longitude, case.agency, ends_at
    row.signed_by, row.reason = fit("person", signed_by, 64), fit("reason", reason, LONGEST_REASON)
    row.registered_at, row.registered_by, row.lifted_by = at, by, ""
    numbered(session, row)
    after = {"did": "letter registered", "case": number, "agency": row.agency, "ends_at": ends_at}
    audit(session, at, by, Action.CASE_DECIDE, f"case-letter:{row.id}", after=after)
    return row


def lift(session: Session, letter_id: int, reason: str, *, by: str, at: datetime) -> ViolationLetter:
    """Lift a letter, by RDEC: the next report is a quick case again. Audited.

    Raises NotPermitted, NoSuchLetter.
    """
    permitted(session, by, Action.CASE_DECIDE, at)
    row = existing(locked(session, ViolationLetter, letter_id), NoSuchLetter(letter_id))
    if row.lifted_at is not None:
        raise NoSuchLetter(letter_id)
    row.lifted_at, row.lifted_by = at, by
    said = fit("reason", reason, LONGEST_REASON)
    audit(
        session,
        at,
        by,
        Action.CASE_DECIDE,
        f"case-letter:{row.id}",
        after={"did": "letter lifted"},
        reason=said,
    )
    return row
