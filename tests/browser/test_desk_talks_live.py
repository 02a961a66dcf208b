"""What an agent does in a talk: an officer is asked first, seen and said on the page; real phones, real Asterisk."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hotline.auditlog.service import deeds
from hotline.callbacks.find import of_number
from hotline.db import transaction
from ops.officers import Officers
from ops.phone import Answers, Busy, What
from tests.browser.conftest import Visit
from tests.browser.desks import at_desk, comes_to_an_agent, office, takes_the_call
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System
from tests.live.test_consults_live import with_caller

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with office(transfer_neighbour_ring=3) as one:
        yield one


def asks_first(page: Page, extension: str) -> None:
    """Chosen by keyboard, with the reason of P5.1.1."""
    page.keyboard.press("Alt+t")
    page.keyboard.type(extension)
    page.locator("[data-hits] button").first.click()
    page.get_by_label("涉及法令解釋").check()
    page.get_by_role("button", name="先和承辦人通話").click()


def test_P5_1_1_an_officer_is_asked_first_then_all_three_talk_and_the_agent_leaves(
    system: System, browser: Browser
) -> None:
    """Nobody at the first desk: the caller is back and a callback is registered for whom they sought. Then one answers."""
    number = "0966200001"
    phones = {"5401": Busy(), "5402": Busy(), "5403": Busy(), "5112": Busy(), "5111": Answers(1.5, 60.0)}
    with (
        Officers(system.settings.officers_contact, phones, system.scratch / "officers") as city,
        at_desk(browser, system) as page,
        system.caller(number) as citizen,
    ):
        comes_to_an_agent(system, citizen, number)
        takes_the_call(page, number)
        asks_first(page, "5401")
        place, rungs = page.locator("[data-place]"), page.locator("[data-rungs]")
        expect(place).to_contain_text("沒有接通，來電者回到您這裡")
        expect(rungs.locator("li").first).to_have_text(re.compile("5401.*忙線"))
        assert with_caller(system, number) == {"agent"}
        page.locator("[data-matter]").fill("路樹")
        page.get_by_role("button", name="登記回電").click()
        page.get_by_text("已登記回電，最晚").wait_for()
        asks_first(page, "5112")
        expect(place).to_contain_text("您和承辦人通話中；來電者聽著音樂等候")
        expect(rungs).to_contain_text("忙線")
        city.phones["5111"].wait_for(What.ESTABLISHED, 5)
        assert with_caller(system, number) == set()
        Visit(page, system.settings.console, "wide-zh-TW").is_well("desk-asking-first")
        page.keyboard.press("Alt+j")
        expect(place).to_contain_text("三方通話中")
        system.until(lambda: with_caller(system, number) == {"agent", "officers"}, 10, "all three talk")
        page.keyboard.press("Alt+e")
        system.until(lambda: with_caller(system, number) == {"officers"}, 10, "the officer stays")
        expect(place).to_contain_text("已接通")
        citizen.hang_up()
    row = system.row(number)
    with transaction(system.house.factory) as session:
        (promised,) = of_number(session, number)
        asked = [
            deed.after["asks"]
            for deed in deeds(session, subject=f"call:{row.id}")
            if "asks" in (deed.after or {})
        ]
    assert (promised.extension, asked) == ("5401", ["5401", "5112"])
    assert [leg.outcome for leg in system.legs(row.id)][-2:] == ["busy", "answered"]
