"""The call centre in days, weeks or months that went by, counted from the rows; every figure says how (P1-b, P13).

A call counts in the hour of Taipei in which it began, a promise in the one in which it was given.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from hotline.callbacks.rules import State, was_on_time
from hotline.callbacks.store import Callback
from hotline.clock import TAIPEI
from hotline.reports.rules import SLOWEST, month_bounds, percentile
from hotline.special.store import SpecialCall, SpecialEvent
from ivr.legs import LegOutcome
from ivr.limits import Why
from ivr.record import Outcome
from ivr.store import OUTGOING, CallRow, Leg
from ops.floor import SOON_ENOUGH
from transfer.reasons import RungKind

One = TypeVar("One", "Called", "Promised", "PlacedOut")
BY_RULE: Final = frozenset((Why.CAP, Why.GUIDANCES))
"""Ends of special calls (P7.1, P7.3); the blanket limit is for everybody."""


class Span(StrEnum):
    """How much is looked at."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Step(StrEnum):
    """What a row stands for: an hour of the day, of all days together, or a day."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Called:
    """What counts of a call."""

    at: datetime
    queued_at: datetime | None = None
    agent_at: datetime | None = None
    ended_at: datetime | None = None
    queue_seconds: float | None = None
    talk_seconds: float | None = None
    put_through: bool = False
    """An office's phone was rung for the caller."""
    connected: bool = False
    """And one of them was answered."""
    special: bool = False
    ended_by_rule: bool = False
    promised: bool = False
    """It came to a promise of a callback."""


@dataclass(frozen=True, slots=True)
class Promised:
    """What counts of a promise; ``on_time`` None: still to be kept, or withdrawn before its time."""

    at: datetime
    on_time: bool | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class PlacedOut:
    """What counts of a call that 1999 placed (P5.3, P8.2)."""

    at: datetime
    talk_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some calls, promises and calls that 1999 placed. Times are seconds; of nothing they are None."""

    calls: int
    queued: int
    answered: int
    called_back: int
    """Of the queue: not answered, and promised a callback."""
    abandoned: int
    soon: int
    mean_wait: float | None
    slow_wait: float | None
    longest_wait: float | None
    talk: float
    mean_talk: float | None
    put_through: int
    connected: int
    promised: int
    kept: int
    broken: int
    withdrawn: int
    special: int
    ended_by_rule: int
    placed: int
    reached: int
    """Placed, and the agent talked with somebody."""
    placed_talk: float

    @property
    def level(self) -> float | None:
        """The service level, 0 to 1."""
        counted = self.answered + self.called_back + self.abandoned
        return self.soon / counted if counted else None

    @property
    def open(self) -> int:
        """Promises whose time has not come, and nobody has called yet."""
        return self.promised - self.kept - self.broken - self.withdrawn


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of an hour (0 to 23) or of a day."""

    of: int | date
    figures: Figures


def bounds(span: Span, day: date) -> tuple[datetime, datetime]:
    """The first instant of the day, week (from Monday) or month that holds ``day``, and of the next one."""
    if span is Span.MONTH:
        return month_bounds(day)
    first = day - timedelta(days=day.weekday()) if span is Span.WEEK else day
    start = datetime(first.year, first.month, first.day, tzinfo=TAIPEI)
    return start, start + timedelta(days=7 if span is Span.WEEK else 1)


def measure(
    calls: Iterable[Called], promises: Iterable[Promised], placed: Iterable[PlacedOut] = ()
) -> Figures:
    """The figures of these calls and promises; a call that 1999 placed is in its own three alone."""
    calls, promises, placed = list(calls), list(promises), list(placed)
    queued = [one for one in calls if one.queued_at]
    answered = [one for one in queued if one.agent_at]
    unmet = [one for one in queued if not one.agent_at and one.ended_at]
    waits = [one.queue_seconds or 0.0 for one in answered]
    talks = [one.talk_seconds for one in calls if one.talk_seconds]
    return Figures(
        calls=len(calls), queued=len(queued), answered=len(answered),
        called_back=sum(one.promised for one in unmet), abandoned=sum(not one.promised for one in unmet),
        soon=sum(_is_soon(one) for one in answered),
        mean_wait=_mean(waits), slow_wait=_slow(waits), longest_wait=max(waits, default=None),
        talk=sum(talks), mean_talk=_mean(talks),
        put_through=sum(one.put_through for one in calls), connected=sum(one.connected for one in calls),
        promised=len(promises), kept=sum(one.on_time is True for one in promises),
        broken=sum(one.on_time is False for one in promises),
        withdrawn=sum(one.withdrawn for one in promises),
        special=sum(one.special for one in calls), ended_by_rule=sum(one.ended_by_rule for one in calls),
        placed=len(placed), reached=sum(one.talk_seconds > 0 for one in placed),
        placed_talk=sum(one.talk_seconds for one in placed),
    )  # fmt: skip


