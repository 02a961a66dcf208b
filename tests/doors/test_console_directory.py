"""The directory on the pages: found, looked at as of any instant, tried out;
its history told, and taken back.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hotline.clock import taipei
from hotline.db import transaction
from hotline.directory import service
from hotline.directory.store import PersonRow
from hotline.ledger.changes import ChangeContext, change
from hotline.ledger.entries import changes
from hotline.ledger.periods import Period
from hotline.ledger.store import EntryRow
from hotline.ledger.versions import version
from hotline.permissions import Action
from tests.doors.console import Console, Visitor, console
from tests.doors.directory_forms import LATER, SOON, names, sends

HOSTILE = "<script>alert(1)</script>\"'\u202e" + "甲" * 30


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Console]:
    made = console(tmp_path / "home")
    yield made
    made.house.engine.dispose()


@pytest.fixture
def liaison(pages: Console) -> Visitor:
    return pages.signed_in("liaison-epb")


# --- found -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found", "how"),
    [
        ("噪音", "5131", "字面"),
        ("ㄗㄠˋㄧㄣ", "5131", "同音"),
        ("zaoyin", "5131", "同音"),
        ("造音管制", "5131", "同音"),
        ("環境清節科", "5111", "同音"),
        ("511", "5111", "號碼"),
    ],
)
def test_people_are_found_as_one_asks(liaison: Visitor, asked: str, found: str, how: str) -> None:
    """As written, by 注音, by pinyin, by sound, by part of the number; and the page says how."""
    page = liaison.get("/directory", query_string={"q": asked}).text
    assert f'href="/directory/desk/{found}"' in page and f"{how}：" in page


def test_a_whole_extension_opens_its_desk_at_once(liaison: Visitor) -> None:
    """Also in full width, as an input method writes it."""
    for asked in ("5112", "５１１２"):
        answer = liaison.get("/directory", query_string={"q": asked})
        assert answer.location == "/directory/desk/5112"


def test_nobody_found_is_said_with_what_to_do(liaison: Visitor) -> None:
    """And the tree of agencies is one step away."""
    page = liaison.get("/directory?q=qqqqxxxx").text
    assert "沒有符合的人" in page and "從機關一層一層找" in page


def test_who_is_only_similar_is_folded_below_who_is_meant(pages: Console) -> None:
    """And open where nobody is; then an agent can ask an agency."""
    agent = pages.signed_in("agent-1")
    sure, _, similar = agent.get("/directory?q=垃圾").text.partition("相近的")
    assert "字面：" in sure and similar == ""
    sure, _, similar = agent.get("/directory?q=環境髒爛").text.partition("相近的 ")
    assert (
        "沒有完全符合的人" in sure
        and "字面：" not in sure
        and similar.count("相近：<bdi>環境髒亂</bdi>") == 6
    )
    assert "/knowledge/requests/new?question=" in similar
    found = agent.get("/desk/who?q=垃圾").json
    assert found and {(one["section"], one["match"], one["sure"]) for one in found} == {
        ("環境清潔科", "字面", True)
    }


def test_the_tree_leads_from_agency_to_desk(liaison: Visitor) -> None:
    """Agency, section, desk, person: each page names the next, and the way back."""
    for page, link in (
        ("/directory", "/directory/agency/epb"),
        ("/directory/agency/epb", "/directory/section/epb-clean"),
        ("/directory/section/epb-clean", "/directory/desk/5112"),
        ("/directory/desk/5112", "/directory/person/p-5112"),
        ("/directory/person/p-5112", "/directory/section/epb-clean"),
    ):
        assert f'href="{link}"' in liaison.get(page).text


def test_who_sits_there_and_who_rings_if_not_is_on_one_page(liaison: Visitor) -> None:
    """The person, then the ladder with its reasons, then the neighbours as a picture and as a list."""
    page = liaison.get("/directory/desk/5112").text
    assert "示範九" in page and "環境髒亂" in page
    assert page.index("5112</a> <bdi>示範九") < page.index("同科室鄰座，依精進計畫五（一）1，相距2.0公尺")
    assert '<svg viewBox="' in page and page.count(">★<") == 1
    assert re.search(r"第 1 位\s*<a[^>]*>5111</a>", page)


def test_P5_1_2_the_picture_counts_as_the_ladder_rings(liaison: Visitor) -> None:
    """5203 follows 5204: who answers for it is first, and is no second neighbour."""
    page = liaison.get("/directory/desk/5203").text
    order = re.findall(r"第 (\d) 位\s*<a[^>]*>(\d+)</a>", page)
    assert order[:3] == [("1", "5204"), ("2", "5202"), ("3", "5201")]


# --- as of any instant -----------------------------------------------------------------------------------


def test_the_instant_stays_while_one_moves_about(liaison: Visitor) -> None:
    """Links carry it, the page says it, and one step leads back to now."""
    page = liaison.get("/directory/agency/epb?at=2026-12-24T09:00").text
    assert "您看的是 2026-12-24 09:00 的資料" in page
    assert "/directory/section/epb-clean?at=2026-12-24T09:00" in unescape(page)
    assert 'href="/directory/agency/epb">回到現在' in page


def test_a_planned_change_is_seen_on_its_day(pages: Console, liaison: Visitor) -> None:
    """Today as today, that day as that day; before the city was told there is none."""
    assert sends(liaison, "/directory/edit/desk/5112", name="新服務台", day=LATER)[0] == 302
    assert "新服務台" not in liaison.get("/directory/section/epb-clean").text
    assert "新服務台" in liaison.get(f"/directory/desk/5112?at={LATER}T00:00").text
    assert "那時還沒有任何機關" in liaison.get("/directory?at=2001-01-01T00:00").text
    assert (names(pages, "5112", f"{SOON}"), names(pages, "5112", LATER)) == ("示範九", "新服務台")


@pytest.mark.parametrize(
    "at", ["yesterday", "9999-99-99T00:00", "1066-10-14T09:00", "2026-11-24T10:00+99:00", ""]
)
def test_no_instant_is_now(liaison: Visitor, at: str) -> None:
    """Nonsense in the address breaks no page."""
    answer = liaison.get("/directory/desk/5112", query_string={"at": at, "call": at})
    assert answer.status_code == 200 and "以下是現在的資料" in answer.text


# --- tried out -------------------------------------------------------------------------------------------


def test_a_call_is_tried_at_any_date_and_time(liaison: Visitor) -> None:
    """Friday 16:50 rings, Friday 17:30 is a message, by night and urgent the roster answers."""
    by_day = liaison.get("/directory/desk/5112?call=2026-11-27T16:50").text
    assert "2026-11-27（五） <strong>16:50" in by_day and "所撥分機，依精進計畫五（一）1" in by_day
    assert (
        "留下事由並登記回電，依精進計畫五（一）3"
        in liaison.get("/directory/desk/5112?call=2026-11-27T17:30").text
    )
    urgent = liaison.get("/directory/desk/5112?call=2026-11-27T22:00&urgent=1").text
    assert "值日人員，輪值第1位，依精進計畫五（一）3" in urgent


def test_P4_12_numbers_of_people_on_duty_are_masked_for_who_does_not_dial(
    pages: Console, liaison: Visitor
) -> None:
    """The liaison sees the middle hidden, the agent who phones them the whole."""
    address = "/directory/desk/5112?call=2026-11-27T22:00&urgent=1"
    assert "0900000001" not in liaison.get(address).text.replace("-", "")
    assert "0900000001" in pages.signed_in("agent-1").get(address).text.replace("-", "")


def test_what_is_planned_between_now_and_then_is_told(pages: Console, liaison: Visitor) -> None:
    """A forward that begins on Thursday decides on Friday, and one that is over by then does not."""
    with transaction(pages.house.factory) as session:
        for target, since, until in (
            ("5121", "2026-11-25T08:00", "2026-11-26T08:00"),
            ("5131", "2026-11-26T09:00", None),
        ):
            period = Period(taipei(since), taipei(until) if until else None)
            service.set_forward(session, "5112", target, period, at=pages.clock.at, by="admin-1")
    page = liaison.get("/directory/desk/5112?call=2026-11-27T16:50").text
    assert "已設定跟隨，代為接聽，依精進計畫五（一）2（5112 → 5131）" in page
    told = [unescape(line) for line in re.findall(r"<li>(2026-11-2\d \d\d:\d\d)：<bdi>", page)]
    assert told == ["2026-11-25 08:00", "2026-11-26 08:00", "2026-11-26 09:00"]


# --- history and undo ------------------------------------------------------------------------------------


def test_P0_a_a_history_says_who_when_why_from_what_to_what(liaison: Visitor) -> None:
    """And leads to the whole entry, which is taken back as a whole."""
    sends(liaison, "/directory/edit/desk/5112", name="服務台", day=LATER)
    page = liaison.get("/directory/desk/5112").text
    assert "示範環保局窗口" in page and "職務調整" in page and "（空白） → <bdi>服務台" in page
    entry = re.findall(r'href="(/directory/entry/\d+)"', page)[0]
    assert "復原整筆異動" in liaison.get(entry).text
    assert liaison.post(f"{entry}/undo", {"reason": ""}, page=entry).status_code == 422
    assert liaison.post(f"{entry}/undo", {"reason": "打錯了"}, page=entry).status_code == 303
    assert "已復原" in liaison.get(entry).text
    again = liaison.post(f"{entry}/undo", {"reason": "再一次"}, page="/account")
    assert again.status_code == 422 and "已經由第" in again.text


def test_an_entry_that_others_built_upon_names_them(pages: Console, liaison: Visitor) -> None:
    """The later one first; the founding of the city never; another agency's not by a liaison."""
    sends(liaison, "/directory/edit/desk/5112", name="一", day=LATER)
    with transaction(pages.house.factory) as session:
        first = version(session, "desk", "5112")
    sends(liaison, "/directory/edit/desk/5112", name="二", day=LATER)
    blocked = liaison.post(f"/directory/entry/{first}/undo", {"reason": "x"}, page="/account")
    assert blocked.status_code == 422 and f"請先復原第 {first + 1} 筆" in blocked.text
    with transaction(pages.house.factory) as session:
        founding = next(one.number for one in changes(session) if one.action == "directory.found")
        service.set_forward(session, "5301", "5302", Period(pages.clock.at), at=pages.clock.at, by="admin-1")
        foreign = version(session, "forward", "5301")
    assert (
        liaison.post(f"/directory/entry/{founding}/undo", {"reason": "x"}, page="/account").status_code == 422
    )
    assert (
        liaison.post(f"/directory/entry/{foreign}/undo", {"reason": "x"}, page="/account").status_code == 403
    )
    assert liaison.get("/directory/entry/999999").status_code == 404


