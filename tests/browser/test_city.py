"""Duty officers, switchboards and the directory check:
each page's task by mouse and by keyboard, on both screens.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hotline.db import transaction
from hotline.directory.service import write
from hotline.ledger.periods import Period
from tests.browser.conftest import Serves, Site
from tests.browser.hands import Way, every_way

ADMIN = "admin-1"
A_WHILE = timedelta(minutes=11)
"""Longer than numbers are shown to whoever gave a reason."""


@pytest.fixture(scope="module")
def city(serves: Serves) -> Iterator[Site]:
    """A city in which a forward leads nowhere."""
    site = serves()
    at = site.console.clock.at
    with transaction(site.console.house.factory) as session:
        write(session, "forward", "5112", {"target": "9999"}, Period(at), at=at, by="test")
    yield site


@every_way
def test_a_finding_leads_to_its_desk(city: Site, way: Way) -> None:
    """Narrowed until nothing is left, widened to the errors, the first followed to where it is put right."""
    hand = way.comes(city, ADMIN)
    page = hand.visit.page
    hand.goes("/check")
    hand.chooses("嚴重程度", "提醒")
    hand.presses("查看")
    hand.sees("這個篩選條件下沒有項目；請改選其他機關或程度。")
    hand.is_well("check-none")
    hand.chooses("嚴重程度", "錯誤")
    hand.presses("查看")
    hand.sees("9999")
    hand.is_well("check-errors")
    hand.presses("示範九")
    page.wait_for_url("**/directory/desk/5112")


@every_way
def test_P5_1_3_a_place_is_filled_seen_and_emptied(city: Site, way: Way) -> None:
    """Who is rung then is seen at once, whose number it is only after a reason, and not for long."""
    hand = way.comes(city, ADMIN)
    page = hand.visit.page
    rung = page.locator(".rung li", has_text="示範值日員丁")
    hand.goes("/duty")
    hand.presses("排入值日")
    page.locator(".govuk-error-summary").wait_for()
    hand.is_well("duty-faults")
    for field, words in (("順位", "4"), ("姓名", "示範值日員丁"), ("電話", "0912345678")):
        hand.fills(field, words)
    hand.presses("排入值日")
    rung.get_by_text("0912***678").wait_for()
    hand.unfolds("顯示完整號碼")
    hand.fills("為什麼要看（會留下記錄）", "核對輪值表")
    hand.presses("顯示號碼")
    rung.get_by_text("0912-345-678").wait_for()
    hand.is_well("duty-numbers")
    city.console.clock.goes_on(A_WHILE)
    hand.press(page.locator("a[href='/duty/4/end']"))
    hand.fills("原因", "調班")
    hand.is_well("duty-end")
    hand.presses("取消排班")
    hand.sees("第 %(place)s 順位的排班已取消。", place=4)
    assert rung.count() == 0


@every_way
def test_P4_9_a_fault_is_reported_and_repaired(city: Site, way: Way) -> None:
    """What is left out is told; the state stands on the list with its times."""
    hand = way.comes(city, ADMIN)
    page = hand.visit.page
    hand.goes("/switchboards")
    hand.press(page.locator("a[href='/switchboards/apo']"))
    hand.presses("回報故障")
    page.locator(".govuk-error-summary").wait_for()
    hand.is_well("switchboard-faults")
    hand.fills("情形", "線路中斷")
    hand.presses("回報故障")
    hand.sees("已登記故障；轉接和通報改撥替代號碼。")
    hand.is_well("switchboards-fault")
    city.console.clock.goes_on(A_WHILE)
    hand.press(page.locator("a[href='/switchboards/apo']"))
    hand.presses("回報已修復")
    hand.sees("已登記修復；電話改回撥打總機。")
    past = page.get_by_role("table", name=hand.said("過去的故障"))
    past.get_by_role("row", name="動保處").first.wait_for()
