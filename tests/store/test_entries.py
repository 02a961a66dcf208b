"""The ledger's entries on both databases: plans, corrections, whole imports taken back, and told in time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from administration.undo import undo
from hotline.clock import taipei
from hotline.db import Base, Sessions, transaction
from hotline.directory import service
from hotline.directory.calendar import declare
from hotline.directory.change_lead_time import LeadTimeCount, count, notice, notice_of
from hotline.directory.owners import agencies_of_change
from hotline.directory.register import AboveItself, NoSuccessor, set_row
from hotline.directory.rows import KINDS, load_city
from hotline.directory.rules import Agency, Booking, Business, City, Contact, Desk, Person, Section
from hotline.directory.snapshot import Snapshot
from hotline.directory.store import ForwardRow
from hotline.ledger import entries, history
from hotline.ledger.changes import ChangeContext, LedgerEntry
from hotline.ledger.entries import ChangedSince, IsUndone, NoEntry, changes
from hotline.ledger.periods import Period
from hotline.permissions import Action
from hotline.worktime import Calendar, Worktime
from hotline.worktime.workdays import DayKind, OfficeHours, Override
from transfer.ladder import HuntRules, ladder

pytestmark = pytest.mark.dialects

START = taipei("2026-11-24T08:00")
WORKTIME = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def pen(number: float, reason: str = "") -> ChangeContext:
    return ChangeContext(hour(number), "admin-1", Action.DIRECTORY_CHANGE, reason)


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as session:
        yield session


def small_city(session: Session) -> None:
    """An agency of two sections, a person of one and a desk of each, all told at the start."""
    always = Period(START)
    for row in (
        Agency("epb", "環保局"),
        Section("air", "epb", "空氣"),
        Section("noise", "epb", "噪音"),
        Person("p-1", "air", "示範一"),
        Desk("5112", "air", "p-1"),
        Desk("5201", "noise"),
    ):
        set_row(session, row, always, at=START, by="admin-1")


def facts(session: Session) -> dict[str, tuple[object, ...]]:
    """Everything that counts, without who said so."""
    return {place: tuple(sorted(map(str, rows))) for place, rows in load_city(session, START).rows.items()}


# --- laws of any sequence of changes ---------------------------------------------------------------------

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking: a database is behind every step."""
STEP = st.tuples(
    st.sampled_from(["record", "record", "end", "undo"]),
    st.integers(0, 9),  # from which hour on, or which entry
    st.one_of(st.none(), st.integers(1, 5)),  # for so many hours; open
    st.sampled_from(["a", "b", "c"]),
)
Step = tuple[str, int, int | None, str]


ENGINE = create_engine("sqlite://")
NEEDED = [
    Base.metadata.tables[name]
    for name in (
        "forward",
        "ledger_entry",
        "ledger_entry_line",
        "audit_log",
        "directory_revision",
        *{kind.table.__tablename__ for kind in KINDS.values()} - {"forward"},
    )
]


@contextmanager
def scratch() -> Iterator[Session]:
    """An empty database in memory; what is written is gone afterwards."""
    Base.metadata.create_all(ENGINE, NEEDED)
    with Session(ENGINE) as session:
        yield session
        session.rollback()


def play(session: Session, steps: list[Step]) -> list[tuple[int, dict[int, str | None]]]:
    """Each step as an entry; the model of every hour after each."""
    model: dict[int, str | None] = dict.fromkeys(range(-1, 20))
    told = list[tuple[int, dict[int, str | None]]]()
    for number, (what, start, length, value) in enumerate(steps):
        hand = pen(number)
        if what == "undo":
            if not told:
                continue
            entry = told[start % len(told)][0]
            try:
                undone = undo(session, entry, hand)
            except (IsUndone, ChangedSince):
                continue
            model = as_before(told, entry)
            told.append((undone, model))
            continue
        writing = LedgerEntry(session, hand)
        if what == "record":
            rows = history.counting(session, ForwardRow, "1")
            planned = [row.valid_from for row in rows if row.valid_from > hour(start)]
            end = start + length if length else 20
            if not length and planned:
                end = int((min(planned) - START) / timedelta(hours=1))
            until = hour(start + length) if length else None
            writing.write(ForwardRow, "1", {"target": value}, Period(hour(start), until))
            model = {**model, **dict.fromkeys(range(start, end), value)}
        else:
            writing.end(ForwardRow, "1", hour(start))
            model = {**model, **dict.fromkeys(range(start, 20))}
        written = writing.finish()
        if written is not None:
            told.append((written, model))
    return told


