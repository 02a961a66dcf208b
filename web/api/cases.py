"""Cases: drafts that are saved as they are typed, examined and filed; filed ones found, read and cancelled.

A petitioner's name and contact are masked; they are told to whoever writes the draft, and to others for
a reason; each time stays on record.
"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final

from flask import url_for
from pydantic import BaseModel, Field

from control.call_ownership import refuse_others
from hotline.cases import deadlines, drafts, find
from hotline.cases.cancelling import CancelResult
from hotline.cases.drafts import DraftFields
from hotline.cases.examining import Examination
from hotline.cases.find import Search
from hotline.cases.moving import NoSuchCase, acts_for
from hotline.cases.rules import CaseKind, CaseState
from hotline.cases.store import Case
from hotline.cases.words import LONG, CancelGround, PetitionSubtype, ReplyWay
from hotline.errors import existing
from hotline.ledger import looks
from hotline.ledger.looks import IN_HAND, Reading
from hotline.ledger.pseudonyms import CITIZEN
from hotline.outbound_calls.gate import Touches
from hotline.permissions import Action
from web.api import gate, models
from web.api.gate import Answer, Room

room = Room("cases", "Petitions, notify and quick cases (P5.2 to P5.4)")
MOST: Final = 50
"""Cases of a telephone that are told."""


class DraftSays(models.RequestModel):
    """Fields of a draft; everything may be missing yet."""

    kind: CaseKind | None = Field(
        None, description="notify, where it must be acted on at once; else the category's"
    )
    category: models.SomeCode = ""
    subtype: PetitionSubtype | None = Field(None, description="of a petition (P3.3)")
    matter: Annotated[str, Field(max_length=LONG)] = Field("", description="in the citizen's words")
    agency: models.SomeCode = Field("", description="the competent one, where no category says so")
    place: models.Text = Field("", description="address, crossing, landmark or point")
    district: models.Short = ""
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    name: models.Short = Field("", description="empty = unnamed")
    phone: models.Short = ""
    email: models.Text = ""
    letter_to: models.Text = ""
    reply_way: ReplyWay = ReplyWay.NONE
    is_safety: bool | None = Field(
        None, description="public safety or resources; null = as the category says"
    )
    touches: Touches | None = Field(None, description="of a particular person (P8.2); null = nobody's")
    verification: int | None = Field(None, ge=1, le=2**31 - 1, description="the check of the petitioner")
    language: models.Language | None = None


class NewDraft(DraftSays):
    """The same of a draft that begins; of a call, if named."""

    call_id: models.Short = ""


class DraftRecord(BaseModel):
    """A draft; it has no case number yet."""

    number: int
    version: int
    kind: str = Field(description="what it would become by its category")
    state: str
    category: str
    subtype: str
    matter: str
    agency: str
    section: str
    place: str
    place_key: str = Field(
        description="the place in the form in which it is compared; empty = not understood"
    )
    district: str
    latitude: float | None
    longitude: float | None
    name: str = Field(description="masked, but where it is read by its own address, on record")
    phone: str = Field(description="under the same rule")
    email: str = Field(description="under the same rule; else empty")
    letter_to: str = Field(description="under the same rule; else empty")
    reply_way: str
    is_safety: bool
    touches: str
    call_id: str
    drafted_at: datetime
    drafted_by: str


class OpenCase(BaseModel):
    """An open case that may be the same matter."""

    number: str
    category: str
    place: str
    agency: str
    state: str
    due_at: datetime | None


class ExaminationRecord(BaseModel):
    """What stands between a draft and its number, in the order of P5.0-c."""

    first: str = Field(description="what is to be settled first; empty = it may be filed")
    missing: list[str]
    gate: str = Field(description="check of the petitioner (P8.2)")
    own_open: list[OpenCase] = Field(description="of this caller (P7.2)")
    same_place: list[OpenCase] = Field(description="of others at this place and of this category")
    is_blocked: bool = Field(description="found unfounded three times, with the agency's letter (P5.4.10)")
    must_be_named: bool = Field(description="unnamed; a petition may be offered (P5.4.11)")
    kind: str
    ground: str = Field(description="why a quick category makes a petition; empty = it does not")


class FileBody(models.RequestModel):
    """What the agent decided."""

    attach_to: models.CaseNumber | None = Field(
        None, description="another citizen's open case of the same matter"
    )
    is_another: bool = Field(False, description="a matter of its own, whatever is open")
    as_petition: bool = Field(False, description="the unnamed caller agreed to a petition")
    phoned_at: models.Instant | None = Field(
        None, description="the true time, of what is entered after an outage"
    )


class NotifyCaseBody(models.RequestModel):
    """The call by which the agency is told first."""

    placed_call: int = Field(ge=1, le=2**31 - 1)


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


@room.act("/case-drafts", Action.CASE_FILE, DraftRecord, 201)
def begin_draft(body: NewDraft) -> Answer:
    """Begin a draft, of a call of one's own, if named; what it lacks may follow."""
    if body.call_id:
        refuse_others(gate.factory(), gate.house().pbx, body.call_id, **gate.stamp())
    with gate.write_session() as session:
        row = gate.house().case_filing.draft(session, _fields(body), **gate.stamp(), call_id=body.call_id)
        answer = _drafted(row)
        there = url_for("cases.draft", number=row.id)
        return Answer(answer.body, 201, answer.version, {"Location": there})


