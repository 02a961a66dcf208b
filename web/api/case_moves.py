"""Work on cases: the inbox, every move of the tables, the reply and whose it is, photographs, letters."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from hotline.cases import false_reports, find, inbox
from hotline.cases.inbox import Pile
from hotline.cases.late_analysis import analyse
from hotline.cases.moving import NoSuchCase, acts_for, joint_agencies
from hotline.cases.offers import offers
from hotline.cases.photographs import UnfitPhoto, clean
from hotline.cases.rules import Move
from hotline.cases.said import MoveSays
from hotline.cases.sealed_photographs import image_of
from hotline.cases.store import Case, CasePhoto, ViolationLetter
from hotline.cases.words import LONG
from hotline.cases.work import NoSuchPhoto
from hotline.directory.offices import offices
from hotline.errors import existing
from hotline.ledger.looks import IN_HAND
from hotline.permissions import ANY_OTHER, Action
from web.api import gate, models
from web.api.gate import Answer, Room

room = Room("case_moves", "Work on cases (P5.2 to P5.4): the inbox, moves, replies, photographs")
LARGEST = 12 * 1024 * 1024
"""Bytes of a request with a photograph in base64."""
Long = Annotated[str, Field(max_length=LONG)]


class CasePhotoPath(models.CasePath):
    photo: int = Field(ge=1, le=2**31 - 1)


class LetterPath(models.RequestModel):
    number: int = Field(ge=1, le=2**31 - 1)


class InboxQuery(models.PageQuery):
    """Pile that is asked for."""

    pile: Pile = Pile.OPEN
    own: bool = Field(False, description="only what the login works on")


class InboxCase(models.RowModel):
    """A case that waits; nothing of its petitioner."""

    number: str
    kind: str
    state: str
    stage: int
    category: str
    agency: str
    section: str
    district: str
    place: str
    filed_at: datetime | None
    due_at: datetime | None
    sign_due_at: datetime | None
    track_due_at: datetime | None
    overdue_at: datetime | None
    officer: str
    reply_owner: str
    version: int


class Inbox(BaseModel):
    """A pile, and how many cases lie on each that the login has."""

    counts: dict[Pile, int]
    items: list[InboxCase]
    page: int
    size: int
    total: int


class OfferedMove(BaseModel):
    """A move that may follow, and what it needs."""

    move: Move
    clause: str
    needs: list[str] = Field(description="fields of a move without which it is refused")


class Offered(BaseModel):
    """The moves that the login may perform now."""

    number: str
    state: str
    version: int
    moves: list[OfferedMove]


class MoveBody(MoveSays):
    """A move with all that it carries; what it does not need may be left out."""

    move: Move


class MovedCase(InboxCase):
    """A case as it stands after what was done."""

    result: str
    done_at: datetime | None
    replied_at: datetime | None
    closed_at: datetime | None


class NoteBody(models.RequestModel):
    """A note for colleagues."""

    note: Long = Field(min_length=1)


class PhoneRecordBody(models.RequestModel):
    """What was said to the petitioner on the telephone."""

    note: Long = Field(min_length=1)
    called_at: models.Instant


class PetitionerRecord(BaseModel):
    """Whom to answer, and how."""

    name: str
    phone: str
    email: str
    letter_to: str
    reply_way: str


class AnalysisBody(models.RequestModel):
    """Why a case was late, and what is done about it."""

    analysis: Long = Field(min_length=1)
    version: int | None = Field(None, ge=1)


class PhotoBody(models.RequestModel):
    """A photograph."""

    image: str = Field(description="JPEG, PNG or WebP in base64; kept as JPEG without the camera's data")


class PhotoRecord(models.NumberedRow):
    """A photograph that is kept."""

    at: datetime
    by: str
    sha256: str
    is_released: bool


class PhotoImage(PhotoRecord):
    """A photograph with its picture."""

    picture: str = Field(description="JPEG in base64")


class ReleaseBody(models.RequestModel):
    """Whether the petitioner may see a photograph."""

    released: bool


class LetterBody(models.RequestModel):
    """An agency's letter about the matter and place of a case."""

    case: models.CaseNumber
    signed_by: models.Name
    reason: Long = Field(min_length=1)
    ends_at: models.Instant | None = None


