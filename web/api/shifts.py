"""The agents' shifts: who is to be on duty when, planned one by one or from a file."""

from datetime import datetime, timedelta

from pydantic import BaseModel, Field

from administration.shift_import import FILE, ShiftLine, bring, plan
from hotline.clock import midnight
from hotline.permissions import Action
from hotline.staff import shifts as use_cases
from hotline.staff.rules import Shift
from web.api import gate, models
from web.api.gate import Answer, Room
from web.api.problems import in_words

room = Room("shifts", "Who is to be on duty when")


class ShiftRecord(models.NumberedRow):
    """An agent's time on duty as it is planned."""

    login: str
    language: models.Language
    since: datetime
    until: datetime
    made_at: datetime
    made_by: str


ShiftList = models.listing("ShiftList", ShiftRecord, "All that have a moment in the stretch of time.")


class ShiftQuery(models.RequestModel):
    """Stretch of time."""

    since: models.Instant | None = Field(None, description="today, if not given")
    until: models.Instant | None = Field(None, description="a day later, if not given")


class ShiftBody(models.RequestModel):
    """Agent, language, beginning and end."""

    login: models.Login
    language: models.Language
    since: models.Instant
    until: models.Instant


class ShiftFileBody(models.RequestModel):
    """A file of shifts in CSV: person, language, from, until."""

    content: str = Field(max_length=2_000_000)
    complete: bool = Field(False, description="shifts in the file's time that it does not list are cancelled")
    dry_run: bool = Field(True, description="false: write it")


class ShiftFault(BaseModel):
    """A line that keeps the file from being written."""

    line: int
    why: str


class ShiftsBrought(BaseModel):
    """What the file did, or would do."""

    added: int
    cancelled: int
    unchanged: int
    faults: list[ShiftFault]


@room.read("/shifts", Action.SHIFT_CHANGE, ShiftList)
def listed(query: ShiftQuery) -> Answer:
    """List the shifts of a stretch of time, by beginning."""
    since = query.since or midnight(gate.now())
    rows = use_cases.shifts(gate.session(), since, query.until or since + timedelta(days=1))
    return Answer(ShiftList(items=rows))


@room.do("/shifts", Action.SHIFT_CHANGE, ShiftRecord, 201)
def add(body: ShiftBody) -> Answer:
    """Put an agent on duty for a time."""
    shift = Shift(body.login, body.since, body.until, body.language)
    row = use_cases.add(gate.session(), shift, **gate.stamp())
    return Answer(ShiftRecord.model_validate(row), 201)


@room.do("/shifts/<int:number>/cancel", Action.SHIFT_CHANGE, ShiftRecord)
def cancel(path: models.NumberPath, body: models.MaybeReason) -> Answer:
    """Take a shift back."""
    row = use_cases.cancel(gate.session(), path.number, **gate.stamp(), reason=body.reason)
    return Answer(ShiftRecord.model_validate(row))


@room.do("/shifts/file", Action.SHIFT_CHANGE, ShiftsBrought)
def bring_file(body: ShiftFileBody) -> Answer:
    """Try a file of shifts, or write it as a whole."""
    content = body.content.encode()
    if body.dry_run:
        found = plan(gate.session(), content, complete=body.complete)
    else:
        found = bring(gate.session(), content, complete=body.complete, **gate.stamp())
    return Answer(
        ShiftsBrought(
            added=len(found.added),
            cancelled=len(found.cancelled),
            unchanged=found.unchanged,
            faults=[
                *(ShiftFault(line=one.line, why=in_words(one.why)) for one in found.faults),
                *(ShiftFault(line=one.line, why=_why(one)) for one in found.wrong),
            ],
        )
    )


def _why(line: ShiftLine) -> str:
    return in_words(line.fault) if line.fault else FILE
