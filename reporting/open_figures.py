"""Open figures: requests of a month by category, district and agency, for everybody, small counts withheld.

Counted once, a week after the month, and then kept as they are: whoever reads them every day cannot tell
from two readings what became of one request.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, Date, case, extract, func, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.cases.public import PUBLIC_OPEN
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.categories.store import CategoryRow
from hotline.clock import TAIPEI, month_bounds, month_of
from hotline.db import Base, Instant, Sessions, add_once, looking, transaction
from hotline.directory.store import AgencyRow
from hotline.ledger.history import all_in_force
from hotline.places.districts import DISTRICTS
from reporting.suppression import Cell, TableSum, withheld

LEAST: Final = 5
"""The smallest count that is told."""
READY: Final = timedelta(days=7, hours=2)
"""So long after its end a month is counted: late entries have come, and most requests are done."""
ALL: Final = "all"
UNKNOWN: Final = ""
"""Code of requests without a category, a place or an agency."""


class OpenState(StrEnum):
    """How a request stands for the public: as in Open311, those cancelled apart."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class OpenTable(StrEnum):
    """What the rows of a table stand for."""

    CATEGORY = "category"
    DISTRICT = "district"
    AGENCY = "agency"


REQUESTS: Final = "requests"
COLUMNS: Final = (REQUESTS, *OpenState)
FIELDS: Final = ("by", "code", "name", *COLUMNS, "mean_hours")


class OpenMonth(Base):
    """Figures of a month as they were published; never changed."""

    __tablename__ = "open_month"

    month: Mapped[date] = mapped_column(Date, primary_key=True, comment="its first day")
    counted_at: Mapped[datetime] = mapped_column(Instant)
    figures: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="rows as everybody may read them")


@dataclass(frozen=True, slots=True)
class RequestGroup:
    """Requests alike in all that is told of them; ``seconds``: of those closed, from filing, together."""

    category: str
    district: str
    agency: str
    state: OpenState
    many: int
    seconds: float = 0.0

    def code(self, table: OpenTable) -> str:
        """Its row in a table."""
        return str(getattr(self, table))


Names = Mapping[OpenTable, Mapping[str, str]]
"""Names of the rows of each table by their codes."""


def publish(factory: Sessions, at: datetime) -> date | None:
    """Count the earliest month that is due and not published; which. Each once, by whichever node."""
    with looking(factory) as session:
        month = _due(session, at)
        rows = figures(session, month, at) if month else []
    if month:
        with transaction(factory) as session:
            add_once(session, OpenMonth, [{"month": month, "counted_at": at, "figures": rows}])
    return month


def months(session: Session) -> list[OpenMonth]:
    """The months that are published, without their figures, the latest first."""
    chosen = select(OpenMonth.month, OpenMonth.counted_at).order_by(OpenMonth.month.desc())
    return [
        OpenMonth(month=row.month, counted_at=row.counted_at, figures=[]) for row in session.execute(chosen)
    ]


def figures(session: Session, month: date, at: datetime) -> list[dict[str, Any]]:
    """The rows of a month, counted as it stands at an instant: the whole, then each table."""
    since, until = month_bounds(month)
    return told(_groups(session, since, until, at), _names(session, until - timedelta(seconds=1)))


def told(groups: Sequence[RequestGroup], names: Names) -> list[dict[str, Any]]:
    """The rows with what may be told; None is withheld. Pure."""
    counts, seconds = _counts(groups, names)
    hidden = withheld(counts, sums(groups, counts), LEAST)
    return [_row(by, code, name, counts, seconds, hidden) for by, code, name in _rows(groups, names)]


def sums(groups: Iterable[RequestGroup], counts: Mapping[Cell, int]) -> list[TableSum]:
    """All that adds up: rows, columns, and agencies whose requests are those of a few categories. Pure."""
    rows: dict[tuple[str, str], None] = {(by, code): None for by, code, _column in counts}
    found = [TableSum((*row, REQUESTS), tuple((*row, one) for one in OpenState)) for row in rows]
    for table in OpenTable:
        codes = [code for by, code in rows if by == table]
        found += [
            TableSum((ALL, "", one), tuple((str(table), code, one) for code in codes)) for one in COLUMNS
        ]
    for number, (categories, agencies) in enumerate(_islands(groups)):
        for one in COLUMNS:
            whole = ("island", str(number), one)
            found.append(TableSum(whole, tuple(("category", code, one) for code in sorted(categories))))
            found.append(TableSum(whole, tuple(("agency", code, one) for code in sorted(agencies))))
    return found


