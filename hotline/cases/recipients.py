"""Whom reminders and digests about cases reach, by directory and staff of an instant; never nobody."""

from datetime import datetime

from sqlalchemy.orm import Session

from hotline.cases.rules import CaseKind
from hotline.cases.store import Case
from hotline.directory.owners import call_centre, holding, liaisons, office
from hotline.directory.store import DutyRow, PersonRow
from hotline.ledger import history
from hotline.permissions import Role
from hotline.staff.store import StaffRow


def quick_liaison(session: Session, agency: str, at: datetime, *, deputies: bool = False) -> list[str]:
    """The quick-case liaison, and the deputies if they are to know; while the office is vacant, the 1999
    liaison (P5.4.6).
    """
    held = office(session, Role.QUICK_LIAISON, agency, at)
    return (held if deputies else held[:1]) or liaisons(session, agency, at)


def three_people(session: Session, agency: str, manager: str, at: datetime) -> list[str]:
    """The supervising manager of a business, the quick-case liaison and the control officer (P5.4.5).

    ``manager``: the person or login whom the category names; without one the agency's. While one of the three
    is lacking the 1999 liaison is told too.
    """
    managers = _manager(session, manager, at) or office(session, Role.MANAGER, agency, at)[:1]
    quick = office(session, Role.QUICK_LIAISON, agency, at)[:1]
    control = office(session, Role.CONTROL_OFFICER, agency, at)[:1]
    for_gaps = [] if managers and quick and control else liaisons(session, agency, at)
    return list(dict.fromkeys((*managers, *quick, *control, *for_gaps)))


def rdec(session: Session, at: datetime) -> list[str]:
    """RDEC's authorised persons, and its supervisors, of whom one is there at every hour."""
    return list(dict.fromkeys((*authorised(session, at), *call_centre(session, at))))


def authorised(session: Session, at: datetime) -> list[str]:
    """RDEC's authorised persons; without one the supervisors."""
    return holding(session, Role.AUTHORISED, at) or call_centre(session, at)


def duty_officers(session: Session, at: datetime) -> list[str]:
    """The city's duty officers; without a login the name on the roster, so that the gap is seen."""
    roster = sorted(history.all_in_force(session, DutyRow, at), key=lambda row: int(row.key))
    return holding(session, Role.DUTY_OFFICER, at) or [row.name for row in roster][:1]


def secretariat(session: Session, at: datetime) -> list[str]:
    """The Secretariat, which assigns, forwards and tracks; without one RDEC's authorised persons, else the
    supervisors.
    """
    return holding(session, Role.SECRETARIAT, at) or authorised(session, at)


def of_case(session: Session, row: Case, at: datetime) -> list[str]:
    """Who has a case now: its agency's people; while it waits for an agency the Secretariat, of a quick one
    RDEC. A quick one is its quick-case liaison's; a vacant office is the 1999 liaison's (P5.4.6).
    """
    if row.is_returned or not row.agency:
        return authorised(session, at) if row.kind == CaseKind.QUICK else secretariat(session, at)
    quick = office(session, Role.QUICK_LIAISON, row.agency, at)[:1] if row.kind == CaseKind.QUICK else []
    return quick or liaisons(session, row.agency, at)


def _manager(session: Session, named: str, at: datetime) -> list[str]:
    """Find the manager whom a category names."""
    if not named:
        return []
    found = history.in_force(session, PersonRow, named, at) or history.in_force(session, StaffRow, named, at)
    return [found.email or named] if found else []
