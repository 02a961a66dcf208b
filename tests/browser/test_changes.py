"""The change calendar before a real browser: a plan is found and withdrawn by mouse, found by keyboard, on both screens."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest

from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Section
from hotline.periods import Period
from tests.browser.conftest import WIDTHS, Serves, Site


@pytest.fixture(scope="module")
def planned(serves: Serves) -> Iterator[Site]:
    """A city in which two sections are planned, one of them told late."""
    site = serves()
    at = site.console.clock.at
    today = at.astimezone(TAIPEI).date()
    with transaction(site.console.house.factory) as session:
        for days, name in ((1, "急設科"), (20, "籌備科")):
            since = datetime.combine(today + timedelta(days=days), time(), TAIPEI)
            row = Section(f"epb-{days}", "epb", name)
            set_row(session, row, Period(since), at=at, by="admin-1", reason=f"{name}設立")
    yield site


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_the_change_calendar_is_fit_for_everybody(planned: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious, no wider than the screen, also with nothing to show."""
    visit = planned.visit("admin-1", width=width, language=language)
    for path, name in (
        ("/changes", "changes"), ("/changes?show=planned", "changes-planned"),
        ("/changes?month=2031-01", "changes-none"),
    ):  # fmt: skip
        visit.goes(path)
        visit.is_well(name)


def test_a_plan_is_found_by_keyboard_alone(planned: Site) -> None:
    """Chosen with the arrows, sent with the return key."""
    visit = planned.visit("admin-1")
    visit.goes("/changes")
    visit.tabs_to("所有還沒生效的")
    visit.page.keyboard.press("ArrowDown")
    visit.tabs_to("查看")
    visit.page.keyboard.press("Enter")
    visit.sees("籌備科設立")
    assert "急設科設立" in visit.page.locator("main").inner_text()


def test_a_plan_is_withdrawn_by_mouse(planned: Site) -> None:
    """From the list to the entry, and back to see it withdrawn."""
    visit = planned.visit("admin-1")
    visit.goes("/changes?show=planned")
    visit.page.get_by_role("row", name="籌備科設立").get_by_role("link").click()
    visit.page.get_by_label("為什麼要復原").fill("不設了")
    visit.page.get_by_role("button", name="復原整筆異動").click()
    visit.page.wait_for_load_state()
    visit.goes("/changes?show=planned")
    assert "籌備科設立" not in visit.page.locator("main").inner_text()