def rows(
    step: Step,
    days: Sequence[date],
    calls: Iterable[Called],
    promises: Iterable[Promised],
    placed: Iterable[PlacedOut] = (),
) -> list[Row]:
    """A row for each day, also one without a call; or for each hour of the day from the first with any to the last."""
    of = _hour if step is Step.HOUR else _day
    called, promised, out = _grouped(of, calls), _grouped(of, promises), _grouped(of, placed)
    found = called.keys() | promised.keys() | out.keys()
    hours = [one for one in found if isinstance(one, int)]
    keys = range(min(hours, default=0), max(hours, default=-1) + 1) if step is Step.HOUR else days
    return [Row(key, measure(called.get(key, ()), promised.get(key, ()), out.get(key, ()))) for key in keys]


def days_of(since: datetime, until: datetime) -> list[date]:
    """Every day between two midnights of Taipei."""
    return [since.date() + timedelta(days=number) for number in range((until - since).days)]


def called(session: Session, since: datetime, until: datetime) -> list[Called]:
    """The calls of citizens that began in a time."""
    within = (CallRow.started_at >= since, CallRow.started_at < until, CallRow.line != OUTGOING)
    rung = select(Leg.call_id).join(CallRow, CallRow.id == Leg.call_id).where(*within, Leg.kind.in_(RungKind))
    put_through = set(session.scalars(rung))
    connected = set(session.scalars(rung.where(Leg.outcome == LegOutcome.ANSWERED)))
    special, ended = _special(session, within)
    wanted = select(
        CallRow.id, CallRow.started_at, CallRow.queued_at, CallRow.agent_at, CallRow.ended_at,
        CallRow.queue_seconds, CallRow.talk_seconds, CallRow.outcome,
    ).where(*within)  # fmt: skip
    return [
        Called(
            row.started_at, row.queued_at, row.agent_at, row.ended_at, row.queue_seconds, row.talk_seconds,
            row.id in put_through, row.id in connected, row.id in special, row.id in ended,
            row.outcome == Outcome.PROMISED,
        )
        for row in session.execute(wanted)
    ]  # fmt: skip


def placed_out(session: Session, since: datetime, until: datetime) -> list[PlacedOut]:
    """The calls that 1999 placed in a time and that rang a phone, an agent's own at least."""
    within = (CallRow.started_at >= since, CallRow.started_at < until, CallRow.line == OUTGOING)
    wanted = select(CallRow.started_at, CallRow.talk_seconds).where(*within)
    return [PlacedOut(row.started_at, row.talk_seconds or 0.0) for row in session.execute(wanted)]


def promised(session: Session, since: datetime, until: datetime, now: datetime) -> list[Promised]:
    """The promises given in a time, as they stand now."""
    wanted = select(Callback).where(Callback.registered_at >= since, Callback.registered_at < until)
    return [_promised(row, now) for row in session.scalars(wanted)]


def _promised(row: Callback, now: datetime) -> Promised:
    is_cancelled = row.state == State.CANCELLED
    last = row.closed_at if is_cancelled and row.closed_at else now
    on_time = was_on_time(row.due_at, row.first_attempt_at, last)
    return Promised(row.registered_at, on_time, withdrawn=is_cancelled and on_time is None)


def _special(session: Session, within: Sequence[ColumnElement[bool]]) -> tuple[set[str], set[str]]:
    """Calls that were special at any time, and those a rule of §15 ended."""
    flagged = select(SpecialEvent.call_id).join(CallRow, CallRow.id == SpecialEvent.call_id)
    ended = select(SpecialCall.call_id).join(CallRow, CallRow.id == SpecialCall.call_id)
    return (
        set(session.scalars(flagged.where(*within, SpecialEvent.to_state == "SPECIAL"))),
        set(session.scalars(ended.where(*within, SpecialCall.ended_by.in_(BY_RULE)))),
    )


def _is_soon(one: Called) -> bool:
    return bool(one.queued_at and one.agent_at and one.agent_at - one.queued_at <= SOON_ENOUGH)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _slow(values: Sequence[float]) -> float | None:
    found = [timedelta(seconds=value) for value in values]
    return percentile(found, SLOWEST).total_seconds() if found else None


def _hour(at: datetime) -> int | date:
    return at.astimezone(TAIPEI).hour


def _day(at: datetime) -> int | date:
    return at.astimezone(TAIPEI).date()


def _grouped(of: Callable[[datetime], int | date], all_of_them: Iterable[One]) -> dict[int | date, list[One]]:
    found: dict[int | date, list[One]] = {}
    for one in all_of_them:
        found.setdefault(of(one.at), []).append(one)
    return found
