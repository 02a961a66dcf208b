"""The directory with a real browser: who sits there, who rings if not, a forward set and tried; by mouse and by keyboard."""

from datetime import datetime, timedelta

import pytest

from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.directory.register import present, set_row
from hotline.directory.rules import Desk
from hotline.periods import Period
from tests.browser.conftest import WIDTHS, Site, Visit
from tests.browser.hands import every_screen

READ = (
    "/directory", "/directory?q=清節", "/directory?q=xqxqxq", "/directory/agency/epb", "/directory/section/epb-clean",
    "/directory/person/p-5116", "/directory/desk/5112", "/directory/desk/5203?at=2027-01-28T16:50",
    "/directory/desk/5112?call=2026-11-28T23:10&urgent=1", "/directory/edit/desk/5112", "/directory/edit/agency/epb",
    "/directory/new/person?section=epb-clean", "/directory/end/desk/5115", "/directory/forward/5203",
    "/directory/absence/p-5112", "/directory/booking/epb-clean", "/directory/forward/5203/end", "/directory/entry/1",
)  # fmt: skip


def friday(site: Site) -> str:
    """The next Friday at 16:50, as a browser's field holds it."""
    today = site.console.clock.at.astimezone(TAIPEI)
    day = today + timedelta(days=(4 - today.weekday()) % 7 or 7)
    return f"{day:%Y-%m-%d}T16:50"


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


def _sets_a_forward(visit: Visit, target: str) -> None:
    visit.page.get_by_label("由哪支分機接聽").fill(target)
    visit.page.get_by_label("備註").fill("下午會議")
    visit.page.get_by_role("button", name="儲存").click()
    visit.sees("已儲存")


def test_a_liaison_finds_a_desk_sets_a_forward_and_tries_it_by_mouse(site: Site) -> None:
    """By a slip of the pen to the desk; then who rings on Friday is the other one."""
    visit = site.visit("liaison-epb")
    visit.goes("/directory")
    visit.page.get_by_label("分機、姓名、業務或科室").fill("噪因管制")
    visit.page.get_by_role("button", name="查詢").click()
    visit.page.get_by_role("link", name="5131").click()
    visit.page.get_by_role("link", name="設定跟隨").click()
    _sets_a_forward(visit, "5132")
    visit.page.get_by_label("民眾來電的日期和時間").fill(friday(site))
    visit.page.get_by_role("button", name="試撥").click()
    rungs = visit.page.locator(".rungs > li")
    assert "5132" in rungs.nth(0).inner_text() and "跟隨" in rungs.nth(0).inner_text()
    assert "5131" in rungs.nth(1).inner_text()
    visit.is_well("directory-tried")


def test_the_same_by_keyboard_alone_in_english(site: Site) -> None:
    """No mouse from the menu to the try."""
    visit = site.visit("liaison-epb", language="en")
    visit.tabs_to("Find an extension")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/directory")
    visit.tabs_to("Extension, name, business or section")
    visit.page.keyboard.type("5121")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/directory/desk/5121")
    visit.tabs_to("Set a forward")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/directory/forward/5121")
    visit.tabs_to("Extension that answers")
    visit.page.keyboard.type("5122")
    visit.tabs_to("Save")
    visit.page.keyboard.press("Enter")
    visit.sees("Follows 5122")
    visit.tabs_to("Urgent: it cannot wait")
    visit.page.keyboard.press("Space")
    visit.tabs_to("Try it")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**urgent=1**")
    visit.sees("Urgent")


@pytest.mark.parametrize("width", WIDTHS)
def test_P4_6_a_late_change_is_said_and_saved_all_the_same(site: Site, width: str) -> None:
    """The button that saves it stands with the words that say it is late; what was typed is still there."""
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
