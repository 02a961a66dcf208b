"""The commands over the directory, the calendar and the staff, as a person types them."""

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest

from hotline import clock
from hotline.auditlog.changes import Pen, change
from hotline.auditlog.service import deeds
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.store import ForwardRow
from hotline.periods import Period
from hotline.staff.service import set_break
from hotline.worktime import WorkingTime
from ops.checking import nightly
from ops.seed import CITY, found, seed
from ops.wiring import House
from ops.wiring import house as decider
from tests.doors.conftest import Typed


def test_a_fresh_installation_has_a_city(typed: Typed) -> None:
    """5112 and its neighbours, an agency off site, a roster of three; nothing is lacking."""
    shown = typed("directory show 5112").output
    assert "環保局 (epb)" in shown and "8F, 4 m, 2 m" in shown
    assert "behind (02)2960-3456" in typed("directory show 6101").output
    assert len(typed("directory duty").output.splitlines()) == 3
    assert typed("directory defects").output == "nothing is lacking\n"
    assert len(re.findall(r"^  \d{4}  ", typed("directory show").output, re.MULTILINE)) >= 60
    roles = typed("staff list").output
    assert all(role in roles for role in ("agent", "supervisor", "administrator", "approver", "liaison"))


def test_a_city_comes_in_quickly_and_once(house: House, factory: Sessions) -> None:
    """In less than a second of work; at the next start what is there is left alone."""
    begun = time.process_time()
    with transaction(factory) as session:
        found(session, clock.now())
    assert time.process_time() - begun < 1
    with transaction(house.factory) as session:
        before = len(deeds(session))
        seed(session, clock.now())
        assert len(deeds(session)) == before


def test_P5_1_2_a_forward_is_set_shown_and_ended(typed: Typed) -> None:
    """With its history under the names of who did it."""
    typed("directory forward 5112 5113 --by liaison-epb --reason", "會議")
    assert "follows    5113" in typed("directory show 5112").output
    typed("directory forward 5112 --end --by admin-1")
    assert "follows" not in typed("directory show 5112").output
    story = typed("directory history 5112").output
    assert "liaison-epb: forward" in story and "admin-1: forward" in story and "會議" in story


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("directory forward 5112 5113 --by liaison-pwd", "may not do directory.forward for the agency epb"),
        ("directory forward 5112 5113 --by nobody", "has the login 'nobody'"),
        ("directory forward 5112 5113", "--by"),
        ("directory forward 5112 5112 --by admin-1", "cannot follow itself"),
        ("directory forward 5112 5113 --end --by admin-1", "either TARGET or --end"),
        ("directory forward 5112 --by admin-1", "either TARGET or --end"),
        ("directory forward 9999 5113 --by admin-1", "no desk '9999'"),
        ("directory forward 5113 --end --by admin-1", "no forward '5113'"),
        ("directory forward 5112 5113 --until yesterday --by admin-1", "2026-11-24T10:00"),
        ("directory forward 5112 5113 --until 2020-01-01 --by admin-1", "later end"),
        ("directory desk 5112 --section pwd-road --by liaison-epb", "for the agency pwd"),
        ("directory desk 5112 --section nowhere --by admin-1", "no section 'nowhere'"),
        ("directory desk 5112 --by admin-1", "give either what is other, or --end"),
        ("directory desk 5112 --number 1;2 --by admin-1", "no telephone number"),
        ("directory section epb-new --agency epb --by admin-1", "has no name"),
        ("directory section epb-clean --end --by admin-1", "desk 5112 still names section epb-clean"),
        ("directory agency epb --end --by admin-1", "section epb-air still names agency epb"),
        ("directory absence p-5112 --by admin-1", "either CAUSE or --end"),
        ("directory switchboard epb FAULT --by admin-1", "no alternative number on file"),
        ("directory switchboard apo FAULT --by liaison-epb", "for the agency apo"),
        ("directory duty 1 甲 0900000009", "--by is missing"),
        ("directory duty 1 甲 --by admin-1", "NAME NUMBER"),
        ("directory duty 1 甲 abc --by admin-1", "no telephone number"),
        ("directory show 9999", "no desk '9999'"),
        ("directory history x:5112", "no x '5112'"),
        ("calendar close 2026-11-26 --reason typhoon --by agent-1", "may not do calendar.change"),
        ("calendar close soon --reason typhoon --by admin-1", "is not a date"),
        ("calendar open 2026-11-25 --reason none --by admin-1", "is a working day already"),
        ("staff add x 示範 --role agent --by agent-1", "may not do staff.change"),
        ("staff add x 示範 --role king --by admin-1", "king"),
        ("staff end x --by admin-1", "has the login 'x'"),
        ("staff audit --by agent-1", "may not do audit.read"),
        ("agents pause agent-1 lunch --by agent-2", "may not do agent.break"),
        ("agents pause agent-9 lunch --by supervisor-1", "hotline agents list"),
        ("directory import ops/city --by agent-1", "may not do directory.import"),
    ],
)
def test_what_is_refused_is_refused_in_one_sentence(typed: Typed, line: str, why: str) -> None:
    """That says what to do; nothing is written."""
    begun = clock.now().isoformat()
    assert why in typed(line, refused=True).output
    assert typed("staff audit --by admin-1 --from", begun).output == ""


