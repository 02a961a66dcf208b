"""Calls that are up: what is known of one, and what an agent or a supervisor does in it (P5.1.1, P7.1, P7.3).

Acts are for the agents whose phones answered the call; who leads the floor may act in any.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import select

from calls import recording_pause
from calls.caller_history import calls_of, talked, wish_at_desk
from calls.dispositions import (
    Disposition,
    NoServiceGround,
    ServiceType,
    call_row,
    left_untagged,
    looked_up,
    proposed_services,
    tag,
    was_answered_by,
)
from calls.special_calls import standing
from calls.store import Leg
from calls.topics import TOPIC, Topic, book_answered, proposed
from calls.transfer_reasons import transfer_reasons
from control.attended_transfer import TalkPlace, Way, consult, go_on, look
from control.blind_transfer import Transfers
from control.call_ownership import refuse_others
from hotline.callbacks import find
from hotline.callbacks.ownership import place_of
from hotline.cases.find import open_of_phone
from hotline.clock import midnight
from hotline.directory.service import known
from hotline.knowledge.service import entry
from hotline.ledger import looks
from hotline.ledger.looks import IN_HAND
from hotline.numbers import ANONYMOUS
from hotline.permissions import Action
from ivr.limits import Special, may_end, may_hang_up, special_deadline
from recordings import gaps
from recordings.remote import is_sounding
from transfer.reasons import TransferReason
from web.api import gate
from web.api.gate import Answer, Room
from web.api.models import CallPath, Extension, Reason, RequestModel, RowModel, Short, Text, filled
from web.serving import is_dialled

room = Room("calls", "Calls that are up, and what is done in them")


class EarlierCall(RowModel):
    """An earlier call from the same number."""

    call_id: str = Field(validation_alias="id")
    started_at: datetime | None
    service: str
    ground: str
    topic: str
    agent: str


class OpenPromise(RowModel):
    """A promise to the same number that is to be kept."""

    number: int = Field(validation_alias="id")
    due_at: datetime = Field(validation_alias="owed_at")
    matter: str
    to_be_checked: bool = Field(validation_alias="is_to_be_checked", description="it may be kept already")


class CallerCase(RowModel):
    """An open case of the same caller."""

    number: str
    kind: str
    category: str
    agency: str
    state: str
    due_at: datetime | None


class BusyWith(RowModel):
    """Person who is busy with the same citizen."""

    callback: int = Field(validation_alias="callback_id")
    who: str
    calling: bool


class Card(BaseModel):
    """Facts of a call and of its caller."""

    call_id: str
    citizen: str = Field(description="number of the caller; whole to agents whose phones answered")
    asks_number: bool = Field(description="the caller cannot be called back at the number of the call")
    language: str
    wanted: str = Field(description="the language asked for")
    started_at: datetime | None
    queued_at: datetime | None
    agent_at: datetime | None
    ended_at: datetime | None
    talk_seconds: float = Field(description="with the login's own phone, so far")
    recorded: bool
    paused_until: datetime | None = Field(description="the recording pauses")
    stopped: bool = Field(description="the recording is stopped for good")
    service: str = Field(description="service types, or none; empty while nobody has said it")
    ground: str = Field(description="why there was no service")
    topic: str
    topics: list[str] = Field(description="proposed, the likeliest first")
    proposed_services: list[str] = Field(description="those of the cases that were filed in it")
    book_answered: bool | None = Field(description="whether the book answered; null = not asked")
    transfer_reasons: list[str] = Field(
        description="for which the caller was put through; unstated: by keys (P5.1.1)"
    )
    listed: bool = Field(description="on the special list")
    promises: list[OpenPromise]
    cases: list[CallerCase] = Field(description="open ones of this caller (P7.2)")
    earlier: list[EarlierCall]
    busy: list[BusyWith]


class UntaggedCall(RowModel):
    """Answered call without a service type."""

    call_id: str = Field(validation_alias="id")
    agent: str = Field(description="phone that answered first")
    agent_at: datetime


class UntaggedCalls(BaseModel):
    """Calls that wait to be closed."""

    calls: list[UntaggedCall]


class Guidance(BaseModel):
    """State of a call by the rules of P7."""

    state: str
    guidances: int
    ends_at: datetime | None
    emergency: bool
    may_end: bool
    may_hang_up: bool
    judged_by: str
    judgement: str
    judged_why: str


class RungPhone(RowModel):
    """An office's phone that was rung for a call."""

    extension: str
    asked: str
    outcome: str = Field(description="empty = not over yet")
    answered_at: datetime | None


class TalkRecord(BaseModel):
    """State of a talk."""

    place: TalkPlace
    rungs: list[RungPhone]


class TransferBody(RequestModel):
    """To whom, for which reason of P5.1.1."""

    extension: Extension
    why: Literal["faq", "law", "doubt"] = Field(
        description="no answer in the book, specialised law, or a doubt"
    )
    urgent: bool = False


