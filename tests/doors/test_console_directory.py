"""The directory on the pages: found, looked at as of any instant, changed by whom may, and never two truths unseen."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hotline.auditlog.changes import Pen, change
from hotline.auditlog.store import EntryRow
from hotline.clock import taipei
from hotline.db import transaction
from hotline.directory import service
from hotline.directory.entries import changes
from hotline.directory.store import PersonRow
from hotline.directory.versions import version
from hotline.periods import Period
from hotline.staff.rules import Action
from hotline.staff.service import end_staff
from tests.doors.console import Console, Visitor, console

LATER = "2026-12-07"
"""A Monday two weeks ahead: told in time."""
SOON = "2026-11-25"
"""Tomorrow: told late."""
HOSTILE = "<script>alert(1)</script>\"'\u202e" + "甲" * 30


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the pages with their city; copied, never used."""
    made = console(tmp_path_factory.mktemp("fresh") / "home")
    made.house.engine.dispose()
    return made.house.settings.home


@pytest.fixture
def pages(fresh: Path, tmp_path: Path) -> Iterator[Console]:
    made = console(shutil.copytree(fresh, tmp_path / "home"))
    yield made
    made.house.engine.dispose()


@pytest.fixture
def liaison(pages: Console) -> Visitor:
    return pages.signed_in("liaison-epb")


def value_of(page: str, name: str) -> str:
    """What a field of a page holds."""
    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    found = re.search(r'value="([^"]*)"', field[0]) if field else None
    return unescape(found[1]) if found else ""


def form_of(visitor: Visitor, path: str, **typed: str) -> dict[str, str]:
    """The form of a page as it comes, with what somebody types over it."""
    page = visitor.get(path).text
    names = re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*>', page)
    given = {
        name: value_of(page, name) for name in names if name not in ("csrf", "at_once", "closed", "off_site")
    }
    return {**given, "reason": "職務調整", **typed}


def sends(visitor: Visitor, path: str, **typed: str) -> tuple[int, str]:
    answer = visitor.post(path, form_of(visitor, path, **typed), page=path)
    return answer.status_code, answer.text


def names(pages: Console, extension: str, day: str) -> str:
    return pages.house.atlas.at(taipei(day)).desks[extension].name


# --- found -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found", "how"),
    [("噪音", "5131", "字面"), ("ㄗㄠˋㄧㄣ", "5131", "同音"), ("zaoyin", "5131", "同音"), ("造音管制", "5131", "同音"),
     ("環境清節科", "5111", "同音"), ("511", "5111", "號碼")],
)  # fmt: skip
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
    assert page.index("5112</a> <bdi>示範九") < page.index("同科室鄰座（P5.1.1），相距2.0公尺")
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
    assert "2026-11-27（五） <strong>16:50" in by_day and "所撥分機（P5.1.1）" in by_day
    assert "留下事由並登記回電（P5.1.3）" in liaison.get("/directory/desk/5112?call=2026-11-27T17:30").text
    urgent = liaison.get("/directory/desk/5112?call=2026-11-27T22:00&urgent=1").text
    assert "值日人員，輪值第1位（P5.1.3）" in urgent


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
        for target, since, until in (("5121", "2026-11-25T08:00", "2026-11-26T08:00"),
                                     ("5131", "2026-11-26T09:00", None)):  # fmt: skip
            period = Period(taipei(since), taipei(until) if until else None)
            service.set_forward(session, "5112", target, period, at=pages.clock.at, by="admin-1")
    page = liaison.get("/directory/desk/5112?call=2026-11-27T16:50").text
    assert "已設定跟隨，代為接聽（P5.1.2）（5112 → 5131）" in page
    told = [unescape(line) for line in re.findall(r"<li>(2026-11-2\d \d\d:\d\d)：<bdi>", page)]
    assert told == ["2026-11-25 08:00", "2026-11-26 08:00", "2026-11-26 09:00"]


# --- changed ---------------------------------------------------------------------------------------------


def test_P4_6_a_late_change_is_said_before_it_is_saved_and_counted(pages: Console, liaison: Visitor) -> None:
    """Nothing is written until somebody says yes to just this day; then it stands as late."""
    path = "/directory/edit/desk/5112"
    status, page = sends(liaison, path, name="服務台", day=SOON)
    assert status == 422 and "這項異動通報得太晚" in page and 'value="服務台"' in page
    assert names(pages, "5112", SOON) == "示範九"
    assert sends(liaison, path, name="服務台", day="2026-11-24", late=SOON)[0] == 422
    assert sends(liaison, path, name="服務台", day=SOON, late=SOON)[0] == 302
    assert names(pages, "5112", SOON) == "服務台"
    with transaction(pages.house.factory) as session:
        number = version(session, "desk", "5112")
    assert "逾期" in liaison.get(f"/directory/entry/{number}").text


