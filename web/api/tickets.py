"""Problems with cases and messages, contact with agencies, telephone faults (P4.1.2, P4.1.4, P11)."""

from datetime import datetime

from pydantic import Field

from hotline.permissions import CITY_WIDE, Action
from hotline.staff.service import NotPermitted
from hotline.tickets import faults, service
from hotline.tickets.rules import About, FaultKind
from hotline.tickets.service import ProblemReport
from web.api import gate, rows
from web.api.gate import ANY_KEY, Answer, Room
from web.api.models import Code, Long, Name, NumberedRow, NumberPath, Page, PageQuery, RequestModel, SomeCode

room = Room("tickets", "Problem tickets, contact with agencies, faults of the telephones")


class TicketRecord(NumberedRow):
    """Fields that every ticket has."""

    state: str
    opened_at: datetime
    opened_by: str
    answer: str
    answered_at: datetime | None
    answered_by: str
    closed_at: datetime | None
    closed_by: str


class ProblemRecord(TicketRecord):
    """A liaison is asked for help with a case or a message that did not arrive (P4.1.2)."""

    agency: str
    about: str
    subject: str
    problem: str


class ProblemBody(RequestModel):
    """Problem to report: of what, and which agency's liaison can help."""

    agency: Code
    about: About
    subject: Name = Field(description="number of the case, or of the message")
    problem: Long = Field(min_length=1)


class FaultRecord(TicketRecord):
    """A fault of the telephones (P11)."""

    kind: str
    queue: str = Field(description="role that mends it")
    agency: str
    fault: str
    recovered_at: datetime | None = Field(description="a health check found that it works again")


class FaultBody(RequestModel):
    """Fault to report: what fails, and where it shows."""

    kind: FaultKind
    agency: SomeCode = ""
    fault: Long = Field(min_length=1)


class ContactRecord(NumberedRow):
    """Other contact with an agency (P4.1.4)."""

    agency: str
    at: datetime
    by: str
    text: str


class ContactBody(RequestModel):
    """Contact with an agency, and its subject."""

    agency: Code
    text: Long = Field(min_length=1)


class TicketText(RequestModel):
    """The answer."""

    text: Long = Field(min_length=1)


class MendBody(TicketText):
    """Work on a fault, or how it was mended."""

    mended: bool


class TicketQuery(PageQuery):
    """Choice of tickets."""

    closed: bool = Field(False, description="closed ones as well")


class ContactQuery(PageQuery):
    """Choice of contact."""

    agency: SomeCode = ""


@room.read("/tickets", ANY_KEY, Page[ProblemRecord])
def listed_tickets(query: TicketQuery) -> Answer:
    """Problem tickets, the oldest first; for roles of an agency, that agency's."""
    mine = _mine()
    found = [] if mine == "" else service.tickets(gate.session(), agency=mine or "", with_closed=query.closed)
    return rows.page(found, query, ProblemRecord)


@room.do("/tickets", Action.TICKET_OPEN, ProblemRecord, 201)
def open_ticket(body: ProblemBody) -> Answer:
    """Ask a liaison for help."""
    told = ProblemReport(body.agency, body.about, body.subject.strip(), body.problem)
    row = service.open_ticket(gate.session(), told, **gate.stamp())
    return rows.made(row, ProblemRecord, "tickets.ticket")


@room.read("/tickets/<int:number>", ANY_KEY, ProblemRecord)
def ticket(path: NumberPath) -> Answer:
    """A problem ticket, and its answer."""
    row = service.ticket(gate.session(), path.number)
    if _mine() not in (None, row.agency):
        raise NotPermitted(gate.me().login, Action.TICKET_ANSWER, row.agency)
    return rows.told(row, ProblemRecord)


@room.do("/tickets/<int:number>/answer", Action.TICKET_ANSWER, ProblemRecord)
def answer_ticket(path: NumberPath, body: TicketText) -> Answer:
    """Answer a problem for the agency."""
    row = service.answer(gate.session(), path.number, body.text, **gate.stamp())
    return rows.told(row, ProblemRecord)


@room.do("/tickets/<int:number>/close", Action.TICKET_CLOSE, ProblemRecord)
def close_ticket(path: NumberPath) -> Answer:
    """Close a problem that is gone."""
    return rows.told(service.close(gate.session(), path.number, **gate.stamp()), ProblemRecord)


def _mine() -> str | None:
    """The agency whose tickets the login sees; None = all, for who acts for the city."""
    member = gate.me()
    return None if member.roles & CITY_WIDE else member.agency


@room.read("/contacts", ANY_KEY, Page[ContactRecord])
def contacts(query: ContactQuery) -> Answer:
    """The contact log, the latest first; for roles of an agency, that agency's."""
    mine = _mine()
    found = [] if mine == "" else service.notes(gate.session(), agency=mine or query.agency)
    return rows.page(found, query, ContactRecord)


@room.do("/contacts", Action.CONTACT_NOTE, ContactRecord, 201)
def note_contact(body: ContactBody) -> Answer:
    """Write down contact with an agency."""
    return rows.made(service.note(gate.session(), body.agency, body.text, **gate.stamp()), ContactRecord)


@room.read("/faults", ANY_KEY, Page[FaultRecord])
def listed_faults(query: TicketQuery) -> Answer:
    """Faults of the telephones, the oldest first."""
    return rows.page(faults.faults(gate.session(), with_closed=query.closed), query, FaultRecord)


@room.do("/faults", Action.FAULT_REPORT, FaultRecord, 201)
def report_fault(body: FaultBody) -> Answer:
    """Report a fault; its kind decides who mends it."""
    row = faults.report(gate.session(), body.kind, body.agency, body.fault, **gate.stamp())
    return rows.made(row, FaultRecord, "tickets.fault")


@room.read("/faults/<int:number>", ANY_KEY, FaultRecord)
def fault(path: NumberPath) -> Answer:
    """A fault, and what is done about it."""
    return rows.told(faults.fault(gate.session(), path.number), FaultRecord)


@room.do("/faults/<int:number>/mend", Action.FAULT_MEND, FaultRecord)
def mend_fault(path: NumberPath, body: MendBody) -> Answer:
    """Tell what is being done about a fault, or how it was mended."""
    step = faults.close if body.mended else faults.answer
    return rows.told(step(gate.session(), path.number, body.text, **gate.stamp()), FaultRecord)
