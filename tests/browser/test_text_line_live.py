"""Citizen and agent write to each other in a talk, each in a browser of their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from hotline.callbacks.store import Callback
from hotline.db import transaction
from tests.browser.desks import at_desk, office
from tests.browser.hands import Keyboard, Mouse, Way
from tests.browser.test_phone_live import opened
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with office() as one:
        yield one


def states(page: Page) -> list[str]:
    """From now on, what the page says of its call, each once."""
    page.evaluate(
        "() => { const line = document.querySelector('[data-state]'); window.told = [];"
        " new MutationObserver(() => window.told.push(line.textContent)).observe(line, {childList: true}) }"
    )
    return []


def test_citizen_and_agent_write_and_the_matter_keeps_it(system: System, browser: Browser) -> None:
    """The page tells each state; hostile text is text; what goes into a promise stays, the rest goes with
    the call.
    """
    with at_desk(browser, system) as desk:
        citizen = opened(browser, system)
        states(citizen)
        hand = Way(Keyboard, "narrow", "zh-TW").at(citizen, system.settings.console)
        log = citizen.get_by_role("log")
        hand.presses("撥打 1999")
        log.get_by_text("國語").first.wait_for()
        citizen.keyboard.press("1")
        log.get_by_text("已知分機號碼").first.wait_for()
        citizen.keyboard.press("1")
        desk.get_by_role("heading", name="有來電", exact=True).wait_for()
        citizen.get_by_text("正在為您接通話務人員").wait_for()
        desk.keyboard.press("Alt+a")
        desk.get_by_role("heading", name="通話中", exact=True).wait_for()
        citizen.get_by_label("打字給話務人員").fill("我姓 <b>陳</b>，住板橋 12 號")
        citizen.keyboard.press("Enter")
        texts = desk.get_by_role("log")
        texts.get_by_text("我姓 <b>陳</b>，住板橋 12 號").wait_for()
        desk.get_by_label("打字給民眾", exact=True).fill("請問路名？")
        desk.keyboard.press("Enter")
        log.get_by_text("請問路名？").wait_for()
        hand.is_well("phone-writing")
        Way(Mouse, "wide", "zh-TW").at(desk, system.settings.console).is_well("desk-writing")
        desk.get_by_role("button", name="把打的字放進回電的事由").click()
        expect(desk.locator("[data-matter]")).to_be_focused()
        desk.get_by_label("民眾沒有可以回電的號碼").check()
        desk.locator("[data-matter]").press("Enter")
        desk.get_by_text("已登記回電").wait_for()
        citizen.get_by_role("button", name="掛斷").click()
        citizen.get_by_text("您已掛斷，通話結束。").wait_for()
        told = citizen.evaluate("window.told")
        assert list(dict.fromkeys(one[:5] for one in told)) == [
            "請允許使用",
            "撥號中。",
            "已接通。請",
            "等候話務人",
            "正在為您接",
            "話務人員接",
            "您已掛斷，",
        ]
        desk.locator("[data-call]").wait_for(state="hidden")
    with transaction(system.house.factory) as session:
        row = session.scalars(select(Callback)).one()
        assert "我姓 <b>陳</b>，住板橋 12 號" in row.matter and "請問路名？" in row.matter
