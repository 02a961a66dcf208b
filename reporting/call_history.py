"""The call centre in days, weeks, months or years that went by, counted from the rows;
every figure says how (P1-b, P13).

A call counts in the hour of Taipei in which it began, a promise in the one in which it was given.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final

from calls.dispositions import NONE, SERVICES, ServiceType
from calls.topics import TopicKind
from calls.transfer_reasons import UNSTATED
from hotline.clock import TAIPEI, midnight, month_bounds, month_of
from reporting.hour_sums.rules import REASON, SERVICE, TAKEN, TAKERS, TOPIC, CallSum, total
from reporting.queue_metrics import Part, Queue, day_of, hour_of, hours
from reporting.table import Row
from transfer.reasons import TransferReason

REASONS: Final = (*TransferReason, UNSTATED)
QUEUE: Final = tuple(one.name for one in fields(Queue) if one.name != "waited")
SAME: Final = (
    *("put_through", "connected", "special", "ended_by_rule", "served", "untagged", "book_answered"),
    *("book_failed", "placed", "to_keep", "reached", "promised", "kept", "broken", "withdrawn"),
)
"""Counts that figures have as sums have them."""


class Span(StrEnum):
    """Length of time that is looked at."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Step(StrEnum):
    """Unit of a row: an hour of the day, of all days together, a day or a month."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


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
    """The figures of an hour (0 to 23), of a day, or of a month by its first day."""

    of: Part
    figures: Figures


def bounds(span: Span, day: date) -> tuple[datetime, datetime]:
    """The first instant of the day, week (from Monday), month or year that holds ``day``, and of the next."""
    if span is Span.YEAR:
        return midnight(date(day.year, 1, 1)), midnight(date(day.year + 1, 1, 1))
    if span is Span.MONTH:
        return month_bounds(day)
    first = day - timedelta(days=day.weekday()) if span is Span.WEEK else day
    start = datetime(first.year, first.month, first.day, tzinfo=TAIPEI)
    return start, start + timedelta(days=7 if span is Span.WEEK else 1)


BACK: Final = {Span.MONTH: timedelta(weeks=4), Span.YEAR: timedelta(weeks=52)}


def earlier(span: Span) -> timedelta:
    """How far back is what a span is held against: whole weeks, so that weekdays agree."""
    return BACK.get(span, timedelta(weeks=1))


def measure(of: CallSum) -> Figures:
    """The figures of calls and promises that were summed up; what 1999 placed is in its own four alone."""
    counts, kinds = of.counts, of.named(SERVICE)
    taken, reasons = of.named(TAKEN), of.named(REASON)
    return Figures(
        **{name: counts[name] for name in (*QUEUE, *SAME)},
        waited=counts["waited_ms"] / 1000,
        slow_wait=of.slow,
        longest_wait=of.longest,
        talk=_seconds(counts["talk_ms"], counts["talked"]),
        mean_talk=counts["talk_ms"] / 1000 / counts["talked"] if counts["talked"] else None,
        taken={by: taken.get(by, 0) for by in TAKERS},
        services={kind: kinds.get(kind, 0) for kind in SERVICES},
        topics=dict(sorted(of.named(TOPIC).items(), key=_most_first)),
        reasons={reason: reasons.get(reason, 0) for reason in REASONS},
        placed_talk=_seconds(counts["placed_ms"], counts["placed"]),
    )


OF: Final[Mapping[Step, Callable[[datetime], Part]]] = {
    Step.HOUR: hour_of,
    Step.DAY: day_of,
    Step.MONTH: month_of,
}
"""The part in which an instant lies."""


def by_part(
    step: Step, *sums: Mapping[datetime, CallSum], back: timedelta = timedelta(0)
) -> dict[Part, CallSum]:
    """Sums of hours, by their first instants, added up to those of parts; of ``back`` ago, for each part that
    is held against them.
    """
    found = defaultdict[Part, list[CallSum]](list)
    for at, of in chain.from_iterable(one.items() for one in sums):
        found[OF[step](at + back)].append(of)
    return {one: total(several) for one, several in found.items()}


def rows(step: Step, days: Sequence[date], sums: Mapping[Part, CallSum]) -> list[HistoryRow]:
    """Rows of each day or month, also without calls; or of each hour of the day from the first to last with
    any.
    """
    return [HistoryRow(one, measure(sums.get(one, CallSum()))) for one in _parts(step, days, sums)]


def _parts(step: Step, days: Sequence[date], known: Iterable[Part]) -> Iterable[Part]:
    if step is Step.HOUR:
        return hours(known)
    return days if step is Step.DAY else dict.fromkeys(day.replace(day=1) for day in days)


def against(found: Sequence[HistoryRow], before: Mapping[Part, CallSum]) -> list[Figures]:
    """The figures of the calls of before, for each row that they are held against."""
    return [measure(before.get(row.of, CallSum())) for row in found]


def days_of(since: datetime, until: datetime) -> list[date]:
    """Days between two midnights of Taipei."""
    return [since.date() + timedelta(days=number) for number in range((until - since).days)]


def _seconds(milliseconds: int, many: int) -> float:
    """The seconds of some calls; of none, none."""
    return milliseconds / 1000 if many else 0


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    name, count = counted
    return -count, name


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
SHARES: Final = frozenset(("service_level",))
"""Columns that are read in percent."""


def rows_of(found: Sequence[HistoryRow], whole: Figures) -> list[Row]:
    """The rows under ``COLUMNS``, and the whole as the last one; each begins with what it stands for."""
    lines = [(str(row.of), row.figures) for row in found] + [("all", whole)]
    return [(name, *(_cell(of, column(one)) for of, column in COLUMNS.items())) for name, one in lines]


def _cell(column: str, value: float | None) -> str:
    if value is None:
        return ""
    if column in SHARES:
        return f"{value:.1%}"
    return str(value if isinstance(value, int) else round(value, 4))
