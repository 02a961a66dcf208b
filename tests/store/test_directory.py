"""The directory's ledger on both databases: changes, corrections, history, audit, snapshot, import."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hotline import history
from hotline.auditlog.changes import Pen
from hotline.auditlog.service import audit, deeds
from hotline.clock import taipei
from hotline.db import Sessions, connect, sessions, transaction
from hotline.directory import service
from hotline.directory.calendar import DeclaredDays, declare, lift
from hotline.directory.faults import BadSheets
from hotline.directory.importing import Became, Files, import_files, may_import, read_files
from hotline.directory.register import NoName, set_row
from hotline.directory.rows import load_city, revision
from hotline.directory.rules import Agency, Desk, DutyOfficer, Person, Seat, Section
from hotline.directory.snapshot import Snapshot
from hotline.directory.store import DeskRow
from hotline.periods import Period
from hotline.staff.rules import Action, Role, Staff
from hotline.staff.service import (
    NotPermitted,
    UnknownStaff,
    end_staff,
    is_nobody,
    permitted,
    set_staff,
    staff,
    with_role,
)
from hotline.workdays import DayKind, Override
from ops.seed import CITY, FOUNDED
from tests.conftest import WAIT

START = taipei("2026-11-24T08:00")
PEN = Pen(START, "admin-1", "directory.import", "test")


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as session:
        yield session


def small_city(session: Session, at: datetime = START) -> None:
    """An agency of two sections, a person and two desks."""
    always, by, before = Period(at), "admin-1", Period(hour(-9))
    set_row(session, Agency("epb", "環保局"), before, at=at, by=by)
    for code in ("air", "noise"):
        set_row(session, Section(code, "epb", code), before, at=at, by=by)
    set_row(session, Person("p-1", "air", "示範一"), always, at=at, by=by)
    set_row(session, Desk("5112", "air", "p-1", seat=Seat("8F", 2, 2)), always, at=at, by=by)
    set_row(session, Desk("5113", "air"), always, at=at, by=by)


def section_of(session: Session, extension: str, at: datetime) -> str | None:
    desk = load_city(session, START - timedelta(days=99)).at(at).desks.get(extension)
    return desk.section if desk else None


def move(
    session: Session, section: str, since: datetime, at: datetime, until: datetime | None = None
) -> bool:
    """5112 belongs to another section for a time, said at ``at``."""
    return set_row(session, Desk("5112", section), Period(since, until), at=at, by="admin-1")


def overlaps(session: Session) -> list[tuple[DeskRow, DeskRow]]:
    """Pairs of rows that count and claim the same instant."""
    rows = history.counting(session, DeskRow, "5112")
    return [(one, two) for n, one in enumerate(rows) for two in rows[n + 1 :] if one.period.meets(two.period)]


# --- the ledger --------------------------------------------------------------------------------------


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
    known = [row for row in history.history(session, DeskRow, "5112")
             if row.recorded_at <= hour(2) and (row.replaced_at is None or row.replaced_at > hour(2))]  # fmt: skip
    assert [row.says()["section"] for row in known if row.period.holds(hour(1))] == ["air"]
    assert section_of(session, "5112", hour(1)) == "noise"


def test_the_same_again_is_no_change(session: Session) -> None:
    """No row, no audit."""
    small_city(session)
    before = (len(history.history(session, DeskRow, "5112")), len(deeds(session)))
    small_city(session, START)
    assert not set_row(
        session, Desk("5112", "air", "p-1", seat=Seat("8F", 2, 2)), Period(hour(7)), at=hour(2), by="x"
    )
    assert (len(history.history(session, DeskRow, "5112")), len(deeds(session))) == before


def test_a_fact_that_would_hold_at_no_instant_is_refused(session: Session) -> None:
    """With what to do."""
    small_city(session)
    with pytest.raises(history.EmptyPeriod, match="later end"):
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
    impatient = connect(database_url, wait=timedelta(seconds=0.5))
    with transaction(factory) as first:
        move(first, "noise", hour(6), at=hour(1))
        with pytest.raises(DBAPIError), transaction(sessions(impatient)) as second:
            MOVES[way](second, tmp_path / "files")
    with transaction(sessions(impatient)) as second:
        MOVES[way](second, tmp_path / "files")
        assert overlaps(second) == []
    impatient.dispose()


# --- use cases ---------------------------------------------------------------------------------------


def test_P5_1_2_an_extension_follows_another_for_a_time(session: Session) -> None:
    """From, to, start, end; and ended before."""
    small_city(session)
    service.set_forward(session, "5112", "5113", Period(hour(1), hour(3)), at=hour(0), by="liaison")
    then = load_city(session, START)
    assert [then.at(hour(at)).forwards for at in (0, 1, 3)] == [{}, {"5112": "5113"}, {}]
    service.end_forward(session, "5112", hour(2), at=hour(2), by="liaison")
    assert load_city(session, START).at(hour(2)).forwards == {}


@pytest.mark.parametrize(
    ("extension", "target", "why"), [("5112", "5112", "itself"), ("5112", "9", "'9'"), ("9", "5112", "'9'")]
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
    with pytest.raises(service.NoAlternative, match="--alternative"):
        service.switchboard_fails(session, "epb", "", Period(START), at=START, by="liaison")
    service.switchboard_fails(session, "epb", "0900000009", Period(START), at=START, by="liaison")
    agency = load_city(session, START).at(hour(1)).agencies["epb"]
    assert agency.fault and agency.alternative == "0900-000-009"
    service.switchboard_works(session, "epb", hour(2), at=hour(2), by="liaison")
    assert not load_city(session, START).at(hour(2)).agencies["epb"].fault
    with pytest.raises(service.Unknown):
        service.switchboard_works(session, "epb", hour(3), at=hour(3), by="liaison")


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
    first, second = deeds(session, subject="absence:p-1")
    assert (first.at, first.by, first.action) == (hour(1), "l", "directory.absence")
    assert (first.before, first.reason) == (None, "meeting")
    assert second.before == {"cause": "開會"} and second.after is not None and second.after["cause"] == "出差"
    assert [deed.by for deed in deeds(session, since=hour(1.2))] == ["m"]


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
    before = len(deeds(session))
    with pytest.raises(error):
        set_row(session, row, Period(hour(1)), at=hour(1), by="admin-1")
    assert len(deeds(session)) == before


# --- the calendar ------------------------------------------------------------------------------------


def test_a_day_declared_tells_what_it_changed(session: Session) -> None:
    """Before, after, and all days in force, from which open limits are counted anew."""
    day, off = date(2026, 11, 25), Override(DayKind.OFF, "颱風")
    first = declare(session, day, off, at=hour(1), by="admin-1")
    assert (first.before, first.after, first.overrides, first.is_change) == (None, off, {day: off}, True)
    again = declare(session, day, off, at=hour(2), by="admin-1")
    assert not again.is_change and len(deeds(session, subject="calendar:2026-11-25")) == 1
    lifted = lift(session, day, at=hour(3), by="admin-1", reason="turned away")
    assert (lifted.before, lifted.after, lifted.overrides) == (off, None, {})


# --- staff -------------------------------------------------------------------------------------------


def test_unknown_and_not_permitted_people_are_told_apart(session: Session) -> None:
    """Each with what to do."""
    member = Staff("liaison-epb", "示範", frozenset({Role.LIAISON}), agency="epb", phone="5112")
    assert is_nobody(session)
    assert set_staff(session, member, Period(START), at=START, by="admin-1")
    assert not is_nobody(session) and staff(session, "liaison-epb", hour(1)) == member
    assert permitted(session, "liaison-epb", Action.DIRECTORY_FORWARD, START, "epb") == member
    with pytest.raises(NotPermitted, match="for the agency pwd"):
        permitted(session, "liaison-epb", Action.DIRECTORY_FORWARD, START, "pwd")
    with pytest.raises(NotPermitted, match=r"call\.authorise"):
        permitted(session, "liaison-epb", Action.CALL_AUTHORISE, START)
    with pytest.raises(UnknownStaff, match="hotline staff list"):
        permitted(session, "nobody", Action.REPORT_READ, START)
    with pytest.raises(UnknownStaff):
        staff(session, "liaison-epb", hour(-1))


def test_who_left_may_nothing_and_stays_on_record(session: Session) -> None:
    """From the date on; roles of the day count."""
    member = Staff("s", "示範", frozenset({Role.SUPERVISOR, Role.AGENT}))
    set_staff(session, member, Period(START), at=START, by="admin-1")
    assert [one.login for one in with_role(session, Role.SUPERVISOR, hour(1))] == ["s"]
    end_staff(session, "s", hour(2), at=hour(1), by="admin-1", reason="moved")
    assert staff(session, "s", hour(1.9)) == member and with_role(session, Role.SUPERVISOR, hour(2)) == []
    with pytest.raises(UnknownStaff):
        permitted(session, "s", Action.CALL_ASK, hour(2))
    assert [deed.reason for deed in deeds(session, subject="staff:s")] == ["", "moved"]


# --- the audit log -----------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log"])
def test_P0_a_nobody_changes_the_audit_log(factory: Sessions, statement: str) -> None:
    """Not even by hand in the database."""
    with transaction(factory) as session:
        audit(session, at=START, by="x", action="a.b", subject="c:d", after={"at": START, "kind": Role.AGENT})
    with pytest.raises(DBAPIError, match="only added to"), transaction(factory) as session:
        session.execute(text(statement))
    with transaction(factory) as session:
        (deed,) = deeds(session)
        assert deed.after == {"at": START.isoformat(), "kind": "agent"} and deed.before is None


# --- the snapshot ------------------------------------------------------------------------------------


def test_a_change_is_seen_at_the_next_look(factory: Sessions, tmp_path: Path) -> None:
    """Also by a calendar that was made before: a typhoon declared now counts now."""
    snapshot = Snapshot(factory, tmp_path / "city.json", lambda: hour(1))
    days = DeclaredDays(snapshot.city)
    snapshot.refresh()
    assert not snapshot.city().at(hour(1)).desks and not days
    with transaction(factory) as session:
        small_city(session)
        declare(session, date(2026, 11, 25), Override(DayKind.OFF, "颱風"), at=hour(1), by="admin-1")
    snapshot.refresh()
    assert set(snapshot.city().at(hour(1)).desks) == {"5112", "5113"}
    assert days[date(2026, 11, 25)].reason == "颱風"


def test_without_a_change_nothing_is_read_anew(factory: Sessions, tmp_path: Path) -> None:
    """One look at one row, every second."""
    with transaction(factory) as session:
        small_city(session)
        assert revision(session) == 6
    snapshot = Snapshot(factory, tmp_path / "city.json", lambda: hour(1))
    snapshot.refresh()
    first = snapshot.city()
    snapshot.refresh()
    assert snapshot.city() is first


def test_fault_23_calls_are_routed_from_the_last_good_snapshot(
    database: Engine, factory: Sessions, tmp_path: Path
) -> None:
    """By the process that saw it, and by one that starts while the database is away; told once, not each look."""
    with transaction(factory) as session:
        small_city(session)
    file, told = tmp_path / "city.json", list[BaseException]()
    looked = list[float]()
    seen = Snapshot(factory, file, lambda: hour(1), seen=looked.append, away=told.append)
    seen.refresh()
    database.dispose()
    away = sessions(connect("postgresql://127.0.0.1:1/nothing", wait=WAIT))
    started = Snapshot(away, file, lambda: hour(1), away=told.append)
    started.refresh()
    started.refresh()
    assert started.city() == seen.city() and started.city().at(hour(1)).desks["5112"].name == "示範一"
    assert len(told) == 1 and looked == [hour(1).timestamp()]


@pytest.mark.parametrize(
    "content", ["", "{}", '{"form": 0, "rows": {}}', '{"form": 1, "rows": {"x": [[]]}}', "[" * 9999]
)
def test_a_damaged_snapshot_file_is_none(factory: Sessions, tmp_path: Path, content: str) -> None:
    """And is written anew when the database answers."""
    file = tmp_path / "city.json"
    file.write_text(content, "utf-8")
    snapshot = Snapshot(factory, file, lambda: hour(1))
    assert not snapshot.city().rows
    snapshot.refresh()
    assert "form" in file.read_text("utf-8") and file.read_text("utf-8") != content


# --- import ------------------------------------------------------------------------------------------


def write(folder: Path, **files: str) -> Files:
    """Read files of these contents."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, "utf-8")
    return read_files(folder)


