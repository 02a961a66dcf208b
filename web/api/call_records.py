"""Calls that were: looked up, and the story of each (P0-b); numbers masked, whole for a reason (P4.12)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import select

from calls.cdr import CallResult
from calls.dispositions import NONE, ServiceType
from calls.find import UNTAGGED, UP, CallDirection, CallQuery, found, how_many, look_up, story
from calls.store import CallRow
from calls.topics import TOPIC
from hotline.callbacks.wishes import written_number
from hotline.ledger import looks
from hotline.ledger.looks import Reading
from hotline.log_masking import mask_numbers
from hotline.permissions import Action
from recordings.gaps import GapReason
from recordings.store import Recording, at_fault
from web.api import gate, rows
from web.api.gate import Answer, Room
from web.api.models import (
    CallPath,
    Extension,
    Instant,
    LookQuery,
    Name,
    Page,
    PageQuery,
    Reason,
    RowModel,
    Short,
    listing,
)

room = Room("call_records", "Calls that were: looked up, and the story of each")


class CallsQuery(PageQuery):
    """Calls that are wanted; the latest first."""

    since: Instant | None = None
    until: Instant | None = Field(None, description="calls that began before it")
    agent: Short = Field("", description="phone of an agent who answered, as the first or after others")
    outcome: CallResult | Literal["", "up"] = Field("", description=f"{UP}: those without an end yet")
    extension: Extension | None = Field(None, description="wanted or rung, also in another's place")
    service: ServiceType | Literal["", "none", "untagged"] = Field(
        "", description=f"{NONE}: closed as for nothing, {UNTAGGED}: answered, and not closed yet"
    )
    topic: Annotated[str, Field(pattern=TOPIC)] | None = Field(None, description="as entry:12 or word:noise")
    direction: CallDirection = Field(CallDirection.IN, description="from citizens, or placed by 1999")


class CallRecord(RowModel):
    """A call as its row tells it; the number masked."""

    call_id: str = Field(validation_alias="id")
    citizen: str = Field(validation_alias="caller", description="number of the caller")
    dialled: str
    wanted: str = Field(description="the language asked for")
    started_at: datetime | None
    answered_at: datetime | None
    queued_at: datetime | None
    queue_seconds: float | None
    agent: str = Field(description="phone of the first agent who answered")
    agent_at: datetime | None
    talk_seconds: float | None
    recorded_at: datetime | None
    ended_at: datetime | None
    outcome: str
    end_reason: str
    service: str = Field(description="service types between spaces, or none")
    ground: str = Field(description="why there was no service")
    topic: str


class StoryEvent(RowModel):
    """An event of a call."""

    at: datetime
    kind: str
    detail: dict[str, Any] = Field(description="numbers in it are masked")


class StoryLeg(RowModel):
    """A phone that was rung."""

    kind: str
    phone: str
    asked: str
    extension: str
    section: str
    agency: str
    proxy: bool = Field(description="rung for another desk")
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float | None
    talk_seconds: float | None
    outcome: str


class RecordingRecord(RowModel):
    """A recording, without its sound."""

    call_id: str
    direction: str
    state: str
    started_at: datetime
    seconds: float | None
    expected_seconds: float | None
    destroyed_at: datetime | None = Field(description="key and sound are gone since then")
    destroyed_ground: str = Field(description="why: period or erasure")


class GapRecord(RowModel):
    """A time of a call of which no sound is kept."""

    since: datetime
    until: datetime | None = Field(description="none: to the end of the call")
    why: GapReason


class PromiseOfCall(RowModel):
    """A promise of the call."""

    number: int = Field(validation_alias="id")
    state: str
    due_at: datetime = Field(validation_alias="owed_at")


class StoryOfCall(BaseModel):
    """Everything about one call, each part in order of time; never its sound."""

    call: CallRecord
    events: list[StoryEvent]
    legs: list[StoryLeg]
    recordings: list[RecordingRecord]
    gaps: list[GapRecord]
    promises: list[PromiseOfCall]


class NumberBody(Reason):
    """A caller's number, and why their calls are looked up."""

    citizen: Name = Field(description="telephone number, for example 0912345678")
    most: int = Field(100, ge=1, le=500)


CallList = listing("CallList", CallRecord, "Calls, the latest first.")


@room.read("/calls", Action.CALL_READ, Page[CallRecord])
def listed(query: CallsQuery) -> Answer:
    """Find calls by time, agent, outcome, extension, service type and topic."""
    session = gate.session()
    asked = filled_query(query)
    some = found(session, asked, skip=(query.page - 1) * query.size, most=query.size)
    items = [_record(row) for row in some]
    return Answer(
        Page[CallRecord](items=items, page=query.page, size=query.size, total=how_many(session, asked))
    )


def filled_query(query: CallsQuery) -> CallQuery:
    """What is asked for, as the house asks."""
    words = query.model_dump(exclude={"page", "size"}) | {
        "extension": query.extension or "",
        "topic": query.topic or "",
    }
    return CallQuery(**words)


@room.do("/calls/search", Action.CALL_READ, CallList)
def of_number(body: NumberBody) -> Answer:
    """Calls from a number, which stands in no address, for a reason that is kept."""
    number = written_number(body.citizen)
    some = look_up(gate.session(), number, most=body.most, **gate.stamp(), reason=body.reason)
    return Answer(CallList(items=[_record(row) for row in some]))


@room.read("/calls/<call_id>/story", Action.CALL_READ, StoryOfCall, writes=True)
def told(path: CallPath, query: LookQuery) -> Answer:
    """The story of a call, also of one that 1999 placed; with a reason, which is kept, its number whole."""
    known, reading = story(gate.session(), path.call_id), None
    if query.reason.strip():
        reading = gate.look(f"call:{path.call_id}", query.reason, "number")
    events = [
        StoryEvent(at=one.at, kind=one.kind, detail=dict(mask_numbers(None, "", dict(one.detail))))
        for one in known.events
    ]
    return Answer(
        StoryOfCall(
            call=_record(known.row, reading),
            events=events,
            legs=[StoryLeg.model_validate(one) for one in known.legs],
            recordings=[RecordingRecord.model_validate(one) for one in known.recordings],
            gaps=[GapRecord.model_validate(one) for one in known.gaps],
            promises=[PromiseOfCall.model_validate(one) for one in known.promises],
        )
    )


@room.read("/recordings/faults", Action.CALL_READ, Page[RecordingRecord])
def faults(query: PageQuery) -> Answer:
    """Recordings of a week that are short or missing."""
    chosen = select(Recording).where(at_fault(gate.now())).order_by(Recording.started_at.desc())
    return rows.page(gate.session().scalars(chosen).all(), query, RecordingRecord)


def _record(row: CallRow, reading: Reading | None = None) -> CallRecord:
    shown = CallRecord.model_validate(row)
    shown.citizen = looks.number(row.caller, reading)
    return shown
