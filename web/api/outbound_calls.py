"""Calls that 1999 places for an agent: to notify an agency (P5.3), to check who a petitioner is (P8.2)."""

from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import Field
from sqlalchemy.orm import Session

from calls.caller_history import petitioner
from control.call_ownership import refuse_others
from hotline.ledger import looks
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.gate import Ground, Touches
from hotline.outbound_calls.store import CallerVerification, PlacedCall
from hotline.permissions import Action
from web.api import gate, models, rows
from web.api.gate import Answer, Room

room = Room("outbound_calls", "Calls that 1999 places for an agent, and checks of who a petitioner is")
LATELY = timedelta(days=30)
Check = TypeVar("Check", bound="VerificationRecord")


class TargetRecord(models.RowModel):
    """A phone on the list of those to be rung."""

    kind: str
    number: str
    name: str
    agency: str
    outcome: str = Field("", description="what came of ringing it; empty = not rung yet")


class PlacedRecord(models.NumberedRow):
    """A call that 1999 placed."""

    purpose: str
    call_id: str = Field(description="the citizen's call, if there is one")
    own_call: str = Field(description="its name in the record of calls")
    agency: str
    extension: str
    matter: str
    state: str
    by: str
    placed_at: datetime
    reached: int | None = Field(description="place on the list of the phone that answered, from 1")
    answered_at: datetime | None
    person: str = Field(description="took the report")
    notified_at: datetime | None
    ended_at: datetime | None


class PlacedStory(PlacedRecord):
    """A placed call, and the phones on its list."""

    targets: list[TargetRecord]


class NotifyBody(models.RequestModel):
    """Which agency is told, and of what."""

    extension: models.Extension
    matter: models.Long = Field(min_length=1)
    call_id: models.Short = Field("", description="the citizen's call, if there is one")


class TakenBody(models.RequestModel):
    """Name of the person who took the report."""

    person: models.Name


class VerificationRecord(models.NumberedRow):
    """A check of who a petitioner is."""

    call_id: str
    citizen: str = Field(validation_alias="number", description="number of the call, masked")
    language: str
    called_at: datetime
    touches: str = Field(description="of a particular person; empty = nobody's, and no check is needed")
    matter: str
    state: str
    ground: str
    opened_by: str
    opened_at: datetime
    decided_by: str
    decided_at: datetime | None


class VerificationStory(VerificationRecord):
    """A check, and the calls back."""

    calls: list[PlacedRecord] = []
    calls_left: int = 0


class VerificationBody(models.RequestModel):
    """Answer to whether the case of a call touches a particular person."""

    call_id: models.Name
    touches: Touches | None = Field(description="null = nobody's: no check is needed")
    matter: models.Long = Field(
        "", description="what the citizen told, in a few words; forgotten if the check fails"
    )


class Decision(models.RequestModel):
    """The agent's word."""

    ground: Ground


@room.read("/placed", Action.CALL_NOTIFY, models.Page[PlacedRecord])
def placed_calls(query: models.PageQuery) -> Answer:
    """The calls placed for the login within 30 days, the latest first."""
    found = service.placed_since(gate.session(), gate.now() - LATELY, by=gate.me().login)
    return rows.page(found, query, PlacedRecord)


@room.act("/placed", Action.CALL_NOTIFY, PlacedStory, 201)
def notify(body: NotifyBody) -> Answer:
    """Ring the login's own phone, then the agency's phones one after another (P5.3)."""
    placing = gate.house().placing
    number = placing.notify(body.extension, body.matter, **gate.stamp(), call_id=body.call_id)
    return Answer(_story_of(number), 201)


@room.read("/placed/<int:number>", Action.CALL_NOTIFY, PlacedStory)
def placed_call(path: models.NumberPath) -> Answer:
    """A placed call: the phones rung, who answered, who took the report."""
    return Answer(_story(gate.session(), service.placed(gate.session(), path.number)))


@room.do("/placed/<int:number>/taken", Action.CALL_NOTIFY, PlacedStory)
def taken(path: models.NumberPath, body: TakenBody) -> Answer:
    """Put on record who took the report; the time is that of the answer (P5.3-a)."""
    row = service.taken(gate.session(), path.number, body.person.strip(), **gate.stamp())
    return Answer(_story(gate.session(), row))


def _story_of(number: int) -> PlacedStory:
    with gate.write_session() as session:
        return _story(session, service.placed(session, number))


def _story(session: Session, row: PlacedCall) -> PlacedStory:
    told = PlacedStory.model_validate(row)
    came = {one.place: one.outcome for one in service.rings(session, row)}
    told.targets = [
        TargetRecord(**target, outcome="answered" if place == row.reached else came.get(place, ""))
        for place, target in enumerate(row.targets, 1)
    ]
    return told


@room.read("/verifications", Action.CALL_VERIFY, models.Page[VerificationRecord])
def verifications(query: models.PageQuery) -> Answer:
    """Checks to be decided, then those of the last 30 days."""
    found = caller_verification.opened_since(gate.session(), gate.now() - LATELY)
    return rows.some(
        found, query, lambda row: _masked(VerificationRecord.model_validate(row)), VerificationRecord
    )


@room.act("/verifications", Action.CALL_VERIFY, VerificationStory, 201)
def open_verification(body: VerificationBody) -> Answer:
    """Say whether the caller must be called back before the case is filed."""
    refuse_others(gate.factory(), gate.house().pbx, body.call_id, **gate.stamp())
    with gate.write_session() as session:
        who = petitioner(session, body.call_id)
        row = caller_verification.open_gate(session, who, body.touches, body.matter, **gate.stamp())
        return Answer(_check_story(session, row), 201)


@room.read("/verifications/<int:number>", Action.CALL_VERIFY, VerificationStory)
def verification(path: models.NumberPath) -> Answer:
    """A check: how it stands, the calls back, the decision."""
    row = caller_verification.verification(gate.session(), path.number)
    return Answer(_check_story(gate.session(), row))


@room.act("/verifications/<int:number>/call", Action.CALL_VERIFY, PlacedStory, 201)
def call_petitioner(path: models.NumberPath) -> Answer:
    """Ring the login's own phone, then the citizen's; no other number can be called."""
    return Answer(_story_of(gate.house().placing.verify(path.number, **gate.stamp())), 201)


@room.do("/verifications/<int:number>/decide", Action.CALL_VERIFY, VerificationStory)
def decide(path: models.NumberPath, body: Decision) -> Answer:
    """Decide a check, with its ground."""
    dialling = gate.house().settings.dialling
    row = caller_verification.decide(gate.session(), path.number, body.ground, dialling, **gate.stamp())
    return Answer(_check_story(gate.session(), row))


def _check_story(session: Session, row: CallerVerification) -> VerificationStory:
    told = _masked(VerificationStory.model_validate(row))
    calls = caller_verification.calls_of(session, row.id)
    told.calls = [PlacedRecord.model_validate(one) for one in calls]
    most = gate.house().settings.verify_attempts
    told.calls_left = max(0, most - caller_verification.attempts(session, calls))
    return told


def _masked(told: Check) -> Check:
    told.citizen = looks.number(told.citizen, None)
    return told
