"""The directory changed on the pages by whom may, and never two truths unseen."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from hotline.accounts.endings import end_staff
from hotline.clock import taipei
from hotline.db import transaction
from hotline.ledger.versions import version
from tests.doors.console import Console, Visitor, console
from tests.doors.directory_forms import LATER, SOON, form_of, names, sends, value_of


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Console]:
    made = console(tmp_path / "home")
    yield made
    made.house.engine.dispose()


@pytest.fixture
def liaison(pages: Console) -> Visitor:
    return pages.signed_in("liaison-epb")


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


def test_what_was_not_chosen_stays_so(liaison: Visitor) -> None:
    """An agency that has none above it gets none by being saved."""
    for choices in liaison.get("/directory/edit/agency/epb").text.split("<select")[1:]:
        first = choices.partition("<option")[2].partition("</option>")[0]
        assert 'value="" selected' in first and first.endswith("沒有")


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("/directory/edit/desk/5112", {"section": "no-such"}, "那時沒有「科室 no-such」"),
        ("/directory/edit/desk/5112", {"number": "hello"}, "不是可以撥打的號碼"),
        ("/directory/edit/desk/5112", {"neighbours": "5113 x"}, "「x」不是分機"),
        ("/directory/edit/agency/epb", {"parent": "epb"}, "又回到自己"),
        ("/directory/edit/agency/epb", {"closed": "y"}, "請填承接機關"),
        ("/directory/edit/person/p-5112", {"name": "甲" * 65}, "請縮短到 64"),
        ("/directory/new/desk?section=epb-clean", {"key": "5113"}, "已經有「分機 5113」了"),
        ("/directory/new/desk?section=epb-clean", {"key": "51x"}, "2 到 6 位數字"),
        ("/directory/end/section/epb-clean", {}, "還用到科室 環境清潔科"),
    ],
)
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
    """Where nobody of the directory is named, the page shows the account;
    where neither is, that it lacks one.
    """
    assert "示範環保局窗口</bdi> （帳號 liaison-epb）" in liaison.get("/directory/agency/epb").text
    with transaction(pages.house.factory) as session:
        end_staff(session, "liaison-pwd", pages.clock.at, at=pages.clock.at, by="admin-1")
    row = liaison.get("/directory/agency/pwd").text.partition("1999 聯繫窗口")[2].partition("</tr>")[0]
    assert "沒有指定" in row


# --- two editors -----------------------------------------------------------------------------------------


def test_the_second_of_two_editors_sees_both_versions_and_loses_nothing(
    pages: Console, liaison: Visitor
) -> None:
    """Both opened one desk; the second is told who wrote what, with the own words still there,
    and may send again.
    """
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
    assert "跟隨 5121" in page and "已設定跟隨，代為接聽，依精進計畫五（一）2" in page
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
    [
        ({"target": "5112"}, "不能跟隨自己"),
        ({"target": "9999"}, "那時沒有「分機 9999」"),
        ({"target": ""}, "請選擇分機"),
        ({"target": "5121", "since": "2026-11-25T09:00", "until": "2026-11-25T08:00"}, "沒有晚於開始"),
        ({"target": "5121", "since": "soon"}, "這不是日期和時間"),
    ],
)
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
    [
        "/directory/edit/desk/5301",
        "/directory/edit/agency/pwd",
        "/directory/end/section/pwd-road",
        "/directory/forward/5301",
        "/directory/absence/p-5301",
        "/directory/booking/pwd-road",
    ],
)
def test_a_liaison_changes_nothing_of_another_agency(pages: Console, liaison: Visitor, path: str) -> None:
    """Neither the form nor the deed is given; the page says whom to ask."""
    assert liaison.get(path).status_code == 403
    form = {"reason": "x", "day": LATER, "name": "x", "section": "pwd-road", "target": "5302", "cause": "x"}
    answer = liaison.post(path, form, page="/account")
    assert answer.status_code == 403 and "工務局" in answer.text
    assert not pages.house.atlas.at(taipei(LATER)).away.get("p-5301")


def test_a_desk_is_not_moved_into_another_agency(pages: Console, liaison: Visitor) -> None:
    """Both agencies are touched; the form is shown again with the reason."""
    status, page = sends(liaison, "/directory/edit/desk/5112", section="pwd-road", day=LATER)
    assert status == 422 and "不能為機關「工務局」做這件事" in page
    assert pages.house.atlas.at(taipei(LATER)).desks["5112"].section == "epb-clean"


def test_who_may_not_change_sees_no_way_to(pages: Console) -> None:
    """An agent looks, and is offered nothing that would be refused."""
    agent = pages.signed_in("agent-1")
    for path in ("/directory/desk/5112", "/directory/agency/epb", "/directory/section/epb-clean"):
        page = agent.get(path).text
        assert not re.search(r'href="/directory/(edit|new|end|forward|absence|booking)/', page), path


def test_all_that_is_wrong_is_told_at_once(pages: Console) -> None:
    """A desk with five faults: five sentences, each at its field; nothing is saved."""
    liaison = pages.signed_in("liaison-epb")
    path = "/directory/edit/desk/5112"
    wrong = {
        "section": "",
        "floor": "8F",
        "x": "",
        "neighbours": "abc",
        "number": "12",
        "reason": "",
        "day": "",
    }
    status, page = sends(liaison, path, **wrong)
    told = page.partition("govuk-error-summary__list")[2].partition("</ul>")[0]
    assert status == 422
    assert {
        f'href="#{name}"' in told for name in ("section", "floor", "neighbours", "number", "reason", "day")
    } == {True}
    assert told.count("<li>") == 6


def test_a_late_change_is_saved_by_the_one_button_of_its_form(pages: Console) -> None:
    """Which says so; the notice above has none, and a date in time makes it the usual one."""
    liaison = pages.signed_in("liaison-epb")
    page = sends(liaison, "/directory/edit/desk/5113", title="", day=SOON)[1]
    main = page.partition("<main")[2]
    assert "這項異動通報得太晚" in main and re.findall(r"<button[^>]*>([^<]*)</button>", main)[-1:] == [
        "逾期仍要儲存"
    ]
    assert main.count("逾期仍要儲存</button>") == 1 and ">儲存</button>" not in main


def test_a_form_offers_names_and_makes_the_code_itself(pages: Console) -> None:
    """Of one's own agency; nobody types or reads a code."""
    liaison = pages.signed_in("liaison-epb")
    path = "/directory/new/person?section=epb-clean"
    page = liaison.get(path).text
    lists = dict(re.findall(r'<select[^>]*name="(\w+)"(.*?)</select>', page, re.DOTALL))
    assert '<option value="epb-clean" selected>環境清潔科</option>' in lists["section"]
    assert "道路養護科" not in lists["section"] and "<datalist" not in page
    status, _page = sends(liaison, path, name="王小明", day=LATER)
    assert status == 302
    assert pages.house.atlas.at(taipei(LATER)).persons["p-wangxiaoming"].name == "王小明"