def _islands(groups: Iterable[RequestGroup]) -> list[tuple[set[str], set[str]]]:
    """Categories and agencies that have requests with each other alone: both have the same number."""
    found: list[tuple[set[str], set[str]]] = []
    for group in groups:
        met = [one for one in found if group.category in one[0] or group.agency in one[1]]
        found = [one for one in found if one not in met]
        categories, agencies = {group.category}, {group.agency}
        found.append((categories.union(*(one[0] for one in met)), agencies.union(*(one[1] for one in met))))
    return found


def _counts(groups: Iterable[RequestGroup], names: Names) -> tuple[dict[Cell, int], Mapping[Cell, float]]:
    """The count of each cell, also of rows without requests, and the seconds of each row's closed ones."""
    counts, seconds = Counter[Cell](), defaultdict[Cell, float](float)
    groups = list(groups)
    for by, code, _name in _rows(groups, names):
        counts.update({(by, code, column): 0 for column in COLUMNS})
    for group in groups:
        for row in ((ALL, ""), *((str(table), group.code(table)) for table in OpenTable)):
            counts[*row, REQUESTS] += group.many
            counts[*row, group.state] += group.many
            seconds[row] += group.seconds
    return dict(counts), seconds


def _rows(groups: Iterable[RequestGroup], names: Names) -> Iterator[tuple[str, str, str]]:
    """Table, code and name of each row; those without requests too, so that no absence tells anything."""
    yield ALL, "", ""
    groups = list(groups)
    for table in OpenTable:
        known = names.get(table, {})
        codes = {*known, *(group.code(table) for group in groups), UNKNOWN}
        for code in sorted(codes, key=lambda one: (one == UNKNOWN, one)):
            yield str(table), code, known.get(code, "")


def _row(
    by: str,
    code: str,
    name: str,
    counts: Mapping[Cell, int],
    seconds: Mapping[Cell, float],
    hidden: frozenset[Cell],
) -> dict[str, Any]:
    cells = {one: None if (by, code, one) in hidden else counts[by, code, one] for one in map(str, COLUMNS)}
    closed = cells[OpenState.CLOSED]
    mean = round(seconds[by, code] / closed / 3600, 1) if closed else None
    return {"by": by, "code": code, "name": name, **cells, "mean_hours": mean}


def _due(session: Session, at: datetime) -> date | None:
    first = session.scalar(select(func.min(Case.filed_at)))
    if first is None:
        return None
    done, month = set(session.scalars(select(OpenMonth.month))), month_of(first)
    while (until := month_bounds(month)[1]) + READY <= at:
        if month not in done:
            return month
        month = until.astimezone(TAIPEI).date()
    return None


def _groups(session: Session, since: datetime, until: datetime, at: datetime) -> list[RequestGroup]:
    """Requests filed in a time, attached ones too, as they stand; one whose end has no time goes on."""
    state = case(
        (Case.state == CaseState.CANCELLED, OpenState.CANCELLED),
        (Case.state.in_(PUBLIC_OPEN), OpenState.OPEN),
        else_=OpenState.CLOSED,
    ).label("stands")
    over = func.coalesce(Case.done_at, Case.replied_at, Case.closed_at, literal(at, Instant))
    took = extract("epoch", over) - extract("epoch", Case.filed_at)
    alike = (Case.category, Case.district, Case.agency)
    chosen = select(*alike, state, func.count(), func.sum(took)).where(
        Case.number.is_not(None), Case.filed_at >= since, Case.filed_at < until
    )
    return [
        RequestGroup(
            category,
            district,
            agency,
            OpenState(stands),
            many,
            float(seconds) if stands == OpenState.CLOSED else 0.0,
        )
        for category, district, agency, stands, many, seconds in session.execute(
            chosen.group_by(*alike, "stands")
        )
    ]


def _names(session: Session, at: datetime) -> Names:
    return {
        OpenTable.CATEGORY: {row.key: row.name for row in all_in_force(session, CategoryRow, at)},
        OpenTable.DISTRICT: {name: name for name in DISTRICTS},
        OpenTable.AGENCY: {
            row.key: row.name for row in all_in_force(session, AgencyRow, at) if not row.closed
        },
    }