class WayBody(RequestModel):
    """Choice of how to go on from the talk with an officer."""

    way: Way


class RecordingBody(RequestModel):
    """Pause of the recording (P4.12)."""

    pause: bool


class AnsweredBody(RequestModel):
    """Answer to whether the book settled the caller's question (P3.1)."""

    answered: bool
    entry: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")] | None = Field(
        None, description="the one that was read"
    )


class ServiceBody(RequestModel):
    """Service types of the call, or the ground on which there was none; its topic (P3)."""

    services: list[ServiceType] = Field([], max_length=len(ServiceType))
    ground: NoServiceGround | None = Field(
        None, description="why there was no service; only without services"
    )
    topic: Annotated[str, Field(pattern=TOPIC)] | None = Field(
        None, description="entry:12, extension:5112, message:3 or word:noise; the likeliest, if not given"
    )
    why: TransferReason | None = Field(None, description="reason of a transfer that was put through by keys")


class PromiseBody(RequestModel):
    """Matter about which the caller is to be called back."""

    matter: Text = ""
    name: Short = ""
    extension: Extension | None = Field(None, description="the extension in charge, if it is known")
    number: Short = Field("", description="of one who cannot be called at the number of the call")
    without_number: bool = Field(False, description="the caller has none that is dialled")


class StepBody(RequestModel):
    """A step of P7.1 or P7.3."""

    step: Literal["guided", "failed", "topic", "no_topic", "asked", "emergency", "110", "119"]
    reason: Text = ""


class JudgementBody(Reason):
    """A supervisor's judgement."""

    judgement: Literal["authorised", "refused"]


class CameOf(BaseModel):
    """Result of the act."""

    lines: list[str] = []


class PromiseGiven(BaseModel):
    """The promise that was given, or joined."""

    number: int
    due_at: datetime


@room.read("/untagged-calls", Action.FLOOR_WATCH, UntaggedCalls)
def untagged() -> Answer:
    """Answered calls of the days before that nobody has closed, the oldest first (P3)."""
    rows = left_untagged(gate.session(), midnight(gate.now()))
    return Answer(UntaggedCalls(calls=rows))


@room.read("/calls/<call_id>", Action.CALL_ANSWER, Card, writes=True)
def card(path: CallPath) -> Answer:
    """A call and its caller; the number is told whole once to each agent whose phone answered, on record."""
    session, me = gate.session(), gate.me()
    row, reading = call_row(session, path.call_id), None
    if row.caller != ANONYMOUS and was_answered_by(session, row.id, me.phone):
        reading = looks.look_once(session, gate.now(), me.login, f"call:{row.id}", IN_HAND, "number")
    promised = [one for one in find.of_number(session, row.caller) if one.is_pending]
    paused = recording_pause.of_call(session, row.id)
    return Answer(
        filled(
            Card,
            row,
            call_id=row.id,
            citizen=looks.number(row.caller, reading),
            asks_number=not is_dialled(row.caller),
            talk_seconds=talked(session, row.id, me.phone),
            recorded=row.recorded_at is not None or is_sounding(session, row.id),
            paused_until=paused and paused.until,
            stopped=gaps.is_stopped(session, row.id),
            topics=[str(one) for one in proposed(session, row.id)],
            proposed_services=sorted(proposed_services(session, row.id)),
            book_answered=book_answered(session, row.id),
            transfer_reasons=transfer_reasons(session, row.id),
            listed=bool(gate.house().special_list.entry(row.caller, gate.now())),
            promises=promised,
            cases=open_of_phone(session, row.caller),
            earlier=[one for one in calls_of(session, row.caller) if one.id != row.id],
            busy=find.who_else(session, row.caller, me.login, gate.now()),
        )
    )


@room.read("/calls/<call_id>/guidance", Action.CALL_ANSWER, Guidance)
def guidance(path: CallPath) -> Answer:
    """State of a call by the rules of P7."""
    session, rules = gate.session(), gate.house().limit_rules
    seen = standing(session, rules, call_row(session, path.call_id), gate.now())
    state, judged = seen.state, seen.judged
    return Answer(
        Guidance(
            state=type(state).__name__.lower(),
            guidances=len(state.history.guidances),
            ends_at=special_deadline(rules, state).at if isinstance(state, Special) else None,
            emergency=state.history.emergency,
            may_end=may_end(state),
            may_hang_up=may_hang_up(state),
            judged_by=judged.who if judged else "",
            judgement=judged.kind if judged else "",
            judged_why=judged.reason if judged else "",
        )
    )


@room.ask("/calls/<call_id>/now", Action.CALL_ANSWER, TalkRecord)
def now(path: CallPath) -> Answer:
    """Get the state of a talk, and each office's phone that was rung."""
    place = look(gate.factory(), gate.house().pbx, path.call_id, gate.me().phone)
    chosen = select(Leg).where(Leg.call_id == path.call_id, Leg.extension != "", Leg.kind != "agent")
    with gate.read_session() as session:
        rungs = [
            RungPhone.model_validate(leg)
            for leg in session.scalars(chosen.order_by(Leg.started_at, Leg.channel))
        ]
    return Answer(TalkRecord(place=place, rungs=rungs))


