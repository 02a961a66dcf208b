"""The directory with a real browser: who sits there, who rings if not, a forward set and tried;
by mouse and by keyboard.
"""

from datetime import datetime, timedelta

import pytest

from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.directory.register import present, set_row
from hotline.directory.rules import Desk
from hotline.ledger.periods import Period
from tests.browser.conftest import WIDTHS, Site
from tests.browser.hands import WAYS, Way, every_screen, promised_way

READ = (
    "/directory", "/directory?q=清節", "/directory?q=xqxqxq", "/directory/agency/epb", "/directory/section/epb-clean",
    "/directory/person/p-5116", "/directory/desk/5112", "/directory/desk/5203?at=2027-01-28T16:50",
    "/directory/desk/5112?call=2026-11-28T23:10&urgent=1", "/directory/edit/desk/5112", "/directory/edit/agency/epb",
    "/directory/new/person?section=epb-clean", "/directory/end/desk/5115", "/directory/forward/5203",
    "/directory/absence/p-5112", "/directory/booking/epb-clean", "/directory/forward/5203/end", "/directory/entry/1",
)  # fmt: skip


def workday(site: Site) -> datetime:
    """The next day on which offices work, at 16:50, when they are open."""
    day = site.console.clock.at.astimezone(TAIPEI) + timedelta(days=1)
    while not site.console.house.worktime.calendar.is_working(day.date()):
        day += timedelta(days=1)
    return day.replace(hour=16, minute=50)


@every_screen
def test_the_directory_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Every page of it, full and empty, now and as of another day; each with one first heading."""
    visit = site.visit("liaison-epb", width, language)
    for number, address in enumerate(READ):
        visit.goes(address)
        visit.is_well(f"directory-{number:02}")
        assert visit.page.locator("h1").count() == 1, address


def test_who_sits_there_and_who_rings_is_two_clicks_away(site: Site) -> None:
    """From the first page: the menu, the number, and both are on one screen without scrolling."""
    visit = site.visit("agent-1")
    visit.page.get_by_role("link", name="查分機與目錄").click()
    visit.page.get_by_label("分機、姓名、業務或科室").fill("5112")
    visit.page.get_by_role("button", name="查詢").click()
    visit.page.wait_for_url("**/directory/desk/5112")
    for heading in ("誰坐在這裡", "這時撥打，誰會響"):
        box = visit.page.get_by_role("heading", name=heading).bounding_box()
        assert box is not None and box["y"] + box["height"] < 900


DESKS = ("5121", "5123", "5124", "5131", "5132", "5201", "5202", "5204")


@promised_way("A liaison keeps the directory true")
def test_a_liaison_finds_a_desk_sets_a_forward_and_tries_it(site: Site, way: Way) -> None:
    """From the search to the desk; then who rings on the next workday is the other one, and in an emergency too."""
    extension = DESKS[WAYS.index(way)]
    hand = way.comes(site, "liaison-epb")
    page = hand.visit.page
    hand.goes("/directory")
    hand.fills("分機、姓名、業務或科室", extension)
    hand.presses("查詢")
    page.wait_for_url(f"**/directory/desk/{extension}")
    hand.presses("設定跟隨")
    hand.chooses("由哪支分機接聽", "5122 示範十五")
    hand.fills("備註", "下午會議")
    hand.presses("儲存")
    hand.sees("已儲存。")
    hand.moments("民眾來電的日期和時間", workday(site))
    hand.ticks("事情緊急，不能等到上班")
    hand.presses("試撥")
    page.wait_for_url("**urgent=1**")
    rungs = page.locator(".rungs > li")
    assert "5122" in rungs.nth(0).inner_text()
    assert extension in rungs.nth(1).inner_text()
    hand.is_well("directory-tried")


@pytest.mark.parametrize("width", WIDTHS)
def test_P4_6_a_late_change_is_said_and_saved_all_the_same(site: Site, width: str) -> None:
    """The one button of the form saves it late; what was typed is still there."""
    visit = site.visit("liaison-epb", width)
    name = f"服務台{width}"
    visit.goes("/directory/edit/desk/5114")
    visit.page.get_by_label("顯示名稱").fill(name)
    visit.page.get_by_label("立即生效").check()
    visit.page.get_by_label("異動原因").fill("臨時改為服務台")
    visit.page.get_by_role("button", name="儲存", exact=True).click()
    visit.sees("這項異動通報得太晚")
    visit.is_well("directory-late")
    visit.page.get_by_role("button", name="逾期仍要儲存").click()
    visit.sees("已儲存")


@pytest.mark.parametrize("width", WIDTHS)
def test_two_editors_of_one_desk(site: Site, width: str) -> None:
    """The second sees both versions side by side, and sends again."""
    visit = site.visit("liaison-epb", width)
    extension = {"wide": "5133", "narrow": "5134"}[width]
    visit.goes(f"/directory/edit/desk/{extension}")
    visit.page.get_by_label("顯示名稱").fill("我的服務台")
    visit.page.get_by_label("異動原因").fill("改名")
    _meanwhile(site, extension, "別人的服務台")
    visit.page.get_by_role("button", name="儲存", exact=True).click()
    visit.sees("您打開之後，有人改過這一筆")
    visit.is_well("directory-conflict")
    row = visit.page.get_by_role("row", name="名稱")
    assert "別人的服務台" in row.inner_text() and "我的服務台" in row.inner_text()
    visit.page.get_by_role("button", name="儲存", exact=True).click()
    visit.sees("已儲存")


def _meanwhile(site: Site, extension: str, name: str) -> None:
    at: datetime = site.console.clock.at
    with transaction(site.console.house.factory) as session:
        desk = present(session, "desk", extension, at)
        other = Desk(extension, desk.section, desk.person, name, desk.seat)
        set_row(session, other, Period(at), at=at, by="admin-1", reason="搬家")
