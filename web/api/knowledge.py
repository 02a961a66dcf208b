"""Book of questions and answers, its monthly review, what agencies are asked for (P4.1.1, P4.4, P4.5)."""

from datetime import datetime

from pydantic import BaseModel, Field

from hotline.knowledge import requests, reviews, service
from hotline.knowledge.requests import FaqQuestion
from hotline.knowledge.rules import Channel, Faq, Hindrance, ReviewState, hindrances
from hotline.permissions import Action
from hotline.search import Match
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room

room = Room("knowledge", "The book of questions and answers, its review, and what agencies are asked for")


class FaqBody(models.RequestModel):
    """An entry of the book."""

    agency: models.Code
    question: models.Text = Field(min_length=1, description="as a citizen asks it")
    answer: models.Long = Field(min_length=1, description="as one speaks")
    keywords: models.Text = Field("", description="other words that citizens use for it")
    section: models.SomeCode = Field("", description="code of the section in charge")
    business: models.SomeCode = Field("", description="code of the business in charge")
    aloud: bool = Field(False, description="it can be read to a caller as it is (P4.4)")

    def says(self) -> Faq:
        """The entry as it was sent."""
        return Faq(**self.model_dump(include=set(FaqBody.model_fields)))


class FaqChange(FaqBody, models.MaybeReason):
    """An entry written otherwise, and why."""


class FaqNew(FaqChange):
    """An entry that is new."""

    request: int | None = Field(None, ge=1, le=2**31 - 1, description="the request that it answers (P4.5)")


class FaqRecord(models.DatedRecord):
    """An entry of the book, as of an instant."""

    number: str = Field(validation_alias="key")
    agency: str
    question: str
    answer: str
    keywords: str
    section: str
    business: str
    aloud: bool


class FaqStanding(BaseModel):
    """An entry, and how it stands in the month's review (P4.4)."""

    entry: FaqRecord
    reviewed_at: datetime
    review: ReviewState
    hindrances: list[Hindrance] = Field(description="what makes the answer hard to read aloud")
    match: Match | None = Field(None, description="how it was found; null = not searched for")


class FaqVersion(BaseModel):
    """Words of an entry from a change on."""

    version: int
    at: datetime
    by: str
    reason: str
    change: int = Field(description="number of the change, which /changes takes back")
    entry: FaqRecord | None = Field(description="null = out of the book")


FaqVersions = models.listing("FaqVersions", FaqVersion, "All that an entry ever said, the first first.")


class FaqQuery(models.PageQuery):
    """Choice of entries."""

    q: models.Text = Field(
        "", description="those that fit these words, the best first: as written, by sound, pinyin, 注音"
    )
    agency: models.SomeCode = ""
    due: bool = Field(False, description="only what nobody has looked at this month")


class OfAgency(models.RequestModel):
    """Whose entries."""

    agency: models.Code


class Many(BaseModel):
    """Number of rows."""

    count: int


class FaqRequestBody(models.RequestModel):
    """Request for an entry that the book lacks (P4.5)."""

    agency: models.Code
    question: models.Text = Field(min_length=1)
    channel: Channel = Channel.PHONE
    asked_at: models.Instant | None = Field(None, description="time of the call or mail; now, if not given")
    call_id: models.Short = Field("", description="the citizen's call that brought it up")


class FaqRequestRecord(models.NumberedRow):
    """A question that an agency is to answer within two working days."""

    agency: str
    channel: str
    asked_at: datetime
    question: str
    call_id: str
    asked_by: str
    due_at: datetime
    state: str
    late_at: datetime | None
    replied_at: datetime | None
    replied_by: str
    reply: str
    entry: str = Field(validation_alias="number", description="number of the entry that answers it")


class FaqRequestQuery(models.PageQuery):
    """Choice of requests."""

    agency: models.SomeCode = ""
    replied: bool = Field(False, description="those that were replied to, the latest due first")


class FaqReplyBody(models.RequestModel):
    """The agency's reply: an entry of the book, words, or both."""

    text: models.Long = ""
    entry: int | None = Field(None, ge=1, le=2**31 - 1, description="number of the entry that answers it")


@room.read("/knowledge", ANY_KEY, models.FoundPage[FaqStanding])
def book(query: FaqQuery) -> Answer:
    """Entries of the book with their review; where words find none, an agency is asked for it."""
    session, at = gate.session(), gate.now()
    finder = gate.house().finder
    found = finder.standings(session, query.q, at, agency=query.agency, is_due=query.due)
    return rows.found(found, query, _standing, FaqStanding)


