"""What cannot be in a directory is refused when it is written, by command or by file;
what may be is warned of.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from administration.directory_check import check, of_city
from administration.undo import undo
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory import service
from hotline.directory.circles import Circular
from hotline.directory.files.exporting import as_csv, tables
from hotline.directory.files.importing import end_row, import_files, read_files
from hotline.directory.findings import Finding, RegisterFault
from hotline.directory.register import Register, set_row
from hotline.directory.rows import load_city
from hotline.directory.rules import Agency, Booking, City, Contact, Desk, DutyOfficer, Person, Seat, Section
from hotline.directory.store import ForwardRow
from hotline.ledger.audit import audit_rows
from hotline.ledger.changes import ChangeContext, change
from hotline.ledger.entries import changes
from hotline.ledger.history import EmptyPeriod
from hotline.ledger.periods import Period
from hotline.permissions import Action
from hotline.sheets.faults import BadSheets
from hotline.staff.service import everybody
from wording import ENGLISH, sentence

START = taipei("2026-11-24T08:00")
ALWAYS = Period(START)
CITY = (
    Agency("epb", "環保局"),
    Section("air", "epb", "空氣"),
    Section("noise", "epb", "噪音"),
    Person("p-1", "air", "示範一"),
    Desk("5112", "air", "p-1", seat=Seat("8F", 0, 0)),
    Desk("5113", "air", seat=Seat("8F", 2, 0)),
    Desk("5201", "noise", seat=Seat("8F", 4, 0)),
    Contact("epb", "liaison", 1, "p-1"),
)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def pen(number: float) -> ChangeContext:
    return ChangeContext(hour(number), "admin-1", Action.DIRECTORY_IMPORT, "test")


def follow(session: Session, extension: str, target: str, period: Period = ALWAYS) -> None:
    service.set_forward(session, extension, target, period, at=START, by="liaison-epb")


@contextmanager
def brought(session: Session, at: datetime) -> Iterator[list[Finding]]:
    """What a change brings that is wrong or lacking at its date of effect; known when the block is left."""
    before, found = of_city(load_city(session, at), everybody(session, at), at), list[Finding]()
    yield found
    session.flush()
    after = of_city(load_city(session, at), everybody(session, at), at)
    found += [one for one in after if one not in before]


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    """A city in which nothing is wrong."""
    with transaction(factory) as session:
        for row in CITY:
            set_row(session, row, ALWAYS, at=START, by="admin-1")
        service.set_duty(session, DutyOfficer(1, "值日", "0911000001"), ALWAYS, at=START, by="admin-1")
        session.expire_all()
        assert check(session, START) == []
        yield session


def put(session: Session, folder: Path, name: str, content: str, effective: datetime = START) -> list[str]:
    """What is wrong with a file; it is imported when nothing is."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.csv").write_text(content, "utf-8")
    try:
        import_files(session, read_files(folder / f"{name}.csv"), effective, pen(1))
    except BadSheets as bad:
        return [f"{fault.line} {fault.column}: {sentence(fault.why, ENGLISH)}" for fault in bad.faults]
    return []


def warned(session: Session, at: datetime = START) -> list[str]:
    return [f"{one.severity} {one.clause} {one.subject}" for one in check(session, at)]


# --- circular forwards -----------------------------------------------------------------------------------


def test_P5_1_2_a_forward_that_leads_back_is_refused_and_the_circle_named(session: Session) -> None:
    """At once or by others, for the time that all of them hold; nothing is written."""
    follow(session, "5112", "5113", Period(hour(0), hour(5)))
    follow(session, "5113", "5201", Period(hour(2)))
    before = len(audit_rows(session))
    with pytest.raises(Circular, match="5201 → 5112 → 5113 → 5201"):
        follow(session, "5201", "5112")
    with pytest.raises(service.FollowsItself):
        follow(session, "5201", "5201")
    assert len(audit_rows(session)) == before
    follow(session, "5201", "5112", Period(hour(5)))


def test_P5_1_2_who_covers_may_not_follow_into_the_section_that_is_away(session: Session) -> None:
    """Whichever of the two is written later is refused."""
    away = Booking("air", "會議", "5201")
    follow(session, "5201", "5113", Period(hour(1), hour(2)))
    with pytest.raises(Circular, match="5201 → 5113 → 5201"):
        service.set_booking(session, away, ALWAYS, at=START, by="liaison-epb")
    service.set_booking(session, away, Period(hour(2), hour(4)), at=START, by="liaison-epb")
    with pytest.raises(Circular, match="5201 → 5112 → 5201"):
        follow(session, "5201", "5112", Period(hour(3)))


