"""The special list with a real browser: proposed by keyboard, approved by mouse, fit for every screen."""

import pytest

from hotline import clock
from hotline.db import transaction
from ivr.store import CallRow
from tests.browser.conftest import WIDTHS, Serves, Site

CALL = "ntpc1-1790000000.12"


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """With one call on record, which may be evidence."""
    made = serves()
    with transaction(made.console.house.factory) as session:
        session.add(CallRow(id=CALL, caller="+886912345678", started_at=clock.now()))
    return made


def test_a_caller_is_proposed_by_keyboard_and_approved_by_mouse(site: Site) -> None:
    """The supervisor types; the approver clicks; the numbers are shown after a reason."""
    visit = site.visit("supervisor-1")
    visit.goes("/special")
    visit.is_well("special-none")
    visit.tabs_to("提報來電者")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/special/new")
    for label, text in (
        ("電話號碼", "0912-345-678"),
        ("提報的理由", "三日內來電四十通"),
        ("佐證的來電", CALL),
    ):
        visit.tabs_to(label)
        visit.page.keyboard.type(text)
    visit.tabs_to("提報")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/special/1")
    visit.sees("已提報")
    visit.is_well("special-proposed")

    approver = site.visit("approver-1")
    approver.goes("/special")
    approver.page.get_by_role("link", name="第 1 號").click()
    approver.page.get_by_role("button", name="核定", exact=True).click()
    approver.page.get_by_label("核定層級").fill("副市長")
    approver.page.get_by_label("核定公文號").fill("新北府研話字第1150001號")
    approver.is_well("special-approve")
    approver.page.locator("#submit").click()
    approver.sees("已核定")
    approver.page.get_by_label("理由", exact=True).fill("核對來電號碼")
    approver.page.get_by_role("button", name="查看").click()
    approver.sees("0912345678")
    approver.is_well("special-whole")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_the_pages_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious, with and without faults."""
    visit = site.visit("supervisor-1", width, language)
    for path, name in (
        ("/special", "special"),
        ("/special/1", "special-one"),
        ("/special/new", "special-new"),
    ):
        visit.goes(path)
        visit.is_well(name)
    visit.page.locator("#submit").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("special-new-empty")