def test_P4_6_a_row_of_the_register_changes_at_its_date_of_effect(typed: Typed) -> None:
    """An office moves, somebody joins, a section closes, an extension goes."""
    typed("directory person p-5117 --section epb-clean --name 示範新人 --title 承辦人 --by liaison-epb")
    typed("directory desk 5117 --section epb-clean --person p-5117 --seat 8F 14 2 --by liaison-epb")
    assert "示範新人 承辦人" in typed("directory show 5117").output
    typed("directory desk 5117 --seat 9F 1 2 --from 2026-12-01 --by liaison-epb --reason", "搬遷")
    assert "8F, 14 m" in typed("directory show 5117 --at 2026-11-30").output
    assert "9F, 1 m" in typed("directory show 5117 --at 2026-12-01").output
    typed("directory section epb-clean --closed --from 2026-12-02 --until 2026-12-03 --by liaison-epb")
    assert "closed" in typed("directory show 5117 --at 2026-12-02").output
    assert "closed" not in typed("directory show 5117 --at 2026-12-03").output
    typed("directory desk 5117 --end --from 2026-12-04 --by liaison-epb")
    typed("directory show 5117 --at 2026-12-04", refused=True)


def test_P4_9_an_alternative_number_is_put_on_file(typed: Typed) -> None:
    """By the agency's own liaison; then its switchboard may fail."""
    typed("directory agency epb --off-site --by admin-1")
    assert "P4.9 epb" in typed("directory defects").output
    typed("directory agency epb --alternative (02)2960-3400 --by liaison-epb")
    assert typed("directory defects").output == "nothing is lacking\n"


def test_P4_9_a_failed_switchboard_is_told_and_works_again(typed: Typed) -> None:
    """While it fails the number on file is rung."""
    typed("directory switchboard apo FAULT --by secretariat-1")
    assert "(02)2960-0199 is rung (P4.9)" in typed("directory show 6101").output
    typed("directory switchboard apo OK --by secretariat-1")
    assert "fault" not in typed("directory show 6101").output


def test_an_absence_is_told_and_over(typed: Typed) -> None:
    """From when to when."""
    typed("directory absence p-5112 會議 --from 2026-11-30T09:00 --until 2026-11-30T10:00 --by liaison-epb")
    assert "away       會議" in typed("directory show 5112 --at 2026-11-30T09:59").output
    assert "away" not in typed("directory show 5112 --at 2026-11-30T10:00").output
    typed("directory absence p-5112 --end --from 2026-11-30T09:30 --by liaison-epb")
    assert "away" not in typed("directory show 5112 --at 2026-11-30T09:45").output


def test_P5_1_3_a_place_on_the_roster_is_given_and_taken(typed: Typed) -> None:
    """From a date on."""
    typed("directory duty 1 示範值日員丁 0900000009 --from 2026-12-01 --by admin-1")
    assert typed("directory duty --at 2026-11-30").output.startswith("1  示範值日員甲")
    assert typed("directory duty --at 2026-12-01").output.startswith("1  示範值日員丁  0900-000-009")
    typed("directory duty 1 --end --from 2026-12-02 --by admin-1")
    assert typed("directory duty --at 2026-12-02").output.startswith("2  ")


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
    """Asked at half past four, seven hours: one that day, five and a half before two o'clock, the rest on the third."""
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


def test_a_dry_run_shows_and_writes_nothing(typed: Typed, tmp_path: Path) -> None:
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
    typed("directory show 5120 --at 2026-12-01", refused=True)
    assert told(command) == changes
    assert told(command) == []
    assert "空氣品質科" in typed("directory show 5114 --at 2026-12-01").output
    typed("directory show 5120 --at 2026-11-30", refused=True)
    typed("directory show 5115 --at 2026-12-01", refused=True)