def test_P5_1_2_a_desk_that_moves_may_close_no_circle(session: Session) -> None:
    """Into a section that its own phone covers, by a forward."""
    set_row(session, Desk("5202", "noise"), ALWAYS, at=START, by="admin-1")
    follow(session, "5201", "5202")
    service.set_booking(session, Booking("air", "會議", "5201"), ALWAYS, at=START, by="x")
    with pytest.raises(Circular, match="5202 → 5201 → 5202"):
        set_row(session, Desk("5202", "air"), ALWAYS, at=START, by="admin-1")


def test_P5_1_2_lines_of_a_file_that_form_a_circle_are_each_named(session: Session, tmp_path: Path) -> None:
    """With each other, or with what holds already; a line that changes nothing is no fault."""
    told = put(session, tmp_path, "forwards", "extension,target\n5112,5113\n5113,5112\n")
    assert [one.partition(";")[0] for one in told] == [
        "2 target: 5112 → 5113 → 5112 is a circle from 2026-11-24 08:00 on",
        "3 target: 5113 → 5112 → 5113 is a circle from 2026-11-24 08:00 on",
    ]
    follow(session, "5112", "5113")
    (one,) = put(session, tmp_path, "forwards", "extension,target\n5113,5201\n5201,5112\n")[1:]
    assert one.startswith("3 target: 5201 → 5112 → 5113 → 5201")
    (covers,) = put(session, tmp_path, "bookings", "section,cause,cover\nair,會議,5201\nnoise,會議,5113\n")[
        :1
    ]
    assert covers.startswith("2 cover: 5201 → 5113 → 5201")
    ends = "extension,target,from,until\n5112,5201,2026-11-24T08:00,\n5113,5112,2026-11-24T08:00,\n"
    assert put(session, tmp_path, "forwards", ends) == []


def test_P5_1_2_undoing_brings_no_circle_back(session: Session) -> None:
    """Somebody else has begun to follow meanwhile."""
    follow(session, "5112", "5113")
    service.withdraw(session, "forward", "5112", hour(1), at=hour(1), by="liaison-epb")
    ended = changes(session)[-1].number
    follow(session, "5113", "5112", Period(hour(2)))
    with pytest.raises(Circular, match="5112 → 5113 → 5112"):
        undo(session, ended, pen(3))


def test_a_circle_of_before_is_an_error_and_keeps_no_file_out(session: Session, tmp_path: Path) -> None:
    """Rows that were written before it was refused: told by the check, and as they are by an export."""
    for extension, target in (("5112", "5113"), ("5113", "5112")):
        change(session, ForwardRow, extension, {"target": target}, ALWAYS, pen(0))
    assert warned(session)[:2] == ["error P5.1.2 forward:5112", "error P5.1.2 forward:5113"]
    written = as_csv(tables(session, START)["forwards"]).decode("utf-8-sig")
    assert put(session, tmp_path, "forwards", written) == []


# --- dates, doubles, two desks, out of the city -------------------------------------------------------------


def test_dates_backwards_are_refused(session: Session, tmp_path: Path) -> None:
    """By command; in a file with line and column, also against the date of effect."""
    with pytest.raises(EmptyPeriod):
        follow(session, "5112", "5113", Period(hour(2), hour(1)))
    lines = "extension,target,from,until\n5112,5113,2026-11-25,2026-11-24\n"
    assert put(session, tmp_path, "forwards", lines) == [
        "2 until: It ends before it begins; give a later end."
    ]
    late = "extension,target,from,until\n5112,5113,,2026-11-25\n"
    (told,) = put(session, tmp_path, "forwards", late, taipei("2026-12-01"))
    assert told.startswith("2 until: It ends before the date of effect, 2026-12-01 00:00; give a later end")
    assert put(session, tmp_path, "forwards", late) == []


def test_an_extension_is_one_desk_at_one_instant(session: Session, tmp_path: Path) -> None:
    """Two lines of one extension are refused; told again by command it is the same desk, and moves."""
    told = put(session, tmp_path, "desks", "extension,section\n5112,air\n5112,noise\n")
    assert told == ["3 extension: 5112 stands in line 2 already; keep one of them."]
    set_row(session, Desk("5112", "noise", "p-1"), Period(hour(1)), at=START, by="admin-1")
    city = load_city(session, START)
    assert [city.at(hour(at)).desks["5112"].section for at in (0, 1)] == ["air", "noise"]


