"""The change calendar before a real browser:
a plan is found and withdrawn by mouse and by keyboard, on both screens.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest

from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Section
from hotline.ledger.periods import Period
from tests.browser.conftest import Serves, Site
from tests.browser.hands import WAYS, Way, every_screen, every_way


def plan(site: Site, key: str, days: int, name: str) -> None:
    """A section is to be there in so many days."""
    at = site.console.clock.at
    since = datetime.combine(at.astimezone(TAIPEI).date() + timedelta(days=days), time(), TAIPEI)
    with transaction(site.console.house.factory) as session:
        set_row(session, Section(key, "epb", name), Period(since), at=at, by="admin-1", reason=f"{name}設立")


@pytest.fixture(scope="module")
def planned(serves: Serves) -> Iterator[Site]:
    """A city in which two sections are planned, one of them told late."""
    site = serves()
    plan(site, "epb-1", 1, "急設科")
    plan(site, "epb-20", 20, "籌備科")
    yield site


@every_screen
def test_the_change_calendar_is_fit_for_everybody(planned: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious, no wider than the screen, also with nothing to show."""
    visit = planned.visit("admin-1", width=width, language=language)
    for path, name in (
        ("/changes", "changes"),
        ("/changes?show=planned", "changes-planned"),
        ("/changes?month=2031-01", "changes-none"),
    ):
        visit.goes(path)
        visit.is_well(name)


@every_way
def test_a_plan_is_found_and_withdrawn(planned: Site, way: Way) -> None:
    """Chosen among all that is not yet in force, opened, withdrawn for a reason; it is planned no more."""
    name = f"籌備科{WAYS.index(way)}"
    plan(planned, f"epb-w{WAYS.index(way)}", 20, name)
    hand = way.comes(planned, "admin-1")
    hand.goes("/changes")
    hand.choose(hand.part.locator("#show"), hand.said("所有還沒生效的"))
    hand.presses("查看")
    hand.sees(f"{name}設立")
    hand.press(hand.part.locator("tr, li").filter(has_text=f"{name}設立").get_by_role("link").first)
    hand.fills("為什麼要復原", "不設了")
    hand.presses("復原整筆異動")
    hand.visit.page.locator(".govuk-notification-banner").wait_for()
    hand.is_well("change-withdrawn")
    hand.goes("/changes?show=planned")
    assert f"{name}設立" not in hand.part.inner_text()
