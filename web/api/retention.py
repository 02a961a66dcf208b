"""Retention and legal holds (P4.12), and a person's own data: what is kept, erased and withheld."""

from datetime import datetime

from pydantic import BaseModel, Field

from administration import holds
from administration.holds import HoldGround
from administration.personal_data import PersonalRecord, Withheld
from hotline.legal_holds import HeldRecord, standing
from hotline.permissions import Action
from hotline.retention.kinds import RetentionKind
from hotline.retention.store import latest_runs
from web.api import gate, models
from web.api.gate import Answer, Room

room = Room("retention", "How long what is kept, legal holds, and a person's own data (P4.12)")
RUNS = 14


class RetentionRule(BaseModel):
    """The period of a kind, and what of it goes with the next run."""

    kind: RetentionKind
    days: float
    due: int | None = Field(description="records that go next; null: not announced")
    needed: int | None = Field(description="records that would, but for a hold or an open matter")


class RetentionRunRecord(models.RowModel):
    """A run that deleted what was announced."""

    day: str
    node: str
    done: dict[str, int] = Field(description="records that were deleted, by kind")
    ended_at: datetime | None


class StandingHold(models.RowModel):
    """What is held now; ``origin`` names the procedure."""

    origin: str
    kind: HeldRecord
    subject: str
    begun_at: datetime
    begun_by: str


class RetentionReport(BaseModel):
    """Periods, runs and holds."""

    rules: list[RetentionRule]
    runs: list[RetentionRunRecord]
    holds: list[StandingHold]


class HoldBody(models.RequestModel):
    """A record to be held, and on which ground."""

    ground: HoldGround
    kind: HeldRecord
    subject: models.Name = Field(description="number of the case, or id of the call")
    reason: models.Text = Field(min_length=1)


class HoldPath(models.RequestModel):
    """A hold by its name, for example complaint:1."""

    origin: str = Field(max_length=32)


class HoldName(BaseModel):
    """The name of a hold."""

    origin: str


class PersonBody(models.RequestModel):
    """Whose data, and why somebody looks at them."""

    number: models.Name = Field(description="telephone number, for example 0912345678")
    reason: models.Text = Field(min_length=1)


class PersonalRecordTold(models.RowModel):
    """A record of a person; ``withheld``: why it is not erased on request."""

    kind: RetentionKind
    record: str
    key: str
    at: datetime
    goes_at: datetime | None
    withheld: Withheld | None


class PersonTold(BaseModel):
    """What is kept of a person."""

    items: list[PersonalRecordTold]


@room.read("/retention", Action.RETENTION_READ, RetentionReport)
def report() -> Answer:
    """The periods, what goes next, the latest runs and what is held."""
    runs = latest_runs(gate.session(), RUNS)
    next_ = next((run.announced for run in runs if run.ended_at), {})
    rules = [
        RetentionRule(
            kind=kind,
            days=period.total_seconds() / 86400,
            due=next_.get(kind, {}).get("due"),
            needed=next_.get(kind, {}).get("needed"),
        )
        for kind, period in gate.house().periods.items()
    ]
    told = [models.filled(RetentionRunRecord, run, day=run.day.isoformat()) for run in runs]
    held = [StandingHold.model_validate(one) for one in standing(gate.session())]
    return Answer(RetentionReport(rules=rules, runs=told, holds=held))


@room.do("/holds", Action.HOLD_CHANGE, HoldName, 201)
def hold(body: HoldBody) -> Answer:
    """Hold a record, and what belongs to it, until it is released."""
    origin = holds.place(gate.session(), body.ground, body.kind, body.subject, body.reason, **gate.stamp())
    return Answer(HoldName(origin=origin), 201)


@room.do("/holds/<origin>/end", Action.HOLD_CHANGE, HoldName)
def release(path: HoldPath, body: models.Reason) -> Answer:
    """End a hold that was placed by hand."""
    holds.end(gate.session(), path.origin, body.reason, **gate.stamp())
    return Answer(HoldName(origin=path.origin))


@room.do("/personal-data", Action.PERSONAL_ANSWER, PersonTold)
def tell(body: PersonBody) -> Answer:
    """What is kept of a number; that it was asked is on record."""
    found = gate.house().personal_data.tell(gate.session(), body.number, body.reason, **gate.stamp())
    return Answer(_told(found))


@room.do("/personal-data/erase", Action.PERSONAL_ANSWER, PersonTold)
def erase(body: PersonBody) -> Answer:
    """Erase what may be of a number; what is left, and why."""
    left = gate.house().personal_data.erase(gate.session(), body.number, body.reason, **gate.stamp())
    return Answer(_told(left))


def _told(found: list[PersonalRecord]) -> PersonTold:
    return PersonTold(items=[PersonalRecordTold.model_validate(one) for one in found])
