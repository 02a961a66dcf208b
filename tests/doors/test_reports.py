"""Measured duties of a month, on the page, as a spreadsheet and over the API (P4.2, P4.11, P5.1.2, P10.1)."""

import csv
from pathlib import Path

import pytest

from calls.store import CallRow, Leg
from hotline.clock import taipei
from hotline.db import transaction
from tests.doors.console import Console, console
from tests.doors.programs import Program, program
from transfer.outcome import DialOutcome

TEN = "2026-11-24T10:00"
OFFICES = {"5112": ("epb", "epb-clean"), "5113": ("epb", "epb-clean"), "5301": ("pwd", "pwd-road")}


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


@pytest.fixture
def boss(pages: Console) -> Program:
    return program(pages, "supervisor-1")


def ring(
    pages: Console, extension: str, seconds: float, outcome: DialOutcome, at: str = TEN, asked: str = ""
) -> None:
    """One officer's phone, rung for a call of its own."""
    with transaction(pages.house.factory) as session:
        number = session.query(Leg).count()
        session.add(CallRow(id=f"call-{number}"))
        session.flush()
        proxy = bool(asked) and asked != extension
        agency, section = OFFICES.get(extension, ("epb", "epb-clean"))
        session.add(
            Leg(
                channel=f"leg-{number}",
                call_id=f"call-{number}",
                phone="officers",
                extension=extension,
                asked=asked or extension,
                section=section,
                agency=agency,
                proxy=proxy,
                kind="neighbour" if proxy else "desk",
                started_at=taipei(at),
                ring_seconds=seconds,
                outcome=outcome,
            )
        )


def rows(one: Program, kind: str, *asked: str) -> list[dict[str, str]]:
    """What the API says."""
    table = one.reads(f"/reports/{kind}?{'&'.join(('month=2026-11-01', *asked))}")
    return [dict(zip(table["head"], row, strict=True)) for row in table["rows"]]


def sheet(pages: Console, kind: str, language: str = "zh-TW") -> list[dict[str, str]]:
    """What the page gives as a file, as a spreadsheet reads it."""
    asked = f"/reports.csv?kind={kind}&month=2026-11"
    answer = pages.signed_in("supervisor-1").get(asked, headers={"Accept-Language": language})
    assert answer.data.startswith(b"\xef\xbb\xbf") and ".csv" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(answer.data.decode("utf-8-sig").splitlines()))


def test_P4_2_rings_on_the_page_and_for_programs(pages: Console, boss: Program) -> None:
    """9.0 s is within three rings, 9.1 s is late; the 95th percentile; answers for another desk."""
    ring(pages, "5112", 9.0, DialOutcome.ANSWERED)
    ring(pages, "5112", 9.1, DialOutcome.ANSWERED)
    ring(pages, "5112", 0.0, DialOutcome.BUSY)
    ring(pages, "5113", 12.0, DialOutcome.NO_ANSWER, asked="5112")
    ring(pages, "5113", 3.0, DialOutcome.ANSWERED, asked="5112")
    told = [list(row.values())[2:] for row in rows(boss, "rings")]
    assert [[cells[0].split()[0], *cells[1:]] for cells in told] == [
        ["5112", "3", "1", "1", "0", "1", "9.1", "9.1", "0%"],
        ["5113", "2", "1", "0", "1", "0", "7.5", "12.0", "100%"],
    ]
    (row,) = rows(boss, "rings", "group=section")
    assert row == {
        "agency": "epb 環保局",
        "section": "epb-clean 環境清潔科",
        "legs": "5",
        "in 3 rings": "2",
        "later": "1",
        "unanswered": "1",
        "busy": "1",
        "mean ring s": "8.3",
        "95 % ring s": "12.0",
        "by proxy": "33%",
    }
    page = pages.signed_in("supervisor-1").get("/reports?group=section&month=2026-11").text
    assert "3 響內接聽" in page and "環境清潔科" in page and "33%" in page


