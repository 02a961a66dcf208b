"""The page of staffing: who is needed and lacking, a typhoon day, the file, the API (P4.3)."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from calls.store import CallRow
from hotline.clock import midnight
from hotline.db import transaction
from hotline.staff.store import ShiftRow
from tests.doors.console import Console, console
from tests.doors.programs import program
from tests.page_tables import rows_of

pytestmark = pytest.mark.matrix


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """Sixty calls from nine to ten on four Wednesdays; it is Tuesday."""
    made = console(tmp_path / "home")
    with transaction(made.house.factory) as session:
        for week in range(4):
            nine = midnight(made.clock.at) - timedelta(days=6 + 7 * week) + timedelta(hours=9)
            for minute in range(60):
                at = nine + timedelta(minutes=minute)
                session.add(CallRow(id=f"{week}-{minute}", started_at=at, queued_at=at, ended_at=at))
    return made


def test_P4_3_tomorrow_is_planned_by_half_hours(pages: Console) -> None:
    """A row each, with words for who is lacking; how it is counted stands below."""
    page = pages.signed_in("supervisor-1").get("/staffing").text
    assert page.count('<th scope="row"') == 48 and "2026-11-25" in page and "怎麼算" in page
    assert ">30.0<" in page and "缺 " in page and "<svg" in page and "style=" not in page


def test_P4_3_who_is_on_the_roster_stands_below(pages: Console) -> None:
    """By name and hours; interpreters, who answer no queue, do not."""
    begins = midnight(pages.clock.at) + timedelta(days=1, hours=8)
    with transaction(pages.house.factory) as session:
        for login, language in (("agent-1", "zh-TW"), ("interpreter-1", "tss")):
            row = ShiftRow(login=login, language=language, since=begins, until=begins + timedelta(hours=8))
            row.made_at, row.made_by = pages.clock.at, "supervisor-1"
            session.add(row)
    boss = pages.signed_in("supervisor-1")
    page = boss.get("/staffing").text
    assert "2026-11-25 08:00 – 2026-11-25 16:00 示範話務員一" in page and "interpreter-1" not in page
    assert "班表上的人" not in boss.get("/staffing?day=2026-12-25").text


def test_P4_3_a_typhoon_day_has_more_calls(pages: Console) -> None:
    """By a number that is assumed, or by one's own. What is no number is as if nothing was said."""
    boss = pages.signed_in("supervisor-1")
    assert ">60.0<" in boss.get("/staffing?closed=1").text
    assert ">90.0<" in boss.get("/staffing?closed=1&times=3").text
    for odd in ("nan", "-1", "1e9", "x", ""):
        assert ">60.0<" in boss.get(f"/staffing?closed=1&times={odd}").text
    assert boss.get("/staffing?day=9999-12-31").status_code == 200


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_page_file_and_api_are_equal(pages: Console, language: str) -> None:
    """The same half-hours in each cell, for who plans shifts and nobody else."""
    boss, asked = pages.signed_in("supervisor-1"), {"Accept-Language": language}
    text = boss.get("/staffing.csv?day=2026-11-25", headers=asked).data.decode("utf-8-sig")
    head, *lines = csv.reader(text.splitlines())
    told = program(pages, "supervisor-1").reads("/staffing?day=2026-11-25")["halves"]
    assert lines == [
        [
            one["at"][11:16],
            f"{one['expected']:.1f}",
            f"{one['announced']:.1f}",
            *(str(one[column]) for column in ("needed", "rostered", "short")),
            "" if one["level"] is None else f"{one['level']:.0%}",
        ]
        for one in told
    ]
    shown = rows_of(boss.get("/staffing?day=2026-11-25", headers=asked).text)
    assert shown[0] == head and len(shown) == 49
    plain = [[cell.strip("缺 人lacking–") for cell in row] for row in shown[1:]]
    assert plain == lines and plain[18][1] == "30.0"
    assert pages.signed_in("agent-1").get("/staffing").status_code == 403
