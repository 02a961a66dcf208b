"""To whom an agency's mail about its data goes (P4.1)."""

from datetime import datetime

from sqlalchemy.orm import Session

from hotline.directory.store import ContactRow, PersonRow
from hotline.ledger import history
from hotline.permissions import Role
from hotline.staff.service import with_role

CALL_CENTRE = "call-centre"
"""Recipient of what nobody else can be told: a message is never written to nobody."""


def liaisons(session: Session, agency: str, at: datetime) -> list[str]:
    """The agency's 1999 liaisons: who has the role, else who holds the office; without any, the supervisors.

    Who has no address stays a name, so that the gap is seen.
    """
    members = with_role(session, Role.LIAISON, at, agency)
    found = [one.email or one.login for one in members] or _holders(session, agency, at)
    supervisors = [] if found else with_role(session, Role.SUPERVISOR, at)
    return found or [one.email or one.login for one in supervisors] or [CALL_CENTRE]


def _holders(session: Session, agency: str, at: datetime) -> list[str]:
    """The first of the office's holder and deputies who is in the directory."""
    which = (ContactRow.agency == agency, ContactRow.role == str(Role.LIAISON))
    held = sorted(history.all_in_force(session, ContactRow, at, *which), key=lambda row: int(row.place))
    persons = (history.in_force(session, PersonRow, row.person, at) for row in held)
    return [person.email or person.key for person in persons if person][:1]
