"""Owner of a promise and recipients of its messages, by the directory and the staff as of an instant."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.callbacks.store import Callback
from hotline.directory.owners import call_centre, holding
from hotline.directory.store import AgencyRow, ContactRow, DeskRow, PersonRow, SectionRow
from hotline.ledger import history
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import at_phone, with_role
from hotline.staff.store import StaffRow


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of a promise; no agency is the call centre."""

    agency: str = ""
    section: str = ""
    extension: str = ""
    owner: str = ""


def place_of(session: Session, phone: str, at: datetime) -> Ownership:
    """Find section and person by the extension asked for, or by the phone that registered the promise."""
    if not phone:
        return Ownership()
    desk = history.in_force(session, DeskRow, phone, at)
    member = _at_phone(session, phone, desk.section if desk else "", at)
    if desk is None:
        return (
            Ownership(member.agency, member.section, "", member.login)
            if member
            else Ownership(extension=phone[:16])
        )
    section = history.in_force(session, SectionRow, desk.section, at)
    owner = member.login if member else desk.person
    return Ownership(section.agency if section else "", desk.section, desk.key, owner)


def _at_phone(session: Session, phone: str, section: str, at: datetime) -> Staff | None:
    """Find the holder of a phone; of several, the one who works in its section."""
    there = at_phone(session, phone, at)
    return next((member for member in there if member.section == section), there[0] if there else None)


def successor(session: Session, agency: str, at: datetime) -> str:
    """Find the agency that has the open matters of a closed one (P2-a); of successors closed too, the last.

    Empty when it is open, or nobody succeeds it.
    """
    seen, now = {agency}, agency
    while (row := history.in_force(session, AgencyRow, now, at)) and row.closed:
        now = row.successor
        if not now or now in seen:
            return ""
        seen.add(now)
    return now if row and now != agency else ""


def holder_of(session: Session, role: Role, agency: str, at: datetime) -> str:
    """Find who has an office of an agency: the login that has the role, else the office's holder or first
    deputy who is in the directory; empty when it is vacant.
    """
    if staff := with_role(session, role, at, agency):
        return staff[0].login
    which = (ContactRow.agency == agency, ContactRow.role == str(role))
    held = sorted(history.all_in_force(session, ContactRow, at, *which), key=lambda row: int(row.place))
    there = (row.person for row in held if history.in_force(session, PersonRow, row.person, at))
    return next(there, "")


def owner_and_section(session: Session, row: Callback, at: datetime) -> list[str]:
    """List who gets N-01 for a new promise: owner and section; nobody for the call centre's own, but the call
    centre for one about a case whose agency has nobody to tell (P7.2).
    """
    found = _known(_address(session, row.owner, at), _section(session, row, at))
    return found or (call_centre(session, at) if row.case_number else [])


def owner_or_call_centre(session: Session, row: Callback, at: datetime) -> list[str]:
    """List the recipients of N-02, the reminder: the owner, else the section, else the supervisors."""
    owner, section = _address(session, row.owner, at), _section(session, row, at)
    return _known(owner) or _known(section) or call_centre(session, at)


def everybody_concerned(session: Session, row: Callback, at: datetime) -> list[str]:
    """List who gets N-03 for an overdue promise: owner, section, agency's liaison; else the call centre."""
    addresses = holding(session, Role.LIAISON, at, row.agency) if row.agency else []
    told = _known(_address(session, row.owner, at), _section(session, row, at), *addresses)
    return told if addresses else _known(*told, *call_centre(session, at))


def _address(session: Session, owner: str, at: datetime) -> str:
    """Find an e-mail address; the name of who has none, so that the gap is seen."""
    if not owner:
        return ""
    member = history.in_force(session, StaffRow, owner, at)
    person = None if member else history.in_force(session, PersonRow, owner, at)
    found = member or person
    return found.email or owner if found else owner


def _section(session: Session, row: Callback, at: datetime) -> str:
    section = history.in_force(session, SectionRow, row.section, at) if row.section else None
    return section.email if section else ""


def _known(*addresses: str) -> list[str]:
    return [address for address in dict.fromkeys(addresses) if address]
