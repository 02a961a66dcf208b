"""Monthly duties as tables: rows of legs and the directory's names in, text out (P4.2, P4.11, P5.1.2)."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.in_time import InTime, OfficeRing
from calls.outbound_cdr import is_placed
from calls.store import Leg
from hotline.clock import TAIPEI, month_bounds
from hotline.directory.calendar import overrides
from hotline.directory.rows import load_city
from hotline.directory.rules import Directory
from hotline.worktime import Calendar, OfficeHours, Worktime
from reporting.answer_metrics import Duties, Group, Key, by_group, silent_days
from reporting.table import Row
from transfer.outcome import DialOutcome
from transfer.reasons import RungKind

OFFICES = tuple(kind.value for kind in RungKind if kind not in (RungKind.DUTY, RungKind.EMERGENCY))
HEADS = ("agency", "section", "extension")


@dataclass(frozen=True)
class MonthTable:
    """A report: its title, its columns (the first ``left`` are names), its rows."""

    title: str
    head: Row
    left: int
    rows: Sequence[Row]


@dataclass(frozen=True)
class MonthReport:
    """The legs of one month of Taipei, and the city's names at its end (or now, while it lasts)."""

    first: date
    legs: tuple[OfficeRing, ...]
    directory: Directory
    worktime: Worktime
    placed: int = 0
    """Of the legs, those that 1999 itself rang to notify an office (P5.3)."""

    def rings(self, group: Group, in_time: InTime) -> MonthTable:
        """P4.2-a."""
        counted = ("legs", f"in {in_time.most} rings", "later", "unanswered", "busy")
        head = (*_heads(group), *counted, "mean ring s", "95 % ring s", "by proxy")
        found = by_group(self.legs, group, in_time)
        rows = [(*self._names(key), *_rings(duties)) for key, duties in found.items()]
        return MonthTable(self._title("rings", group), head, len(_heads(group)), rows)

    def busy(self, group: Group, in_time: InTime) -> MonthTable:
        """P4.11: the busiest first; those above 20 % are marked."""
        head = (*_heads(group), "legs", "busy", "busy rate", "above 20 %")
        found = by_group(self.legs, group, in_time)
        ranked = sorted(found.items(), key=lambda item: (-(item[1].busy_rate or 0), item[0]))
        rows = [(*self._names(key), *_busy(duties)) for key, duties in ranked]
        return MonthTable(self._title("busy", group), head, len(_heads(group)), rows)

    def silent(self) -> MonthTable:
        """P5.1.2: days on which a section answered no call in office hours, though no forward was set."""
        rows = [
            (*self._names((day.agency, day.section)), day.day.isoformat(), str(day.legs))
            for day in silent_days(self.legs, self.worktime)
        ]
        title = (
            f"{self.first:%Y-%m} sections that nobody answered in office hours, no forward set: {len(rows)}"
        )
        return MonthTable(title, ("agency", "section", "day", "legs"), 3, rows)

    def behind(self, head: str, names: Sequence[str], in_time: InTime) -> list[str]:
        """Calls of the legs behind a number of a column, in the row of these names."""
        of = tuple(name.partition(" ")[0].strip("?") for name in names)
        counts = COUNTS["in time" if head.startswith("in ") else head]
        return [leg.call_id for leg in self.legs if _is_of(leg, of) and counts(leg, in_time)]

    def behind_silent(self, names: Sequence[str]) -> list[str]:
        """Calls of the legs that a section did not answer on a day."""
        of, on, day = (*names, "", "", "")[:3]
        agency, section = (name.partition(" ")[0].strip("?") for name in (of, on))
        there = (leg for leg in self.legs if _is_of(leg, (agency, section)) and self.worktime.is_open(leg.at))
        return [leg.call_id for leg in there if leg.at.astimezone(TAIPEI).date().isoformat() == day]

    @cached_property
    def _known(self) -> tuple[dict[str, str], ...]:
        places = (self.directory.agencies, self.directory.sections, self.directory.desks)
        return tuple({code: place.name for code, place in rows.items()} for rows in places)

    def _title(self, what: str, group: Group) -> str:
        return f"{self.first:%Y-%m} {what} per {group}: {len(self.legs)} legs, {self.placed} of them in calls that 1999 placed"

    def _names(self, key: Key) -> Iterator[str]:
        for code, names in zip(key, self._known, strict=False):
            yield f"{code} {names.get(code, '')}".strip() or "?"