@room.read("/case-drafts/<int:number>", Action.CASE_FILE, DraftRecord, writes=True)
def draft(path: models.NumberPath) -> Answer:
    """A draft of the login's own."""
    row = _mine(path.number)
    return _drafted(row, _whole(row, f"case-draft:{row.id}"))


@room.edit("/case-drafts/<int:number>", Action.CASE_FILE, DraftRecord)
def save_draft(path: models.NumberPath, body: DraftSays) -> Answer:
    """Save a draft as it is now."""
    _mine(path.number)
    version = gate.expected()
    row = gate.house().case_filing.save(
        gate.session(), path.number, _fields(body), **gate.stamp(), version=version
    )
    return _drafted(row)


@room.read("/case-drafts/<int:number>/examination", Action.CASE_FILE, ExaminationRecord)
def examination(path: models.NumberPath) -> Answer:
    """What must be decided before it is filed."""
    session = gate.session()
    return Answer(_examined(gate.house().case_filing.examine(session, _mine(path.number), gate.now())))


@room.do("/case-drafts/<int:number>/notify", Action.CASE_FILE, DraftRecord)
def notify_draft(path: models.NumberPath, body: NotifyCaseBody) -> Answer:
    """Say by which placed call the agency is told first (P5.3-a)."""
    _mine(path.number)
    session = gate.session()
    return _drafted(gate.house().case_filing.notify(session, path.number, body.placed_call, **gate.stamp()))


@room.do("/case-drafts/<int:number>/file", Action.CASE_FILE, CaseStory, 201)
def file_draft(path: models.NumberPath, body: FileBody) -> Answer:
    """File a draft; of a petitioner who was not confirmed it stays a refusal, without a number."""
    _mine(path.number)
    session = gate.session()
    row = gate.house().case_filing.file(
        session,
        path.number,
        **gate.stamp(),
        attach_to=body.attach_to or "",
        is_another=body.is_another,
        as_petition=body.as_petition,
        phoned_at=body.phoned_at,
    )
    there = {"Location": url_for("cases.case", number=row.number)} if row.number else {}
    told = _told(row, _whole(row, f"case:{row.number}"))
    return Answer(told, 201, _version(row), there)


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


def _fields(body: DraftSays) -> DraftFields:
    said = body.model_dump(include=set(DraftFields.__dataclass_fields__))
    return DraftFields(
        **{**said, "subtype": body.subtype or "", "language": body.language or ""},
        verification_id=body.verification,
    )


def _mine(number: int) -> Case:
    """A draft of the login's own. Raises NoSuchDraft."""
    return drafts.own(gate.session(), number, gate.me().login)


def _drafted(row: Case, reading: Reading | None = None) -> Answer:
    """A draft as it stands."""
    told = models.filled(
        DraftRecord,
        row,
        number=row.id,
        name=looks.name(row.name, reading),
        phone=looks.number(row.phone, reading),
        email=row.email if reading else "",
        letter_to=row.letter_to if reading else "",
    )
    return Answer(told, version=_version(row))


def _version(row: Case) -> str:
    return f"{row.version}.{row.id}"


def _examined(seen: Examination) -> ExaminationRecord:
    return ExaminationRecord(
        first=seen.first,
        missing=list(seen.missing),
        gate=seen.gate,
        own_open=[_open(one) for one in seen.own_open],
        same_place=[_open(one) for one in seen.same_place],
        is_blocked=seen.is_blocked,
        must_be_named=seen.must_be_named,
        kind=seen.kind,
        ground=seen.ground or "",
    )


def _open(row: Case) -> OpenCase:
    return models.filled(OpenCase, row)


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


def _whole(row: Case, subject: str) -> Reading | None:
    """The reading of who writes or files it, where there is anything to read."""
    is_personal = row.name or row.phone or row.email or row.letter_to
    return gate.look(subject, IN_HAND, "petitioner") if is_personal else None


def _look(row: Case, reason: str) -> Reading:
    return gate.look(f"case:{row.number or row.id}", reason, "petitioner")


def _answered(row: Case, reading: Reading | None = None) -> Answer:
    return Answer(_told(row, reading), version=_version(row))


def _told(row: Case, reading: Reading | None) -> CaseStory:
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
