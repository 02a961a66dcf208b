"""The page of shifts: planned by name, taken back, from a file; on the board beside who is there."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.staff.agent_state import SIGNED_OFF
from hotline.staff.rules import Shift
from hotline.staff.service import set_break
from hotline.staff.shifts import add
from reporting.board import Attendance, floor
from tests.doors.console import Console, console

HEAD = "話務人員,語言,起,迄\n"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


def plans(pages: Console, *logins: str) -> None:
    """Each has a shift of which an hour is over."""
    at, hour = pages.clock.at, timedelta(hours=1)
    with transaction(pages.house.factory) as session:
        for login in logins:
            add(session, Shift(login, at - hour, at + 7 * hour, "zh-TW"), at=at, by="supervisor-1")


def test_a_shift_is_planned_and_taken_back(pages: Console) -> None:
    """The agent is chosen by name; what overlaps is refused in a sentence at its field."""
    boss = pages.signed_in("supervisor-1")
    form = {"person": "agent-1", "language": "en", "since": "2026-12-01T08:00", "until": "2026-12-01T16:00"}
    assert boss.post("/shifts", form, page="/shifts").status_code == 303
    page = boss.get("/shifts?day=2026-12-01").text
    assert "示範話務員一" in page and "英語" in page and "已排定" in page
    again = boss.post("/shifts", form, page="/shifts")
    assert again.status_code == 422 and "已經有班" in again.text
    early = boss.post("/shifts", form | {"until": "2026-12-01T07:00"}, page="/shifts")
    assert early.status_code == 422 and "不晚於開始的時間" in early.text
    assert boss.post("/shifts/1/cancel", page="/shifts").status_code == 303
    assert "示範話務員一</th>" not in boss.get("/shifts?day=2026-12-01").text


def test_a_file_is_shown_before_it_counts(pages: Console) -> None:
    """Good lines beside faults; approved as a whole; what is taken out can be brought in again."""
    boss = pages.signed_in("supervisor-1")

    def sends(text: str) -> str:
        sent = {"file": (BytesIO(text.encode()), "十二月.csv")}
        answer = boss.post("/shifts/file", sent, page="/shifts", content_type="multipart/form-data")
        return answer.location

    good = "示範話務員一,國語,2026-12-01T08:00,2026-12-01T16:00\n"
    where = sends(HEAD + good + "路人甲,國語,2026-12-01T08:00,2026-12-01T16:00\n")
    page = boss.get(where).text
    assert "1 個錯誤" in page and "第 3 列：" in page and "路人甲" in page and ">新增<" in page
    token = where.partition("/file/")[2].partition("?")[0]
    assert boss.post(f"/shifts/file/{token}/bring", page="/shifts").status_code == 422
    assert boss.post(f"/shifts/file/{token}/drop", page="/shifts").status_code == 303
    assert boss.get(where).status_code == 404
    token = sends(HEAD + good).partition("/file/")[2].partition("?")[0]
    assert boss.post(f"/shifts/file/{token}/bring", page="/shifts").status_code == 303
    out = boss.get("/shifts.csv?day=2026-12-01").text
    assert "agent-1,zh-TW,2026-12-01T08:00,2026-12-01T16:00" in out
    assert "1 班不變" in boss.get(sends(out)).text


def test_who_is_to_be_there_is_on_the_board_beside_who_is(pages: Console) -> None:
    """There, missing, there without a shift; nobody is missing while the telephone system says nothing."""
    plans(pages, "agent-1", "agent-2")
    at, phones = pages.clock.at, {"agent-1": "free", "agent-2": "unreachable", "agent-3": "free"}
    with transaction(pages.house.factory) as session:
        seen = floor(session, at, phones)
        silent = floor(session, at, {})
        set_break(session, "agent-1", SIGNED_OFF, at=at, by="supervisor-1", why="試")
        off = floor(session, at, phones)
    assert [one.attendance for one in seen.agents] == [Attendance.THERE, Attendance.MISSING, Attendance.EXTRA]
    assert (seen.due_on_shift, seen.there_on_shift, seen.missing) == (2, 1, ["示範話務員二"])
    assert [one.attendance for one in silent.agents] == [Attendance.UNKNOWN] * 3 and silent.missing == []
    assert off.agents[0].attendance is Attendance.MISSING
    pages.house.live_state.phones = lambda: phones
    page = pages.signed_in("supervisor-1").get("/board").text
    assert "應在班，沒有到" in page and "不在班表" in page and "沒有到：示範話務員一、示範話務員二" in page
    assert f"到 {(at + timedelta(hours=7)).astimezone(TAIPEI):%H:%M}" in page


def test_without_any_shift_the_board_says_nothing_of_them(pages: Console) -> None:
    """A city that plans elsewhere is told of nobody."""
    with transaction(pages.house.factory) as session:
        seen = floor(session, pages.clock.at, {"agent-1": "free"})
    assert {one.attendance for one in seen.agents} == {Attendance.UNKNOWN} and seen.due_on_shift == 0


def test_agents_do_not_plan(pages: Console) -> None:
    """Nor see the page."""
    assert pages.signed_in("agent-1").get("/shifts").status_code == 403