def test_a_person_at_two_desks_is_warned_of(session: Session, tmp_path: Path) -> None:
    """When it is written and ever after: somebody may move with two phones for a day."""
    with brought(session, START) as found:
        set_row(session, Desk("5113", "air", "p-1", seat=Seat("8F", 2, 0)), ALWAYS, at=START, by="admin-1")
    (one,) = found
    assert sentence(one, ENGLISH).startswith("Sits at 2 desks, 5112, 5113")
    assert warned(session) == ["warning P2-a person:p-1"]
    with brought(session, START) as found:
        set_row(session, Desk("5112", "air", seat=Seat("8F", 0, 0)), ALWAYS, at=START, by="admin-1")
    assert found == [] == warned(session)


def test_a_dry_run_warns_of_what_the_file_would_bring(session: Session, tmp_path: Path) -> None:
    """From the city as it would be; nothing is written."""
    (tmp_path / "desks.csv").write_text("extension,section,person\n5113,air,p-1\n5201,noise,p-1\n", "utf-8")
    seen, before = list[City](), tables(session, START)
    import_files(session, read_files(tmp_path), START, pen(1), dry_run=True, seen=seen.append)
    told = [one.subject for one in of_city(seen[0], (), START)]
    assert told == ["person:p-1"]
    session.expire_all()
    assert tables(session, START) == before


def test_a_forward_out_of_the_city_is_warned_of(session: Session) -> None:
    """A mobile, another county; the switchboard of an agency is the city's, wherever it stands."""
    set_row(session, Agency("tax", "稅捐處", True, "(03)332-2101", "0911000002"), ALWAYS, at=START, by="a")
    for extension, number in (
        ("5301", "0912345678"),
        ("5302", "04-2228-9111"),
        ("5303", "03-3322101"),
        ("5304", "02-29603456"),
    ):
        set_row(session, Desk(extension, "noise", number=number), ALWAYS, at=START, by="a")
    told = list[str]()
    for target in ("5301", "5302", "5303", "5304"):
        with brought(session, START) as found:
            follow(session, "5112", target)
        told += [sentence(one, ENGLISH) for one in found if one.subject == "forward:5112"]
    assert told == [
        "It follows 5301 behind 0912-345-678, out of the city.",
        "It follows 5302 behind (04)2228-9111, out of the city.",
    ]


# --- what is lacking
# ------------------------------------------------------------------------------------------


def brings(session: Session, *rows: Register) -> list[str]:
    """What is warned of when these are written."""
    with brought(session, START) as found:
        for row in rows:
            set_row(session, row, ALWAYS, at=START, by="admin-1")
    return [f"{one.clause} {one.subject}" for one in found]


def test_P5_1_1_neighbours_that_ring_nobody_are_warned_of(session: Session) -> None:
    """Nobody on the floor; an order whose people are away, or whose extension is no more."""
    alone = Desk("5201", "noise", seat=Seat("9F", 0, 0))
    assert brings(session, alone) == ["P5.1.1 desk:5201"]
    assert brings(session, replace(alone, neighbours=("5112",))) == [] == warned(session)
    with brought(session, START) as found:
        service.set_absence(session, "p-1", "休假", ALWAYS, at=START, by="liaison-epb")
    assert "desk:5201" in [one.subject for one in found]
    service.withdraw(session, "absence", "p-1", START, at=START, by="liaison-epb")
    with pytest.raises(service.Unknown):
        brings(session, replace(alone, neighbours=("9999",)))
    end_row(session, "desk", "5112", START, at=START, by="admin-1")
    assert "warning P5.1.1 desk:5201" in warned(session)


def test_sections_without_anybody_at_a_phone_are_warned_of(session: Session) -> None:
    """Without a desk, or with all their people away."""
    assert brings(session, Section("new", "epb", "新")) == ["P2-a section:new"]
    staffed = (Person("p-2", "noise", "示範二"), Desk("5201", "noise", "p-2", seat=Seat("8F", 4, 0)))
    assert brings(session, *staffed) == []
    with brought(session, START) as found:
        service.set_absence(session, "p-2", "會議", ALWAYS, at=START, by="liaison-epb")
    assert [(one.clause, one.subject, one.wrong) for one in found] == [
        ("P5.1.2", "section:noise", RegisterFault.EVERYBODY_AWAY)
    ]


def test_agencies_without_liaison_or_alternative_number_are_warned_of(session: Session) -> None:
    """P4.1 of each, P4.9 of those that stand elsewhere."""
    assert brings(session, Agency("apo", "動保處", True, "02-29603456")) == [
        "P4.9 agency:apo",
        "P4.1 agency:apo",
    ]
    whole = Agency("apo", "動保處", True, "02-29603456", "0911000003"), Contact("apo", "liaison", 1, "p-1")
    assert brings(session, *whole) == [] == warned(session)
