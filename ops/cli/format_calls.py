"""Calls as a person reads them at the command line; numbers are masked."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from calls.find import CallStory, story
from calls.store import OUTGOING, CallRow
from hotline.clock import TAIPEI
from hotline.db import Sessions, transaction
from hotline.log_masking import mask_numbers, masked


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
        told = story(session, call_id)
        return [_line(told.row), *_closed(told.row), *_events(told), *_legs(told), *_kept(told)]


def _closed(row: CallRow) -> Iterator[str]:
    if row.service:
        yield f"  closed     {row.service} {row.ground or row.topic}"


def _events(told: CallStory) -> Iterator[str]:
    for event in told.events:
        fields = ", ".join(
            f"{name}={value}" for name, value in mask_numbers(None, "", dict(event.detail)).items()
        )
        yield f"  {_clock(event.at)}  {event.kind:<18} {fields}"


def _legs(told: CallStory) -> Iterator[str]:
    for leg in told.legs:
        ring, talk = leg.ring_seconds or 0.0, leg.talk_seconds or 0.0
        phone = f"{leg.extension or leg.phone} {leg.kind}"
        yield f"  leg        {phone:<16} {leg.outcome:<11} rang {ring:.1f} s, talked {talk:.1f} s"


def _kept(told: CallStory) -> Iterator[str]:
    for one in told.recordings:
        seconds = f"{one.seconds:.1f} s" if one.seconds is not None else ""
        yield f"  recording  {one.direction:<12} {one.state:<10} {seconds} {one.path} {one.sha256[:12]} {one.reason}"
    for gap in told.gaps:
        end = _clock(gap.until) if gap.until else "the end"
        yield f"  gap        {gap.why:<12} {_clock(gap.since)} until {end}"
    for promise in told.promises:
        yield f"  promise    {promise.id}: {masked(promise.number)} until {_clock(promise.due_at)} ({promise.state})"


def _clock(at: datetime | None) -> str:
    return at.astimezone(TAIPEI).strftime("%m-%d %H:%M:%S") if at else "?"
