"""Drafts of cases: saved as they are typed, examined and filed.

Who writes one is told the petitioner's name and contact; each time stays on record.
"""

from datetime import datetime
from typing import Annotated

from flask import url_for
from pydantic import BaseModel, Field

from control.call_ownership import refuse_others
from hotline.cases import drafts
from hotline.cases.drafts import DraftFields
from hotline.cases.examining import Examination
from hotline.cases.rules import CaseKind
from hotline.cases.store import Case
from hotline.cases.words import LONG, PetitionSubtype, ReplyWay
from hotline.ledger import looks
from hotline.ledger.looks import IN_HAND, Reading
from hotline.outbound_calls.gate import Touches
from hotline.permissions import Action
from web.api import gate, models
from web.api.cases import CaseStory, story, version
from web.api.gate import Answer, Room

room = Room("case_drafts", "Cases before they are filed")


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


@room.act("/case-drafts", Action.CASE_FILE, DraftRecord, 201)
def begin_draft(body: NewDraft) -> Answer:
    """Begin a draft, of a call of one's own, if named; what it lacks may follow."""
    if body.call_id:
        refuse_others(gate.factory(), gate.house().pbx, body.call_id, **gate.stamp())
    with gate.write_session() as session:
        row = gate.house().case_filing.draft(session, _fields(body), **gate.stamp(), call_id=body.call_id)
        answer = _drafted(row)
        there = url_for("case_drafts.draft", number=row.id)
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
    told = story(row, _whole(row, f"case:{row.number}"))
    return Answer(told, 201, version(row), there)


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
    return Answer(told, version=version(row))


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


def _whole(row: Case, subject: str) -> Reading | None:
    """The reading of who writes or files it, where there is anything to read."""
    is_personal = row.name or row.phone or row.email or row.letter_to
    return gate.look(subject, IN_HAND, "petitioner") if is_personal else None
