"""The change calendar: what takes effect when, told in time or late, of which agency,
and what became of it.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from administration.undo import undo
from hotline.clock import taipei
from hotline.db import transaction
from hotline.directory.register import set_row
from hotline.directory.rules import DutyOfficer, Section
from hotline.directory.service import set_duty
from hotline.ledger.changes import ChangeContext
from hotline.ledger.entries import changes
from hotline.ledger.periods import Period
from tests.doors.console import Console, console

OFFICER = "officer-5112"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Console]:
    made = console(tmp_path / "home")
    yield made
    made.house.engine.dispose()


def renames(pages: Console, agency: str, day: str, name: str) -> int:
    """A section of an agency is called otherwise from a day on; the number of the entry."""
    with transaction(pages.house.factory) as session:
        row = Section(f"{agency}-new", agency, name)
        set_row(session, row, Period(taipei(day)), at=pages.clock.at, by="admin-1", reason=f"{name}設立")
        return changes(session)[-1].number


def row_of(text: str, words: str) -> str:
    """The row of the list that holds these words."""
    return next(row for row in text.partition("<main")[2].split("<tr")[1:] if words in row)


def test_P4_6_each_change_says_when_and_whether_it_was_told_in_time(pages: Console) -> None:
    """Told on Tuesday: Friday is on time, until Wednesday's close; Thursday was due on Tuesday;
    Wednesday is late.
    """
    for day, name in (("2026-11-27", "星期五科"), ("2026-11-25", "星期三科")):
        late = renames(pages, "epb", day, name)
    officer = pages.signed_in(OFFICER)
    text = officer.get("/changes").text
    assert "逾期" in officer.get(f"/directory/entry/{late}").text
    friday, wednesday = row_of(text, "星期五科設立"), row_of(text, "星期三科設立")
    assert "準時" in friday and "2026-11-25 17:30" in friday and "預定" in friday
    assert "逾期" in wednesday and "2026-11-23 17:30" in wednesday
    assert text.index("星期三科設立") < text.index("星期五科設立")
    assert 'href="#day-2026-11-27"' in text and 'id="day-2026-11-27"' in text


def test_a_plan_becomes_true_is_withdrawn_or_undone(pages: Console) -> None:
    """Each has its word; what takes it back is a change too."""
    first, second = (renames(pages, code, "2026-11-27", f"{code}科") for code in ("epb", "pwd"))
    with transaction(pages.house.factory) as session:
        undo(session, first, ChangeContext(pages.clock.at, "admin-1", "directory.change", "不設了"))
    pages.clock.goes_on(timedelta(days=4))
    with transaction(pages.house.factory) as session:
        undo(session, second, ChangeContext(pages.clock.at, "admin-1", "directory.change", "弄錯了"))
    text = pages.signed_in(OFFICER).get("/changes").text
    assert "已撤回" in row_of(text, "epb科設立") and "已復原" in row_of(text, "pwd科設立")
    assert f"復原第 {second} 筆" in row_of(text, "弄錯了")


def test_a_month_an_agency_or_all_that_is_planned(pages: Console) -> None:
    """Other months are a link away; what needs no notice says so."""
    renames(pages, "epb", "2026-12-24", "十二月科")
    renames(pages, "pwd", "2027-02-01", "二月科")
    with transaction(pages.house.factory) as session:
        set_duty(
            session,
            DutyOfficer(1, "新值日", "0912345678"),
            Period(taipei("2026-12-01")),
            at=pages.clock.at,
            by="admin-1",
            reason="輪值",
        )
    visitor = pages.signed_in(OFFICER)
    december = visitor.get("/changes?month=2026-12").text
    assert "十二月科設立" in december and "二月科設立" not in december.replace("十二月科設立", "")
    assert "不需通報" in row_of(december, "輪值") and "0912345678" not in december.replace("-", "")
    assert "十二月科設立" not in visitor.get("/changes?month=2026-12&agency=pwd").text
    planned = visitor.get("/changes?show=planned").text
    assert "十二月科設立" in planned and "二月科設立" in planned.replace("十二月科設立", "")
    assert "這個月沒有異動生效" in visitor.get("/changes?month=2029-05").text
    assert visitor.get("/changes?month=13&agency=%00&show=x&page=9").status_code == 200


def test_a_line_leads_to_the_entry(pages: Console) -> None:
    """Where it is seen in full, and taken back."""
    number = renames(pages, "epb", "2026-11-27", "新科")
    visitor = pages.signed_in("admin-1")
    assert f'href="/directory/entry/{number}"' in visitor.get("/changes").text
    visitor.post(f"/directory/entry/{number}/undo", {"reason": "不設了"})
    assert "已撤回" in row_of(visitor.get("/changes").text, "新科設立")
