"""People and roles with a real browser: added by keyboard alone, invited by mouse, fit for every screen."""

import pytest

from tests.browser.conftest import WIDTHS, Site

ADMIN = "admin-1"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_the_pages_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious: the list, none found, a person, the forms, with and without faults."""
    visit = site.visit(ADMIN, width, language)
    for path, name in (
        ("/staff", "staff"),
        ("/staff?q=nobody-at-all", "staff-nobody"),
        ("/staff/roles", "staff-roles"),
        ("/staff/officer-5112", "staff-person"),
        ("/staff/officer-5112/change", "staff-change"),
        ("/staff/officer-5112/end", "staff-end"),
        ("/staff/officer-5112/keys", "staff-keys"),
        ("/staff/new", "staff-new"),
    ):
        visit.goes(path)
        visit.is_well(name)
    visit.page.locator("#submit").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("staff-new-empty")


def test_somebody_is_added_by_keyboard_alone(site: Site) -> None:
    """From the list to the new person's page."""
    visit = site.visit(ADMIN)
    visit.goes("/staff")
    visit.tabs_to("新增人員")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/staff/new")
    for label, text in (("帳號", "typed.by.keys"), ("姓名", "示範鍵盤")):
        visit.tabs_to(label)
        visit.page.keyboard.type(text)
    visit.tabs_to("1999 聯繫窗口")
    visit.page.keyboard.press("Space")
    visit.tabs_to("單位")
    visit.page.keyboard.press("ArrowDown")
    visit.tabs_to("原因")
    visit.page.keyboard.type("新任聯繫窗口")
    visit.tabs_to("儲存")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/staff/typed.by.keys")
    visit.sees("已加入")
    visit.is_well("staff-added")


def test_a_link_is_given_by_mouse(site: Site) -> None:
    """Found by a search, opened, invited; the link is there to be read out."""
    visit = site.visit(ADMIN, "narrow")
    visit.goes("/staff")
    visit.page.get_by_label("姓名、帳號、單位或分機").fill("officer-5113")
    visit.page.get_by_role("button", name="搜尋").click()
    visit.page.locator("th a").first.click()
    visit.page.get_by_role("button", name="發出設定密碼的連結").click()
    visit.page.locator("#link").wait_for()
    assert "/invitation/" in visit.page.locator("#link").inner_text()
    visit.is_well("staff-invited")


def test_a_key_is_made_by_keyboard_alone(site: Site) -> None:
    """Typed, shown once, listed with how it stands."""
    visit = site.visit(ADMIN)
    visit.goes("/staff/liaison-epb/keys")
    visit.tabs_to("哪個程式使用")
    visit.page.keyboard.type("目錄同步")
    visit.page.keyboard.press("Enter")
    visit.page.locator("#key").wait_for()
    visit.is_well("staff-key")
    visit.goes("/staff/liaison-epb/keys")
    visit.is_well("staff-keys-some")
