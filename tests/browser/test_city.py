"""Duty officers, switchboards and the directory check before a real browser: by mouse, by keyboard, on both screens."""

import re
from collections.abc import Iterator

import pytest

from hotline.db import transaction
from hotline.directory.service import write
from hotline.periods import Period
from tests.browser.conftest import WIDTHS, Serves, Site

ADMIN = "admin-1"


@pytest.fixture(scope="module")
def city(serves: Serves) -> Iterator[Site]:
    """A city in which a forward leads nowhere."""
    site = serves()
    at = site.console.clock.at
    with transaction(site.console.house.factory) as session:
        write(session, "forward", "5112", {"target": "9999"}, Period(at), at=at, by="test")
    yield site


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_pages_of_the_city_are_fit_for_everybody(city: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious, no wider than the screen, also with faults shown."""
    visit = city.visit(ADMIN, width=width, language=language)
    for path, name in (
        ("/check", "check"), ("/check?severity=error&agency=nobody", "check-none"), ("/duty", "duty"),
        ("/duty/1/end", "duty-end"), ("/switchboards", "switchboards"), ("/switchboards/apo", "switchboard"),
    ):  # fmt: skip
        visit.goes(path)
        visit.is_well(name)
    visit.goes("/duty")
    visit.page.locator("#submit").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("duty-faults")


def test_a_finding_leads_to_its_desk(city: Site) -> None:
    """By mouse: narrowed to errors, then followed."""
    visit = city.visit(ADMIN)
    visit.goes("/check")
    visit.page.get_by_label("嚴重程度").select_option("error")
    visit.page.get_by_role("button", name="查看").click()
    link = visit.page.locator("main td a").first
    assert "/directory/desk/5112" in str(link.get_attribute("href"))


def test_P5_1_3_a_place_is_filled_by_keyboard_alone(city: Site) -> None:
    """And who is rung then is seen at once."""
    visit = city.visit(ADMIN)
    visit.goes("/duty")
    visit.tabs_to("顯示完整號碼")
    for field, words in (("順位", "4"), ("姓名", "鍵盤值日"), ("電話", "0912345678")):
        visit.tabs_to(field)
        visit.page.keyboard.type(words)
    visit.page.keyboard.press("Enter")
    visit.sees("第 4 順位由 鍵盤值日 值日")
    assert "鍵盤值日" in visit.page.locator(".rung").inner_text()


def test_P4_9_a_fault_is_reported_and_repaired_by_mouse(city: Site) -> None:
    """The state stands on the list with its times."""
    visit = city.visit(ADMIN)
    visit.goes("/switchboards")
    visit.page.get_by_role("link", name=re.compile("回報故障.*動保處")).click()
    visit.page.get_by_label("情形").fill("線路中斷")
    visit.page.get_by_role("button", name="回報故障").click()
    visit.sees("已登記故障")
    visit.is_well("switchboards-fault")
    visit.page.get_by_role("link", name=re.compile("回報修復.*動保處")).click()
    visit.page.get_by_role("button", name="回報已修復").click()
    visit.sees("已登記修復")
