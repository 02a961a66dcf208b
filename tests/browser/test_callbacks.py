"""Promises with a real browser: found, taken, closed; by mouse and by keyboard alone."""

from hotline.callbacks import find
from hotline.callbacks.ownership import place_of
from hotline.callbacks.service import callback
from hotline.callbacks.wishes import Wish
from hotline.db import transaction
from tests.browser.conftest import WIDTHS, Site
from tests.browser.hands import WAYS, Way, every_screen, promised_way


def promised(site: Site, matter: str, number: str) -> int:
    console = site.console
    with transaction(console.house.factory) as session:
        wish = Wish(number, "zh-TW", "desk", place_of(session, "5112", console.clock.at), matter, "王小姐")
        return console.house.callbacks.open(session, wish, "agent-1", console.clock.at).id


def unnumbered(site: Site, call: str) -> int:
    console = site.console
    with transaction(console.house.factory) as session:
        console.house.callbacks.promise(
            session, call, "anonymous", "zh-TW", "caller", console.clock.at, "5112"
        )
        row = find.of_call(session, call)
        assert row
        return row.id


@every_screen
def test_lists_and_promises_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Full and empty, on a desk's screen and on a telephone's."""
    number = promised(site, f"路燈不亮 {width} {language}", f"+88691200{WIDTHS[width]:04}"[:13])
    visit = site.visit("officer-5112", width, language)
    visit.goes("/callbacks")
    visit.is_well("callbacks")
    visit.goes("/callbacks?whose=mine")
    visit.is_well("callbacks-mine")
    visit.goes(f"/callbacks/{number}")
    visit.is_well("callback")
    without = unnumbered(site, f"{width}-{language}")
    visit.goes("/callbacks?whose=without-number")
    visit.is_well("callbacks-without-number")
    visit.goes(f"/callbacks/{without}")
    visit.is_well("callback-without-number")
    with transaction(site.console.house.factory) as session:
        callback(session, number).restored_at = site.console.clock.at
    visit.goes("/callbacks")
    visit.is_well("callbacks-restored")
    visit.goes(f"/callbacks/{number}")
    visit.is_well("callback-restored")


@promised_way("An officer keeps a promise")
def test_an_officer_keeps_a_promise(site: Site, way: Way) -> None:
    """Three steps: found in the list, taken, closed with what the citizen was told."""
    number = promised(site, f"公園樹木傾倒 {way}", f"+8869331112{WAYS.index(way):02}")
    hand = way.comes(site, "officer-5112")
    hand.goes("/callbacks")
    hand.press(hand.part.locator(f"a[href$='/callbacks/{number}']").first)
    hand.presses("由我處理")
    hand.sees("這件由您處理；別人暫時不能動它。")
    hand.is_well("callback-mine")
    hand.unfolds("結案：民眾已得到答覆")
    hand.fills("答覆的內容", "已通知公所明日處理")
    hand.presses("結案")
    hand.sees("已結案。")
    hand.sees("已通知公所明日處理")