def test_the_fictional_city_comes_in_and_a_second_time_changes_nothing(session: Session) -> None:
    """Every row once."""
    files = read_files(CITY)
    outcomes = import_files(session, files, FOUNDED, PEN)
    assert {outcome.became for outcome in outcomes} == {Became.ADDED} and len(outcomes) == len(files.records)
    audited = len(deeds(session))
    assert import_files(session, files, START, PEN, complete=True) == []
    assert len(deeds(session)) == audited


def test_P4_6_an_import_counts_from_its_date_of_effect(session: Session, tmp_path: Path) -> None:
    """Added, changed and, when the files are complete, closed."""
    small_city(session)
    files = write(tmp_path, desks="extension,section\n5112,noise\n5199,air\n")
    outcomes = import_files(session, files, hour(5), PEN, complete=True)
    assert [(outcome.became, outcome.key) for outcome in outcomes] == [
        (Became.CHANGED, "5112"),
        (Became.ADDED, "5199"),
        (Became.ENDED, "5113"),
    ]
    assert set(load_city(session, START).at(hour(4)).desks) == {"5112", "5113"}
    then = load_city(session, START).at(hour(5))
    assert {key: desk.section for key, desk in then.desks.items()} == {"5112": "noise", "5199": "air"}


def test_without_complete_what_is_not_listed_stays(session: Session, tmp_path: Path) -> None:
    """A liaison sends a single line."""
    small_city(session)
    import_files(session, write(tmp_path, desks="extension,section\n5199,air\n"), hour(5), PEN)
    assert set(load_city(session, START).at(hour(5)).desks) == {"5112", "5113", "5199"}