def test_the_day_that_is_offered_is_told_in_time(liaison: Visitor) -> None:
    """Tuesday ten o'clock: Thursday at 00:00, two working days ahead."""
    page = liaison.get("/directory/edit/desk/5112").text
    assert value_of(page, "day") == "2026-11-26" and value_of(page, "hour") == ""


def test_a_change_may_hold_at_once(pages: Console, liaison: Visitor) -> None:
    """Late as it is."""
    path, today = "/directory/edit/desk/5112", "2026-11-24"
    assert sends(liaison, path, name="服務台", at_once="y", late=today)[0] == 302
    assert names(pages, "5112", "2026-11-24T10:01") == "服務台"


def test_no_reason_no_day_and_no_name_are_told_at_their_fields(pages: Console, liaison: Visitor) -> None:
    """Nothing typed is lost."""
    status, page = sends(liaison, "/directory/edit/person/p-5112", name="", title="科長", reason="", day="")
    assert status == 422 and "請輸入姓名" in page and "請寫下異動原因" in page and 'value="科長"' in page
    status, page = sends(liaison, "/directory/edit/person/p-5112", day="")
    assert status == 422 and "請選生效日" in page
    status, page = sends(liaison, "/directory/edit/desk/5112", day=LATER, x="north")
    assert status == 422 and "位置是公尺數" in page
    assert pages.house.atlas.at(taipei(LATER)).persons["p-5112"].title == "承辦人"


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [("/directory/edit/desk/5112", {"section": "no-such"}, "那時沒有「科室 no-such」"),
     ("/directory/edit/desk/5112", {"number": "hello"}, "不是可以撥打的號碼"),
     ("/directory/edit/desk/5112", {"neighbours": "5113 x"}, "「x」不是分機"),
     ("/directory/edit/agency/epb", {"parent": "epb"}, "又回到自己"),
     ("/directory/edit/agency/epb", {"closed": "y"}, "請填承接機關"),
     ("/directory/edit/person/p-5112", {"name": "甲" * 65}, "請縮短到 64"),
     ("/directory/new/desk?section=epb-clean", {"key": "5113"}, "已經有「分機 5113」了"),
     ("/directory/new/desk?section=epb-clean", {"key": "51x"}, "2 到 6 位數字"),
     ("/directory/end/section/epb-clean", {}, "還用到科室 epb-clean")],
)  # fmt: skip
def test_what_is_refused_is_said_in_words(
    liaison: Visitor, path: str, typed: dict[str, str], said: str
) -> None:
    """Each with what to do, and the form as it was typed."""
    status, page = sends(liaison, path, day=LATER, **typed)
    assert status == 422 and said in unescape(page)


def test_a_person_with_a_desk_comes_to_a_section(pages: Console, liaison: Visitor) -> None:
    """A new person, a new extension, a business, the liaison's office; all of the liaison's own agency."""
    for path, typed in (
        ("/directory/new/person?section=epb-clean", {"key": "p-5117", "name": "示範新人"}),
        ("/directory/new/desk?section=epb-clean", {"key": "5117", "person": "p-5117"}),
        ("/directory/new/business?section=epb-clean", {"key": "b-leaf", "name": "落葉清掃"}),
        ("/directory/new/contact?key=epb/liaison/1&agency=epb", {"person": "p-5117"}),
    ):
        assert sends(liaison, path, day=LATER, **typed)[0] == 302, path
    then = pages.house.atlas.at(taipei(LATER))
    assert then.desks["5117"].name == "示範新人" and then.contacts["epb/liaison/1"].person == "p-5117"
    assert "落葉清掃" in liaison.get(f"/directory/section/epb-clean?at={LATER}T00:00").text
    assert "示範新人" in liaison.get(f"/directory/agency/epb?at={LATER}T00:00").text


def test_a_desk_ends_and_its_history_stays(pages: Console, liaison: Visitor) -> None:
    """From its day on the page is no more; before, it says what is planned."""
    assert sends(liaison, "/directory/end/desk/5112", day=LATER)[0] == 302
    assert liaison.get(f"/directory/desk/5112?at={LATER}T00:00").status_code == 404
    assert "終止" in liaison.get("/directory/desk/5112").text


