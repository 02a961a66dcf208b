"""The commands over the directory's files and the calendar, as a person types them."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from administration.directory_check import NightlyCheck
from demo.seed import CITY, found, seed
from hotline import clock
from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.directory.rows import load_city
from hotline.directory.rules import Directory, Seat
from hotline.directory.store import ForwardRow
from hotline.ledger.audit import audit_rows
from hotline.ledger.changes import ChangeContext, change
from hotline.ledger.periods import Period
from hotline.staff.service import everybody, set_break
from hotline.worktime import WorkingTime
from ops.wiring import House
from ops.wiring import house as decider
from tests.doors.conftest import Typed


def then(house: House, at: str = "") -> Directory:
    """The directory as of an instant."""
    moment = taipei(at) if at else clock.now()
    with looking(house.factory) as session:
        return load_city(session, moment).at(moment)


def test_a_fresh_installation_has_a_city(typed: Typed, house: House) -> None:
    """5112 and its neighbours, an agency off site, a roster of three; nothing is wrong."""
    known = then(house)
    assert known.agencies[known.sections[known.desks["5112"].section].agency].name == "環保局"
    assert known.desks["5112"].seat == Seat("8F", 4, 2) and known.desks["6101"].number == "(02)2960-3456"
    assert len(known.duty) == 3 and len(known.desks) >= 60
    assert (
        "0 errors" in typed("directory check").output or "nothing is wrong" in typed("directory check").output
    )
    with looking(house.factory) as session:
        roles = {str(role) for member in everybody(session, clock.now()) for role in member.roles}
    assert {"agent", "supervisor", "administrator", "approver", "liaison"} <= roles


def test_a_city_comes_in_quickly_and_once(house: House, factory: Sessions) -> None:
    """In less than a second of work; at the next start what is there is left alone."""
    begun = time.process_time()
    with transaction(factory) as session:
        found(session, clock.now())
    assert time.process_time() - begun < 1
    with transaction(house.factory) as session:
        before = len(audit_rows(session))
        seed(session, clock.now())
        assert len(audit_rows(session)) == before


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("calendar close 2026-11-26 --reason typhoon --by agent-1", "does not allow this"),
        ("calendar close soon --reason typhoon --by admin-1", "is not a date"),
        ("calendar open 2026-11-25 --reason none --by admin-1", "is a working day already"),
        ("agents pause agent-1 lunch --by agent-2", "does not allow this"),
        ("agents pause agent-9 lunch --by supervisor-1", "hotline agents list"),
        ("directory import demo/city --by agent-1", "does not allow this"),
    ],
)
def test_what_is_refused_is_refused_in_one_sentence(typed: Typed, house: House, line: str, why: str) -> None:
    """That says what to do; nothing is written."""
    with looking(house.factory) as session:
        before = len(audit_rows(session))
    assert why in typed(line, refused=True).output
    with looking(house.factory) as session:
        assert len(audit_rows(session)) == before


def test_a_typhoon_declared_counts_in_a_process_that_runs(typed: Typed, house: House) -> None:
    """Half a day is counted over the day off, from the next look on; lifted, it counts again."""
    promised, limit = taipei("2026-11-25T16:30"), WorkingTime(timedelta(hours=4))
    assert house.worktime.due(promised, limit) == taipei("2026-11-26T11:30")
    typed("calendar close 2026-11-26 --reason 颱風停班 --by admin-1")
    house.city.refresh()
    assert house.worktime.due(promised, limit) == taipei("2026-11-27T11:30")
    assert "2026-11-26 off: 颱風停班" in typed("due --at 2026-11-25T16:30").output
    assert "admin-1" in typed("calendar list").output
    typed("calendar open 2026-11-26 --reason 颱風轉向 --by admin-1")
    house.city.refresh()
    assert house.worktime.due(promised, limit) == taipei("2026-11-26T11:30")


def test_offices_close_from_an_hour_on_and_open_again(typed: Typed, house: House) -> None:
    """Asked at half past four, seven hours:
    one that day, five and a half before two o'clock, the rest on the third.
    """
    promised, limit = taipei("2026-11-25T16:30"), WorkingTime(timedelta(hours=7))
    said = typed("calendar close 2026-11-26 --from 14:00 --reason 颱風停班 --by admin-1").output
    assert "off from 14:00 on: 颱風停班" in said
    house.city.refresh()
    assert house.worktime.due(promised, limit) == taipei("2026-11-27T09:00")
    assert not house.worktime.is_open(taipei("2026-11-26T14:00"))
    typed("calendar close 2026-11-26 --from 20:00 --reason 太晚 --by admin-1", refused=True)
    typed("calendar open 2026-11-26 --reason 颱風轉向 --by admin-1")
    house.city.refresh()
    assert house.worktime.due(promised, limit) == taipei("2026-11-26T14:30")


def test_a_day_off_may_be_worked(typed: Typed, house: House) -> None:
    """A Saturday."""
    typed("calendar open 2026-11-28 --reason 補班 --by admin-1")
    house.city.refresh()
    assert house.worktime.is_open(taipei("2026-11-28T09:00"))
    typed("calendar close 2026-11-28 --reason 不補班 --by admin-1")
    house.city.refresh()
    assert not house.worktime.is_open(taipei("2026-11-28T09:00"))


def test_a_dry_run_shows_and_writes_nothing(typed: Typed, house: House, tmp_path: Path) -> None:
    """Then the same for good; then nothing is left to do."""
    file = tmp_path / "desks.csv"
    lines = (CITY / "desks.csv").read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("5115,")] + ["5120,epb-clean,,新分機,,,,"]
    file.write_text("\n".join(kept).replace("5114,epb-clean", "5114,epb-air"), "utf-8-sig")
    command = f"directory import {file} --complete --effective 2026-12-01 --by admin-1"
    changes = ["changed desk 5114", "added desk 5120", "ended desk 5115"]

    def told(line: str) -> list[str]:
        shown = typed(line).stdout.splitlines()
        counted = next(place for place, words in enumerate(shown) if " lines read, " in words)
        return [" ".join(words.split()[:3]) for words in shown[:counted]]

    assert told(f"{command} --dry-run") == changes
    assert "5120" not in then(house, "2026-12-01T00:00").desks
    assert told(command) == changes
    assert told(command) == []
    assert then(house, "2026-12-01T00:00").desks["5114"].section == "epb-air"
    assert "5120" not in then(house, "2026-11-30T23:59:59").desks
    assert "5115" not in then(house, "2026-12-01T00:00").desks


def test_faults_of_files_are_all_told(typed: Typed, tmp_path: Path) -> None:
    """With file, line and column; nothing is imported."""
    (tmp_path / "desks.csv").write_text("extension,section\n51x2,epb-air\n5198,nowhere\n", "utf-8")
    (tmp_path / "persons.csv").write_text("code,section,name\np-9,epb-air,\n", "utf-8")
    output = typed(f"directory import {tmp_path} --by admin-1", refused=True).output
    for where in ("desks.csv, line 2, extension", "desks.csv, line 3, section", "persons.csv, line 2, name"):
        assert where in output


def test_fault_23_a_process_that_starts_over_a_broken_database_knows_the_city(house: House) -> None:
    """From the last good snapshot, within the time that a decision may wait."""
    house.city.refresh()
    house.engine.dispose()
    (house.settings.home / "hotline.db").write_bytes(b"\xa5" * 65536)
    for more in house.settings.home.glob("hotline.db-*"):
        more.unlink()
    begun = time.monotonic()
    started = decider(house.settings, "agi")
    assert started.books.book().city.at(clock.now()).desks["5112"].section == "epb-clean"
    assert time.monotonic() - begun < 3
    started.engine.dispose()


def test_a_break_is_begun_by_the_agent_or_a_supervisor(house: House) -> None:
    """And stands in the audit log."""
    with transaction(house.factory) as session:
        for by, reason in (("agent-1", "lunch"), ("supervisor-1", "")):
            set_break(session, "agent-1", reason, at=clock.now(), by=by)
        told = [(deed.by, deed.after) for deed in audit_rows(session, subject="agent:agent-1")]
    assert told == [("agent-1", {"break": "lunch"}), ("supervisor-1", {"break": ""})]


def test_office_hours_hold_from_their_day_on(typed: Typed, house: House) -> None:
    """Before that day those of the settings."""
    typed("calendar hours 09:00 17:00 --break 12:00 13:00 --from 2026-12-01 --by admin-1")
    house.city.refresh()
    opens = [house.is_open(taipei(at)) for at in ("2026-11-30T08:45", "2026-12-01T08:45", "2026-12-01T12:30")]
    assert opens == [True, False, False]


# --- files -----------------------------------------------------------------------------------------------


def test_the_directory_goes_out_and_comes_in_again(typed: Typed, house: House, tmp_path: Path) -> None:
    """As files or a workbook; a dry run tells what an edited file would change."""
    assert "lines in" in typed("directory export", str(tmp_path / "out")).output
    typed("directory export --headings zh", str(tmp_path / "city.xlsx"))
    for name in ("out", "city.xlsx"):
        told = typed("directory import --complete --by admin-1", str(tmp_path / name)).output
        assert "0 changes: 0 added, 0 changed, 0 ended" in told
    desks = tmp_path / "out" / "desks.csv"
    desks.write_text(desks.read_text("utf-8-sig").replace("5112,epb-clean", "5112,epb-air"), "utf-8")
    told = typed("directory import --dry-run --by admin-1", str(desks)).output
    assert "section: epb-clean → epb-air" in told and "nothing is written" in told
    assert then(house).desks["5112"].section == "epb-clean"
    typed("directory import --effective 2049-01-01 --by admin-1", str(desks))
    assert then(house).desks["5112"].section == "epb-clean"
    assert then(house, "2049-01-01T00:00").desks["5112"].section == "epb-air"


def test_a_check_tells_what_is_wrong(typed: Typed, house: House) -> None:
    """Errors end with 1; the nightly job counts the same; that no Asterisk could be asked is told too."""
    told = typed("directory check").output.splitlines()
    assert told[-2].startswith("0 errors") or told[-2] == "nothing is wrong or lacking"
    assert told[-1].startswith(
        "whether Asterisk has a way to each number is not known: The telephone system does"
    )
    with transaction(house.factory) as session:  # as rows of before may say
        pen = ChangeContext(clock.now(), "admin-1", "directory.forward")
        for one, other in (("5112", "5113"), ("5113", "5112")):
            change(session, ForwardRow, one, {"target": other}, Period(clock.now()), pen)
    told = typed("directory check", refused=True).output.splitlines()
    assert "error    P5.1.2  forward:5112" in told[0] and "2 errors" in told[-2]
    assert NightlyCheck(house.factory, lambda then: ([], None)).run(clock.now()) == len(told) - 2


def test_P4_6_a_date_of_effect_is_its_midnight_in_taipei(typed: Typed, house: House, tmp_path: Path) -> None:
    """The evening before all is as it was, and it can be asked in advance."""
    day = (clock.now().astimezone(clock.TAIPEI) + timedelta(days=1)).date()
    desks = tmp_path / "desks.csv"
    desks.write_text("extension,section\n5121,epb-clean\n", "utf-8")
    told = typed(f"directory import --effective {day} --by admin-1", str(desks)).output
    assert f"in force from {day} 00:00" in told
    sections = [
        then(house, at).desks["5121"].section
        for at in (f"{day - timedelta(days=1)}T23:59:59", f"{day}T00:00")
    ]
    assert sections == ["epb-air", "epb-clean"]


def test_who_imports_what_may_be_wrong_is_told_at_once(typed: Typed, tmp_path: Path) -> None:
    """By a dry run, before it is written."""
    desks = tmp_path / "desks.csv"
    desks.write_text("extension,section,person\n5121,epb-air,p-5112\n", "utf-8")
    told = typed("directory import --dry-run --by admin-1", str(desks)).output
    assert "person:p-5112: Sits at 2 desks" in told and "nothing is written" in told


def test_commands_list_and_bring_the_placeholder_list(typed: Typed) -> None:
    """What is there already is left as it is; the files of the directory take them in and out."""
    assert (
        "3003" in typed("categories list").output and "placeholder" in typed("categories list --due").output
    )
    told = typed("categories seed --by admin-1").output
    assert "0 lines read" in told and "placeholders" in told


def test_a_file_comes_in_by_command_after_a_dry_run(typed: Typed, tmp_path: Path) -> None:
    """As every file of the directory."""
    typed(f"directory export {tmp_path} --only categories")
    file = tmp_path / "categories.csv"
    text = file.read_text("utf-8-sig")
    file.write_text(text.replace("路面損壞,quick", "路面坑洞,quick"), "utf-8")
    dry = typed(f"directory import {file} --dry-run --by admin-1").output
    assert "changed  category 3003" in dry and "nothing is written" in dry
    file.write_text(text.replace(",4,4,", ",4,40,"), "utf-8")
    assert "P5.4.1" in typed(f"directory import {file} --by admin-1", refused=True).output
