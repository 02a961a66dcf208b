"""The sign-language service over its real pages: from signing in to the end, in two browsers with cameras."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from hotline.db import looking
from hotline.video.rules import SessionState, Side
from hotline.video.store import VideoSession
from tests.browser.conftest import Serves
from tests.browser.signing_pages import INTERPRETER, LINES, TEN, SignPages, number_of, reads, writes
from tests.browser.two_sides import NO_CAMERA

pytestmark = pytest.mark.live
MINUTE = timedelta(minutes=1)
HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"
LATER = "const now = performance.now.bind(performance); performance.now = () => now() + (window.later ?? 0)"
"""Ahead of a page: its own counter can be put on, in milliseconds."""


@pytest.fixture
def pages(serves: Serves, pictures: Browser) -> Iterator[SignPages]:
    site = serves()
    site.console.clock.at = TEN
    yield SignPages(site, pictures)
    for context in pictures.contexts:
        context.close()


def test_a_session_from_the_door_to_its_end(pages: SignPages) -> None:
    """Both see each other move, write, and see a photograph; a reload finds the same session and time; the
    notice comes at 13 minutes, the extension at 15, the end at 30; what it was about is noted.
    """
    amy, hand = pages.citizen(), pages.interpreter()
    amy.is_well("sign-ask")
    pages.asks(amy)
    expect(amy.page.locator("[data-head]")).to_contain_text("第 1 位")
    amy.is_well("sign-waiting")
    pages.accepts(hand)
    number = number_of(amy.page)
    pages.sees_film(amy.page, hand.page)
    writes(amy.page, f"您好 {HOSTILE}")
    reads(hand.page, f"您好 {HOSTILE}")
    writes(hand.page, "請說")
    reads(amy.page, "請說")
    assert hand.page.title() != "hacked"
    amy.page.locator("[data-press-photo]").click()
    amy.page.locator("[data-shot-send]").click()
    shown = hand.page.locator("[data-log] img")
    shown.wait_for()
    assert shown.evaluate("one => one.decode().then(() => one.naturalWidth)") >= 640
    for one in (amy, hand):
        one.is_well("video-room" if one is hand else "sign-room")
    pages.runs(number, 5 * MINUTE)
    amy.page.reload()
    reads(amy.page, HOSTILE)
    pages.sees_film(amy.page, hand.page)
    expect(amy.page.locator("[data-left]")).to_have_text("10:00")
    hand.page.reload()
    pages.sees_film(amy.page, hand.page)
    pages.runs(number, 8 * MINUTE)
    for one in (amy, hand):
        expect(one.page.locator("[data-notice]")).to_contain_text("2 分鐘")
    amy.is_well("sign-notice")
    pages.runs(number, 2 * MINUTE)
    for one in (amy, hand):
        expect(one.page.locator("[data-notice]")).to_contain_text("延長 15 分鐘")
        expect(one.page.locator("[data-left]")).to_have_text("15:00")
    pages.runs(number, 15 * MINUTE)
    expect(amy.page.locator("[data-head]")).to_have_text("服務結束了")
    expect(amy.page.locator("[data-log] li")).to_have_count(0)
    amy.is_well("sign-ended")
    expect(hand.page.locator("[data-says]")).to_contain_text("請記下主題")
    hand.page.locator("[data-close] select").select_option(index=1)
    hand.page.locator("[data-close] [name=agency]").fill("沒有這種機關")
    hand.page.locator("[data-close] button").click()
    hand.page.locator("[data-close] .govuk-error-message").wait_for()
    hand.is_well("video-note-refused")
    hand.page.locator("[data-close] [name=agency]").fill("")
    hand.page.locator("[data-close] button").click()
    expect(hand.page.locator("[data-close]")).to_have_count(0)
    expect(hand.page.locator("[data-head]")).to_have_text("上線")


def test_a_block_ends_at_fifteen_minutes_when_somebody_waits(pages: SignPages) -> None:
    """Ten wait in the order of their arrival; the first is served, and at 15:00 it ends for the second."""
    hand = pages.interpreter()
    line = [pages.citizen() for _ in range(10)]
    for place, one in enumerate(line, 1):
        pages.asks(one, by_text=True)
        expect(one.page.locator("[data-head]")).to_contain_text(f"第 {place} 位")
    hand.page.locator("[data-line] li").nth(9).wait_for()
    hand.is_well("video-line")
    pages.accepts(hand)
    first = line[0].page
    for place, one in enumerate(line[1:], 1):
        expect(one.page.locator("[data-head]")).to_contain_text(f"第 {place} 位")
    pages.runs(number_of(first), 15 * MINUTE)
    expect(first.locator("[data-says]")).to_contain_text("時間到了")
    expect(hand.page.locator("[data-says]")).to_contain_text("時間到了")


def test_another_page_takes_the_session_over(pages: SignPages) -> None:
    """The second page says so and leads on by a press; the first then says that it goes on there."""
    amy, hand = pages.citizen(), pages.interpreter()
    pages.asks(amy)
    pages.accepts(hand)
    pages.sees_film(amy.page)
    second = amy.page.context.new_page()
    second.goto(amy.page.url)
    expect(second.locator("[data-head]")).to_contain_text("另一頁")
    second.locator("[data-press-here]").click()
    pages.sees_film(second, hand.page)
    expect(amy.page.locator("[data-head]")).to_contain_text("另一頁")


def test_who_signs_in_beside_it_keeps_the_room(pages: SignPages) -> None:
    """A citizen and an interpreter in one browser, as somebody tries it alone: both write on."""
    amy = pages.citizen()
    pages.asks(amy, by_text=True)
    hand = pages.interpreter(beside=amy)
    pages.accepts(hand)
    writes(amy.page, "在嗎")
    reads(hand.page, "在嗎")
    writes(hand.page, "在")
    reads(amy.page, "在")


def test_an_interpreter_serves_by_keyboard_alone(pages: SignPages) -> None:
    """On duty, the first in line, a word, the end with topic and agency; nothing is left to note."""
    amy, hand = pages.citizen(), pages.screen()
    pages.site.signs_in(hand.page, INTERPRETER)
    hand.goes("/video")
    hand.page.locator("[data-deed=on]").wait_for()
    hand.page.keyboard.press("Alt+n")
    hand.page.locator(".state--green").wait_for()
    pages.asks(amy, by_text=True)
    hand.page.locator("[data-deed=accept]").wait_for()
    hand.page.keyboard.press("Alt+a")
    hand.page.locator("[data-room][data-state=active]").wait_for()
    number = number_of(hand.page)
    hand.page.keyboard.press("Alt+i")
    hand.page.keyboard.type("請說")
    hand.page.keyboard.press("Enter")
    reads(amy.page, "請說")
    hand.page.keyboard.press("Alt+w")
    expect(hand.page.locator("[data-running] select")).to_be_focused()
    hand.page.keyboard.press("ArrowDown")
    hand.tabs_to("業務機關")
    hand.page.keyboard.type("環保局")
    hand.tabs_to("結束這次服務")
    hand.page.keyboard.press("Enter")
    expect(hand.page.locator("[data-close]")).to_have_count(0)
    expect(amy.page.locator("[data-head]")).to_have_text("服務結束了")
    with looking(pages.site.console.house.factory) as session:
        row = session.get_one(VideoSession, number)
        assert (row.state, row.agency) == (SessionState.ENDED, "epb") and row.topic and row.noted_at


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_without_a_camera_the_chat_goes_on(pages: SignPages, language: str) -> None:
    """Refused: a sentence, and text both ways, on a telephone's screen; the other is seen all the same."""
    amy, hand = pages.citizen("narrow", language), pages.interpreter()
    amy.page.add_init_script(NO_CAMERA)
    pages.asks(amy)
    amy.page.locator("[data-trouble]:not(:empty)").wait_for()
    amy.is_well("sign-no-camera")
    pages.accepts(hand)
    pages.sees_film(amy.page)
    writes(amy.page, "我沒有攝影機")
    reads(hand.page, "我沒有攝影機")
    amy.is_well("sign-no-camera-room")