def _is_of(leg: OfficeRing, of: Sequence[str]) -> bool:
    return (leg.agency, leg.section, leg.extension)[: len(of)] == tuple(of)


COUNTS: Final[Mapping[str, Callable[[OfficeRing, InTime], bool]]] = {
    "legs": lambda _leg, _by: True,
    "in time": lambda leg, by: by.holds(leg),
    "later": lambda leg, by: leg.outcome is DialOutcome.ANSWERED and not by.holds(leg),
    "unanswered": lambda leg, _by: leg.outcome not in (DialOutcome.ANSWERED, DialOutcome.BUSY),
    "busy": lambda leg, _by: leg.outcome is DialOutcome.BUSY,
    "by proxy": lambda leg, _by: leg.outcome is DialOutcome.ANSWERED and leg.proxy,
}
"""What a column of the rings counts."""


def month(session: Session, first: date, now: datetime, hours: OfficeHours) -> MonthReport:
    """Read the legs that began in the month and rang an office; agents and duty officers have no desk there.

    Those of calls that 1999 placed count like those of transfers:
    an office owes its answer to both (P4.2, P4.11).
    """
    start, end = month_bounds(first)
    # Columns, not rows of a class: to make objects of them is most of the CPU of reading them.
    rung = Leg.call_id, Leg.asked, Leg.kind, Leg.started_at, Leg.outcome, Leg.ring_seconds, Leg.proxy
    chosen = select(*rung, Leg.extension, Leg.section, Leg.agency).where(
        Leg.kind.in_(OFFICES), Leg.started_at >= start, Leg.started_at < end, Leg.outcome != ""
    )
    rows = session.execute(chosen).all()
    followed = {(row.call_id, row.asked) for row in rows if row.kind == RungKind.FORWARD}
    legs = tuple(_leg(row, followed) for row in rows)
    city = load_city(session, start)
    placed = sum(is_placed(row.call_id) for row in rows)
    worktime = Worktime(Calendar(overrides(session, now)), hours, city.hours)
    return MonthReport(first, legs, city.at(min(now, end - timedelta(seconds=1))), worktime, placed)


def _leg(row: Any, followed: Set[tuple[str, str]]) -> OfficeRing:
    ring = timedelta(milliseconds=round(row.ring_seconds * 1000)) if row.ring_seconds else None
    outcome = DialOutcome(row.outcome)
    forwarded = not row.proxy and (row.call_id, row.extension) in followed
    return OfficeRing(
        row.extension,
        row.section,
        row.agency,
        row.started_at,
        outcome,
        ring,
        row.proxy,
        forwarded,
        row.call_id,
    )


def _heads(group: Group) -> tuple[str, ...]:
    return HEADS[: HEADS.index(group) + 1]


def _rings(duties: Duties) -> Iterator[str]:
    for number in (duties.legs, duties.in_time, duties.late, duties.unanswered, duties.busy):
        yield str(number)
    yield from (_seconds(duties.mean_ring), _seconds(duties.slow_ring), _percent(duties.proxy_share))


def _busy(duties: Duties) -> Row:
    return (
        str(duties.legs),
        str(duties.busy),
        _percent(duties.busy_rate, 1),
        "yes" if duties.is_too_busy else "",
    )


def _seconds(ring: timedelta | None) -> str:
    return "" if ring is None else f"{ring.total_seconds():.1f}"


def _percent(share: float | None, places: int = 0) -> str:
    return "" if share is None else f"{share:.{places}%}"
