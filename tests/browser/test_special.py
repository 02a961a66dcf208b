"""The special list with a real browser:
proposed and approved by mouse and by keyboard, fit for every screen.
"""

import pytest

from calls.store import CallRow
from hotline import clock
from hotline.db import transaction
from tests.browser.conftest import Serves, Site
from tests.browser.hands import WAYS, Way, every_screen, promised_way


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """With a call on record of each who is proposed, which may be evidence."""
    made = serves()
    with transaction(made.console.house.factory) as session:
        session.add_all(
            CallRow(id=f"ntpc1-{one}.1", caller=f"+8869123456{one}8", started_at=clock.now())
            for one in range(len(WAYS))
        )
    return made


@promised_way("A caller is listed by two people")
def test_P7_3_a_a_caller_is_proposed_and_approved(site: Site, way: Way) -> None:
    """The supervisor proposes, the approver approves; the number is shown after a reason."""
    number = f"0912-345-6{WAYS.index(way)}8"
    hand = way.comes(site, "supervisor-1")
    hand.goes("/special")
    hand.presses("提報來電者")
    hand.visit.page.wait_for_url("**/special/new")
    hand.fills("電話號碼", number)
    hand.fills("提報的理由", "三日內來電四十通")
    hand.presses("找這些號碼的來電")
    hand.tick(hand.part.locator("#evidence-1"))
    hand.is_well("special-offered")
    hand.presses("提報")
    hand.sees("已提報；核定之前，這位來電者的電話照常接聽。")
    hand.is_well("special-proposed")
    entry = hand.visit.page.url.rpartition("/")[2]

    approver = way.comes(site, "approver-1")
    approver.goes("/special")
    approver.press(approver.part.locator(f"a[href$='/special/{entry}']").first)
    approver.presses("核定")
    approver.fills("核定層級", "副市長")
    approver.fills("核定公文號", "新北府研話字第1150001號")
    approver.is_well("special-approve")
    approver.press(approver.part.locator("#submit"))
    approver.sees("已核定，立即生效。")
    approver.fills("查看的理由", "核對來電號碼")
    approver.presses("查看")
    approver.part.get_by_text(number.replace("-", "")).first.wait_for()
    approver.is_well("special-whole")


@every_screen
def test_the_pages_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious, with and without faults."""
    visit = site.visit("supervisor-1", width, language)
    for path, name in (
        ("/special", "special"),
        ("/special/new", "special-new"),
    ):
        visit.goes(path)
        visit.is_well(name)
    visit.page.locator("#find").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("special-new-empty")