class LetterRecord(models.NumberedRow):
    """A letter that is registered."""

    category: str
    place: str = Field(validation_alias="place_key")
    agency: str
    signed_by: str
    reason: str
    registered_at: datetime
    registered_by: str
    ends_at: datetime | None
    lifted_at: datetime | None
    lifted_by: str


class OfficeRecord(BaseModel):
    """An office of an agency."""

    agency: str
    role: str
    holder: str = Field(description="empty = vacant")
    since: datetime | None
    deputies: list[str]
    gaps: list[str]


class OfficeList(BaseModel):
    """The offices of agencies."""

    items: list[OfficeRecord]


@room.read("/inbox", Action.CASE_INBOX, Inbox)
def listed_inbox(query: InboxQuery) -> Answer:
    """A pile of what waits for the login, the most urgent first; for roles of an agency, that agency's."""
    session, member, at = gate.session(), gate.me(), gate.now()
    found = inbox.page(session, query.pile, member, at, own=query.own, number=query.page, size=query.size)
    counts = inbox.counts(session, member, at, own=query.own)
    return Answer(
        Inbox(
            counts={one.pile: one.number for one in counts},
            items=[InboxCase.model_validate(row) for row in found.rows],
            page=query.page,
            size=query.size,
            total=found.total,
        )
    )


@room.read("/office-holders", Action.CASE_INBOX, OfficeList)
def listed_offices() -> Answer:
    """The offices of each agency with their gaps (P5.4.6); for roles of an agency, that agency's."""
    found = offices(gate.session(), gate.now(), gate.scope(Action.CASE_INBOX))
    items = [
        OfficeRecord(
            agency=one.agency,
            role=office.role,
            holder=office.holder,
            since=office.since,
            deputies=list(office.deputies),
            gaps=list(office.gaps),
        )
        for one in found
        for office in one.offices
    ]
    return Answer(OfficeList(items=items))


@room.read("/cases/<number>/moves", Action.CASE_READ, Offered)
def offered(path: models.CasePath) -> Answer:
    """The moves that may follow now, and what each needs."""
    session, row = gate.session(), _seen(path.number)
    standing = gate.house().case_work.moving.standing(session, row)
    joint = [one.agency for one in joint_agencies(session, row)]
    steps = [] if row.lead_id else offers(standing, gate.me(), row.agency, joint, gate.now())
    moves = [OfferedMove(move=one.move, clause=one.clause, needs=list(one.needs)) for one in steps]
    return Answer(Offered(number=path.number, state=row.state, version=row.version, moves=moves))


@room.do("/cases/<number>/moves", Action.CASE_READ, MovedCase)
def move(path: models.CasePath, body: MoveBody) -> Answer:
    """Perform a move of the tables: what its state, its words or its guards do not allow is refused."""
    _seen(path.number)
    work = gate.house().case_work
    return _moved(
        work.move(gate.session(), path.number, body.move, body.words, **gate.stamp(), version=body.version)
    )


@room.do("/cases/<number>/notes", Action.CASE_WORK, MovedCase, 201)
def note(path: models.CasePath, body: NoteBody) -> Answer:
    """Leave a note for colleagues."""
    return _moved(gate.house().case_work.note(gate.session(), path.number, body.note, **gate.stamp()), 201)


@room.do("/cases/<number>/contact", Action.CASE_WORK, PetitionerRecord)
def contact(path: models.CasePath) -> Answer:
    """Begin to answer the petitioner: one person a case is told the contact (P5.4.4)."""
    return _petitioner(gate.house().case_work.open_contact(gate.session(), path.number, **gate.stamp()))


@room.do("/cases/<number>/take-over", Action.CASE_WORK, PetitionerRecord)
def take_over(path: models.CasePath, body: models.Reason) -> Answer:
    """Answer the petitioner instead of another officer."""
    work = gate.house().case_work
    return _petitioner(work.take_over(gate.session(), path.number, body.reason, **gate.stamp()))


@room.do("/cases/<number>/phone-records", Action.CASE_WORK, MovedCase, 201)
def phone_record(path: models.CasePath, body: PhoneRecordBody) -> Answer:
    """Keep what was said on the telephone; a completed case is closed by it."""
    work = gate.house().case_work
    row = work.phone_record(gate.session(), path.number, body.note, body.called_at, **gate.stamp())
    return _moved(row, 201)


