"""Special list (P7.3): callers whose calls end after three guidances; numbers masked, whole for a reason."""

from datetime import date

from pydantic import Field

from calls.store import refuse_unknown
from hotline.ledger import looks
from hotline.ledger.looks import Reading
from hotline.permissions import Action
from hotline.special_callers import service
from hotline.special_callers.rules import EntryState, ListedCaller, standing
from web.api import gate, rows
from web.api.gate import Answer, Room
from web.api.models import LookQuery, Name, NumberPath, Page, PageQuery, Reason, RequestModel, RowModel, Text

room = Room("special_callers", "The special list: callers whose calls end after three guidances")


class ApprovalRecord(RowModel):
    """Whose approval it is, by which document, until which review."""

    approver: str
    level: str
    approved_on: date
    document: str
    review_on: date


class SpecialRecord(RowModel):
    """An entry of the special list."""

    number: int = Field(validation_alias="id")
    citizens: list[str] = Field(validation_alias="numbers", description="telephone numbers, masked")
    reason: str
    evidence: list[str] = Field(description="calls that show it")
    state: EntryState
    standing: str = Field("", description="whether it works, or why not")
    proposed_by: str
    approval: ApprovalRecord | None


class ProposalBody(RequestModel):
    """A caller, and what shows that they belong on the list."""

    numbers: list[Name] = Field(min_length=1, max_length=20)
    evidence: list[Name] = Field(min_length=1, max_length=50, description="calls that show it")
    reason: Text = Field(min_length=1)


@room.read("/special", Action.SPECIAL_READ, Page[SpecialRecord])
def listed(query: PageQuery) -> Answer:
    """List every entry there ever was, in its order."""
    return rows.some(service.entries(gate.session()), query, _entry, SpecialRecord)


@room.do("/special", Action.SPECIAL_PROPOSE, SpecialRecord, 201)
def propose(body: ProposalBody) -> Answer:
    """Propose a caller; nothing changes for their calls until an approver says so on the pages."""
    session = gate.session()
    refuse_unknown(session, body.evidence)
    number = service.propose(session, body.numbers, body.reason.strip(), body.evidence, **gate.stamp())
    return Answer(_entry(service.entry_of(session, number)), 201)


@room.read("/special/<int:number>", Action.SPECIAL_READ, SpecialRecord, writes=True)
def entry(path: NumberPath, query: LookQuery) -> Answer:
    """An entry; with a reason, which is kept, its numbers are told whole."""
    found, reading = service.entry_of(gate.session(), path.number), None
    if query.reason.strip():
        reading = gate.look(f"special:{path.number}", query.reason, "numbers")
    return Answer(_entry(found, reading))


@room.do("/special/<int:number>/refuse", Action.SPECIAL_REFUSE, SpecialRecord)
def refuse(path: NumberPath, body: Reason) -> Answer:
    """Leave a proposal without approval."""
    service.refuse(gate.session(), path.number, body.reason.strip(), **gate.stamp())
    return _now(path.number)


@room.do("/special/<int:number>/remove", Action.SPECIAL_REMOVE, SpecialRecord)
def remove(path: NumberPath, body: Reason) -> Answer:
    """Take an entry off the list; it stays readable."""
    service.remove(gate.session(), path.number, body.reason.strip(), **gate.stamp())
    return _now(path.number)


def _now(number: int) -> Answer:
    gate.session().flush()
    return Answer(_entry(service.entry_of(gate.session(), number)))


def _entry(entry: ListedCaller, reading: Reading | None = None) -> SpecialRecord:
    told = SpecialRecord.model_validate(entry)
    told.citizens = [looks.number(one, reading) for one in entry.numbers]
    told.standing = standing(entry, gate.today())
    return told
