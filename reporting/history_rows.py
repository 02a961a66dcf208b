"""Rows behind a number of the call centre's history: calls, promises, and calls that 1999 placed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.dispositions import NONE, ServiceType
from calls.topics import TopicKind
from hotline.callbacks.rules import CallbackState, was_on_time
from hotline.callbacks.store import Callback
from hotline.callbacks.wishes import SURVEY
from hotline.clock import TAIPEI, midnight
from reporting.call_history import COLUMNS, REASONS, Figures, Step, by_part, days_of, rows
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rows import called, placed_out
from reporting.hour_sums.rules import OTHERS, TAKERS, CallSum, PlacedCount
from reporting.hour_sums.service import PATIENCE, sums
from reporting.queue_metrics import Part, QueueCall, day_of, hour_of
from reporting.rows_behind import CountedKind, RowsBehind

LONGEST: Final = timedelta(days=31)
"""Of a longer time nothing is listed: its months lead to the rows (``months_behind``)."""


@dataclass(frozen=True, slots=True)
class PromiseCount:
    """Promise as it counts; ``on_time`` None: still to be kept, or withdrawn before its time."""

    at: datetime
    on_time: bool | None
    withdrawn: bool
    id: str


def _served(kind: str) -> Callable[[QueueCall], bool]:
    return lambda one: kind in one.service.split()


def _about(kind: TopicKind) -> Callable[[QueueCall], bool]:
    return lambda one: one.topic.startswith(f"{kind}:")


def _taken(by: str) -> Callable[[QueueCall], bool]:
    others = frozenset(TAKERS) - {OTHERS}
    return lambda one: one.connected and (one.taken_by if one.taken_by in others else OTHERS) == by


def _reason(reason: str) -> Callable[[QueueCall], bool]:
    return lambda one: reason in one.reasons


CALLS: Final[Mapping[str, Callable[[QueueCall], bool]]] = {
    "calls": lambda one: True,
    "informed": lambda one: one.informed,
    "left_before": lambda one: one.left,
    "queued": lambda one: one.queued_at is not None,
    "answered": lambda one: one.is_answered,
    "promised_callback": lambda one: one.is_unmet and one.promised,
    "abandoned": lambda one: one.is_unmet and not one.promised,
    "within_20_s": lambda one: one.is_soon,
    "put_through": lambda one: one.put_through,
    "put_through_answered": lambda one: one.connected,
    **{f"put_through_answered_by_{by}": _taken(by) for by in TAKERS},
    "put_through_in_vain": lambda one: one.put_through and not one.connected,
    "special": lambda one: one.special,
    "ended_by_rule": lambda one: one.ended_by_rule,
    **{f"service_{kind.name.lower()}": _served(kind) for kind in ServiceType},
    "service_none": _served(NONE),
    **{f"topic_{kind}": _about(kind) for kind in TopicKind},
    "with_topic": lambda one: bool(one.topic),
    "untagged": lambda one: one.agent_at is not None and not one.service,
    "book_answered": lambda one: True in one.read,
    "book_failed": lambda one: one.read == {False},
    **{f"transfer_{reason}": _reason(reason) for reason in REASONS},
}
PROMISES: Final[Mapping[str, Callable[[PromiseCount], bool]]] = {
    "promises": lambda one: True,
    "promises_kept": lambda one: one.on_time is True,
    "promises_broken": lambda one: one.on_time is False,
    "promises_withdrawn": lambda one: one.withdrawn,
    "promises_open": lambda one: one.on_time is None and not one.withdrawn,
}
PLACED: Final[Mapping[str, Callable[[PlacedCount], bool]]] = {
    "placed": lambda one: True,
    "placed_to_call_back": lambda one: one.keeps_promise,
    "placed_reached": lambda one: one.talk_seconds > 0,
}
OPENED: Final[Mapping[str, CountedKind]] = {
    **dict.fromkeys((*CALLS, *PLACED), CountedKind.CALL),
    **dict.fromkeys(PROMISES, CountedKind.PROMISE),
}
"""Columns of the history whose numbers can be opened; the others are times and shares."""
ALONE: Final[Mapping[str, Callable[[Figures], float | None]]] = {
    "put_through_in_vain": lambda one: one.put_through - one.connected,
    "with_topic": lambda one: sum(one.topics.values()),
}
"""Those that the page alone has, and no file."""


def part_of(text: str) -> Part | None:
    """The hour or the day that is named; None for the whole, and for what is neither."""
    if text.isascii() and text.isdecimal() and len(text) < 3:
        return int(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def rows_of_history(
    session: Session,
    since: datetime,
    until: datetime,
    at: datetime,
    column: str,
    part: Part | None = None,
) -> RowsBehind:
    """The rows behind a number of a time, as known ``at``; of an hour of its days or of a day, or of all."""
    if column not in OPENED or until - since > LONGEST:
        return RowsBehind(CountedKind.CALL)
    if counts := CALLS.get(column):
        found = _chosen(called(session, since, until), counts, part)
    elif promise := PROMISES.get(column):
        found = _chosen(_promised(session, since, until, at), promise, part)
    else:
        found = _chosen(placed_out(session, since, until), PLACED[column], part)
    return RowsBehind(OPENED[column], found)


def months_behind(
    session: Session,
    since: datetime,
    until: datetime,
    at: datetime,
    column: str,
    hour: Part | None = None,
    back: timedelta = timedelta(0),
) -> list[tuple[date, int]]:
    """How many of the rows behind a number each month has, by its first day; of an hour of its days,
    or of all.

    ``back``: how long before the months the time lies, where they are held against it. Raises HoursNotSummed.
    """

    def within(several: Mapping[datetime, CallSum]) -> dict[datetime, CallSum]:
        return {one: of for one, of in several.items() if hour is None or hour_of(one) == hour}

    counts = ({**COLUMNS, **ALONE}).get(column) if column in OPENED else None
    if not counts:
        return []
    found = within(sums(session, since, until, PATIENCE)), within(promised(session, since, until, at))
    last = (until + back - timedelta(microseconds=1)).astimezone(TAIPEI)
    days = days_of(since + back, midnight(last.date() + timedelta(days=1)))
    of = rows(Step.MONTH, days, by_part(Step.MONTH, *found, back=back))
    return [(one.of, int(counts(one.figures) or 0)) for one in of if isinstance(one.of, date)]


def _promised(session: Session, since: datetime, until: datetime, now: datetime) -> list[PromiseCount]:
    """The promises given in a time, as they stand now; those of the survey were asked for by no citizen."""
    within = Callback.registered_at >= since, Callback.registered_at < until, Callback.origin != SURVEY
    found = []
    for row in session.scalars(select(Callback).where(*within)):
        is_cancelled = row.state == CallbackState.CANCELLED
        last = row.closed_at if is_cancelled and row.closed_at else now
        on_time = was_on_time(row.due_at, row.first_attempt_at, last)
        is_withdrawn = is_cancelled and on_time is None
        found.append(PromiseCount(row.registered_at, on_time, is_withdrawn, str(row.id)))
    return found


_One = TypeVar("_One", QueueCall, PromiseCount, PlacedCount)


def _chosen(several: Iterable[_One], counts: Callable[[_One], bool], part: Part | None) -> list[str]:
    """Ids of those that count in a part, in the order of time."""
    of = hour_of if isinstance(part, int) else day_of
    here = [one for one in several if (part is None or of(one.at) == part) and counts(one)]
    return [one.id for one in sorted(here, key=lambda one: (one.at, one.id))]
