"""Settings set while calls go on: by mouse and by keyboard, on a desk's screen and on a telephone's."""

from tests.browser.conftest import Site
from tests.browser.hands import Way, every_screen, promised_way

ADMIN = "admin-1"


@every_screen
def test_the_pages_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """All settings, one, and one refused."""
    visit = site.visit(ADMIN, width, language)
    visit.goes("/settings")
    visit.is_well("settings")
    visit.page.locator("details.govuk-details summary").last.click()
    visit.is_well("settings-all")
    visit.goes("/settings/transfer_ring")
    visit.page.locator("#value").fill("1")
    visit.page.locator("#reason").fill("試")
    visit.page.locator("main form button").first.click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("setting-refused")


@promised_way("A setting is set and brought back")
def test_a_setting_is_set_and_brought_back(site: Site, way: Way) -> None:
    """From the list; a refused value is told with what is allowed;
    one press and the program's value counts again.
    """
    hand = way.comes(site, ADMIN)
    hand.goes("/settings")
    hand.press(hand.part.locator("a[href='/settings/transfer_neighbours']").first)
    for value, seen in (("10", None), ("3", "設定已儲存，幾秒內生效。")):
        hand.fills("新的值", value)
        hand.fills("更改的原因", "鄰座太多")
        hand.presses("儲存並使用")
        if seen is None:
            hand.visit.page.locator(".govuk-error-summary:focus").wait_for()
            hand.sees("最多是 %(limit)s", limit="9")
        else:
            hand.sees(seen)
    hand.is_well("setting-saved")
    hand.press(hand.part.locator("form[action*='transfer_neighbours'] button").last)
    hand.sees("已恢復原來的值，幾秒內生效。")
