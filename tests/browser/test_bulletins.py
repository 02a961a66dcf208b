"""Messages that stay and bulletins that go to every desk at once; by mouse and by keyboard."""

from tests.browser.conftest import Site
from tests.browser.hands import Way, every_way

LIAISON = "liaison-epb"


@every_way
def test_P4_7_a_message_is_posted_and_taken_down(site: Site, way: Way) -> None:
    """A liaison's own agency is chosen already."""
    hand, title = way.comes(site, LIAISON), f"示範講座 {way}"
    hand.goes("/news/new")
    hand.fills("標題", title)
    hand.fills("內容", "週六上午九點，在示範公園。")
    hand.presses("張貼")
    hand.sees("已張貼。")
    hand.is_well("message-posted")
    hand.press(hand.visit.page.locator("main a[href^='/news/']", has_text=title).first)
    hand.unfolds("撤下這則訊息")
    hand.fills("理由", "講座取消")
    hand.presses("撤下")
    hand.sees("已撤下；仍查得到。")


@every_way
def test_P4_8_a_bulletin_is_raised_and_lifted(site: Site, way: Way) -> None:
    """It stands on the page of whoever raised it, and goes with a press."""
    hand, title = way.comes(site, LIAISON), f"示範停水 {way}"
    hand.goes("/alerts/new")
    hand.fills("標題", title)
    hand.fills("發生什麼事，話務人員怎麼說", "管線破裂，今晚十點恢復。")
    hand.presses("發布給所有話務人員")
    hand.sees("已發布；所有開著的頁面幾秒內就會看到。")
    hand.is_well("bulletin-raised")
    hand.presses("解除通告")
    hand.sees("已解除；所有頁面會跟著收起。")
