"""Referrals of false reports to the police (P8.3), with the legal hold on the case and its calls.

A complainant is masked, and told whole for a reason; each time stays on record.
"""

from datetime import date, datetime

from pydantic import Field

from calls.store import refuse_unknown
from hotline.cases import referrals
from hotline.cases.referrals import Handover, ReferralRecord, ReferralRequest, ReferralState
from hotline.cases.store import Case, Referral
from hotline.ledger import looks
from hotline.ledger.looks import Reading
from hotline.legal_holds import HeldRecord
from hotline.permissions import Action
from web.api import gate, models
from web.api.gate import Answer, Room

room = Room("referrals", "Referrals of false reports to the police, and legal holds (P8.3)")


class ReferralListed(models.RowModel):
    """A referral; nothing of its complainant."""

    number: int
    case: str
    state: ReferralState
    police_unit: str
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    ended_at: datetime | None


class HoldRecord(models.RowModel):
    """What is held: neither deleted nor masked until the hold ends."""

    kind: HeldRecord
    subject: str = Field(description="number of the case, or id of the call")
    begun_at: datetime
    ended_at: datetime | None


class HandoverRecord(models.RowModel):
    """What was handed over."""

    at: datetime
    what: str
    to: str
    letter: str = Field(description="of the court or the prosecutor")
    by: str


class ReferralStory(ReferralListed):
    """A referral with what it holds and what was handed over."""

    complainant: str = Field(description="masked unless a reason was given")
    phone: str = Field(description="under the same rule")
    wish: str = Field(description="under the same rule; else empty")
    letter: str = Field(description="number of our letter to the police")
    letter_on: date | None
    end_reason: str
    holds: list[HoldRecord]
    handovers: list[HandoverRecord]


class ReferralBody(models.RequestModel):
    """Who wants the false reporter held responsible, and to which police unit it goes."""

    case: models.CaseNumber
    complainant: models.Name
    phone: models.Short = ""
    wish: models.Long = Field(min_length=1, description="in the complainant's words")
    police_unit: models.Name
    calls: list[models.Name] = Field([], max_length=50, description="to be held beside those of the case")


class HeldCallsBody(models.RequestModel):
    """Calls that are held beside those of the case."""

    calls: list[models.Name] = Field([], max_length=50)


class HandoverBody(models.RequestModel):
    """What was handed over, to whom, when, and by which letter of the court or the prosecutor."""

    what: models.Long = Field(min_length=1)
    to: models.Name
    letter: models.Name
    at: models.Instant


@room.read("/referrals", Action.REFERRAL_READ, models.Page[ReferralListed])
def listed(query: models.PageQuery) -> Answer:
    """Referrals, the newest first."""
    found, total = referrals.referrals(gate.session(), query.page, query.size)
    items = [_listed(row, case) for row, case in found]
    return Answer(models.Page[ReferralListed](items=items, page=query.page, size=query.size, total=total))


@room.do("/referrals", Action.REFERRAL_WORK, ReferralListed, 201)
def ask(body: ReferralBody) -> Answer:
    """Ask for a referral; the case and its calls are held from now on."""
    session = gate.session()
    refuse_unknown(session, body.calls)
    given = body.model_dump(exclude={"calls"})
    row = referrals.ask(session, ReferralRequest(**given, calls=tuple(body.calls)), **gate.stamp())
    return _answered(row, 201)


@room.read("/referrals/<int:number>", Action.REFERRAL_READ, ReferralStory, writes=True)
def referral(path: models.NumberPath, query: models.LookQuery) -> Answer:
    """A referral; with a reason, which is kept, its complainant is told whole."""
    found, reading = referrals.referral(gate.session(), path.number), None
    if query.reason.strip():
        reading = gate.look(referrals.subject(found.row), query.reason, "complainant")
    return Answer(_told(found, reading))


@room.do("/referrals/<int:number>/refuse", Action.REFERRAL_APPROVE, ReferralListed)
def refuse(path: models.NumberPath, body: models.Reason) -> Answer:
    """Refuse what another person asked for; its hold ends."""
    return _answered(referrals.refuse(gate.session(), path.number, body.reason, **gate.stamp()))


@room.do("/referrals/<int:number>/calls", Action.REFERRAL_WORK, ReferralListed)
def hold_calls(path: models.NumberPath, body: HeldCallsBody) -> Answer:
    """Hold more calls: those named, and all of the case that came since."""
    session = gate.session()
    refuse_unknown(session, body.calls)
    return _answered(referrals.hold_calls(session, path.number, body.calls, **gate.stamp()))


@room.do("/referrals/<int:number>/hand-over", Action.REFERRAL_WORK, HandoverRecord, 201)
def hand_over(path: models.NumberPath, body: HandoverBody) -> Answer:
    """Note what was handed over under judicial procedure, after the approval."""
    given = referrals.hand_over(gate.session(), path.number, Handover(**body.model_dump()), **gate.stamp())
    return Answer(HandoverRecord.model_validate(given), 201)


@room.do("/referrals/<int:number>/end", Action.REFERRAL_WORK, ReferralListed)
def end(path: models.NumberPath, body: models.Reason) -> Answer:
    """End a referral and its hold."""
    return _answered(referrals.end(gate.session(), path.number, body.reason, **gate.stamp()))


def _listed(row: Referral, case: Case) -> ReferralListed:
    return models.filled(ReferralListed, row, number=row.id, case=case.number or "")


def _answered(row: Referral, status: int = 200) -> Answer:
    gate.session().flush()
    return Answer(_listed(row, gate.session().get_one(Case, row.case_id)), status)


def _told(found: ReferralRecord, reading: Reading | None) -> ReferralStory:
    return models.filled(
        ReferralStory,
        found.row,
        number=found.row.id,
        case=found.case.number or "",
        complainant=looks.name(found.row.complainant, reading),
        phone=looks.number(found.row.phone, reading),
        wish=found.row.wish if reading else "",
        holds=[HoldRecord.model_validate(one) for one in found.holds],
        handovers=[HandoverRecord.model_validate(one) for one in found.handovers],
    )