def test_what_a_change_brings_is_told_with_its_notice(liaison: Visitor) -> None:
    """Saved all the same; a person at two desks and a section without anybody are told at once."""
    path = "/directory/edit/desk/5113"
    assert (
        liaison.post(path, form_of(liaison, path, person="p-5112", day=LATER), page=path).status_code == 302
    )
    page = liaison.get("/directory/desk/5113").text
    assert "已儲存。 請注意：" in page and "一人有 2 個座位（5112, 5113）" in page


def test_an_office_is_held_by_a_person_or_at_least_by_an_account(pages: Console, liaison: Visitor) -> None:
    """Where nobody of the directory is named, the page shows the account; where neither is, that it lacks one."""
    assert "示範環保局窗口</bdi> （帳號 liaison-epb）" in liaison.get("/directory/agency/epb").text
    with transaction(pages.house.factory) as session:
        end_staff(session, "liaison-pwd", pages.clock.at, at=pages.clock.at, by="admin-1")
    row = liaison.get("/directory/agency/pwd").text.partition("1999 聯繫窗口")[2].partition("</tr>")[0]
    assert "沒有指定" in row


# --- two editors -----------------------------------------------------------------------------------------


def test_the_second_of_two_editors_sees_both_versions_and_loses_nothing(
    pages: Console, liaison: Visitor
) -> None:
    """Both opened one desk; the second is told who wrote what, with the own words still there, and may send again."""
    path, admin = "/directory/edit/desk/5112", pages.signed_in("admin-1")
    mine = form_of(liaison, path, name="我的名稱", day=LATER)
    assert sends(admin, path, name="別人的名稱", day=LATER)[0] == 302
    answer = liaison.post(path, mine, page=path)
    assert answer.status_code == 422
    for told in ("有人改過這一筆", "admin-1", "別人的名稱", "我的名稱", "職務調整"):
        assert told in answer.text
    assert names(pages, "5112", LATER) == "別人的名稱"
    again = {**mine, "expected": value_of(answer.text, "expected")}
    assert liaison.post(path, again, page=path).status_code == 302
    assert names(pages, "5112", LATER) == "我的名稱"


def test_two_who_forward_one_extension_do_not_overwrite_each_other(pages: Console, liaison: Visitor) -> None:
    """The second keeps what was typed and sees who was first."""
    path, supervisor = "/directory/forward/5112", pages.signed_in("supervisor-1")
    mine = form_of(liaison, path, target="5121")
    assert sends(supervisor, path, target="5131")[0] == 302
    answer = liaison.post(path, mine, page=path)
    assert answer.status_code == 422 and "supervisor-1" in answer.text and 'value="5121"' in answer.text
    assert pages.house.atlas.at(pages.clock.at + timedelta(hours=1)).forwards["5112"] == "5131"


# --- away ------------------------------------------------------------------------------------------------


def test_P5_1_2_a_forward_is_set_and_ended(pages: Console, liaison: Visitor) -> None:
    """It decides at once who rings, and its end as well."""
    assert sends(liaison, "/directory/forward/5112", target="5121")[0] == 302
    pages.clock.goes_on(timedelta(minutes=1))
    page = liaison.get("/directory/desk/5112").text
    assert "跟隨 5121" in page and "已設定跟隨，代為接聽（P5.1.2）" in page
    assert sends(liaison, "/directory/forward/5112/end")[0] == 302
    pages.clock.goes_on(timedelta(minutes=1))
    assert "沒有設定跟隨" in liaison.get("/directory/desk/5112").text


def test_an_absence_and_a_section_away_are_booked_for_a_time(pages: Console, liaison: Visitor) -> None:
    """From and until, and who answers meanwhile."""
    hours = {"since": "2026-11-25T09:00", "until": "2026-11-25T12:00"}
    assert sends(liaison, "/directory/absence/p-5112", cause="公出", **hours)[0] == 302
    assert sends(liaison, "/directory/booking/epb-air", cause="會議", cover="5131", **hours)[0] == 302
    then = pages.house.atlas.at(taipei("2026-11-25T10:00"))
    assert then.away["p-5112"] == "公出" and then.bookings["epb-air"].cover == "5131"
    assert "公出" in liaison.get("/directory/desk/5112").text
    status, page = sends(
        liaison, "/directory/booking/epb-air", cause="會議", cover="5121", since="", until=""
    )
    assert status == 422 and "不能代接" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"target": "5112"}, "不能跟隨自己"), ({"target": "9999"}, "那時沒有「分機 9999」"), ({"target": ""}, "請輸入分機"),
     ({"target": "5121", "since": "2026-11-25T09:00", "until": "2026-11-25T08:00"}, "沒有晚於開始"),
     ({"target": "5121", "since": "soon"}, "這不是日期和時間")],
)  # fmt: skip
def test_a_forward_that_cannot_be_is_told_at_its_field(
    liaison: Visitor, typed: dict[str, str], said: str
) -> None:
    """Itself, nobody, backwards in time."""
    status, page = sends(liaison, "/directory/forward/5112", **typed)
    assert status == 422 and said in page


