"""Calls as a person reads them at the command line; numbers are masked."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import OUTGOING, CallEvent, CallRow, Leg, NoSuchCall
from hotline.callbacks.find import all_of_call
from hotline.clock import TAIPEI
from hotline.db import Sessions, transaction
from hotline.log_masking import mask_numbers, masked
from recordings.store import Recording


def list_calls(factory: Sessions, last: int) -> list[str]:
    """The latest calls, newest first, one line each."""
    with transaction(factory) as session:
        rows = session.scalars(select(CallRow).order_by(CallRow.started_at.desc()).limit(last))
        return [_line(row) for row in rows] or ["no calls yet"]


def _line(row: CallRow) -> str:
    end = f"{row.outcome or '-'} ({row.end_reason})" if row.end_reason else "is up"
    talk = f"{row.talk_seconds:.0f} s with {row.agent}" if row.talk_seconds else "no talk"
    who = f"1999 to {row.dialled}".removesuffix(" to ") if row.line == OUTGOING else masked(row.caller)
    return f"{_clock(row.started_at)}  {row.id:<26} {who:<14} {row.wanted:<7} {talk:<24} {end}"


def show_call(factory: Sessions, call_id: str) -> list[str]:
    """Everything about one call, in order. Raises NoSuchCall."""
    with transaction(factory) as session:
        row = session.get(CallRow, call_id)
        if row is None:
            raise NoSuchCall(call_id)
        return [_line(row), *_events(session, call_id), *_legs(session, call_id), *_kept(session, call_id)]


def _events(session: Session, call_id: str) -> Iterator[str]:
    query = select(CallEvent).where(CallEvent.call_id == call_id).order_by(CallEvent.at, CallEvent.id)
    for event in session.scalars(query):
        fields = ", ".join(
            f"{name}={value}" for name, value in mask_numbers(None, "", dict(event.detail)).items()
        )
        yield f"  {_clock(event.at)}  {event.kind:<18} {fields}"


def _legs(session: Session, call_id: str) -> Iterator[str]:
    for leg in session.scalars(select(Leg).where(Leg.call_id == call_id).order_by(Leg.started_at)):
        ring, talk = leg.ring_seconds or 0.0, leg.talk_seconds or 0.0
        phone = f"{leg.extension or leg.phone} {leg.kind}"
        yield f"  leg        {phone:<16} {leg.outcome:<11} rang {ring:.1f} s, talked {talk:.1f} s"


def _kept(session: Session, call_id: str) -> Iterator[str]:
    for one in session.scalars(select(Recording).where(Recording.call_id == call_id)):
        seconds = f"{one.seconds:.1f} s" if one.seconds is not None else ""
        yield f"  recording  {one.direction:<12} {one.state:<10} {seconds} {one.path} {one.sha256[:12]} {one.reason}"
    for promise in all_of_call(session, call_id):
        yield f"  promise    {promise.id}: {masked(promise.number)} until {_clock(promise.due_at)} ({promise.state})"


def _clock(at: datetime | None) -> str:
    return at.astimezone(TAIPEI).strftime("%m-%d %H:%M:%S") if at else "?"
