"""The sign-language room on devices that are small, need larger type or fewer colours, are set wrongly, cut
off or hostile.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from hotline.db import transaction
from hotline.video import relay
from tests.browser.conftest import FOCUS_IS_SEEN, Serves, Visit
from tests.browser.signing_pages import INTERPRETER, TEN, SignPages, number_of, reads, writes
from tests.browser.two_sides import NO_CAMERA

pytestmark = pytest.mark.live
MINUTE = timedelta(minutes=1)
BEHIND = """const Real = Date; window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() - 93_600_000) }
    static now() { return Real.now() - 93_600_000 } }"""
"""Ahead of a page: a device whose clock is 26 hours behind."""
COUNTS = """() => { const stage = document.querySelector('.stage')
    let was = false
    window.flashes = 0
    const look = () => {
        const light = getComputedStyle(stage, '::after'), is = light.content !== 'none' && light.opacity > 0.5
        if (is && !was) flashes += 1
        was = is
        requestAnimationFrame(look)
    }
    look() }"""
"""Counts from now on how often the frame around the picture lights up."""
UNREAD = """() => { const paper = document.createElement('i'), is = (one) => getComputedStyle(one)
    paper.style.background = 'Canvas'
    document.body.append(paper)
    const canvas = is(paper).backgroundColor
    paper.remove()
    const ground = (one) => {
        const own = one && is(one).backgroundColor
        return !one ? canvas : /^rgba.* 0\\)$/.test(own) ? ground(one.parentElement) : own
    }
    return [...document.querySelectorAll('body *')]
        .filter((one) => one.checkVisibility() && one.offsetWidth > 1)
        .filter((one) => !one.closest('button, .govuk-button, option'))
        .filter((one) => [...one.childNodes].some(({ data }) => data?.trim()))
        .filter((one) => is(one).forcedColorAdjust === 'auto' && ground(one) !== canvas)
        .map((one) => one.outerHTML.slice(0, 200)) }"""
"""Words on another ground than the page's, under which a browser lays the page's own: they may be unread."""
SENDS = """async (text) => { const room = document.querySelector('[data-room]'), body = new FormData()
    body.append('kind', 'signal')
    body.append('text', text)
    const headers = { 'X-csrf': room.dataset.csrf }
    return (await fetch(`${room.dataset.path}/message`, { method: 'POST', headers, body })).status }"""
NO_SIGNALS = (
    *("", "{", "null", "[]", "7", '{"from":1}', '{"from":"x","hello":true,"signals":7}'),
    '{"from":"x","hello":true,'
    '"signals":[{"description":{"type":"offer","sdp":"v=0"}},{"candidate":{}},null]}',
)


@pytest.fixture
def pages(serves: Serves, pictures: Browser) -> Iterator[SignPages]:
    site = serves()
    site.console.clock.at = TEN
    yield SignPages(site, pictures)
    for context in pictures.contexts:
        context.close()


def meets(pages: SignPages, before: str = "", *, by_text: bool = True) -> tuple[Visit, Visit]:
    """A citizen and an interpreter in a session; ``before``: a script ahead of the citizen's page."""
    amy, hand = pages.citizen(), pages.interpreter()
    amy.page.add_init_script(before)
    pages.asks(amy, by_text=by_text)
    pages.accepts(hand)
    return amy, hand


def says(page: Page, text: str) -> None:
    expect(page.locator("[data-notice]")).to_contain_text(text)


def test_nothing_is_lost_and_focus_is_seen_at_four_hundred_per_cent(pages: SignPages) -> None:
    """At 320 pixels the room does not scroll sideways, in large type neither; whatever the tabulator reaches
    is drawn otherwise.
    """
    for one in meets(pages):
        one.page.set_viewport_size({"width": 320, "height": 256})
        one.is_well("room-400")
        one.page.locator("[data-press-large]").click()
        one.is_well("room-400-large")
        for _press in range(30):
            one.page.keyboard.press("Tab")
            assert one.page.evaluate(FOCUS_IS_SEEN), one.page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("NotAllowedError", "沒有允許"),
        ("NotFoundError", "找不到攝影機"),
        ("NotReadableError", "別的程式用著"),
    ],
)
def test_why_there_is_no_camera_is_said(pages: SignPages, why: str, told: str) -> None:
    """Refused, absent, or in use; whoever waits keeps the place, and writes later."""
    amy = pages.citizen()
    amy.page.add_init_script(NO_CAMERA.replace("NotAllowedError", why))
    pages.asks(amy)
    expect(amy.page.locator("[data-trouble]")).to_contain_text(told)
    expect(amy.page.locator("[data-head]")).to_contain_text("第 1 位")


