"""Retrieval of recordings and records (P9): asked for, refused, provided, revoked, and who heard what.

Sound is heard by people on the pages; an approval is a person's.
"""

from datetime import datetime

from pydantic import Field

from calls.hearing import calls_asked
from hotline.permissions import Action
from recordings import plays, retrieval_service
from recordings.playing import Track
from recordings.plays import PlayedStretch, PlayKind
from recordings.retrieval import RetrievalRequest, RetrievalState
from recordings.retrieval_service import RetrievalRecord, state_of
from recordings.retrieval_store import Retrieval
from web.api import gate, models, rows
from web.api.gate import Answer, Room

room = Room("retrievals", "Retrieval of recordings and records (P9)")
LATEST = 5000
"""Pieces of sound whose plays are listed."""


class RetrievalListed(models.RowModel):
    """A request."""

    number: int
    state: RetrievalState
    person: str = Field(description="login of the one who hears")
    agency: str
    case_number: str
    wants_copy: bool
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    open_until: datetime | None
    ended_at: datetime | None


class SilencedRecord(models.RowModel):
    """A part that is silent in what is provided."""

    item: int = Field(description="place of the call in the request, from 1")
    track: Track
    begins: float = Field(description="second of the sound")
    ends: float
    reason: str


class PlayRecord(models.RowModel):
    """Sound that was given to somebody."""

    at: datetime
    by: str
    ground: str = Field(description="what allowed it: retrieval:7, standing-purpose:3, callback:9")
    how: PlayKind
    call_id: str
    track: Track
    begins: float = Field(description="second of the sound")
    ends: float


class RetrievalStory(RetrievalListed):
    """A request with the calls it is about, what is silent in them, and who heard what."""

    ground: str
    purpose: str
    days: int
    end_reason: str
    calls: list[str]
    silenced: list[SilencedRecord]
    plays: list[PlayRecord]


class RetrievalBody(models.RequestModel):
    """Who wants to hear what, by which law, what for."""

    person: models.Login
    ground: models.Text = Field(min_length=1)
    purpose: models.Text = Field(min_length=1)
    case: models.CaseNumber | None = None
    since: models.Instant | None = Field(None, description="of the case, calls that began from then on")
    until: models.Instant | None = Field(None, description="and before then")
    calls: list[models.Name] = Field([], max_length=50, description="without a case, or beside its calls")
    wants_copy: bool = False


@room.read("/retrievals", Action.RETRIEVAL_ASK, models.Page[RetrievalListed])
def listed(query: models.PageQuery) -> Answer:
    """Requests that the login may know of, the newest first."""
    found, total = retrieval_service.retrievals(gate.session(), gate.me(), query.page, query.size)
    items = [_listed(row) for row, _count in found]
    return Answer(models.Page[RetrievalListed](items=items, page=query.page, size=query.size, total=total))


@room.do("/retrievals", Action.RETRIEVAL_ASK, RetrievalListed, 201)
def ask(body: RetrievalBody) -> Answer:
    """Ask for calls; they are held from then on, and another person decides on the pages."""
    session = gate.session()
    calls = calls_asked(session, body.case or "", body.calls, body.since, body.until)
    given = body.model_dump(exclude={"calls", "case"})
    request = RetrievalRequest(**given, case=body.case or "")
    return _answered(retrieval_service.ask(session, request, calls, **gate.stamp()), 201)


@room.read("/retrievals/<int:number>", Action.RETRIEVAL_ASK, RetrievalStory)
def one(path: models.NumberPath) -> Answer:
    """A request and all that belongs to it."""
    record = retrieval_service.seen(gate.session(), path.number, gate.me())
    heard = plays.plays_of(gate.session(), retrieval_service.subject(record.row))
    return Answer(_told(record, heard))


@room.do("/retrievals/<int:number>/refuse", Action.RETRIEVAL_APPROVE, RetrievalListed)
def refuse(path: models.NumberPath, body: models.Reason) -> Answer:
    """Refuse what another person asked for."""
    return _answered(retrieval_service.refuse(gate.session(), path.number, body.reason, **gate.stamp()))


@room.do("/retrievals/<int:number>/provide", Action.RETRIEVAL_WORK, RetrievalListed)
def provide(path: models.NumberPath) -> Answer:
    """Open the page to the person named, for the days approved."""
    return _answered(retrieval_service.provide(gate.session(), path.number, **gate.stamp()))


@room.do("/retrievals/<int:number>/revoke", Action.RETRIEVAL_APPROVE, RetrievalListed)
def revoke(path: models.NumberPath, body: models.Reason) -> Answer:
    """Close at once what was approved or provided."""
    return _answered(retrieval_service.revoke(gate.session(), path.number, body.reason, **gate.stamp()))


@room.read("/recordings/plays", Action.RETRIEVAL_READ, models.Page[PlayRecord])
def played(query: models.PageQuery) -> Answer:
    """The latest plays, newest first: who heard which seconds of which call."""
    return rows.some(plays.latest(gate.session(), LATEST), query, PlayRecord.model_validate, PlayRecord)


def _listed(row: Retrieval) -> RetrievalListed:
    return models.filled(RetrievalListed, row, number=row.id, state=state_of(row, gate.now()))


def _answered(row: Retrieval, status: int = 200) -> Answer:
    gate.session().flush()
    return Answer(_listed(row), status)


def _told(record: RetrievalRecord, heard: list[PlayedStretch]) -> RetrievalStory:
    return models.filled(
        RetrievalStory,
        record.row,
        number=record.row.id,
        state=state_of(record.row, gate.now()),
        calls=[one.call_id for one in record.items],
        silenced=[SilencedRecord.model_validate(one) for one in record.parts],
        plays=[PlayRecord.model_validate(one) for one in heard],
    )