def test_a_column_that_is_not_there_stays_as_it_is(session: Session, tmp_path: Path) -> None:
    """An empty cell empties."""
    small_city(session)
    import_files(session, write(tmp_path, desks="extension,section\n5112,noise\n"), hour(5), PEN)
    moved = load_city(session, START).at(hour(5)).desks["5112"]
    assert (moved.section, moved.person, moved.seat) == ("noise", "p-1", Seat("8F", 2, 2))
    import_files(session, write(tmp_path, desks="extension,section,person\n5112,noise,\n"), hour(6), PEN)
    assert load_city(session, START).at(hour(6)).desks["5112"].person == ""


def test_nothing_is_written_when_anything_is_faulty(session: Session, tmp_path: Path) -> None:
    """All faults at once, over all files, also what names a thing that is not there."""
    small_city(session)
    before = len(deeds(session))
    files = write(
        tmp_path,
        desks="extension,section,person\n5120,air,p-9\n51x1,air,\n",
        forwards="extension,target\n5112,5112\n5112,9999\n",
        sections="code,agency,name\nwater,nowhere,水\n",
        colours="a,b\n",
    )
    with pytest.raises(BadSheets) as refused:
        import_files(session, files, hour(5), PEN)
    assert [(fault.file, fault.line, fault.column) for fault in refused.value.faults] == [
        ("colours.csv", 1, ""),
        ("desks.csv", 2, "person"),
        ("desks.csv", 3, "extension"),
        ("forwards.csv", 2, "target"),
        ("forwards.csv", 3, "extension"),
        ("sections.csv", 2, "agency"),
    ]
    assert len(deeds(session)) == before and not load_city(session, START).at(hour(5)).forwards