@room.do("/cases/<number>/analysis", Action.CASE_ANALYSE, MovedCase)
def analysis(path: models.CasePath, body: AnalysisBody) -> Answer:
    """Write why a case was late (P5.4.8)."""
    return _moved(analyse(gate.session(), path.number, body.analysis, **gate.stamp(), version=body.version))


@room.act("/cases/<number>/photos", Action.CASE_WORK, PhotoRecord, 201, largest=LARGEST)
def add_photo(path: models.CasePath, body: PhotoBody) -> Answer:
    """Keep a photograph."""
    with gate.read_session() as session:
        row = existing(find.by_number(session, path.number), NoSuchCase(path.number))
        if not acts_for(session, row, gate.me().login, Action.CASE_WORK, gate.now()):
            gate.allow(Action.CASE_WORK, row.agency or ANY_OTHER)
    try:
        image = clean(b64decode(body.image, validate=True))
    except NoBase64:
        raise UnfitPhoto("kind") from None
    with gate.write_session() as session:
        kept = gate.house().case_work.photo(session, path.number, image, **gate.stamp())
        return Answer(PhotoRecord.model_validate(kept), 201)


@room.read("/cases/<number>/photos/<int:photo>", Action.CASE_READ, PhotoImage)
def photo(path: CasePhotoPath) -> Answer:
    """A photograph of a case."""
    row = _seen(path.number)
    found = gate.session().get(CasePhoto, path.photo)
    kept = existing(found if found and found.case_id == row.id else None, NoSuchPhoto(path.photo))
    picture = b64encode(image_of(gate.session(), kept)).decode()
    return Answer(models.filled(PhotoImage, kept, number=kept.id, picture=picture))


@room.do("/cases/<number>/photos/<int:photo>/release", Action.CASE_WORK, PhotoRecord)
def release(path: CasePhotoPath, body: ReleaseBody) -> Answer:
    """Let the petitioner see a photograph, or no more."""
    _seen(path.number)
    work = gate.house().case_work
    kept = work.release_photo(gate.session(), path.photo, **gate.stamp(), is_released=body.released)
    return Answer(PhotoRecord.model_validate(kept))


@room.read("/case-letters", Action.CASE_INBOX, models.Page[LetterRecord])
def listed_letters(query: models.PageQuery) -> Answer:
    """Letters about places where nothing wrong is found (P5.4.10); for roles of an agency, that agency's."""
    agency = gate.scope(Action.CASE_INBOX)
    found, total = false_reports.registered(gate.session(), agency, query.page, query.size)
    items = [LetterRecord.model_validate(one) for one in found]
    page = models.Page[LetterRecord](items=items, page=query.page, size=query.size, total=total)
    return Answer(page)


@room.do("/case-letters", Action.CASE_DECIDE, LetterRecord, 201)
def register_letter(body: LetterBody) -> Answer:
    """Register a letter: the same matter at that place is a petition from then on."""
    return _letter(
        false_reports.register(
            gate.session(),
            body.case,
            signed_by=body.signed_by,
            reason=body.reason,
            limit=gate.house().case_work.moving.limits.false_limit,
            ends_at=body.ends_at,
            **gate.stamp(),
        ),
        201,
    )


@room.do("/case-letters/<int:number>/lift", Action.CASE_DECIDE, LetterRecord)
def lift_letter(path: LetterPath, body: models.Reason) -> Answer:
    """Lift a letter: the next report is a quick case again."""
    return _letter(false_reports.lift(gate.session(), path.number, body.reason, **gate.stamp()))


def _seen(number: str) -> Case:
    """One that the login may see. Raises NoSuchCase, NotPermitted."""
    row = existing(find.by_number(gate.session(), number), NoSuchCase(number))
    if not acts_for(gate.session(), row, gate.me().login, Action.CASE_READ, gate.now()):
        gate.allow(Action.CASE_READ, row.agency or ANY_OTHER)
    return row


def _moved(row: Case, status: int = 200) -> Answer:
    gate.session().flush()
    return Answer(MovedCase.model_validate(row), status)


def _letter(row: ViolationLetter, status: int = 200) -> Answer:
    return Answer(LetterRecord.model_validate(row), status)


def _petitioner(row: Case) -> Answer:
    """Name and contact, whole to who answers; on record."""
    gate.look(f"case:{row.number}", IN_HAND, "petitioner")
    return Answer(models.filled(PetitionerRecord, row))
