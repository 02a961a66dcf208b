"""Three months of a city, lived through the rules' own engine: every figure is what its rows say.

Its calls are decided by the engine and recorded from an event log; promises, cases, news, the book, sign
language, the survey and the outbox are those of the services. Sums are kept and editions made when the clock
makes them due, and each table is recounted from the rows at that moment, in plain loops.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from calls.dispositions import Disposition, ServiceType, tag
from calls.store import CallRow, Leg
from calls.topics import Topic, TopicKind, TopicWord
from hotline.cases.rules import CaseState, Move
from hotline.cases.store import Case, CaseEvent
from hotline.cases.words import CaseWords
from hotline.clock import taipei
from hotline.db import looking, transaction
from hotline.knowledge.store import FaqReview
from hotline.reviews import records
from reporting import call_history as history
from reporting.answer_metrics import Group
from reporting.figures.spans import KnownMonth
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rules import total
from reporting.hour_sums.service import sums
from reporting.office_reports import Report, report
from reporting.open_figures import figures as open_figures
from reporting.packs import rules
from reporting.packs.store import PackEdition
from tests.conftest import BOTH
from tests.postgres import Postgres
from tests.simulated import recount_calls
from tests.simulated.city import SimulatedCity, founded
from tests.simulated.controls import CONTROLS, END
from tests.simulated.known import KnownRows, Row, grouped
from tests.simulated.life import down
from tests.simulated.months import put_down
from tests.simulated.recount import TABLES, recounted, unlike

pytestmark = pytest.mark.thorough

SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (9, 10, 11))
EDITIONS: Final = tuple(map(taipei, ("2026-10-01T02:05", "2026-10-08T02:05")))
NEXT_EDITIONS: Final = tuple(map(taipei, ("2026-11-01T02:05", "2026-11-08T02:05")))
HALF, LATE = map(taipei, ("2026-10-15T12:00", "2026-11-09T12:00"))
AGENT = "agent-1"


@dataclass
class Lived:
    """A city after its months; ``unlike``: cells other than their recount, by when and which table."""

    city: SimulatedCity
    tables: dict[tuple[str, str], int] = field(default_factory=dict)
    unlike: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    """The number of the case that was reopened late, and the id of the call that was closed anew."""

    def known(self, session: Session, first: date, at: datetime) -> KnownRows:
        by = self.city.house.yardstick
        worktime = self.city.house.callbacks.worktime(session)  # also of days gone by
        return KnownRows(session, first, at, worktime, by.notice_days)

    def compare(self, session: Session, what: str, first: date, at: datetime, tables: dict[str, Any]) -> None:
        """Lay each table beside its recount."""
        for name, rows in recounted(self.known(session, first, at), *tables).items():
            self.tables[what, name] = len(rows)
            if wrong := unlike(tables[name], rows):
                self.unlike[what, name] = wrong

    def edition(self, first: date, at: datetime) -> None:
        """What the clock makes due, and its recount."""
        self.made.append(self.city.house.packs.work(at))
        with looking(self.city.factory) as session:
            made = session.scalars(select(PackEdition).order_by(PackEdition.id.desc()).limit(1)).one()
            assert (made.month, made.counted_at) == (first, at)
            self.compare(session, f"{first:%m} at {at:%m-%d}", first, at, made.tables)

    def as_it_lasts(self, first: date, at: datetime) -> None:
        """A month that lasts, or is to come."""
        by = self.city.house.yardstick
        with looking(self.city.factory) as session:
            tables = {
                name: rules.plain(report(session, part.kind, first, part.group, at, by))
                for name, part in rules.PARTS.items()
            }
            self.compare(session, f"{first:%m} at {at:%m-%d}", first, at, tables)

    def correct(self, at: datetime) -> None:
        """A week after the edition: a case of October is reopened, and a call of it was something else."""
        work = self.city.house.case_work
        with transaction(self.city.factory) as session:
            closed = select(Case).where(Case.state == CaseState.CLOSED, Case.lead_id.is_(None))
            filed = Case.filed_at >= taipei("2026-10-02"), Case.filed_at < taipei("2026-10-30")
            row = session.scalars(closed.where(*filed).order_by(Case.id).limit(1)).one()
            assert row.number
            records.ask(session, work, row.number, "民眾反映未完成", "authorised-1", at)
            again = CaseWords(reason="現場未完成")
            work.move(session, row.number, Move.REOPEN, again, "authorised-1", at + timedelta(minutes=1))
            this = select(CallRow.id).where(CallRow.service == ServiceType.CONSULTATION)
            began = CallRow.started_at >= taipei("2026-10-20"), CallRow.started_at < taipei("2026-10-21")
            call = session.scalars(this.where(*began).order_by(CallRow.id).limit(1)).one()
            said = Disposition(
                frozenset({ServiceType.SIGN_LANGUAGE}), None, Topic(TopicKind.WORD, TopicWord.TAX), "unstated"
            )
            tag(session, call, said, by=AGENT, at=at)
            self.corrected = [row.number, call]


@pytest.fixture(scope="module", params=BOTH)
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """The months go by, once for all that is asked of them."""
    home: Path = tmp_path_factory.mktemp("city") / "home"
    if request.param == "sqlite":
        yield _through(founded(home, "", 1999))
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database("template1") as url:
        city = founded(home, url, 1999)
        yield _through(city)
        city.house.engine.dispose()


def _through(city: SimulatedCity) -> Lived:
    found, agenda = Lived(city), city.agenda
    put_down(city)
    for first, instants in ((SEPTEMBER, EDITIONS), (OCTOBER, NEXT_EDITIONS)):
        for at in instants:
            agenda.put(at, lambda at, first=first: found.edition(first, at))
    for first in (OCTOBER, NOVEMBER):
        agenda.put(HALF, lambda at, first=first: found.as_it_lasts(first, at))
    agenda.put(HALF - timedelta(hours=1), lambda at: down(city, at, at + timedelta(hours=4)))
    agenda.put(LATE, found.correct)
    agenda.run(END)
    for first in (SEPTEMBER, OCTOBER, NOVEMBER):
        found.as_it_lasts(first, END)
    return found


def test_the_city_lived(lived: Lived) -> None:
    """Everything that figures tell of has happened, also what is rare; the rules refused some of it."""
    done, tables = lived.city.done, lived.tables
    rare = ("judge", "take back", "case reopen", "case extend", "erase", "outage over", "surge", "sign: end")
    assert [one for one in rare if not done[one]] == [], done
    assert done["calls"] > 1200 and done["file"] > 150, done
    assert sum(lived.city.refused.values()) < sum(done.values()) / 5, lived.city.refused
    october = {name: many for (what, name), many in tables.items() if what == "10 at 11-08"}
    assert october.keys() == rules.PARTS.keys() and min(october.values()) > 0, october


def test_every_table_of_every_edition_is_what_its_rows_say(lived: Lived) -> None:
    """On the first and on the eighth, of a quiet and of a busy month; none is left without a recount."""
    assert rules.PARTS.keys() <= TABLES.keys()
    assert lived.made == [1, 1, 1, 1]
    told = [f"{what} {name}: {line}" for (what, name), wrong in lived.unlike.items() for line in wrong[:9]]
    assert told == []


def test_months_that_last_or_come_count_what_has_come(lived: Lived) -> None:
    """Half of October; November, which in October is to come, and at last is half over: its days, and all."""
    assert lived.tables["11 at 10-15", "calls"] == 1 and lived.tables["10 at 10-15", "calls"] == 15 + 1
    assert lived.tables["11 at 11-12", "calls"] == 12 + 1


def test_P10_what_comes_late_is_a_new_edition_that_names_it(lived: Lived) -> None:
    """A case reopened over the month's end counts as a defect of the month in which it was reopened."""
    house, (number, call) = lived.city.house, lived.corrected
    made = house.packs.make(OCTOBER, "command", END, lambda _step: None)
    with looking(lived.city.factory) as session:
        lived.compare(session, "late", OCTOBER, END, made.tables)
        before = session.scalars(
            select(PackEdition).where(PackEdition.month == OCTOBER, PackEdition.number == 2)
        ).one()
        assert not any(what == "late" for what, _name in lived.unlike), lived.unlike
        assert made.number == 3 and before.counted_at == NEXT_EDITIONS[1]
        assert _differences(before.tables, made.tables) == {
            (one["table"], tuple(one["row"]), one["column"], one["was"], one["now"])
            for one in made.differences
        }
        changed = {(one["table"], one["column"]) for one in made.differences}
        assert {
            ("states", "state CLOSED"),
            ("calls", "service_sign_language"),
            ("topics", "calls"),
        } <= changed
        november = recounted(lived.known(session, NOVEMBER, END), "defects")["defects"]
        october = recounted(lived.known(session, OCTOBER, END), "defects")["defects"]
        told = report(session, Report.DEFECTS, NOVEMBER, Group.AGENCY, END, house.yardstick)
        assert any(number in row[-1].split() for row in told.rows)
        assert any(number in row["cases"].split() for row in november)
        assert not any(number in row["cases"].split() for row in october)
        assert session.get_one(CallRow, call).service == "P3.6"