def test_with_forced_colours_every_part_has_an_edge(pages: SignPages) -> None:
    """Where backgrounds are the reader's own, what is announced and the picture have a border, and words that
    stand on another ground keep their colour.
    """
    amy, hand = meets(pages)
    pages.runs(number_of(amy.page), 13 * MINUTE)
    for one in (amy, hand):
        says(one.page, "2 分鐘")
        one.page.emulate_media(forced_colors="active")
        one.is_well("room-forced")
        for part in ("[data-notice]", ".stage"):
            edge = "one => getComputedStyle(one).borderTopStyle + getComputedStyle(one).outlineStyle"
            assert "solid" in one.page.locator(part).evaluate(edge), part
        assert one.page.evaluate(UNREAD) == []


@pytest.mark.parametrize(("motion", "times"), [("no-preference", 3), ("reduce", 1)])
def test_a_notice_flashes_once_a_second_and_stands_in_words(
    pages: SignPages, motion: str, times: int
) -> None:
    """Three times in three seconds; who wants no motion sees the frame light up once, and stay so long."""
    both = meets(pages)
    for one in both:
        one.page.emulate_media(reduced_motion=motion)
    number = number_of(both[0].page)
    pages.runs(number, 12 * MINUTE)
    for one in both:
        expect(one.page.locator(".flash")).to_have_count(0)
        one.page.evaluate(COUNTS)
    pages.runs(number, 1 * MINUTE)
    for one in both:
        says(one.page, "2 分鐘")
        expect(one.page.locator(".flash")).to_have_count(0)
        assert one.page.evaluate("flashes") == times


def test_a_device_whose_clock_is_wrong_shows_the_time_that_all_have(pages: SignPages) -> None:
    """Our clock counts: time left, notice, and the picture goes all the same."""
    amy, hand = meets(pages, BEHIND, by_text=False)
    pages.sees_film(amy.page, hand.page)
    number = number_of(amy.page)
    for long, left in ((5, "10:00"), (8, "2:00")):
        pages.runs(number, long * MINUTE)
        for one in (amy, hand):
            expect(one.page.locator("[data-left]")).to_have_text(left)
    says(amy.page, "2 分鐘")


def test_a_hostile_page_stops_nobodys(pages: SignPages) -> None:
    """What it sends instead of signals is passed over: the other goes on, and reads what is written."""
    amy, hand = meets(pages)
    faults = list[str]()
    hand.page.on("pageerror", lambda error: faults.append(str(error)))
    for text in NO_SIGNALS:
        assert amy.page.evaluate(SENDS, text) == 200
    writes(amy.page, "在嗎")
    reads(hand.page, "在嗎")
    assert faults == []


def test_a_refusal_that_found_no_network_is_sent_when_it_is_back(pages: SignPages) -> None:
    """The page says that it has not arrived, and presses again by itself."""
    amy, hand = meets(pages)
    with transaction(pages.site.console.house.factory) as session:
        relay.ask(session, number_of(hand.page), by=INTERPRETER, at=pages.site.console.clock.at)
    told = amy.page.locator("[data-relay-told]")
    refuses = told.locator("[data-relay-asks] [data-relay-answer=refused]")
    refuses.wait_for()
    amy.page.context.set_offline(True)
    refuses.click()
    expect(told.locator("[data-relay-fault]")).to_contain_text("一直再送")
    amy.page.context.set_offline(False)
    expect(told.locator("[data-relay-recording]")).to_contain_text("您不同意錄音")
    expect(told.locator("[data-relay-fault]")).to_have_text("")