def test_P5_1_2_a_circle_is_refused_in_words(pages: Console, liaison: Visitor) -> None:
    """5203 follows 5204 already; what was typed is still there."""
    status, page = sends(liaison, "/directory/forward/5204", target="5203")
    assert status == 422 and "會繞一圈回到自己" in page and 'value="5203"' in page
    assert "5204" not in pages.house.atlas.at(pages.clock.at).forwards


# --- who may ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/directory/edit/desk/5301", "/directory/edit/agency/pwd", "/directory/end/section/pwd-road",
     "/directory/forward/5301", "/directory/absence/p-5301", "/directory/booking/pwd-road"],
)  # fmt: skip
def test_a_liaison_changes_nothing_of_another_agency(pages: Console, liaison: Visitor, path: str) -> None:
    """Neither the form nor the deed is given; the page says whom to ask."""
    assert liaison.get(path).status_code == 403
    form = {"reason": "x", "day": LATER, "name": "x", "section": "pwd-road", "target": "5302", "cause": "x"}
    answer = liaison.post(path, form, page="/account")
    assert answer.status_code == 403 and "pwd" in answer.text
    assert not pages.house.atlas.at(taipei(LATER)).away.get("p-5301")


def test_a_desk_is_not_moved_into_another_agency(pages: Console, liaison: Visitor) -> None:
    """Both agencies are touched; the form is shown again with the reason."""
    status, page = sends(liaison, "/directory/edit/desk/5112", section="pwd-road", day=LATER)
    assert status == 422 and "不能為機關「pwd」做這件事" in page
    assert pages.house.atlas.at(taipei(LATER)).desks["5112"].section == "epb-clean"


def test_who_may_not_change_sees_no_way_to(pages: Console) -> None:
    """An agent looks, and is offered nothing that would be refused."""
    agent = pages.signed_in("agent-1")
    for path in ("/directory/desk/5112", "/directory/agency/epb", "/directory/section/epb-clean"):
        page = agent.get(path).text
        assert not re.search(r'href="/directory/(edit|new|end|forward|absence|booking)/', page), path


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
    """A script, quotes, a mark that turns the line round, no end: written past every check, shown as plain text."""
    pen = Pen(pages.clock.at, "admin-1", Action.DIRECTORY_CHANGE, HOSTILE)
    with transaction(pages.house.factory) as session:
        says = {"section": "epb-clean", "name": HOSTILE, "duties": HOSTILE, "title": HOSTILE}
        change(session, PersonRow, "person", "p-5112", says, Period(pages.clock.at), pen)
    pages.clock.goes_on(timedelta(minutes=1))
    for path in (
        "/directory?q=alert", "/directory/section/epb-clean", "/directory/person/p-5112", "/directory/desk/5112",
        "/directory/desk/5113", "/directory/edit/person/p-5112", "/directory/edit/desk/5112", "/directory/absence/p-5112",
    ):  # fmt: skip
        page = liaison.get(path).text
        assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page, path
        body = page.partition("<main")[2]
        shown = re.sub(r"<(option|input|textarea|title)[^>]*>[^<]*", "", body)
        assert all("<bdi>" in line for line in shown.splitlines() if "\u202e" in line), path


def test_P4_12_an_entry_keeps_people_s_own_data_from_those_who_need_it_not(pages: Console) -> None:
    """The founding made the staff too: an officer reads what it changed of the directory, and how much is kept back."""
    with transaction(pages.house.factory) as session:
        number = session.scalar(select(func.min(EntryRow.id)))
    officer = pages.signed_in("officer-5112")
    page, last = officer.get(f"/directory/entry/{number}").text, "@city.example"
    assert "您的角色不能查看" in page
    shown = [officer.get(f"/directory/entry/{number}?page={n}").text for n in range(1, 8)]
    assert not any(f"admin-1{last}" in text for text in shown)
