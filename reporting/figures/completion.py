"""First-call completion: calls settled at once, whose number did not call again on that topic (P12.2).

A call counts once its seven days have passed, whatever is known before; until then it is undecided. Numbers
are compared by their keyed hashes. Whose number is hidden, or kept no more, cannot be seen to call again:
such a call counts by what itself came to, and is named.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from calls.dispositions import NONE, ServiceType
from calls.store import OUTGOING, CallEvent, CallRow, Leg
from calls.topics import CONSULTED
from hotline.cases.store import Case
from hotline.numbers import ANONYMOUS
from reporting.answer_times import MonthTable
from reporting.figures.spans import KnownMonth, share
from transfer.outcome import DialOutcome
from transfer.reasons import RungKind

AGAIN: Final = timedelta(days=7)
"""Within which a further call shows that the first one did not do."""
ALL: Final = "all"
HEAD: Final = (
    *("service", "settled", "counted", "completion", "called again", "not settled", "undecided", "hidden"),
    "untagged",
)
FILED: Final = (ServiceType.PETITION, ServiceType.NOTIFY, ServiceType.QUICK)
"""Services that are settled in a call when a case is filed."""


class Completion(StrEnum):
    """What came of an answered call that was a service."""

    COMPLETED = "completed"
    CALLED_AGAIN = "called-again"
    NOT_SETTLED = "not-settled"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """An answered call that was a service; ``again_at``: the next call of the number on that topic."""

    id: str
    at: datetime
    services: frozenset[ServiceType]
    is_settled: bool
    again_at: datetime | None = None
    is_hidden: bool = False

    def completion(self, at: datetime) -> Completion:
        """What is known of it at an instant; a further call exactly seven days later is one."""
        if at <= self.at + AGAIN:
            return Completion.UNDECIDED
        if not self.is_settled:
            return Completion.NOT_SETTLED
        if self.again_at and self.again_at <= self.at + AGAIN:
            return Completion.CALLED_AGAIN
        return Completion.COMPLETED


def is_settled(
    services: Iterable[ServiceType], *, is_read_in_vain: bool, is_connected: bool, is_filed: bool
) -> bool:
    """Tell whether each service of a call was settled in it.

    A consultation was answered unless the book was asked in vain, a transfer was connected, a case filed.
    """
    settled = {
        ServiceType.CONSULTATION: not is_read_in_vain,
        ServiceType.TRANSFER: is_connected,
        **dict.fromkeys(FILED, is_filed),
    }
    return all(settled.get(one, True) for one in services)


def completion(session: Session, month: KnownMonth) -> MonthTable:
    """All calls together, then by each of their services; a call of two services is in both rows."""
    calls = service_calls(session, month)
    rows = [(*_row(ALL, calls, month.at), str(_untagged(session, month)))]
    for kind in ServiceType:
        found = [one for one in calls if kind in one.services]
        rows.append((*_row(kind, found, month.at), ""))
    return MonthTable(f"{month} first-call completion: {len(calls)} calls", HEAD, 1, rows)


def _row(name: str, calls: Collection[ServiceCall], at: datetime) -> tuple[str, ...]:
    found = Counter(one.completion(at) for one in calls)
    counted = len(calls) - found[Completion.UNDECIDED]
    hidden = sum(one.is_hidden and one.completion(at) is Completion.COMPLETED for one in calls)
    done = found[Completion.COMPLETED]
    numbers = (*map(str, (done, counted)), share(done, counted))
    rest = (found[Completion.CALLED_AGAIN], found[Completion.NOT_SETTLED], found[Completion.UNDECIDED])
    return name, *numbers, *map(str, (*rest, hidden))


def service_calls(session: Session, month: KnownMonth) -> list[ServiceCall]:
    """The answered calls of citizens that began in the month and were a service, the latest first."""
    within, until = _within(month), month.until
    filed = _ids(session, select(Case.call_id).where(Case.number.is_not(None)), Case.call_id, within)
    connected = _ids(session, _CONNECTED, Leg.call_id, within)
    in_vain = _read_in_vain(session, within)
    return [
        ServiceCall(
            row.id,
            row.started_at,
            services,
            is_settled(
                services,
                is_read_in_vain=row.id in in_vain,
                is_connected=row.id in connected,
                is_filed=row.id in filed,
            ),
            again_at,
            is_hidden,
        )
        for row, again_at, is_hidden in _followed(session, month)
        if row.started_at < until and row.agent_at and (services := _services(row.service))
    ]


def _followed(session: Session, month: KnownMonth) -> Iterator[tuple[Any, datetime | None, bool]]:
    """Calls of the month and of the seven days after it, each with the next on its topic of its number.

    One way through the index by time, the latest first: what was seen last of a number and topic comes next.
    """
    hidden = CallRow.caller_hash.in_((ANONYMOUS, "")).label("is_hidden")
    columns = (CallRow.id, CallRow.started_at, CallRow.agent_at, CallRow.service, CallRow.topic)
    wanted = select(*columns, CallRow.caller_hash, hidden).where(
        CallRow.started_at >= month.since,
        CallRow.started_at < month.until + AGAIN,
        CallRow.started_at <= month.at,
        CallRow.line != OUTGOING,
    )
    known: dict[tuple[str, str], datetime] = {}
    for row in session.execute(wanted.order_by(CallRow.started_at.desc(), CallRow.id.desc())):
        is_hidden = bool(row.is_hidden)
        of = (row.caller_hash, row.topic)
        yield row, None if is_hidden else known.get(of), is_hidden
        if row.topic and not is_hidden:
            known[of] = row.started_at


@cache
def _services(tagged: str) -> frozenset[ServiceType]:
    """The services of a call as it was closed; empty for none, and while nobody has said it."""
    return frozenset(ServiceType(one) for one in tagged.split() if one != NONE)


def _within(month: KnownMonth) -> tuple[ColumnElement[bool], ...]:
    return (CallRow.started_at >= month.since, CallRow.started_at < month.end, CallRow.line != OUTGOING)


_CONNECTED: Final = select(Leg.call_id).where(Leg.kind.in_(RungKind), Leg.outcome == DialOutcome.ANSWERED)


def _ids(
    session: Session,
    wanted: Select[str],
    call_id: Any,
    within: tuple[ColumnElement[bool], ...],
) -> frozenset[str]:
    """Ids of the calls of a time of which there is such a row."""
    return frozenset(session.scalars(wanted.join(CallRow, CallRow.id == call_id).where(*within)))


def _read_in_vain(session: Session, within: tuple[ColumnElement[bool], ...]) -> frozenset[str]:
    """Ids of calls in which the book was asked and never had the answer."""
    wanted = select(CallEvent.call_id, CallEvent.detail).join(CallRow, CallRow.id == CallEvent.call_id)
    read: dict[str, bool] = {}
    for call, detail in session.execute(wanted.where(*within, CallEvent.kind == CONSULTED)):
        read[call] = read.get(call, False) or bool(detail["answered"])
    return frozenset(call for call, is_answered in read.items() if not is_answered)


def _untagged(session: Session, month: KnownMonth) -> int:
    """Answered calls of which nobody has said what they were for: they are in no row."""
    chosen = select(func.count()).select_from(CallRow).where(*_within(month), *_OPEN)
    return session.scalar(chosen) or 0


_OPEN: Final = (CallRow.agent_at.is_not(None), CallRow.service == "")
UNTAGGED: Final = "untagged"
COUNTS: Final[Mapping[str, Callable[[ServiceCall, Completion], bool]]] = {
    "settled": lambda _one, came_to: came_to is Completion.COMPLETED,
    "counted": lambda _one, came_to: came_to is not Completion.UNDECIDED,
    "called again": lambda _one, came_to: came_to is Completion.CALLED_AGAIN,
    "not settled": lambda _one, came_to: came_to is Completion.NOT_SETTLED,
    "undecided": lambda _one, came_to: came_to is Completion.UNDECIDED,
    "hidden": lambda one, came_to: one.is_hidden and came_to is Completion.COMPLETED,
}
"""What a column counts, but for calls that nobody has closed."""


def behind(session: Session, month: KnownMonth, head: str, service: str = ALL) -> list[str]:
    """Ids of the calls behind a number of a column, the latest first."""
    if head == UNTAGGED:
        chosen = select(CallRow.id).where(*_within(month), *_OPEN).order_by(CallRow.started_at.desc())
        return list(session.scalars(chosen)) if service == ALL else []
    counts = COUNTS[head]
    return [
        one.id
        for one in service_calls(session, month)
        if counts(one, one.completion(month.at)) and service in (ALL, *one.services)
    ]
