"""Cases that are filed: found, read and cancelled.

A petitioner's name and contact are masked; they are told for a reason, which stays on record.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field

from hotline.cases import deadlines, find
from hotline.cases.cancelling import CancelResult
from hotline.cases.find import Search
from hotline.cases.moving import NoSuchCase, acts_for
from hotline.cases.rules import CaseKind, CaseState
from hotline.cases.store import Case
from hotline.cases.words import CancelGround
from hotline.errors import existing
from hotline.ledger import looks
from hotline.ledger.looks import Reading
from hotline.ledger.pseudonyms import CITIZEN
from hotline.permissions import Action
from web.api import gate, models
from web.api.gate import Answer, Room

room = Room("cases", "Petitions, notify and quick cases (P5.2 to P5.4)")
MOST: Final = 50
"""Cases of a telephone that are told."""


class CaseListed(models.RowModel):
    """A filed case; nothing of its petitioner."""

    number: str | None = Field(description="null = not filed: the petitioner was not confirmed (P8.2)")
    kind: str
    category: str
    state: str
    agency: str
    section: str
    place: str
    district: str
    filed_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None


class EventRecord(models.RowModel):
    """What happened to a case."""

    at: datetime
    by: str
    kind: str
    before: str
    after: str
    reason: str


class DeadlineRecord(models.RowModel):
    """A deadline as it was computed; one that another replaced has ended."""

    kind: str
    clause: str
    begins_at: datetime
    due_at: datetime
    set_at: datetime
    ended_at: datetime | None
    counted: list[str] = Field(
        description="how it was counted, line by line; the last is the time that holds"
    )


class CaseStory(CaseListed):
    """A case, its history and its deadlines."""

    lead: str = Field(description="the case that this report is attached to; empty = none")
    subtype: str
    petition_ground: str
    matter: str
    name: str = Field(description="the petitioner's, masked unless a reason was given")
    phone: str = Field(description="under the same rule")
    has_email: bool
    reply_way: str
    is_safety: bool
    notified_at: datetime | None
    notified_person: str
    not_reached: bool
    entered_late: bool
    result: str
    events: list[EventRecord]
    deadlines: list[DeadlineRecord]
    reports: list[str] = Field(description="numbers of the reports attached to it")
    photos: list[int]


class CaseQuery(models.RequestModel):
    """Cases that are wanted; what is empty is not asked for."""

    place: models.Text = Field(
        "", description="words of it in any order: district, road, landmark, house number (whole)"
    )
    category: models.SomeCode = ""
    agency: models.SomeCode = ""
    state: CaseState | None = None
    kind: CaseKind | None = None
    since: models.Instant | None = None
    until: models.Instant | None = None
    before: int | None = Field(None, ge=1, le=2**31 - 1, description="as the answer before said")
    size: int = Field(50, ge=1, le=500)


class CasesFound(BaseModel):
    """Some of the cases, the latest first."""

    items: list[CaseListed]
    before: int | None = Field(description="to be asked for next; null = there are no more")


class CasesOfPhone(models.RequestModel):
    """Petitioner whose cases are looked up, and why."""

    phone: models.Name = Field(description="a telephone, its last four digits, or a whole name")
    reason: models.Text = Field(min_length=1)


class CancelBody(models.RequestModel):
    """Why a report is cancelled, and how the agent verified who asks."""

    ground: CancelGround
    reason: models.Text = Field(min_length=1)


class CancelRecord(BaseModel):
    """What came of the wish to cancel."""

    result: CancelResult


@room.read("/cases", Action.CASE_READ, CasesFound)
def cases(query: CaseQuery) -> Answer:
    """Filed cases, the latest first; for roles of an agency, that agency's."""
    wanted = Search(
        place=query.place,
        category=query.category,
        agency=gate.scope(Action.CASE_READ) or query.agency,
        states=(query.state,) if query.state else (),
        kind=query.kind,
        since=query.since,
        until=query.until,
    )
    gate.allow(Action.CASE_READ, query.agency)
    return _found(wanted, query.before, query.size)


@room.do("/cases/of-phone", Action.CASE_READ, CasesFound)
def of_phone(body: CasesOfPhone) -> Answer:
    """The cases of a telephone, or of a name; the reason stays on record."""
    wanted = find.of_petitioner(body.phone)
    answer = _found(replace(wanted, agency=gate.scope(Action.CASE_READ)), None, MOST)
    told = answer.body.items if isinstance(answer.body, CasesFound) else []
    for subject in [f"case:{one.number}" for one in told] or [f"{CITIZEN}:{wanted.phone or wanted.name}"]:
        gate.look(subject, body.reason, "phone" if wanted.phone else "name")
    return answer


@room.read("/cases/<number>", Action.CASE_READ, CaseStory, writes=True)
def case(path: models.CasePath, query: models.LookQuery) -> Answer:
    """A case, its history and its deadlines."""
    row = _seen(path.number)
    return _answered(row, _look(row, query.reason) if query.reason.strip() else None)


@room.do("/cases/<number>/cancel", Action.CASE_CANCEL, CancelRecord)
def cancel(path: models.CasePath, body: CancelBody) -> Answer:
    """Cancel a report for whoever left the telephone, whom the agent has verified (P8.1)."""
    _seen(path.number)
    session = gate.session()
    came = gate.house().cancelling.by_agent(session, path.number, body.ground, body.reason, **gate.stamp())
    return Answer(CancelRecord(result=came))


@room.do("/cases/<number>/take-back", Action.CASE_CANCEL, CaseStory)
def take_back(path: models.CasePath, body: models.Reason) -> Answer:
    """Take a cancelling back within a day: the case stands where it stood."""
    _seen(path.number)
    row = gate.house().cancelling.take_back(gate.session(), path.number, body.reason, **gate.stamp())
    return _answered(row)


def version(row: Case) -> str:
    """The version of a case, which an edit of it names."""
    return f"{row.version}.{row.id}"


def _found(wanted: Search, before: int | None, size: int) -> Answer:
    page = find.search(gate.session(), wanted, before=before, most=size)
    items = [CaseListed.model_validate(row) for row in page.rows]
    return Answer(CasesFound(items=items, before=page.after[1] if page.after else None))


def _seen(number: str) -> Case:
    """One that the login may see. Raises NoSuchCase, NotPermitted."""
    row = existing(find.by_number(gate.session(), number), NoSuchCase(number))
    if not acts_for(gate.session(), row, gate.me().login, Action.CASE_READ, gate.now()):
        gate.allow(Action.CASE_READ, row.agency)
    return row


def _look(row: Case, reason: str) -> Reading:
    return gate.look(f"case:{row.number or row.id}", reason, "petitioner")


def _answered(row: Case, reading: Reading | None = None) -> Answer:
    return Answer(story(row, reading), version=version(row))


def story(row: Case, reading: Reading | None) -> CaseStory:
    """A case, its history and its deadlines; its petitioner whole to a reading on record."""
    record = find.whole(gate.session(), row)
    why = deadlines.why(gate.session(), record.lead or row, gate.house().worktime)
    return models.filled(
        CaseStory,
        row,
        lead=(record.lead.number or "") if record.lead else "",
        name=looks.name(row.name, reading),
        phone=looks.number(row.phone, reading),
        has_email=bool(row.email),
        events=[EventRecord.model_validate(one) for one in record.events],
        deadlines=[
            models.filled(DeadlineRecord, one, counted=list(explained.lines))
            for one, explained in zip(record.deadlines, why, strict=True)
        ],
        reports=[one.number or "" for one in record.reports],
        photos=list(record.photos),
    )