def test_P4_2_a_month_begins_and_ends_in_taipei(pages: Console, boss: Program) -> None:
    """Its first instant is 16:00 UTC of the day before; the last second is still its own."""
    for at in ("2026-11-01T00:00", "2026-11-30T23:59:59", "2026-10-31T23:59:59", "2026-12-01T00:00"):
        ring(pages, "5112", 3.0, DialOutcome.ANSWERED, at)
    ring(pages, "5112", 3.0, DialOutcome.ANSWERED, "2026-10-31T16:00:00+00:00")
    for month, legs in (("2026-10", 1), ("2026-11", 3), ("2026-12", 1), ("2027-01", 0)):
        title = boss.reads(f"/reports/rings?month={month}-15")["title"]
        assert title.startswith(f"{month} rings per extension: {legs} ")


def test_P4_11_busy_lines_and_no_formula_in_a_spreadsheet(pages: Console) -> None:
    """What stands in a row is shown by a spreadsheet and never computed, whoever wrote it."""
    for extension in ("=1+1", "+886", "-A1", "@SUM(A1)"):
        ring(pages, extension, 0.0, DialOutcome.BUSY)
    found = sheet(pages, "busy")
    assert sorted(row["分機"] for row in found) == ["'+886", "'-A1", "'=1+1", "'@SUM(A1)"]
    assert {(row["忙線率"], row["超過 20 %"]) for row in found} == {("100.0%", "是")}


def test_P10_1_a_spreadsheet_is_in_the_language_of_the_page(pages: Console) -> None:
    """Its heads and its words: Chinese, and English for who reads the pages in English."""
    ring(pages, "5112", 0.0, DialOutcome.BUSY)
    (chinese,), (english,) = sheet(pages, "busy"), sheet(pages, "busy", "en")
    assert list(chinese) == ["機關", "科室", "分機", "響過", "忙線", "忙線率", "超過 20 %"]
    assert list(english) == ["Agency", "Section", "Extension", "Rang", "Busy", "Busy rate", "Above 20 %"]
    assert (chinese["超過 20 %"], english["Above 20 %"]) == ("是", "yes")
    duties = {row["機關"]: row for row in sheet(pages, "agencies")}
    assert duties["研考會"]["出缺的窗口"] and not duties["研考會"]["出缺的窗口"].isascii()


def test_P5_1_2_sections_that_nobody_answered_in_office_hours(pages: Console, boss: Program) -> None:
    """A day with one answer is none of them, and neither is a Sunday or a night."""
    ring(pages, "5112", 15.0, DialOutcome.NO_ANSWER, "2026-11-23T10:00")
    ring(pages, "5113", 12.0, DialOutcome.NO_ANSWER, "2026-11-23T10:01", asked="5112")
    ring(pages, "5112", 15.0, DialOutcome.NO_ANSWER, "2026-11-24T10:00")
    ring(pages, "5113", 2.0, DialOutcome.ANSWERED, "2026-11-24T16:00", asked="5112")
    ring(pages, "5112", 15.0, DialOutcome.NO_ANSWER, "2026-11-22T10:00")
    ring(pages, "5112", 15.0, DialOutcome.NO_ANSWER, "2026-11-25T17:30")
    (row,) = rows(boss, "silent")
    assert (row["day"], row["legs"]) == ("2026-11-23", "2")


def test_P10_1_who_acts_for_an_agency_sees_its_rows(pages: Console) -> None:
    """On the page and over the API; the call centre sees all; an agent none."""
    ring(pages, "5112", 3.0, DialOutcome.ANSWERED)
    ring(pages, "5301", 3.0, DialOutcome.ANSWERED)
    assert {row["agency"].split()[0] for row in rows(program(pages, "admin-1"), "rings")} == {"epb", "pwd"}
    for kind in ("rings", "agencies"):
        own = rows(program(pages, "liaison-epb"), kind)
        assert {row["agency"].split()[0] for row in own} == {"epb"}
    assert "5301" not in pages.signed_in("liaison-epb").get("/reports?month=2026-11").text
    assert program(pages, "agent-1").asks("GET", "/reports/rings").status_code == 403
    assert pages.signed_in("agent-1").get("/reports").status_code == 403