def as_before(told: list[tuple[int, dict[int, str | None]]], entry: int) -> dict[int, str | None]:
    earlier = [model for number, model in told if number < entry]
    return earlier[-1] if earlier else dict.fromkeys(range(-1, 20))


@given(st.lists(STEP, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
def test_law_7_no_two_truths_as_of_equals_replay_and_undo_restores(steps: list[Step]) -> None:
    """Whatever is recorded, ended and undone: an instant has one truth, the one that replaying tells."""
    with scratch() as session:
        told = play(session, steps)
        rows = history.counting(session, ForwardRow, "1")
        assert not [1 for n, one in enumerate(rows) for two in rows[n + 1 :] if one.period.meets(two.period)]
        city = load_city(session, START - timedelta(days=9))
        model = told[-1][1] if told else dict.fromkeys(range(-1, 20))
        assert {at: city.at(hour(at)).forwards.get("1") for at in model} == model
        lines = entries._lines(session, entries.change_of(session, told[-1][0])) if told else {}
        everything = history.history(session, ForwardRow, "1")
        for number, then in told:  # as it was known after each entry
            known = entries.KeyHistory(lines[("forward", "1")], everything).known(number)
            seen = City({"forwards": tuple(("1", says["target"], period) for period, says in known)})
            assert {at: seen.at(hour(at)).forwards.get("1") for at in then} == then


@given(st.lists(STEP.filter(lambda step: step[0] != "undo"), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
def test_all_that_was_done_is_undone_from_the_last_to_the_first(steps: list[Step]) -> None:
    """And then redone by undoing the undoing."""
    with scratch() as session:
        told = play(session, steps)
        after = facts(session)
        back = [undo(session, number, pen(50)) for number, _ in reversed(told)]
        assert load_city(session, START).rows["forwards"] == ()
        for number in reversed(back):
            undo(session, number, pen(60))
        assert facts(session) == after


# --- entries -----------------------------------------------------------------------------------------------


def test_a_plan_is_withdrawn_before_and_corrected_after(session: Session) -> None:
    """A move planned for tomorrow; nothing of it is left in what counts, all of it in the history."""
    small_city(session)
    before = facts(session)
    set_row(session, Desk("5112", "noise", "p-1"), Period(hour(16)), at=hour(1), by="admin-1", reason="搬遷")
    (plan,) = [one for one in changes(session) if one.is_planned(hour(2))]
    assert (plan.by, plan.reason, plan.effective_at, plan.keys) == (
        "admin-1",
        "搬遷",
        hour(16),
        (("desk", "5112"),),
    )
    assert agencies_of_change(session, plan) == ["epb"]
    undone = undo(session, plan.number, pen(2, "stays"))
    assert facts(session) == before
    assert not [one for one in changes(session) if one.is_planned(hour(2))][1:]
    (again,) = changes(session, number=plan.number)
    assert again.undone_by == undone and not again.is_planned(hour(2))
    written = history.history(session, history.TABLES["desk"], "5112")
    assert {row.says()["section"] for row in written} == {"air", "noise"}
    set_row(session, Desk("5112", "noise", "p-1"), Period(hour(0), hour(3)), at=hour(9), by="admin-1")
    city = load_city(session, START - timedelta(hours=1))
    assert [city.at(hour(at)).desks["5112"].section for at in (0, 2.9, 3)] == ["noise", "noise", "air"]
    known = load_city(session, START - timedelta(hours=1), known_at=hour(8))
    assert [known.at(hour(at)).desks["5112"].section for at in (0, 2.9, 3)] == ["air"] * 3


def test_an_entry_of_many_rows_is_undone_as_a_whole(session: Session) -> None:
    """Added, changed and ended rows; then undone again, and again."""
    small_city(session)
    before = facts(session)
    whole = LedgerEntry(session, pen(1, "import"))
    desks = history.TABLES["desk"]
    whole.write(desks, "5113", {"section": "air"}, Period(hour(2)))
    whole.write(desks, "5112", {"section": "noise"}, Period(hour(2)))
    whole.end(desks, "5201", hour(2))
    number = whole.finish()
    assert number
    after = facts(session)
    back = undo(session, number, pen(3))
    assert facts(session) == before != after
    with pytest.raises(IsUndone, match=f"by={back}"):
        undo(session, number, pen(4))
    undo(session, back, pen(5))
    assert facts(session) == after
    undo(session, number, pen(6))
    assert facts(session) == before
    with pytest.raises(NoEntry):
        undo(session, 999, pen(7))


def test_what_was_changed_since_is_not_swept_away(session: Session) -> None:
    """The later entry is named; after it is undone the earlier can be."""
    small_city(session)
    before = facts(session)
    first = LedgerEntry(session, pen(1))
    first.write(history.TABLES["desk"], "5112", {"section": "noise"}, Period(hour(2)))
    second = LedgerEntry(session, pen(3))
    one = first.finish()
    second.write(history.TABLES["desk"], "5112", {"section": "noise", "name": "櫃台"}, Period(hour(4)))
    two = second.finish()
    assert one and two
    after = facts(session)
    with pytest.raises(ChangedSince, match=rf"later=\({two},\) .*'desk', '5112'"):
        undo(session, one, pen(5))
    assert facts(session) == after
    undo(session, two, pen(6))
    undo(session, one, pen(7))
    assert facts(session) == before


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_entry SET reason = 'x'", "DELETE FROM ledger_entry_line"]
)
def test_nobody_rewrites_the_ledger(factory: Sessions, statement: str) -> None:
    """Not even by hand."""
    with transaction(factory) as session:
        small_city(session)
    with pytest.raises(DBAPIError, match="only added to"), transaction(factory) as session:
        session.execute(text(statement))


# --- the notice meter
# ----------------------------------------------------------------------------------------


def test_P4_6_told_two_working_days_before() -> None:
    """Number changes Mon 2026-10-12, the 9th is a substitute day off: until Wed 2026-10-07 17:30."""
    effective = taipei("2026-10-12")
    told = [notice(WORKTIME, taipei(at), effective, 2) for at in ("2026-10-07T17:30", "2026-10-07T17:31")]
    assert {one.due_at for one in told} == {taipei("2026-10-07T17:30")}
    assert [one.is_on_time for one in told] == [True, False]
    assert count([*told, None]) == LeadTimeCount(on_time=1, late=1)


@given(st.dates(date(2026, 1, 5), date(2026, 12, 20)), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_P4_6_so_many_working_days_lie_between(day: date, days: int) -> None:
    """Counted forwards from the day of notice they arrive before the day of effect."""
    effective = taipei(day.isoformat())
    due = notice(WORKTIME, effective, effective, days).due_at
    assert WORKTIME.calendar.is_working(due.date()) and due.date() < effective.date()
    between = [due.date() + timedelta(number) for number in range((effective.date() - due.date()).days)]
    assert len([one for one in between if WORKTIME.calendar.is_working(one)]) == days


def test_P4_6_each_change_says_on_time_or_late(session: Session) -> None:
    """By the calendar as it was declared when the change was told; what belongs to a day needs no notice."""
    small_city(session)
    set_row(session, Desk("5112", "noise"), Period(taipei("2026-11-27")), at=hour(1), by="liaison-epb")
    late_at = taipei("2026-11-25T18:00")
    set_row(session, Desk("5201", "air"), Period(taipei("2026-11-27")), at=late_at, by="liaison-epb")
    service.set_forward(session, "5112", "5201", Period(late_at), at=late_at, by="liaison-epb")
    off = Override(DayKind.OFF, "颱風")
    declare(session, date(2026, 11, 26), off, at=late_at, by="admin-1")
    told = [notice_of(session, one, WORKTIME, 2) for one in changes(session)][6:]
    assert [one and one.is_on_time for one in told] == [True, False, None, None]
    moved = set_row(session, Desk("5112", "air"), Period(taipei("2026-11-27")), at=late_at, by="admin-1")
    latest = changes(session)[-1]
    again = notice_of(session, latest, WORKTIME, 2)
    assert moved and again and again.due_at == taipei("2026-11-24T17:30")


def test_P4_6_the_first_rows_of_a_kind_are_no_late_notice(session: Session) -> None:
    """The city is founded at once and from now on; the second agency of a later hour is held to its days."""
    for at, row in (
        (START, Agency("epb", "環保局")),
        (hour(1), Section("air", "epb", "空污科")),
        (hour(2), Agency("pwd", "工務局")),
    ):
        set_row(session, row, Period(at), at=at, by="admin-1")
    told = [notice_of(session, one, WORKTIME, 2) for one in changes(session)]
    assert [one and one.is_on_time for one in told] == [None, None, False]


# --- what a city holds besides
# ---------------------------------------------------------------------------------


def test_P5_1_2_a_section_that_is_away_follows_who_covers(session: Session) -> None:
    """Its extensions follow, its phones are passed over; a forward of one's own is kept;
    then all is as before.
    """
    small_city(session)
    set_row(session, Desk("5113", "air"), Period(START), at=START, by="admin-1")
    service.set_forward(session, "5113", "5112", Period(START), at=START, by="x")
    away = Booking("air", "會議", "5201")
    service.set_booking(session, away, Period(hour(1), hour(3)), at=START, by="liaison-epb")
    city = load_city(session, START)
    assert city.at(hour(2)).forwards == {"5112": "5201", "5113": "5112"}
    assert city.at(hour(2)).sections["air"].closed and not city.at(hour(3)).sections["air"].closed
    assert city.at(hour(3)).forwards == {"5113": "5112"}
    with pytest.raises(service.CoversItself):
        service.set_booking(session, Booking("air", "x", "5112"), Period(START), at=START, by="x")
    service.withdraw(session, "booking", "air", hour(2), at=hour(2), by="liaison-epb")
    assert not load_city(session, START).at(hour(2)).bookings


def test_P2_a_agencies_are_a_tree_and_a_closed_one_has_a_successor(session: Session) -> None:
    """Nobody of a closed agency is rung; none stands above itself."""
    small_city(session)
    for row in (Agency("city", "市政府"), Agency("epb", "環保局", parent="city")):
        set_row(session, row, Period(START), at=START, by="admin-1")
    with pytest.raises(AboveItself):
        set_row(session, Agency("city", "市政府", parent="epb"), Period(START), at=START, by="admin-1")
    with pytest.raises(NoSuccessor):
        set_row(session, Agency("epb", "環保局", closed=True), Period(START), at=START, by="admin-1")
    gone = Agency("epb", "環保局", closed=True, successor="city")
    set_row(session, gone, Period(hour(5)), at=START, by="admin-1")
    city = load_city(session, START)
    assert not city.at(hour(4)).sections["air"].closed and city.at(hour(5)).sections["air"].closed


def test_P4_1_offices_with_deputies_and_businesses_are_kept(session: Session) -> None:
    """Each with a date of effect."""
    small_city(session)
    for row in (
        Contact("epb", "control-officer", 1, "p-1"),
        Contact("epb", "control-officer", 2, "p-1"),
        Business("b-1", "noise", name="噪音檢舉", keywords="吵"),
    ):
        set_row(session, row, Period(hour(1)), at=START, by="admin-1")
    then = load_city(session, START).at(hour(1))
    assert [one.place for one in then.contacts.values()] == [1, 2]
    assert then.businesses["b-1"].name == "噪音檢舉"
    assert not load_city(session, START).at(hour(0)).businesses


def test_P4_6_who_rings_changes_at_midnight_by_itself(factory: Sessions, tmp_path: Path) -> None:
    """By the snapshot that was taken the day before: no restart, no new look;
    asked in advance it says the same.
    """
    midnight = taipei("2026-11-25")
    with transaction(factory) as session:
        small_city(session)
        set_row(session, Desk("5301", "noise"), Period(START), at=START, by="admin-1")
        service.set_forward(session, "5112", "5301", Period(midnight), at=hour(1), by="liaison-epb")
    snapshot = Snapshot(factory, tmp_path / "city.json", lambda: hour(2))
    snapshot.refresh()
    rung = {
        at: ladder(snapshot.city().at(at), "5112", HuntRules(), is_open=True, urgent=False).rungs[0].extension
        for at in (midnight - timedelta(seconds=1), midnight)
    }
    assert list(rung.values()) == ["5112", "5301"]