@room.act("/calls/<call_id>/put-through", Action.CALL_TRANSFER, CameOf)
def transfer(path: CallPath, body: TransferBody) -> Answer:
    """Ring an extension for the caller; the agent is free."""
    _refuse_others(path)
    return _transferred(Transfers.put_through, path, body)


@room.act("/calls/<call_id>/consult", Action.CALL_TRANSFER, CameOf)
def consult_first(path: CallPath, body: TransferBody) -> Answer:
    """Speak with an officer first; the caller waits with music."""
    return _transferred(consult, path, body)


def _transferred(way: Callable[..., None], path: CallPath, body: TransferBody) -> Answer:
    transfers = gate.house().transfers
    way(transfers, path.call_id, body.extension, body.why, urgent=body.urgent, **gate.stamp())
    return Answer(CameOf())


def _refuse_others(path: CallPath) -> None:
    refuse_others(gate.factory(), gate.house().pbx, path.call_id, **gate.stamp())


def _act(kind: str, path: CallPath, reason: str) -> Answer:
    taken = gate.house().special_steps.act(kind, path.call_id, **gate.stamp(), reason=reason)
    return Answer(CameOf(lines=taken.lines))


@room.act("/calls/<call_id>/go-on", Action.CALL_TRANSFER, CameOf)
def on(path: CallPath, body: WayBody) -> Answer:
    """Join the three, leave, or go back to the caller."""
    go_on(gate.factory(), gate.house().pbx, path.call_id, body.way, **gate.stamp())
    return Answer(CameOf())


@room.act("/calls/<call_id>/recording", Action.CALL_PAUSE, CameOf)
def record(path: CallPath, body: RecordingBody) -> Answer:
    """Pause or resume the recording around an identity number (P4.12)."""
    pauses = gate.house().recording_pauses
    deed: Callable[..., Any] = pauses.pause if body.pause else pauses.resume
    deed(path.call_id, **gate.stamp())
    return Answer(CameOf())


@room.act("/calls/<call_id>/stop-recording", Action.CALL_PAUSE, CameOf)
def stop_recording(path: CallPath, body: Reason) -> Answer:
    """Stop the recording for good, for a caller who refuses it (P4.12)."""
    gate.house().recording_stops.stop(path.call_id, body.reason, **gate.stamp())
    return Answer(CameOf())


@room.act("/calls/<call_id>/answered", Action.CALL_TAG, CameOf)
def answered(path: CallPath, body: AnsweredBody) -> Answer:
    """Put on record whether the book answered the caller's question."""
    _refuse_others(path)
    with gate.write_session() as session:
        if body.entry:
            entry(session, body.entry, gate.now())
        looked_up(session, path.call_id, body.entry or "", answered=body.answered, **gate.stamp())
    return Answer(CameOf())


@room.act("/calls/<call_id>/service", Action.CALL_TAG, CameOf)
def close(path: CallPath, body: ServiceBody) -> Answer:
    """Close the call by saying what it was for: services and topic, or the ground on which there was none."""
    _refuse_others(path)
    with gate.write_session() as session:
        topic = Topic.of(body.topic) if body.topic else None
        said = Disposition(frozenset(body.services), body.ground, topic, body.why)
        tag(session, path.call_id, said, **gate.stamp())
    return Answer(CameOf())


@room.act("/calls/<call_id>/callback", Action.CALLBACK_OPEN, PromiseGiven, 201)
def callback(path: CallPath, body: PromiseBody) -> Answer:
    """Promise the caller a call back; joins what is open for the same number and matter."""
    _refuse_others(path)
    at = gate.now()
    with gate.write_session() as session:
        row = call_row(session, path.call_id)
        if body.extension:
            known(session, "desk", body.extension, at)
        wish = wish_at_desk(
            row,
            gate.house().settings.dialling,
            place_of(session, body.extension or "", at),
            matter=body.matter,
            name=body.name,
            number=body.number,
            without_number=body.without_number,
        )
        given = gate.house().callbacks.open(session, wish, gate.me().login, at)
        session.flush()
        return Answer(PromiseGiven(number=given.id, due_at=given.owed_at), 201)


@room.act("/calls/<call_id>/do", Action.CALL_GUIDE, CameOf)
def step(path: CallPath, body: StepBody) -> Answer:
    """Take a step: guided, the end after the last guidance, a topic, none, ask the supervisor, an emergency.

    In an emergency the supervisors are rung, or 110 or 119 joins the call.
    """
    return _act(body.step, path, body.reason)


@room.act("/calls/<call_id>/judge", Action.CALL_AUTHORISE, CameOf)
def judge(path: CallPath, body: JudgementBody) -> Answer:
    """Authorise or refuse what an agent asked (P7.1)."""
    return _act(body.judgement, path, body.reason)
