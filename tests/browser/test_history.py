"""Days that went by in a real browser: asked for by keyboard, seen at both widths, in both languages."""

from datetime import timedelta
from random import Random

import pytest

from hotline.callbacks.rules import State
from hotline.callbacks.store import Callback
from hotline.clock import TAIPEI
from hotline.db import transaction
from ivr.store import CallRow
from tests.browser.conftest import Serves, Site

CALLS = 400


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """A month of calls, and some promises."""
    made = serves()
    chance, now = Random(1999), made.console.clock.at
    with transaction(made.console.house.factory) as session:
        for number in range(CALLS):
            at = now - timedelta(hours=chance.triangular(0, 24 * 28, 40))
            row = CallRow(id=f"h-{number}.1", started_at=at, queued_at=at, ended_at=at + timedelta(minutes=6))
            if chance.random() < 0.85:
                row.queue_seconds = chance.expovariate(1 / 14)
                row.agent_at = at + timedelta(seconds=row.queue_seconds)
                row.talk_seconds = chance.expovariate(1 / 200)
            session.add(row)
            if number % 10 == 0:
                due = at + timedelta(hours=4)
                called = due + timedelta(hours=chance.uniform(-3, 1))
                session.add(Callback(number="+886911000001", language="zh-TW", origin="agent", state=State.OPEN,
                                     registered_at=at, due_at=due, remind_at=due, first_attempt_at=called))  # fmt: skip
    return made


@pytest.mark.parametrize(("width", "language"), [("wide", "zh-TW"), ("narrow", "en")])
def test_a_month_is_asked_for_by_keyboard(site: Site, width: str, language: str) -> None:
    """Its pictures, its tables, and how the figures are counted."""
    today = site.console.clock.at.astimezone(TAIPEI).date()
    visit = site.visit("supervisor-1", width, language)
    visit.goes("/history")
    visit.page.locator("#span").focus()
    visit.page.keyboard.press("End")
    visit.tabs_to("每一列" if language == "zh-TW" else "A row for each")
    visit.page.keyboard.press("End")
    visit.tabs_to("顯示" if language == "zh-TW" else "Show")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**span=month**")
    assert visit.page.locator("caption").count() == 4
    assert visit.page.locator(f'th[scope="row"]:text-is("{today:%m-%d}")').count() == 4
    visit.is_well("history-month")
    visit.tabs_to("怎麼算" if language == "zh-TW" else "How it is counted")
    visit.page.keyboard.press("Enter")
    visit.sees("÷")
    visit.page.goto(f"{site.base}/history?span=week&step=hour")
    visit.is_well("history-week")
