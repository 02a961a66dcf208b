"""Finding promises: what is to be kept, what this citizen was promised before, who is at it now (P7.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.callbacks.rules import PENDING_STATES
from hotline.callbacks.store import (
    Callback,
    CallbackAttempt,
    CallbackEvent,
    CallbackLine,
    CallbackMessage,
    CallbackRequest,
)
from hotline.callbacks.wishes import case_key
from hotline.keys.finding import has
from hotline.numbers import ANONYMOUS, e164


@dataclass(frozen=True, slots=True)
class BusyPerson:
    """A person who is busy with this citizen: ``calling`` on the telephone, else holding a callback."""

    callback_id: int
    who: str
    calling: bool = False


@dataclass(frozen=True)
class CallbackRecord:
    """One promise with all its records, in order of time."""

    row: Callback
    requests: Sequence[CallbackRequest]
    messages: Sequence[CallbackMessage]
    attempts: Sequence[CallbackAttempt]
    events: Sequence[CallbackEvent]


def pending(session: Session, *, agency: str = "") -> list[Callback]:
    """Promises to be kept, the most urgent first; of one agency or of all."""
    chosen = select(Callback).where(Callback.state.in_(PENDING_STATES))
    if agency:
        chosen = chosen.where(Callback.agency == agency)
    return list(session.scalars(chosen.order_by(Callback.due_at, Callback.id)))


def of_number(session: Session, number: str) -> list[Callback]:
    """List all promises to a number, newest first, also those closed unreached (§9.2); none if hidden."""
    sent = e164(number)
    if sent == ANONYMOUS:
        return []
    chosen = select(Callback).where(has(Callback.number_hash, sent))
    return list(session.scalars(chosen.order_by(Callback.registered_at.desc(), Callback.id.desc())))


def of_case(session: Session, number: str) -> Callback | None:
    """Find the promise, still to be kept, that an officer contacts who asked again about a case (P7.2)."""
    return session.scalars(select(Callback).where(has(Callback.open_key, case_key(number)))).one_or_none()


def who_else(session: Session, number: str, me: str, at: datetime) -> list[BusyPerson]:
    """List who besides ``me`` is busy with this citizen now, to warn a second person who opens the number."""
    sent = e164(number)
    if sent == ANONYMOUS:
        return []
    calls = select(CallbackLine).where(has(CallbackLine.number, sent), CallbackLine.until > at)
    held = select(Callback).where(
        has(Callback.number_hash, sent),
        Callback.state.in_(PENDING_STATES),
        Callback.holder.not_in(("", me)),
        or_(Callback.held_until.is_(None), Callback.held_until > at),
    )
    calling = [
        BusyPerson(line.callback_id, line.by, True) for line in session.scalars(calls) if line.by != me
    ]
    return calling + [BusyPerson(row.id, row.holder) for row in session.scalars(held.order_by(Callback.id))]


def of_call(session: Session, call_id: str) -> Callback | None:
    """Find the first promise of a call, also if it joined what was promised before."""
    return next(iter(all_of_call(session, call_id)), None)


def all_of_call(session: Session, call_id: str) -> list[Callback]:
    """List all promises of a call in the order of its requests: each matter has a promise of its own."""
    joined = select(Callback).join(CallbackRequest, CallbackRequest.callback_id == Callback.id)
    asked = CallbackRequest.call_id
    chosen = joined.where(or_(asked == call_id, asked.startswith(f"{call_id}/", autoescape=True)))
    return list(session.scalars(chosen.order_by(CallbackRequest.at, asked)).unique())


def whole(session: Session, row: Callback) -> CallbackRecord:
    """The promise with its requests, spoken messages, attempts and events."""
    asked = select(CallbackRequest).where(CallbackRequest.callback_id == row.id).order_by(CallbackRequest.at)
    requests = session.scalars(asked).all()
    calls = [request.call_id.partition("/")[0] for request in requests]
    messages = select(CallbackMessage).where(CallbackMessage.call_id.in_(calls)).order_by(CallbackMessage.at)
    attempts = select(CallbackAttempt).where(CallbackAttempt.callback_id == row.id)
    attempts = attempts.order_by(CallbackAttempt.at, CallbackAttempt.id)
    events = select(CallbackEvent).where(CallbackEvent.callback_id == row.id)
    events = events.order_by(CallbackEvent.at, CallbackEvent.id)
    told = session.scalars(messages).all(), session.scalars(attempts).all(), session.scalars(events).all()
    return CallbackRecord(row, requests, *told)