def test_who_is_lost_is_told_and_comes_back(pages: SignPages) -> None:
    """The server away for a moment: a sentence, and the page goes on; the other side is told too."""
    amy, hand = pages.citizen(), pages.interpreter()
    pages.asks(amy, by_text=True)
    pages.accepts(hand)
    writes(amy.page, "在嗎")
    reads(hand.page, "在嗎")
    amy.page.context.set_offline(True)
    expect(amy.page.locator("[data-trouble]")).to_contain_text("正在重新連線")
    pages.runs(number_of(hand.page), timedelta(seconds=12), Side.INTERPRETER)
    expect(hand.page.locator("[data-says]")).to_contain_text("對方的連線斷了")
    amy.page.context.set_offline(False)
    expect(amy.page.locator("[data-trouble]")).to_have_text("")
    writes(amy.page, "我回來了")
    reads(hand.page, "我回來了")


def test_who_waited_long_meets_by_new_credentials(serves: Serves, pictures: Browser, tmp_path: Path) -> None:
    """A page's hold an hour, and a session lasts half of it: who waited over twenty minutes gets others."""
    secret = tmp_path / "secret"
    secret.write_text("north")
    site = serves(turn_urls=("turn:192.0.2.1:3478?transport=udp",), turn_secret_file=secret)
    site.console.clock.at = TEN
    pages = SignPages(site, pictures)
    amy = pages.citizen()
    for script in (LINES, LATER):
        amy.page.add_init_script(script)
    pages.asks(amy)
    pages.runs(number_of(amy.page), 25 * MINUTE, Side.CITIZEN)
    amy.page.evaluate("window.later = 25 * 60_000")
    pages.accepts(pages.interpreter())
    amy.page.wait_for_function("() => lines.length > 0")
    name = str(amy.page.evaluate("lines.at(-1).getConfiguration().iceServers[0].username"))
    assert int(name.partition(":")[0]) >= (TEN + 85 * MINUTE).timestamp()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_of_the_room_is_read(pages: SignPages, scheme: str) -> None:
    """At 7:1, at 200 %, and nothing is wider than the screen."""
    amy, hand = pages.citizen(), pages.interpreter()
    pages.asks(amy)
    pages.accepts(hand)
    writes(amy.page, "您好")
    reads(hand.page, "您好")
    for one, name in ((amy, "sign"), (hand, "video")):
        one.page.emulate_media(color_scheme=scheme)
        one.is_well(f"{name}-{scheme}")
        one.page.set_viewport_size({"width": 640, "height": 450})
        one.is_well(f"{name}-200-{scheme}")
        one.is_read(f"{name}-200")