@room.do("/knowledge", Action.FAQ_CHANGE, FaqRecord, 201)
def write_entry(body: FaqNew) -> Answer:
    """Write a new entry; with a request, it is the agency's reply."""
    session = gate.session()
    row = service.write(session, body.says(), **gate.stamp(), reason=body.reason)
    if body.request:
        requests.reply(session, body.request, "", **gate.stamp(), entry_number=row.key)
    return Answer(FaqRecord.model_validate(row), 201)


@room.read("/knowledge/<int:number>", ANY_KEY, FaqRecord)
def entry(path: models.NumberPath, query: models.AsOf) -> Answer:
    """An entry as of an instant."""
    return rows.one(service.KIND, str(path.number), query, FaqRecord.model_validate)


@room.read("/knowledge/<int:number>/versions", ANY_KEY, FaqVersions)
def versions(path: models.NumberPath) -> Answer:
    """List all that an entry ever said."""
    told = service.versions(gate.session(), str(path.number))
    items = [
        models.filled(
            FaqVersion, one, version=one.number, entry=one.row and FaqRecord.model_validate(one.row)
        )
        for one in told
    ]
    return Answer(FaqVersions(items=items))


@room.edit("/knowledge/<int:number>", Action.FAQ_CHANGE, FaqRecord)
def correct_entry(path: models.NumberPath, body: FaqChange) -> Answer:
    """Write an entry otherwise, from now on; what it said before is kept."""
    session, number = gate.session(), str(path.number)
    service.entry(session, number, gate.now())
    rows.expects(service.KIND, number, gate.now())
    service.write(session, body.says(), **gate.stamp(), number=number, reason=body.reason)
    session.flush()
    return rows.one(service.KIND, number, models.AsOf(at=None), FaqRecord.model_validate)


@room.end("/knowledge/<int:number>", Action.FAQ_CHANGE)
def end_entry(path: models.NumberPath, query: models.Reason) -> Answer:
    """Take an entry out of the book; it stays readable."""
    number = str(path.number)

    def deed(_since: datetime) -> None:
        service.end(gate.session(), number, **gate.stamp(), reason=query.reason)

    return rows.ended(service.KIND, number, gate.now(), deed)


@room.do("/knowledge/<int:number>/review", Action.FAQ_REVIEW, Many)
def review(path: models.NumberPath) -> Answer:
    """Put on record that an entry was looked at and stands (P4.4)."""
    reviews.review(gate.session(), str(path.number), **gate.stamp())
    return Answer(Many(count=1))


@room.do("/knowledge/review", Action.FAQ_REVIEW, Many)
def review_all(body: OfAgency) -> Answer:
    """Put on record that all entries of an agency were looked at."""
    gate.allow(Action.FAQ_REVIEW, body.agency)
    return Answer(Many(count=reviews.review_all(gate.session(), body.agency, **gate.stamp())))


@room.read("/knowledge/requests", ANY_KEY, models.Page[FaqRequestRecord])
def listed_requests(query: FaqRequestQuery) -> Answer:
    """List what agencies are asked for, the first due first."""
    found = requests.requests(gate.session(), agency=query.agency, is_open=not query.replied)
    return rows.page(found[::-1] if query.replied else found, query, FaqRequestRecord)


@room.do("/knowledge/requests", Action.FAQ_ASK, FaqRequestRecord, 201)
def ask(body: FaqRequestBody) -> Answer:
    """Ask an agency for an entry; its liaison is told at once (N-11)."""
    session, house = gate.session(), gate.house()
    wanted = FaqQuestion(body.agency, body.question, body.channel, body.asked_at or gate.now(), body.call_id)
    worktime = house.callbacks.worktime(session)
    row = requests.ask(session, wanted, worktime, house.reply_limit, **gate.stamp())
    return rows.made(row, FaqRequestRecord, "knowledge.request_of")


@room.read("/knowledge/requests/<int:number>", ANY_KEY, FaqRequestRecord)
def request_of(path: models.NumberPath) -> Answer:
    """A request, when it is due, and the reply."""
    return rows.told(requests.request(gate.session(), path.number), FaqRequestRecord)


@room.do("/knowledge/requests/<int:number>/reply", Action.FAQ_REPLY, FaqRequestRecord)
def reply(path: models.NumberPath, body: FaqReplyBody) -> Answer:
    """Reply to a request for the agency."""
    entry_number = str(body.entry) if body.entry else ""
    row = requests.reply(gate.session(), path.number, body.text, **gate.stamp(), entry_number=entry_number)
    return rows.told(row, FaqRequestRecord)


def _standing(one: reviews.FaqReviewState, match: Match | None) -> FaqStanding:
    return FaqStanding(
        entry=FaqRecord.model_validate(one.row),
        reviewed_at=one.reviewed_at,
        review=one.state,
        hindrances=list(hindrances(one.row.answer)),
        match=match,
    )
