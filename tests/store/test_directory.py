"""The directory's ledger on both databases: changes, corrections, history, and what is refused."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hotline.db import Sessions, connect, sessions, transaction
from hotline.directory import service
from hotline.directory.calendar import declare, lift, overrides
from hotline.directory.files.importing import import_files
from hotline.directory.register import NoName, set_row
from hotline.directory.rows import load_city
from hotline.directory.rules import Agency, Desk, DutyOfficer, Person, Seat, Section
from hotline.directory.store import DeskRow
from hotline.ledger import history
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import (
    set_staff,
)
from hotline.worktime.workdays import DayKind, Override
from tests.keys import RING
from tests.store.small_city import PEN, START, hour, move, overlaps, section_of, small_city, write

pytestmark = pytest.mark.dialects


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as session:
        yield session


def test_law_7_a_change_closes_what_was_in_force_at_its_date_of_effect(session: Session) -> None:
    """And the old row says so, with author, reason and when it was recorded."""
    small_city(session)
    assert move(session, "noise", hour(5), at=hour(1))
    old, new = history.counting(session, DeskRow, "5112")
    assert (old.valid_to, new.valid_from, new.valid_to) == (hour(5), hour(5), None)
    assert (new.author, new.recorded_at) == ("admin-1", hour(1))
    assert section_of(session, "5112", hour(4.9)) == "air"
    assert section_of(session, "5112", hour(5)) == "noise"


def test_law_7_nothing_is_deleted(session: Session) -> None:
    """A planned change, a correction of the past and an end: every word that was ever written is there."""
    small_city(session)
    move(session, "noise", hour(5), at=hour(1))
    move(session, "noise", hour(-3), at=hour(2), until=hour(1))
    service.withdraw(session, "desk", "5112", hour(9), at=hour(3), by="admin-1")
    written = history.history(session, DeskRow, "5112")
    said = [row.says()["section"] for row in written]
    assert said == ["air", "air", "noise", "air", "noise", "noise"]
    assert [row.replaced_at is None for row in written] == [False, False, False, True, True, True]
    asked = {at: section_of(session, "5112", hour(at)) for at in (-4, -3, 0, 1, 4.9, 5, 8.9, 9)}
    assert asked == {
        -4: None,
        -3: "noise",
        0: "noise",
        1: "air",
        4.9: "air",
        5: "noise",
        8.9: "noise",
        9: None,
    }
    assert overlaps(session) == []


def test_law_7_a_change_of_today_leaves_the_planned_one(session: Session) -> None:
    """An open end reaches to what is planned already."""
    small_city(session)
    move(session, "noise", hour(5), at=hour(1))
    set_row(session, Desk("5112", "air", name="new"), Period(hour(2)), at=hour(2), by="admin-1")
    assert section_of(session, "5112", hour(4)) == "air"
    assert section_of(session, "5112", hour(6)) == "noise"
    assert overlaps(session) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE desk SET section = 'x'", "DELETE FROM desk", "UPDATE desk SET author = 'y'"]
)
def test_law_7_nobody_rewrites_history(factory: Sessions, statement: str) -> None:
    """Not even by hand in the database."""
    with transaction(factory) as session:
        small_city(session)
    with pytest.raises(DBAPIError, match="never changed"), transaction(factory) as session:
        session.execute(text(statement))


def test_what_was_known_at_a_moment_can_be_read_later(session: Session) -> None:
    """A call routed before a correction is explained by what was known then."""
    small_city(session)
    move(session, "noise", hour(0), at=hour(3))
    known = [
        row
        for row in history.history(session, DeskRow, "5112")
        if row.recorded_at <= hour(2) and (row.replaced_at is None or row.replaced_at > hour(2))
    ]
    assert [row.says()["section"] for row in known if row.period.holds(hour(1))] == ["air"]
    assert section_of(session, "5112", hour(1)) == "noise"


def test_the_same_again_is_no_change(session: Session) -> None:
    """No row, no audit."""
    small_city(session)
    before = (len(history.history(session, DeskRow, "5112")), len(audit_rows(session)))
    small_city(session, START)
    assert not set_row(
        session, Desk("5112", "air", "p-1", seat=Seat("8F", 2, 2)), Period(hour(7)), at=hour(2), by="x"
    )
    assert (len(history.history(session, DeskRow, "5112")), len(audit_rows(session))) == before


def test_a_fact_that_would_hold_at_no_instant_is_refused(session: Session) -> None:
    """With what to do."""
    small_city(session)
    with pytest.raises(history.EmptyPeriod):
        move(session, "noise", hour(5), at=hour(1), until=hour(5))


MOVES: dict[str, Callable[[Session, Path], object]] = {
    "command": lambda session, place: move(session, "noise", hour(5), at=hour(1)),
    "import": lambda session, place: import_files(
        session, write(place, desks="extension,section\n5112,noise\n"), hour(5), PEN
    ),
    "staff": lambda session, place: set_staff(
        session, Staff("x", "示範", frozenset({Role.AGENT})), Period(hour(5)), at=hour(1), by="admin-1"
    ),
}


@pytest.mark.parametrize("way", MOVES)
def test_two_writers_at_once_leave_one_truth(
    factory: Sessions, database_url: str, tmp_path: Path, way: str
) -> None:
    """The second waits for the first before it reads, so rows in force never overlap."""
    with transaction(factory) as session:
        small_city(session)
    impatient = connect(database_url, wait=timedelta(seconds=0.5), keys=RING)
    with transaction(factory) as first:
        move(first, "noise", hour(6), at=hour(1))
        with pytest.raises(DBAPIError), transaction(sessions(impatient)) as second:
            MOVES[way](second, tmp_path / "files")
    with transaction(sessions(impatient)) as second:
        MOVES[way](second, tmp_path / "files")
        assert overlaps(second) == []
    impatient.dispose()


def test_P5_1_2_an_extension_follows_another_for_a_time(session: Session) -> None:
    """From, to, start, end; and ended before."""
    small_city(session)
    service.set_forward(session, "5112", "5113", Period(hour(1), hour(3)), at=hour(0), by="liaison")
    then = load_city(session, START)
    assert [then.at(hour(at)).forwards for at in (0, 1, 3)] == [{}, {"5112": "5113"}, {}]
    service.withdraw(session, "forward", "5112", hour(2), at=hour(2), by="liaison")
    assert load_city(session, START).at(hour(2)).forwards == {}


@pytest.mark.parametrize(
    ("extension", "target", "why"),
    [("5112", "5112", "itself"), ("5112", "9", "key=9"), ("9", "5112", "key=9")],
)
def test_P5_1_2_a_forward_from_or_to_nowhere_is_refused(
    session: Session, extension: str, target: str, why: str
) -> None:
    """With the extension that is wrong."""
    small_city(session)
    with pytest.raises((service.Unknown, service.FollowsItself), match=why):
        service.set_forward(session, extension, target, Period(START), at=START, by="liaison")


def test_P4_9_a_fault_needs_a_number_to_ring(session: Session) -> None:
    """Given with the fault, or on file."""
    small_city(session)
    with pytest.raises(service.NoAlternative):
        service.switchboard_fails(session, "epb", "", Period(START), at=START, by="liaison")
    service.switchboard_fails(session, "epb", "0900000009", Period(START), at=START, by="liaison")
    agency = load_city(session, START).at(hour(1)).agencies["epb"]
    assert agency.fault and agency.alternative == "0900-000-009"
    service.withdraw(session, "switchboard", "epb", hour(2), at=hour(2), by="liaison")
    assert not load_city(session, START).at(hour(2)).agencies["epb"].fault
    with pytest.raises(service.Unknown):
        service.withdraw(session, "switchboard", "epb", hour(3), at=hour(3), by="liaison")


@pytest.mark.parametrize("number", ["", "1;rm", "PJSIP/1", "00"])
def test_what_cannot_be_dialled_gets_into_no_row(session: Session, number: str) -> None:
    """Dial strings come from rows."""
    with pytest.raises((service.NotDialable, service.Unknown)):
        service.set_duty(session, DutyOfficer(1, "值日", number), Period(START), at=START, by="admin-1")


def test_every_change_is_audited_with_before_and_after(session: Session) -> None:
    """P0-a: who, when, from, to, reason."""
    small_city(session)
    service.set_absence(
        session, "p-1", "開會", Period(hour(1), hour(2)), at=hour(1), by="l", reason="meeting"
    )
    service.set_absence(session, "p-1", "出差", Period(hour(1), hour(2)), at=hour(1.5), by="m")
    first, second = audit_rows(session, subject="absence:p-1")
    assert (first.at, first.by, first.action) == (hour(1), "l", "directory.absence")
    assert (first.before, first.reason) == (None, "meeting")
    assert second.before == {"cause": "開會"} and second.after is not None and second.after["cause"] == "出差"
    assert [deed.by for deed in audit_rows(session, since=hour(1.2))] == ["m"]


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (Desk("5114", "nowhere"), service.Unknown),
        (Desk("5114", "air", "p-9"), service.Unknown),
        (Desk("5114", "air", number="1;rm"), service.NotDialable),
        (Section("x", "nowhere", "name"), service.Unknown),
        (Section("x", "epb", ""), NoName),
        (Person("p-2", "", "示範"), service.Unknown),
        (Agency("x", "名", emergency="abc"), service.NotDialable),
    ],
)
def test_a_row_that_names_nothing_known_is_refused(
    session: Session, row: Desk | Section | Person | Agency, error: type[Exception]
) -> None:
    """And leaves no trace."""
    small_city(session)
    before = len(audit_rows(session))
    with pytest.raises(error):
        set_row(session, row, Period(hour(1)), at=hour(1), by="admin-1")
    assert len(audit_rows(session)) == before


def test_a_day_declared_tells_what_it_changed(session: Session) -> None:
    """Whether it is news, and all days in force, from which open limits are counted anew."""
    day, off = date(2026, 11, 25), Override(DayKind.OFF, "颱風")
    assert declare(session, day, off, at=hour(1), by="admin-1")
    assert overrides(session, hour(1)) == {day: off}
    assert not declare(session, day, off, at=hour(2), by="admin-1")
    assert len(audit_rows(session, subject="calendar:2026-11-25")) == 1
    lift(session, day, at=hour(3), by="admin-1", reason="turned away")
    assert overrides(session, hour(3)) == {}
