"""A year scaled from seeded days: four weeks are lived by the engine, and copied over thirteen times as many.

Then the history of the year and the packs of its months are the sums of the days they were copied from.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select, update

from calls.store import CallRow
from hotline.clock import TAIPEI, taipei
from hotline.db import looking, transaction
from reporting import call_history as history
from reporting.figures.spans import KnownMonth
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rules import total
from reporting.hour_sums.service import sums
from tests.conftest import BOTH
from tests.postgres import Postgres
from tests.simulated import recount_calls, recount_cases, recount_outcomes
from tests.simulated.city import SimulatedCity, days, founded, moment
from tests.simulated.copies import copy, cut, tables
from tests.simulated.known import KnownRows, Row, grouped
from tests.simulated.months import put_down
from tests.simulated.recount import recounted, unlike

pytestmark = pytest.mark.thorough

WEEKS: Final = timedelta(weeks=4)
FIRST, LAST = date(2026, 10, 5), date(2026, 11, 1)
"""Four weeks from a Monday to a Sunday."""
SETTLED: Final = taipei("2026-11-26T00:00")
COPIES: Final = range(-9, 4)
"""By four weeks from them: a year of 364 days, of which they are one part."""
SINCE, UNTIL = moment(FIRST - 9 * WEEKS, 0), moment(FIRST + 4 * WEEKS, 0)
KNOWN: Final = taipei("2027-03-01T00:00")
"""When all of it is over: nothing waits for an answer in time."""
MONTHS: Final = tuple(date(2026, month, 1) for month in range(2, 13))


@dataclass
class Year:
    """A city with its year, and the tables of each day that was lived, as one loop counts them."""

    city: SimulatedCity
    daily: dict[date, dict[str, Row]] = field(default_factory=dict)

    def of(self, day: date) -> dict[str, Row]:
        """Counts of the day from which a day was copied."""
        return self.daily[FIRST + timedelta(days=(day - FIRST).days % 28)]


@pytest.fixture(scope="module", params=BOTH)
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """Once for all that is asked of it."""
    home: Path = tmp_path_factory.mktemp("year") / "home"
    if request.param == "sqlite":
        yield _scaled(_lived(founded(home, "", 2026)))
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database("template1") as url:
        city = founded(home, url, 2026)
        yield _scaled(_lived(city))
        city.house.engine.dispose()


def _lived(city: SimulatedCity) -> SimulatedCity:
    """Four weeks, and what comes of them."""
    put_down(city, FIRST, LAST, 0.6)
    for day in days(LAST + timedelta(days=1), date(2026, 11, 24)):
        for hour in (4, 12, 20):
            city.agenda.put(moment(day, hour), city.chases)
    city.agenda.run(SETTLED)
    return city


def _scaled(city: SimulatedCity) -> Year:
    """The weeks copied over the year, each of their days counted before."""
    found = Year(city)
    by, read = city.house.yardstick, dict[Any, Sequence[Any]]()
    with looking(city.factory) as session:
        for day in days(FIRST, LAST):
            found.daily[day] = _counted(_OneDay(session, day, KNOWN, by.worktime, by.notice_days, read))
    shifts = {place: number * WEEKS for place, number in enumerate(COPIES, 1) if number}
    block = moment(FIRST, 0), moment(FIRST + WEEKS, 0)
    with transaction(city.factory) as session:
        cut(session, block[1])
        for one in tables(*block):
            copy(session, one, shifts)
    return found


@dataclass
class _OneDay(KnownRows):
    """Rows of a day, counted as a month is; ``read``: those of each table, once for all days."""

    read: dict[Any, Sequence[Any]] = field(default_factory=dict)

    @property
    def since(self) -> Any:
        return moment(self.first, 0)

    @property
    def until(self) -> Any:
        return moment(self.first + timedelta(days=1), 0)

    def all(self, table: Any) -> Sequence[Any]:
        """Every row of a table."""
        if table not in self.read:
            self.read[table] = super().all(table)
        return self.read[table]


def _counted(known: KnownRows) -> dict[str, Row]:
    """The counts of a day that add up."""
    calls = recount_calls.of_calls(known, known.month_calls, known.promises, known.placed)
    return {
        "calls": calls,
        "states": recount_cases.states(known)[-1],
        "times": recount_cases.times(known)[-1],
        "satisfaction": recount_outcomes.satisfaction(known)[0],
        **{f"cost {row['cost']}": row for row in recount_outcomes.costs(known)},
        "topics": {one["topic"]: one["calls"] for one in recount_outcomes.topics(known)},
    }


def test_each_day_of_each_month_is_the_day_from_which_it_was_copied(year: Year) -> None:
    """In the packs of eleven months, number by number."""
    assert {str(first): _otherwise(year, first) for first in MONTHS} == {str(first): [] for first in MONTHS}


def test_one_call_of_another_day_is_seen(year: Year) -> None:
    """A copied one, told two days later: so this proof can fail."""
    day, first = moment(date(2026, 6, 10), 0), date(2026, 6, 1)
    chosen = select(CallRow.id, CallRow.started_at).where(CallRow.started_at >= day, CallRow.line != "placed")
    with looking(year.city.factory) as session:
        call, began = session.execute(chosen.order_by(CallRow.started_at).limit(1)).one()
    _told(year, call, began + timedelta(days=2))
    found = _otherwise(year, first)
    _told(year, call, began)
    assert any("2026-06-10 calls" in one for one in found) and any("2026-06-12 calls" in one for one in found)
    assert _otherwise(year, first) == []


def _told(year: Year, call: str, began: datetime) -> None:
    with transaction(year.city.factory) as session:
        session.execute(update(CallRow).where(CallRow.id == call).values(started_at=began))


def _otherwise(year: Year, first: date) -> list[str]:
    """What the pack of a month says otherwise than the days from which it was copied."""
    pack = year.city.house.packs.count(KnownMonth(first, KNOWN), lambda _step: None).tables
    month = [day for day in days(first, first + timedelta(days=31)) if day.month == first.month]
    lived = [{"day": str(day), **year.of(day)["calls"]} for day in month]
    table = pack["calls"]
    found = unlike({**table, "rows": table["rows"][:-1]}, lived)
    rows = [
        (name, name, row) for name, row in (("calls", -1), ("states", -1), ("times", -1), ("satisfaction", 0))
    ]
    rows += [("costs", f"cost {row[0]}", place) for place, row in enumerate(pack["costs"]["rows"])]
    for name, lived_as, row in rows:
        told = dict(zip(pack[name]["head"], pack[name]["rows"][row], strict=True))
        if _whole(told) != (added := _sums(year, month, lived_as, told)):
            found.append(f"{lived_as}: {_whole(told)}, days {added}")
    topics = Counter[str]()
    for day in month:
        topics.update({topic: int(many) for topic, many in year.of(day)["topics"].items()})
    if (said := {row[0]: int(row[-1]) for row in pack["topics"]["rows"]}) != topics:
        found.append(f"topics: {said}, days {dict(topics)}")
    return found


def _whole(told: Row) -> dict[str, int]:
    """The cells that are whole numbers, which add up."""
    return {name: int(cell) for name, cell in told.items() if cell.isdecimal()}


def _sums(year: Year, month: list[date], name: str, told: Row) -> dict[str, int]:
    wanted = _whole(told)
    found = Counter[str]()
    for day in month:
        row = year.of(day)[name]
        found.update({one: int(row[one] or 0) for one in wanted if row[one].isdecimal()})
    return {one: found[one] for one in wanted}


def test_the_history_of_the_year_is_thirteen_times_its_weeks(year: Year) -> None:
    """Every count; shares and means are those of four weeks."""
    with looking(year.city.factory) as session:
        whole_calls, promises = sums(session, SINCE, UNTIL), promised(session, SINCE, UNTIL, KNOWN)
        whole = history.measure(total((*whole_calls.values(), *promises.values())))
        block = moment(FIRST, 0), moment(FIRST + WEEKS, 0)
        of_block = sums(session, *block), promised(session, *block, KNOWN)
        part = history.measure(total(one for found in of_block for one in found.values()))
        parts = history.by_part(history.Step.DAY, whole_calls, promises)
        rows = history.rows(history.Step.DAY, history.days_of(SINCE, UNTIL), parts)
    assert len(rows) == 364 and whole.calls == sum(row.figures.calls for row in rows) > 5000
    for name, column in history.COLUMNS.items():
        one, all_of_them = column(part), column(whole)
        is_share = name in ("service_level", "p95_wait_s", "longest_wait_s") or name.startswith("mean_")
        expected = one if is_share or one is None else 13 * one
        assert all_of_them == pytest.approx(expected, rel=1e-9), name


def test_petitions_defects_and_late_cases_of_a_copied_month_are_what_its_rows_say(year: Year) -> None:
    """Recounted as any month is: what leads from one day to another does not add up day by day."""
    first = date(2026, 6, 1)
    pack = year.city.house.packs.count(KnownMonth(first, KNOWN), lambda _step: None).tables
    with looking(year.city.factory) as session:
        by = year.city.house.yardstick
        worktime = year.city.house.callbacks.worktime(session)
        known = KnownRows(session, first, KNOWN, worktime, by.notice_days)
        for name, rows in recounted(known).items():
            if name in pack:
                assert unlike(pack[name], rows) == [], name
        assert grouped(known.filed, lambda one: one.filed_at.astimezone(TAIPEI).month).keys() == {6}