def test_faults_of_files_are_all_told(typed: Typed, tmp_path: Path) -> None:
    """With file, line and column; nothing is imported."""
    (tmp_path / "desks.csv").write_text("extension,section\n51x2,epb-air\n5198,nowhere\n", "utf-8")
    (tmp_path / "persons.csv").write_text("code,section,name\np-9,epb-air,\n", "utf-8")
    output = typed(f"directory import {tmp_path} --by admin-1", refused=True).output
    for where in ("desks.csv, line 2, extension", "desks.csv, line 3, section", "persons.csv, line 2, name"):
        assert where in output


def test_P4_1_P4_9_defects_are_listed(typed: Typed, tmp_path: Path) -> None:
    """An agency without a liaison, one off site without an alternative, a section without anybody."""
    (tmp_path / "agencies.csv").write_text(
        "code,name,off_site,number\nnew,新機關,yes,(02)2960-3400\n", "utf-8"
    )
    (tmp_path / "sections.csv").write_text("code,agency,name\nnew-one,new,一科\n", "utf-8")
    typed(f"directory import {tmp_path} --by admin-1")
    assert [line.split()[:2] for line in typed("directory defects").output.splitlines()] == [
        ["P4.1", "new"], ["P4.9", "new"], ["P2-a", "new-one"], ["3", "defects"],
    ]  # fmt: skip


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
        told = [(deed.by, deed.after) for deed in deeds(session, subject="agent:agent-1")]
    assert told == [("agent-1", {"break": "lunch"}), ("supervisor-1", {"break": ""})]


def test_staff_come_and_go_on_record(typed: Typed) -> None:
    """And reading the record is on record too."""
    typed("staff add agent-9 示範九 --role liaison --role agent --phone 1991 --by admin-1")
    assert "agent, liaison" in typed("staff list").output
    typed("staff end agent-9 --reason moved --by admin-1")
    assert "agent-9" not in typed("staff list").output
    log = typed("staff audit --subject staff:agent-9 --by admin-1").output.splitlines()
    assert len(log) == 2 and log[1].endswith("moved")
    assert "audit.read staff:agent-9" in typed("staff audit --by admin-1").output
    assert re.search(r"^supervisor .*call\.authorise", typed("staff roles").output, re.MULTILINE)


# --- the ledger ----------------------------------------------------------------------------------------


def test_a_plan_is_listed_with_its_notice_and_withdrawn(typed: Typed) -> None:
    """P4.6: on time or late, counted for the agency; only who may change it may take it back."""
    typed("directory desk 5112 --section epb-air --from 2049-12-01 --by liaison-epb --reason", "搬遷")
    typed("directory desk 5301 --name 櫃台 --by liaison-pwd")
    planned = typed("directory changes --planned").output
    assert "2049-12-01 00:00" in planned and "搬遷" in planned and "desk:5112" in planned
    number = planned.split()[0]
    late = typed("directory changes").output.splitlines()[-1]
    assert "desk:5301" in late and "late (P4.6" in late
    assert re.search(r"pwd +on time +0 +late +1", typed("directory notice").output)
    assert "may not do" in typed(f"directory undo {number} --by liaison-pwd", refused=True).output
    assert "withdrawn before it took effect" in typed(f"directory undo {number} --by liaison-epb").output
    assert typed("directory changes --planned").output == "nothing is planned\n"
    assert "to have it again, undo" in typed(f"directory undo {number} --by admin-1", refused=True).output
    assert "no entry 999" in typed("directory undo 999 --by admin-1", refused=True).output


def test_P5_1_2_a_section_is_booked_away_and_another_answers(typed: Typed) -> None:
    """The ladder says so."""
    typed("directory booking epb-clean 會議 --cover 5301 --by liaison-epb --until 2026-12-31")
    assert "5301 answers" in typed("directory show 5112").output
    route = typed("why route 5112 --at 2026-12-01T10:00").output
    assert route.splitlines()[1].startswith("1. 5301")
    typed("directory booking epb-clean --end --by liaison-epb")
    assert "booked" not in typed("directory show 5112").output


def test_an_order_of_neighbours_a_business_and_an_office_are_set(typed: Typed) -> None:
    """And shown."""
    typed("directory desk 5112 --neighbours 5115,5114 --building", "第二辦公大樓", "--by", "liaison-epb")
    typed("directory business b-1 --section epb-clean --name 廢棄家具清運 --by liaison-epb")
    typed("directory contact epb/liaison/1 --person p-5112 --by liaison-epb")
    shown = typed("directory show 5112").output
    assert "neighbours 5115 5114" in shown and "第二辦公大樓" in shown and "廢棄家具清運" in shown
    assert (
        "no office" in typed("directory contact epb/king/1 --person p-5112 --by admin-1", refused=True).output
    )


