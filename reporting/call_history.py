"""The call centre in days, weeks or months that went by, counted from the rows;
every figure says how (P1-b, P13).

A call counts in the hour of Taipei in which it began, a promise in the one in which it was given.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from calls.dispositions import NONE, SERVICES, ServiceType
from calls.outbound_cdr import is_kept_promise
from calls.store import OUTGOING, CallEvent, CallRow, Leg
from calls.topics import CONSULTED, TopicKind
from calls.transfer_reasons import KINDS, UNSTATED, reasons
from hotline.callbacks.rules import CallbackState, was_on_time
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import SURVEY
from hotline.clock import TAIPEI, month_bounds
from hotline.special_callers.store import SpecialCall, SpecialEvent
from ivr.limits import EndRule
from reporting.answer_metrics import SLOWEST, percentile
from reporting.queue_metrics import (
    Part,
    Queue,
    QueueCall,
    counted,
    day_of,
    hour_of,
    hours,
    of_citizens,
    parted,
)
from reporting.table import Row
from transfer.outcome import DialOutcome
from transfer.reasons import RungKind, TransferReason

REASONS: Final = (*TransferReason, UNSTATED)
OTHERS: Final = "others"
TAKERS: Final = (RungKind.DESK, RungKind.NEIGHBOUR, OTHERS)
"""Who takes a call that is put through: others are those followed to, on duty, or of an agency outside."""
BY_RULE: Final = frozenset((EndRule.CAP, EndRule.GUIDANCES))
"""Ends of special calls (P7.1, P7.3); the blanket limit is for everybody."""


class Span(StrEnum):
    """Length of time that is looked at."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Step(StrEnum):
    """Unit of a row: an hour of the day, of all days together, or a day."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class PromiseCount:
    """Promise as it counts; ``on_time`` None: still to be kept, or withdrawn before its time."""

    at: datetime
    on_time: bool | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class PlacedCount:
    """Call that 1999 placed, as it counts (P5.1.1, P5.3, P8.2)."""

    at: datetime
    talk_seconds: float = 0.0
    keeps_promise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures(Queue):
    """Figures of some calls, promises and calls that 1999 placed. Times are seconds; of nothing, None."""

    slow_wait: float | None
    """Of the calls answered, 95 of 100 waited no longer."""
    longest_wait: float | None
    talk: float
    """Citizens with agents and officers, in all."""
    mean_talk: float | None
    """Of the calls with any talk."""
    put_through: int
    connected: int
    taken: Mapping[str, int]
    """Of those connected: by the phone that was answered first, the wanted desk, a neighbour or another."""
    promised: int
    """Given in the time, whoever asked for them."""
    kept: int
    """The first call to the citizen was in time (P5.1.1)."""
    broken: int
    """It was late, or the time has passed without one."""
    withdrawn: int
    """Cancelled in time, and never called."""
    special: int
    ended_by_rule: int
    served: int
    """Closed with a service."""
    services: Mapping[str, int]
    """Calls by their services, none too; one may have several (P3)."""
    topics: Mapping[str, int]
    """Closed calls by their topics, the most frequent first (P3)."""
    untagged: int
    """Answered, and nobody has said what for."""
    book_answered: int
    """The book had the answer (P3.1)."""
    book_failed: int
    """It was asked, and had none."""
    reasons: Mapping[str, int]
    """Calls put through by their reasons, those without one yet too (P5.1.1)."""
    placed: int
    """By 1999, whether a phone was lifted or not, one's own neither."""
    to_keep: int
    """Of those placed: to call back whom it was promised."""
    reached: int
    """Of those placed: somebody was talked with."""
    placed_talk: float

    @property
    def open(self) -> int:
        """Promises whose time has not come, and nobody has called yet."""
        return self.promised - self.kept - self.broken - self.withdrawn


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """The figures of an hour (0 to 23) or of a day."""

    of: Part
    figures: Figures


def bounds(span: Span, day: date) -> tuple[datetime, datetime]:
    """The first instant of the day, week (from Monday) or month that holds ``day``, and of the next one."""
    if span is Span.MONTH:
        return month_bounds(day)
    first = day - timedelta(days=day.weekday()) if span is Span.WEEK else day
    start = datetime(first.year, first.month, first.day, tzinfo=TAIPEI)
    return start, start + timedelta(days=7 if span is Span.WEEK else 1)


def earlier(span: Span) -> timedelta:
    """How far back is what a span is held against: a week, and of a month four, so that weekdays agree."""
    return timedelta(weeks=4 if span is Span.MONTH else 1)


