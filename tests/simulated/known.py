"""All rows of a city as plain lists, and the month that is recounted from them by loops alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import CallEvent, CallRow, Leg
from hotline.callbacks.store import Callback
from hotline.cases.store import Case, CaseDeadline, CaseEvent
from hotline.clock import TAIPEI
from hotline.special_callers.store import SpecialCall, SpecialEvent
from hotline.worktime import Worktime

Row = dict[str, str]
"""A row of a recounted table, by the heads of its columns."""
OFFICE_KINDS: Final = ("desk", "neighbour", "forward", "alternative")
RUNG_KINDS: Final = (*OFFICE_KINDS, "duty", "emergency")


@dataclass
class KnownRows:
    """What is known of a month at an instant; ``worktime``: the office hours, ``notice_days`` of P4.6."""

    session: Session
    first: date
    at: datetime
    worktime: Worktime
    notice_days: int = 2

    @property
    def since(self) -> datetime:
        return datetime(self.first.year, self.first.month, 1, tzinfo=TAIPEI)

    @property
    def until(self) -> datetime:
        year, month = self.first.year + self.first.month // 12, self.first.month % 12 + 1
        return datetime(year, month, 1, tzinfo=TAIPEI)

    @property
    def end(self) -> datetime:
        return self.at if self.at < self.until else self.until

    def holds(self, at: datetime | None) -> bool:
        """True if it lies in the month, and has come."""
        return at is not None and self.since <= at < self.end

    def all(self, table: Any) -> Sequence[Any]:
        """Every row of a table."""
        return self.session.scalars(select(table)).all()

    def all_calls(self) -> Sequence[CallRow]:
        """Of citizens, and placed by 1999."""
        return self.all(CallRow)

    @cached_property
    def calls(self) -> list[CallRow]:
        """Those of citizens, whenever they were."""
        return [one for one in self.all_calls() if one.line != "placed"]

    @cached_property
    def month_calls(self) -> list[CallRow]:
        return [one for one in self.calls if self.holds(one.started_at)]

    @cached_property
    def placed(self) -> list[CallRow]:
        return [one for one in self.all_calls() if one.line == "placed" and self.holds(one.started_at)]

    @cached_property
    def legs(self) -> dict[str, list[Leg]]:
        return grouped(self.all(Leg), lambda one: one.call_id)

    @cached_property
    def events(self) -> dict[str, list[CallEvent]]:
        ordered = sorted(self.all(CallEvent), key=lambda one: (one.at, one.id))
        return grouped(ordered, lambda one: one.call_id)

    @cached_property
    def cases(self) -> list[Case]:
        """With a number, those that are attached to others too."""
        return [one for one in self.all(Case) if one.number]

    @cached_property
    def filed(self) -> list[Case]:
        """Filed in the month, each its own."""
        mine = [one for one in self.cases if one.lead_id is None and self.holds(one.filed_at)]
        return sorted(mine, key=lambda one: (one.filed_at, one.id))

    @cached_property
    def case_events(self) -> list[CaseEvent]:
        return list(self.all(CaseEvent))

    @cached_property
    def deadlines(self) -> dict[int, list[CaseDeadline]]:
        return grouped(self.all(CaseDeadline), lambda one: one.case_id)

    @cached_property
    def promises(self) -> list[Callback]:
        """Asked for by citizens, given in the month."""
        asked = [one for one in self.all(Callback) if one.origin != "survey"]
        return [one for one in asked if self.holds(one.registered_at)]

    @cached_property
    def special(self) -> set[str]:
        return {one.call_id for one in self.all(SpecialEvent) if one.to_state == "SPECIAL"}

    @cached_property
    def ended_by_rule(self) -> set[str]:
        return {one.call_id for one in self.all(SpecialCall) if one.ended_by in ("cap", "3_guidances")}

    def named(self, table: Any, code: str, at: datetime, word: str = "name") -> str:
        """The code with the name that it had at an instant."""
        for row in self._histories(table).get(code, ()):
            if row.valid_from <= at and (row.valid_to is None or row.valid_to > at):
                return f"{code} {getattr(row, word)}".strip()
        return code

    def in_force(self, table: Any, at: datetime) -> list[Any]:
        """Rows with a history that hold then, by key."""
        found = [row for rows in self._histories(table).values() for row in rows]
        found = [r for r in found if r.valid_from <= at and (r.valid_to is None or r.valid_to > at)]
        return sorted(found, key=lambda row: str(row.key))

    def _histories(self, table: Any) -> dict[str, list[Any]]:
        known = self.__dict__.setdefault("_known", {})
        if table not in known:
            counting = [row for row in self.all(table) if row.replaced_at is None]
            known[table] = grouped(counting, lambda row: row.key)
        found: dict[str, list[Any]] = known[table]
        return found


def grouped(rows: Iterable[Any], of: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Lists by what each row is of."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(of(row), []).append(row)
    return found


def day_of(at: datetime) -> str:
    """The day in Taipei."""
    return str(at.astimezone(TAIPEI).date())


def minute_of(at: datetime | None) -> str:
    """To the minute of Taipei, cut off."""
    return at.astimezone(TAIPEI).isoformat(" ")[:16] if at else ""


def percent(part: int, whole: int, places: int = 1) -> str:
    """Of nothing, nothing."""
    return f"{100 * part / whole:.{places}f}%" if whole else ""


def mean_median_slow(spans: Sequence[timedelta], seconds: int) -> tuple[str, str, str]:
    """In a unit of so many seconds, to one place."""
    if not spans:
        return "", "", ""
    ranked = sorted(one.total_seconds() / seconds for one in spans)
    many = len(ranked)
    middle = ranked[many // 2] if many % 2 else (ranked[many // 2 - 1] + ranked[many // 2]) / 2
    return f"{sum(ranked) / many:.1f}", f"{middle:.1f}", f"{slow(ranked):.1f}"


def slow(ranked: Sequence[float]) -> float:
    """The smallest that 95 of 100 do not exceed."""
    for place, one in enumerate(ranked, 1):
        if place * 100 >= 95 * len(ranked):
            return one
    raise ValueError("of nothing")
