"""Settings set while calls go on: by mouse and by keyboard, on a desk's screen and on a telephone's."""

import pytest

from tests.browser.conftest import WIDTHS, Serves, Site

ADMIN = "admin-1"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_the_pages_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """All settings, one, and one refused."""
    visit = site.visit(ADMIN, width, language)
    visit.goes("/settings")
    visit.is_well("settings")
    visit.page.locator("details.govuk-details summary").last.click()
    visit.is_well("settings-all")
    visit.goes("/settings/transfer_ring")
    visit.page.locator("#value").fill("1")
    visit.page.locator("#reason").fill("試")
    visit.page.locator("main form button").first.click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("setting-refused")


def test_a_setting_is_set_by_mouse_and_brought_back(serves: Serves) -> None:
    """From the list to the list; one click and the program's value counts again."""
    visit = serves().visit(ADMIN)
    page = visit.page
    visit.goes("/settings")
    page.locator("main a[href='/settings/transfer_ring']").click()
    page.get_by_label("新的值").fill("20")
    page.get_by_label("更改的原因").fill("分機響太短")
    page.get_by_role("button", name="儲存並使用").click()
    visit.sees("設定已儲存")
    visit.is_well("setting-saved")
    page.get_by_role("button", name="恢復原來的值").click()
    visit.sees("已恢復原來的值")


def test_a_setting_is_set_by_keyboard_alone(serves: Serves) -> None:
    """Tabulator, typing, Enter; a refused one leaves the focus on what is wrong."""
    visit = serves().visit(ADMIN)
    page = visit.page
    visit.goes("/settings/transfer_neighbours")
    for value, seen in (("10", "最多是 9"), ("3", "設定已儲存")):
        visit.tabs_to("新的值")
        page.keyboard.press("Control+A")
        page.keyboard.type(value)
        visit.tabs_to("更改的原因")
        page.keyboard.press("Control+A")
        page.keyboard.type("試")
        page.keyboard.press("Enter")
        visit.sees(seen)