# --- hostile names ---------------------------------------------------------------------------------------


def test_row_34_hostile_names_are_shown_harmless(pages: Console, liaison: Visitor) -> None:
    """A script, quotes, a mark that turns the line round, no end:
    written past every check, shown as plain text.
    """
    pen = ChangeContext(pages.clock.at, "admin-1", Action.DIRECTORY_CHANGE, HOSTILE)
    with transaction(pages.house.factory) as session:
        says = {"section": "epb-clean", "name": HOSTILE, "duties": HOSTILE, "title": HOSTILE}
        change(session, PersonRow, "p-5112", says, Period(pages.clock.at), pen)
    pages.clock.goes_on(timedelta(minutes=1))
    for path in (
        "/directory?q=alert",
        "/directory/section/epb-clean",
        "/directory/person/p-5112",
        "/directory/desk/5112",
        "/directory/desk/5113",
        "/directory/edit/person/p-5112",
        "/directory/edit/desk/5112",
        "/directory/absence/p-5112",
    ):
        page = liaison.get(path).text
        assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page, path
        body = page.partition("<main")[2]
        shown = re.sub(r"<(option|input|textarea|title)[^>]*>[^<]*", "", body)
        assert all("<bdi>" in line for line in shown.splitlines() if "\u202e" in line), path


def test_P4_12_an_entry_keeps_people_s_own_data_from_those_who_need_it_not(pages: Console) -> None:
    """The founding made the staff too: an officer reads what it changed of the directory,
    and how much is kept back.
    """
    with transaction(pages.house.factory) as session:
        number = session.scalar(select(func.min(EntryRow.id)))
    officer = pages.signed_in("officer-5112")
    page, last = officer.get(f"/directory/entry/{number}").text, "@city.example"
    assert "您的角色不能查看" in page
    shown = [officer.get(f"/directory/entry/{number}?page={n}").text for n in range(1, 8)]
    assert not any(f"admin-1{last}" in text for text in shown)
