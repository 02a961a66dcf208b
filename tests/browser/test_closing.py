"""Calls are closed in a real browser: services, topic, and the reason of a transfer by keys (P3, P5.1.1)."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from calls.store import CallRow, Leg
from hotline.db import transaction
from tests.browser.conftest import Site
from transfer.outcome import DialOutcome

NUMBER = "+886912345678"


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_P3_a_call_is_closed_at_the_desk(site: Site, width: str) -> None:
    """Put through by keys since the page was opened: its reason is asked for, its topic stands there."""
    at, call = site.console.clock.at, f"closing-{width}"
    with transaction(site.console.house.factory) as session:
        session.add(CallRow(id=call, caller=NUMBER, started_at=at, agent="agent-1", agent_at=at, ended_at=at))
    visit = site.visit("agent-1", width)
    visit.goes("/desk")
    visit.page.locator("[data-older] summary").first.click()
    form = visit.page.locator(f'[data-close="{call}"]')
    form.get_by_label("轉接", exact=True).check()
    with transaction(site.console.house.factory) as session:
        session.add(
            Leg(
                channel=f"leg-{width}",
                call_id=call,
                phone="officers",
                kind="desk",
                asked="5112",
                extension="5112",
                started_at=at,
                outcome=DialOutcome.ANSWERED,
            )
        )
    form.get_by_role("button", name="結案").click()
    expect(form.get_by_role("alert")).to_contain_text("請選擇轉接的理由")
    expect(form.get_by_label("主題", exact=True)).to_have_value("extension:5112")
    expect(form.get_by_label("轉接", exact=True)).to_be_checked()
    visit.is_well("closing")
    form.get_by_label("轉接的理由").select_option("law")
    form.get_by_role("button", name="結案").click()
    expect(form).to_be_hidden()
    with transaction(site.console.house.factory) as session:
        row = session.get_one(CallRow, call)
        assert (row.service, row.topic) == ("P3.2", "extension:5112")


def test_P3_0_says_that_there_was_no_service_and_asks_for_the_ground(site: Site) -> None:
    """With the cursor in the form: what was ticked goes, a digit chooses the ground, Enter closes."""
    at, call = site.console.clock.at, "closing-none"
    with transaction(site.console.house.factory) as session:
        session.add(CallRow(id=call, caller=NUMBER, started_at=at, agent="agent-1", agent_at=at, ended_at=at))
    visit = site.visit("agent-1", "wide")
    visit.goes("/desk")
    visit.page.locator("[data-older] summary").first.click()
    form, keys = visit.page.locator(f'[data-close="{call}"]'), visit.page.keyboard
    form.get_by_role("checkbox").first.focus()
    keys.press("1")
    expect(form.get_by_role("checkbox").first).to_be_checked()
    keys.press("0")
    ground = form.get_by_label("沒有服務的原因")
    expect(ground).to_be_focused()
    expect(form.get_by_role("checkbox", checked=True)).to_have_count(0)
    first = ground.input_value()
    keys.press("2")
    second = ground.input_value()
    assert first and second and first != second
    keys.press("Enter")
    expect(form).to_be_hidden()
    with transaction(site.console.house.factory) as session:
        row = session.get_one(CallRow, call)
        assert (row.service, row.ground, row.topic) == ("none", second, "")


def test_P3_a_call_of_the_day_before_is_closed_by_a_supervisor(site: Site) -> None:
    """Listed with its agent, and closed with the ground on which there was no service."""
    at = site.console.clock.at - timedelta(days=2)
    with transaction(site.console.house.factory) as session:
        session.add(
            CallRow(id="old", caller=NUMBER, started_at=at, agent="agent-2", agent_at=at, ended_at=at)
        )
    for width, language in (("narrow", "en"), ("wide", "zh-TW")):
        visit = site.visit("supervisor-1", width, language)
        visit.goes("/untagged")
        visit.is_well("untagged")
    form = visit.page.locator("form.close")
    form.get_by_label("沒有服務的原因").select_option("silent")
    form.get_by_role("button", name="結案").click()
    visit.sees("已結案。")
    with transaction(site.console.house.factory) as session:
        assert session.get_one(CallRow, "old").ground == "silent"
