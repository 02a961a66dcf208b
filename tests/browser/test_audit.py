"""The audit log with a real browser: filtered by keyboard, a row opened by mouse, fit for every screen."""

import pytest

from tests.browser.conftest import WIDTHS, Site

ADMIN = "admin-1"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_the_pages_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious: the list, none found, a row, what verifying tells."""
    visit = site.visit(ADMIN, width, language)
    visit.goes("/audit")
    visit.is_well("audit")
    visit.page.locator("tbody th a").first.click()
    visit.page.wait_for_url("**/audit/*")
    visit.is_well("audit-row")
    visit.goes("/audit?by=nobody")
    visit.is_well("audit-none")
    visit.page.locator("form.actions button").click()
    visit.page.wait_for_url("**/audit/verify")
    visit.is_well("audit-verified")


def test_rows_are_filtered_by_keyboard_alone(site: Site) -> None:
    """The rows of one thing."""
    visit = site.visit(ADMIN)
    visit.goes("/audit")
    visit.tabs_to("對象")
    visit.page.keyboard.type("desk:5112")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**subject=desk*")
    visit.sees("分機 5112")
    visit.is_well("audit-filtered")