def test_what_ends_may_not_be_named_by_what_stays(session: Session, tmp_path: Path) -> None:
    """A section cannot go while its extensions remain."""
    small_city(session)
    files = write(tmp_path, sections="code,agency,name\nnoise,epb,noise\n")
    with pytest.raises(BadSheets, match="desk 5112 still names section air"):
        import_files(session, files, hour(5), PEN, complete=True)


def test_lines_with_their_own_time_come_in_one_after_the_other(session: Session, tmp_path: Path) -> None:
    """Two absences of one person; again, and nothing changes."""
    small_city(session)
    text_ = "person,cause,from,until\np-1,開會,2026-11-24T09:00,2026-11-24T10:00\np-1,出差,2026-11-25,2026-11-26\n"
    files = write(tmp_path, absences=text_)
    assert len(import_files(session, files, START, PEN)) == 2
    city = load_city(session, START)
    told = [city.at(taipei(at)).away for at in ("2026-11-24T09:30", "2026-11-24T10:00", "2026-11-25")]
    assert told == [{"p-1": "開會"}, {}, {"p-1": "出差"}]
    assert import_files(session, files, START, PEN) == []


def test_the_first_import_is_given_by_the_administrator_it_names(session: Session, tmp_path: Path) -> None:
    """Afterwards only by whom the roles allow."""
    files = write(tmp_path, staff="login,name,roles\nboss,示範,administrator\nclerk,示範,agent\n")
    with pytest.raises(UnknownStaff):
        may_import(session, "clerk", files.records, START)
    may_import(session, "boss", files.records, START)
    import_files(session, files, START, PEN)
    may_import(session, "boss", (), START)
    with pytest.raises(NotPermitted):
        may_import(session, "clerk", files.records, START)
