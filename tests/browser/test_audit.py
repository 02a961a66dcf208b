"""The audit log with a real browser: filtered, a row seen, the chain verified;
by mouse, by keyboard, on both screens.
"""

import pytest

from hotline.callbacks.ownership import place_of
from hotline.callbacks.wishes import Wish
from hotline.db import transaction
from tests.browser.conftest import Serves, Site
from tests.browser.hands import Way, every_way

ADMIN = "admin-1"
AGENT = {"zh-TW": "示範話務員一 （帳號 agent-1）", "en": "示範話務員一 (account agent-1)"}
PROMISE = {"zh-TW": "待回電", "en": "callback"}


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """A city in which a citizen was promised a callback."""
    made = serves()
    house, at = made.console.house, made.console.clock.at
    with transaction(house.factory) as session:
        wish = Wish("+886912345678", "zh-TW", "desk", place_of(session, "5112", at), "路燈不亮", "王小姐")
        house.callbacks.open(session, wish, "agent-1", at)
    return made


@every_way
def test_rows_are_filtered_one_is_seen_and_all_are_verified(site: Site, way: Way) -> None:
    """What a row tells of a citizen is told by pseudonyms;
    then all rows stand as they were written.
    """
    hand = way.comes(site, ADMIN)
    page = hand.visit.page
    hand.goes("/audit?by=nobody")
    hand.sees("沒有符合的紀錄。請放寬日期，或清空其他條件。")
    hand.is_well("audit-none")
    hand.choose(page.locator("#by"), AGENT[hand.language])
    hand.choose(page.locator("#kind"), PROMISE[hand.language])
    hand.fills("名稱、分機或編號", "1")
    hand.presses("篩選")
    page.wait_for_url("**kind=callback&thing=1*")
    hand.is_well("audit-filtered")
    hand.press(page.locator("tbody th a").first)
    hand.sees(
        "民眾的電話、姓名與所說的話以代號記載；同一個號碼的代號都相同。要看原文，請開啟該筆資料，查看者也會留下紀錄。"
    )
    hand.is_well("audit-row")
    hand.presses("稽核紀錄")
    hand.presses("驗證紀錄是否完整")
    page.wait_for_url("**/audit/verify")
    hand.sees("完整")
    hand.is_well("audit-verified")
