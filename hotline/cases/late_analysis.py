"""Analysis of late cases by the control officer, for RDEC's review (P5.4.8)."""

from datetime import datetime

from sqlalchemy.orm import Session

from hotline.cases.events import told
from hotline.cases.moving import locked_case, unchanged
from hotline.cases.store import Case
from hotline.cases.words import LONG
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import ANY_OTHER, Action
from hotline.staff.service import permitted
from hotline.texts import fit

ANALYSED = "analysed"
"""Kind of the event that a late case was analysed."""


class NotLate(HotlineError, code="case-not-late"):
    """A case that was never late: there is nothing to analyse."""

    number: str


def analyse(
    session: Session, number: str, text: str, by: str, at: datetime, version: int | None = None
) -> Case:
    """Write why a case was late and what is done about it. Audited.

    Raises NoSuchCase, NotPermitted, CaseChanged, NotLate, UnfitText.
    """
    row = locked_case(session, number)
    permitted(session, by, Action.CASE_ANALYSE, at, row.agency or ANY_OTHER)
    unchanged(row, version)
    if row.overdue_at is None:
        raise NotLate(number)
    row.late_analysis, row.version = fit("analysis", text, LONG), row.version + 1
    told(session, row, by, ANALYSED, row.state, at, detail={"analysis": row.late_analysis})
    audit(session, at, by, Action.CASE_ANALYSE, f"case:{number}", after={"did": ANALYSED})
    return row
