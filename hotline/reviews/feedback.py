"""Feedback: a commendation or complaint that a citizen gave, kept with the call or the case (P14)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.find import by_number
from hotline.cases.moving import NoSuchCase
from hotline.cases.store import Case
from hotline.db import numbered
from hotline.directory.service import known
from hotline.errors import HotlineError, existing
from hotline.ledger import looks
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.reviews.rules import LONGEST, FeedbackKind
from hotline.reviews.store import Feedback
from hotline.staff.service import permitted
from hotline.texts import fit

MOST = 500
"""Rows of a list."""


class NoFeedback(HotlineError, code="no-feedback"):
    """No commendation or complaint has this number."""

    number: int


def record(
    session: Session,
    kind: FeedbackKind,
    words: str,
    *,
    at: datetime,
    by: str,
    agency: str = "",
    case: str = "",
    call_id: str = "",
) -> Feedback:
    """Write down what a citizen said of an agency's work; of a case it is that case's agency. Audited.

    Raises NotPermitted, NoSuchCase, Unknown, UnfitText.
    """
    permitted(session, by, Action.FEEDBACK_NOTE, at)
    row = existing(by_number(session, case), NoSuchCase(case)) if case.strip() else None
    agency = (row.agency if row else "") or agency
    known(session, "agency", agency, at)
    said = fit("words", words, LONGEST)
    kept = numbered(
        session,
        Feedback(
            kind=kind,
            agency=agency,
            case_id=row.id if row else None,
            call_id=call_id,
            words=said,
            at=at,
            by=by,
        ),
    )
    after = {"kind": kind, "agency": agency, "case": row.number if row else "", "call": call_id}
    audit(session, at, by, Action.FEEDBACK_NOTE, f"feedback:{kept.id}", after=after)
    return kept


def read(session: Session, number: int, by: str, at: datetime) -> Feedback:
    """Read one feedback and audit the look. Raises NoFeedback, NotPermitted."""
    permitted(session, by, Action.CASE_AUDIT, at)
    row = existing(session.get(Feedback, number), NoFeedback(number))
    looks.look(session, at, by, f"feedback:{row.id}", looks.IN_HAND, "words")
    return row


def listed(
    session: Session, since: datetime, until: datetime, agency: str = ""
) -> Sequence[tuple[Feedback, str]]:
    """Feedback of a time with the number of its case, if it has one, the latest first."""
    chosen = select(Feedback, Case.number).outerjoin(Case, Case.id == Feedback.case_id)
    chosen = chosen.where(Feedback.at >= since, Feedback.at < until)
    if agency:
        chosen = chosen.where(Feedback.agency == agency)
    rows = session.execute(chosen.order_by(Feedback.at.desc(), Feedback.id.desc()).limit(MOST))
    return [(row, number or "") for row, number in rows]