def measure(
    calls: Iterable[QueueCall], promises: Iterable[PromiseCount], placed: Iterable[PlacedCount] = ()
) -> Figures:
    """The figures of these calls and promises; a call that 1999 placed is in its own four alone."""
    calls, promises, placed = list(calls), list(promises), list(placed)
    waits = [one.queue_seconds or 0.0 for one in calls if one.is_answered]
    talks = [one.talk_seconds for one in calls if one.talk_seconds]
    return Figures(
        **asdict(counted(calls)),
        slow_wait=_slow(waits),
        longest_wait=max(waits, default=None),
        talk=sum(talks),
        mean_talk=sum(talks) / len(talks) if talks else None,
        put_through=sum(one.put_through for one in calls),
        connected=sum(one.connected for one in calls),
        taken=_tally(TAKERS, ([_taker(one.taken_by)] for one in calls if one.connected)),
        promised=len(promises),
        kept=sum(one.on_time is True for one in promises),
        broken=sum(one.on_time is False for one in promises),
        withdrawn=sum(one.withdrawn for one in promises),
        special=sum(one.special for one in calls),
        ended_by_rule=sum(one.ended_by_rule for one in calls),
        served=sum(one.service not in ("", NONE) for one in calls),
        services=_tally(SERVICES, (one.service.split() for one in calls)),
        topics=dict(sorted(Counter(one.topic for one in calls if one.topic).items(), key=_most_first)),
        untagged=sum(one.agent_at is not None and not one.service for one in calls),
        book_answered=sum(True in one.read for one in calls),
        book_failed=sum(one.read == {False} for one in calls),
        reasons=_tally(REASONS, (one.reasons for one in calls)),
        placed=len(placed),
        to_keep=sum(one.keeps_promise for one in placed),
        reached=sum(one.talk_seconds > 0 for one in placed),
        placed_talk=sum(one.talk_seconds for one in placed),
    )


def rows(
    step: Step,
    days: Sequence[date],
    calls: Iterable[QueueCall],
    promises: Iterable[PromiseCount],
    placed: Iterable[PlacedCount] = (),
) -> list[HistoryRow]:
    """Rows of each day, also without calls; or of each hour of the day from the first to last with any."""
    of = hour_of if step is Step.HOUR else day_of
    called, promised, out = parted(of, calls), parted(of, promises), parted(of, placed)
    parts = hours({*called, *promised, *out}) if step is Step.HOUR else days
    return [
        HistoryRow(one, measure(called.get(one, ()), promised.get(one, ()), out.get(one, ())))
        for one in parts
    ]


def against(
    step: Step, found: Sequence[HistoryRow], calls: Iterable[QueueCall], back: timedelta
) -> list[Figures]:
    """The figures of calls of ``back`` ago, for each row that they are held against."""
    of = hour_of if step is Step.HOUR else day_of
    earlier_calls = parted(lambda at: of(at + back), calls)
    return [measure(earlier_calls.get(row.of, ()), ()) for row in found]


def days_of(since: datetime, until: datetime) -> list[date]:
    """Days between two midnights of Taipei."""
    return [since.date() + timedelta(days=number) for number in range((until - since).days)]


def called(session: Session, since: datetime, until: datetime) -> list[QueueCall]:
    """The calls of citizens that began in a time."""
    within = (CallRow.started_at >= since, CallRow.started_at < until, CallRow.line != OUTGOING)
    rung = select(Leg.call_id, Leg.asked).join(CallRow, CallRow.id == Leg.call_id)
    rung = rung.where(*within, Leg.kind.in_(RungKind))
    put_through: dict[str, set[str]] = {}
    for call, asked in session.execute(rung):
        put_through.setdefault(call, set()).add(asked)
    answered = rung.where(Leg.outcome == DialOutcome.ANSWERED).with_only_columns(Leg.call_id, Leg.kind)
    taken = dict(session.execute(answered.order_by(Leg.started_at.desc())).all())
    special, ended = _special(session, within)
    transfers, read = _told(session, within)
    return [
        replace(
            one,
            put_through=name in put_through,
            connected=name in taken,
            taken_by=taken.get(name, ""),
            special=name in special,
            ended_by_rule=name in ended,
            reasons=frozenset(reasons(transfers.get(name, ()), put_through.get(name, ()))),
            read=frozenset(read.get(name, ())),
        )
        for name, one in of_citizens(session, since, until)
    ]


def placed_out(session: Session, since: datetime, until: datetime) -> list[PlacedCount]:
    """Calls that 1999 placed in a time, with own phones that nobody lifted or that could not ring."""
    within = (CallRow.started_at >= since, CallRow.started_at < until, CallRow.line == OUTGOING)
    wanted = select(CallRow.id, CallRow.started_at, CallRow.talk_seconds).where(*within)
    return [
        PlacedCount(row.started_at, row.talk_seconds or 0.0, is_kept_promise(row.id))
        for row in session.execute(wanted)
    ]


def promised(session: Session, since: datetime, until: datetime, now: datetime) -> list[PromiseCount]:
    """The promises given in a time, as they stand now; those of the survey were asked for by no citizen."""
    within = Callback.registered_at >= since, Callback.registered_at < until
    wanted = select(Callback).where(*within, Callback.origin != SURVEY)
    return [_promised(row, now) for row in session.scalars(wanted)]


def _promised(row: Callback, now: datetime) -> PromiseCount:
    is_cancelled = row.state == CallbackState.CANCELLED
    last = row.closed_at if is_cancelled and row.closed_at else now
    on_time = was_on_time(row.due_at, row.first_attempt_at, last)
    return PromiseCount(row.registered_at, on_time, withdrawn=is_cancelled and on_time is None)