def test_office_hours_hold_from_their_day_on(typed: Typed, house: House) -> None:
    """Before that day those of the settings."""
    typed("calendar hours 09:00 17:00 --break 12:00 13:00 --from 2026-12-01 --by admin-1")
    house.city.refresh()
    opens = [house.is_open(taipei(at)) for at in ("2026-11-30T08:45", "2026-12-01T08:45", "2026-12-01T12:30")]
    assert opens == [True, False, False]


# --- files -----------------------------------------------------------------------------------------------


def test_the_directory_goes_out_and_comes_in_again(typed: Typed, tmp_path: Path) -> None:
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
    assert "epb-clean" in typed("directory show 5112").output
    typed("directory import --effective 2049-01-01 --by admin-1", str(desks))
    assert "desk:5112" in typed("directory changes --planned").output


def test_a_check_tells_what_is_wrong(typed: Typed, house: House) -> None:
    """Errors end with 1; the nightly job counts the same; that no Asterisk could be asked is told too."""
    told = typed("directory check").output.splitlines()
    assert told[-2].startswith("0 errors") or told[-2] == "nothing is wrong or lacking"
    assert told[-1].startswith(
        "whether Asterisk has a way to each number is not known: Asterisk's manager does"
    )
    refused = typed("directory forward 5112 5113 --by admin-1") and typed(
        "directory forward 5113 5112 --by admin-1", refused=True
    )
    assert "5113 → 5112 → 5113 is a circle from" in refused.output
    with transaction(house.factory) as session:  # as rows of before may say
        pen = Pen(clock.now(), "admin-1", "directory.forward")
        change(session, ForwardRow, "forward", "5113", {"target": "5112"}, Period(clock.now()), pen)
    told = typed("directory check", refused=True).output.splitlines()
    assert "error    P5.1.2  forward:5112" in told[0] and "2 errors" in told[-2]
    assert nightly(house.factory, clock.now(), lambda then: ([], "")) == len(told) - 2


def test_P4_6_a_date_of_effect_is_its_midnight_in_taipei(typed: Typed, tmp_path: Path) -> None:
    """By command and by file: the evening before all is as it was, and it can be asked in advance."""
    day = (clock.now().astimezone(clock.TAIPEI) + timedelta(days=1)).date()
    eve, midnight = f"{day - timedelta(days=1)}T23:59:59", f"{day}T00:00"
    typed(f"directory forward 5112 5113 --from {day} --by liaison-epb")
    desks = tmp_path / "desks.csv"
    desks.write_text("extension,section\n5121,epb-clean\n", "utf-8")
    told = typed(f"directory import --effective {day} --by admin-1", str(desks)).output
    assert f"in force from {day} 00:00" in told
    planned = typed("directory changes --planned").output.splitlines()
    assert len(planned) == 2 and all(f"{day} 00:00" in line for line in planned)
    shown = {at: typed(f"directory show 5112 --at {at}").output for at in (eve, midnight)}
    assert ["follows    5113" in told for told in shown.values()] == [False, True]
    sections = [typed(f"directory show 5121 --at {at}").output for at in (eve, midnight)]
    assert ["(epb-clean)" in told for told in sections] == [False, True]


def test_whoever_writes_what_may_be_wrong_is_told_at_once(typed: Typed, tmp_path: Path) -> None:
    """It is accepted, with the reason against it; a dry run tells it of a file before."""
    told = typed("directory desk 5113 --person p-5112 --by liaison-epb").output
    assert "warning  P2-a    person:p-5112: sits at 2 desks, 5112, 5113; leave one" in told
    desks = tmp_path / "desks.csv"
    desks.write_text("extension,section,person\n5121,epb-air,p-5112\n", "utf-8")
    told = typed("directory import --dry-run --by admin-1", str(desks)).output
    assert "person:p-5112: sits at 3 desks" in told and "nothing is written" in told


def test_somebody_is_searched_for(typed: Typed) -> None:
    """By number and section; nobody is told so."""
    assert "環境清潔科" in typed("directory search 5112").output
    assert "5112" in typed("directory search", "環境清潔").output
    assert "nobody is found" in typed("directory search xqxqxqxq").output
