"""Promises with a real browser: found, taken, closed; by mouse and by keyboard alone."""

import pytest

from hotline.callbacks.places import place_of
from hotline.callbacks.service import Wish
from hotline.db import transaction
from tests.browser.conftest import WIDTHS, Site


def promised(site: Site, matter: str, number: str) -> int:
    console = site.console
    with transaction(console.house.factory) as session:
        wish = Wish(number, "zh-TW", "desk", place_of(session, "5112", console.clock.at), matter, "王小姐")
        return console.house.callbacks.open(session, wish, "agent-1", console.clock.at).id


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_lists_and_promises_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Full and empty, on a desk's screen and on a telephone's."""
    number = promised(site, f"路燈不亮 {width} {language}", f"+88691200{WIDTHS[width]:04}"[:13])
    visit = site.visit("officer-5112", width, language)
    visit.goes("/callbacks")
    visit.is_well("callbacks")
    visit.goes("/callbacks?whose=mine")
    visit.is_well("callbacks-mine")
    visit.goes(f"/callbacks/{number}")
    visit.is_well("callback")


def test_an_officer_keeps_a_promise_by_mouse(site: Site) -> None:
    """Three steps: found in the list, taken, closed with what the citizen was told."""
    promised(site, "公園樹木傾倒", "+886933111222")
    visit = site.visit("officer-5112")
    visit.goes("/callbacks")
    visit.page.get_by_role("row", name="公園樹木傾倒").get_by_role("link").click()
    visit.page.get_by_role("button", name="由我處理").click()
    visit.sees("這件由您處理")
    visit.is_well("callback-mine")
    visit.page.get_by_text("結案：民眾已得到答覆").click()
    visit.page.get_by_label("答覆的內容").fill("已通知公所明日處理")
    visit.page.get_by_role("button", name="結案", exact=True).click()
    visit.sees("已通知公所明日處理")


def test_an_officer_keeps_a_promise_by_keyboard(site: Site) -> None:
    """No mouse: from the first page to the end, in English."""
    promised(site, "Noise at night", "+886933111333")
    visit = site.visit("officer-5113", language="en")
    visit.goes("/")
    visit.tabs_to("Callbacks")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/callbacks")
    row = visit.page.get_by_role("row", name="Noise at night").get_by_role("link")
    for _press in range(60):
        visit.page.keyboard.press("Tab")
        if row.evaluate("e => e === document.activeElement"):
            break
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/callbacks/*")
    visit.tabs_to("I take it")
    visit.page.keyboard.press("Enter")
    visit.sees("This one is yours now")
    visit.tabs_to("Close: the citizen was answered")
    visit.page.keyboard.press("Enter")
    visit.tabs_to("What the citizen was told")
    visit.page.keyboard.type("The bar was told to be quiet")
    visit.page.keyboard.press("Enter")
    visit.sees("Closed.")