def _special(session: Session, within: Sequence[ColumnElement[bool]]) -> tuple[set[str], set[str]]:
    """Calls that were special at any time, and those a rule of §15 ended."""
    flagged = select(SpecialEvent.call_id).join(CallRow, CallRow.id == SpecialEvent.call_id)
    ended = select(SpecialCall.call_id).join(CallRow, CallRow.id == SpecialCall.call_id)
    return (
        set(session.scalars(flagged.where(*within, SpecialEvent.to_state == "SPECIAL"))),
        set(session.scalars(ended.where(*within, SpecialCall.ended_by.in_(BY_RULE)))),
    )


def _told(
    session: Session, within: Sequence[ColumnElement[bool]]
) -> tuple[dict[str, list[tuple[str, Mapping[str, Any]]]], dict[str, set[bool]]]:
    """What was said of each call's transfers, in order, and whether the book answered."""
    wanted = select(CallEvent.call_id, CallEvent.kind, CallEvent.detail)
    wanted = wanted.join(CallRow, CallRow.id == CallEvent.call_id)
    wanted = wanted.where(*within, CallEvent.kind.in_((*KINDS, CONSULTED)))
    transfers: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    read: dict[str, set[bool]] = {}
    for call, kind, detail in session.execute(wanted.order_by(CallEvent.at, CallEvent.id)):
        if kind == CONSULTED:
            read.setdefault(call, set()).add(bool(detail["answered"]))
        else:
            transfers.setdefault(call, []).append((kind, detail))
    return transfers, read


def _tally(names: Iterable[str], several: Iterable[Iterable[str]]) -> dict[str, int]:
    found = Counter(one for each in several for one in set(each))
    return {name: found[name] for name in names}


def _taker(kind: str) -> str:
    return kind if kind in (RungKind.DESK, RungKind.NEIGHBOUR) else OTHERS


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    name, count = counted
    return -count, name


def _slow(values: Sequence[float]) -> float | None:
    found = [timedelta(seconds=value) for value in values]
    return percentile(found, SLOWEST).total_seconds() if found else None


def _services(kind: str) -> Callable[[Figures], float | None]:
    return lambda one: one.services[kind]


def _topics(kind: TopicKind) -> Callable[[Figures], float | None]:
    return lambda one: sum(count for topic, count in one.topics.items() if topic.startswith(f"{kind}:"))


def _taken(by: str) -> Callable[[Figures], float | None]:
    return lambda one: one.taken[by]


def _reasons(reason: str) -> Callable[[Figures], float | None]:
    return lambda one: one.reasons[reason]


COLUMNS: Final[Mapping[str, Callable[[Figures], float | None]]] = {
    "calls": lambda one: one.calls,
    "informed": lambda one: one.informed,
    "left_before": lambda one: one.left,
    "queued": lambda one: one.queued,
    "answered": lambda one: one.answered,
    "promised_callback": lambda one: one.called_back,
    "abandoned": lambda one: one.abandoned,
    "within_20_s": lambda one: one.soon,
    "service_level": lambda one: one.level,
    "mean_wait_s": lambda one: one.mean_wait,
    "p95_wait_s": lambda one: one.slow_wait,
    "longest_wait_s": lambda one: one.longest_wait,
    "talk_s": lambda one: one.talk,
    "mean_talk_s": lambda one: one.mean_talk,
    "put_through": lambda one: one.put_through,
    "put_through_answered": lambda one: one.connected,
    **{f"put_through_answered_by_{by}": _taken(by) for by in TAKERS},
    "promises": lambda one: one.promised,
    "promises_kept": lambda one: one.kept,
    "promises_broken": lambda one: one.broken,
    "promises_withdrawn": lambda one: one.withdrawn,
    "promises_open": lambda one: one.open,
    "special": lambda one: one.special,
    "ended_by_rule": lambda one: one.ended_by_rule,
    **{f"service_{kind.name.lower()}": _services(kind) for kind in ServiceType},
    "service_none": _services(NONE),
    **{f"topic_{kind}": _topics(kind) for kind in TopicKind},
    "untagged": lambda one: one.untagged,
    "book_answered": lambda one: one.book_answered,
    "book_failed": lambda one: one.book_failed,
    **{f"transfer_{reason}": _reasons(reason) for reason in REASONS},
    "placed": lambda one: one.placed,
    "placed_to_call_back": lambda one: one.to_keep,
    "placed_reached": lambda one: one.reached,
    "placed_talk_s": lambda one: one.placed_talk,
}
"""What a file of the history has, by the heading of its column; times in seconds, shares from 0 to 1."""


def rows_of(found: Sequence[HistoryRow], whole: Figures) -> list[Row]:
    """The rows under ``COLUMNS``, and the whole as the last one; each begins with what it stands for."""
    lines = [(str(row.of), row.figures) for row in found] + [("all", whole)]
    return [(name, *(_cell(column(one)) for column in COLUMNS.values())) for name, one in lines]


def _cell(value: float | None) -> str:
    return "" if value is None else str(value if isinstance(value, int) else round(value, 4))