def _differences(before: dict[str, Any], now: dict[str, Any]) -> set[tuple[Any, ...]]:
    """Cell by cell, as one would with two sheets of paper; a row of names alone is there or not."""
    old, new = _cells(before), _cells(now)
    return {(*at, old.get(at, "–"), new.get(at, "–")) for at in old | new if old.get(at) != new.get(at)}


def _cells(tables: dict[str, Any]) -> dict[tuple[str, tuple[str, ...], str], str]:
    found = dict[tuple[str, tuple[str, ...], str], str]()
    for name, table in tables.items():
        head, left, seen = table["head"], table["left"], list[tuple[str, ...]]()
        for row in table["rows"]:
            names = tuple(row[:left])
            seen.append(names)
            unique = names if seen.count(names) == 1 else (*names, str(seen.count(names)))
            for column, cell in list(zip(head, row, strict=True))[left:] or [(head[0], row[0])]:
                found[name, unique, column] = cell
    return found


def test_services_hours_and_open_figures_are_what_the_rows_say(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which are in no pack: by agent, by the hour of the day, and what everybody may read."""
    with looking(lived.city.factory) as session:
        known = lived.known(session, OCTOBER, END)
        by = lived.city.house.yardstick
        table = rules.plain(report(session, Report.SERVICES, OCTOBER, Group.AGENCY, END, by))
        assert unlike(table, recount_calls.services(known)) == []
        month = KnownMonth(OCTOBER, END)
        calls = sums(session, month.since, month.until)
        promises = promised(session, month.since, month.until, END)
        parts = history.by_part(history.Step.HOUR, calls, promises)
        hours = history.rows(history.Step.HOUR, [], parts)
        whole = history.measure(total(parts.values()))
        told = {"head": ("hour", *history.COLUMNS), "left": 1, "rows": history.rows_of(hours, whole)[:-1]}
        counted: list[Row] = [{"hour": str(hour), **row} for hour, row in recount_calls.hours(known).items()]
        assert unlike(told, counted) == []
        monkeypatch.setattr("reporting.open_figures.LEAST", 0)  # nothing is withheld from us
        rows = {(row["by"], row["code"]): row["requests"] for row in open_figures(session, OCTOBER, END)}
        filed = [one for one in known.cases if known.holds(one.filed_at)]
        assert rows["all", ""] == len(filed)
        for by_what in ("category", "district", "agency"):
            for code, of in grouped(filed, lambda one, word=by_what: getattr(one, word)).items():
                assert rows[by_what, code] == len(of)


def test_one_changed_row_is_seen(lived: Lived) -> None:
    """In every table: so this proof can fail."""
    with looking(lived.city.factory) as session:
        before = recounted(lived.known(session, OCTOBER, END))
    seen = set[str]()
    for what, (tables, change) in CONTROLS.items():
        with lived.city.factory() as session:
            assert session.execute(change).rowcount == 1, what  # type: ignore[attr-defined]
            session.expire_all()
            now = recounted(lived.known(session, OCTOBER, END), *tables)
            assert [one for one in tables if now[one] == before[one]] == [], what
            session.rollback()
        seen |= {*tables}
    assert rules.PARTS.keys() - seen == {"defects", "reviews", "silent"}


@pytest.mark.parametrize("table", ["defects", "reviews", "silent"])
def test_one_more_row_is_seen(lived: Lived, table: str) -> None:
    """In tables whose rows are only added to, or are of a whole day."""
    with lived.city.factory() as session:
        before = recounted(lived.known(session, OCTOBER, END), table)[table]
        at = taipei("2026-10-14T11:00")
        match table:
            case "defects":
                case = session.scalars(select(Case.id).where(Case.state == "CLOSED").limit(1)).one()
                told = {"by": "x", "kind": "reopen", "before": "CLOSED", "after": "IN_PROGRESS"}
                session.execute(insert(CaseEvent).values(case_id=case, at=at, reason="", detail={}, **told))
            case "reviews":
                number = before[0]["entry"]
                session.execute(insert(FaqReview).values(number=number, agency="epb", row=1, at=at, by="x"))
            case _:
                call = session.scalars(select(CallRow.id).limit(1)).one()
                rung = {
                    "kind": "desk",
                    "asked": "5999",
                    "extension": "5999",
                    "section": "new",
                    "agency": "epb",
                }
                told = {"channel": "x", "call_id": call, "phone": "officers", "outcome": "noanswer"}
                session.execute(insert(Leg).values(started_at=at, **told, **rung))
        assert recounted(lived.known(session, OCTOBER, END), table)[table] != before
        session.rollback()
