"""Problem tickets and the contact log: opened, answered, closed; each under a name (P4.1.2, P4.1.4)."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.find import by_number, of_another_system
from hotline.db import locked, numbered
from hotline.directory.service import known
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.outbox.store import OutboxMessage
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit
from hotline.tickets import rules
from hotline.tickets.rules import LONGEST, About, TicketState
from hotline.tickets.store import ContactNote, ProblemRow, listed


class NoTicket(HotlineError, code="no-ticket"):
    """No ticket has this number."""

    number: int


class NoSubject(HotlineError, code="no-subject", varies_by="about"):
    """A problem with nothing that is there."""

    about: About
    subject: str


@dataclass(frozen=True, slots=True)
class ProblemReport:
    """A problem with a case or a message, and the agency whose liaison can help."""

    agency: str
    about: About
    subject: str
    problem: str


def open_ticket(session: Session, problem: ProblemReport, *, at: datetime, by: str) -> ProblemRow:
    """Ask a liaison for help. Raises UnfitText, NotPermitted, Unknown, NoSubject."""
    problem = replace(problem, problem=fit("problem", problem.problem, LONGEST))
    permitted(session, by, Action.TICKET_OPEN, at, problem.agency)
    known(session, "agency", problem.agency, at)
    require_subject(session, problem.about, problem.subject)
    row = numbered(session, ProblemRow(**asdict(problem), state=TicketState.OPEN, opened_at=at, opened_by=by))
    about = f"{row.about}:{row.subject}"
    after = {"agency": row.agency, "about": about, "problem": row.problem, "state": row.state}
    audit(session, at, by, Action.TICKET_OPEN, f"ticket:{row.id}", after=after)
    return row


def answer(session: Session, number: int, text: str, *, at: datetime, by: str) -> ProblemRow:
    """Record the liaison's answer. Raises UnfitText, NoTicket, NotPermitted, TicketNotNow."""
    row, said = ticket(session, number), fit("text", text, LONGEST)
    permitted(session, by, Action.TICKET_ANSWER, at, row.agency)
    before, row.state = {"state": row.state}, rules.answered(row.id, TicketState(row.state))
    row.answer, row.answered_at, row.answered_by = said, at, by
    after = {"state": row.state, "answer": said}
    audit(session, at, by, Action.TICKET_ANSWER, f"ticket:{row.id}", before=before, after=after)
    return row


def close(session: Session, number: int, *, at: datetime, by: str) -> ProblemRow:
    """Close a ticket whose problem is gone. Raises NoTicket, NotPermitted, TicketNotNow."""
    row = ticket(session, number)
    permitted(session, by, Action.TICKET_CLOSE, at, row.agency)
    before, row.state = {"state": row.state}, rules.closed(row.id, TicketState(row.state))
    row.closed_at, row.closed_by = at, by
    after = {"state": row.state}
    audit(session, at, by, Action.TICKET_CLOSE, f"ticket:{row.id}", before=before, after=after)
    return row


def ticket(session: Session, number: int) -> ProblemRow:
    """A ticket, locked until the end of the transaction. Raises NoTicket."""
    return existing(locked(session, ProblemRow, number), NoTicket(number))


def tickets(session: Session, *, agency: str = "", with_closed: bool = False) -> list[ProblemRow]:
    """Tickets, the oldest first; of an agency, or of all."""
    which = [ProblemRow.agency == agency] if agency else []
    return listed(session, ProblemRow, *which, with_closed=with_closed)


def note(session: Session, agency: str, text: str, *, at: datetime, by: str) -> ContactNote:
    """Write down other contact with an agency. Raises UnfitText, NotPermitted, Unknown."""
    said = fit("text", text, LONGEST)
    permitted(session, by, Action.CONTACT_NOTE, at, agency)
    known(session, "agency", agency, at)
    row = numbered(session, ContactNote(agency=agency, at=at, by=by, text=said))
    audit(session, at, by, Action.CONTACT_NOTE, f"contact:{row.id}", after={"agency": agency, "text": said})
    return row


def notes(session: Session, *, agency: str = "", last: int | None = None) -> list[ContactNote]:
    """The contact log, the latest first; of an agency, or of all."""
    chosen = select(ContactNote).order_by(ContactNote.at.desc(), ContactNote.id.desc()).limit(last)
    if agency:
        chosen = chosen.where(ContactNote.agency == agency)
    return list(session.scalars(chosen))


def require_subject(session: Session, about: About, subject: str) -> None:
    """Require a case, by its number here or in the petition system, or a message. Raises NoSubject."""
    match about:
        case About.CASE:
            is_there = (
                by_number(session, subject) is not None or of_another_system(session, subject) is not None
            )
        case About.NOTICE:
            number = int(subject) if subject.isdecimal() and len(subject) < 10 else 0
            is_there = session.get(OutboxMessage, number) is not None
    if not is_there:
        raise NoSubject(about, subject)
