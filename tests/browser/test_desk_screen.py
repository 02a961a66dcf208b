"""The agents' desk as an instrument: one screen, one call by a counted number of keys, chords of one's own.
Its telephone is played.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from demo.city_book import shelve
from hotline.db import transaction
from tests.browser.conftest import Serves, Site, Visit
from tests.browser.played_telephone import Desk, comes_on_duty
from web.console.desk_chords import CHORDS, LEADER

NUMBERS = count(1)
TODAY: Final = 56
"""Presses that the scripted call took on the desk of one column: answered, looked up in vain, consulted,
taken back, promised, hung up and closed with two services, with one older call above it.
"""
SIZES = {"1280": (1280, 720), "1440": (1440, 900), "1024": (1024, 768), "390": (390, 844)}
BUSY_THEN_NEIGHBOUR = (("5112", "busy", "5112：忙線"), ("5111", "answered", "5111：已接聽"))
OFFICER = "您和承辦人通話中；來電者聽著音樂等候"


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """With telephones in browsers, and the city's book."""
    made = serves(browser_phones="yes")
    with transaction(made.console.house.factory) as session:
        shelve(session, made.console.clock.at)
    return made


@pytest.fixture
def desk(site: Site) -> Iterator[Desk]:
    """An agent on duty, with one call of before that is not closed."""
    made = comes_on_duty(site, site.visit("agent-1").page)
    yield made
    made.page.context.close()


def rings(desk: Desk, **fields: Any) -> str:
    """A call on record that rings here."""
    call = f"screen-{next(NUMBERS)}"
    desk.begins(call, **fields)
    desk.rings(call)
    return call


class Keys:
    """Keys of a hand that is counted; what is typed is not."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed: list[str] = []

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed.append(key)

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)


def test_a_whole_call_takes_at_most_half_of_the_keys(desk: Desk) -> None:
    """Answered, looked up, put through busy to the neighbour, taken back, promised, hung up, closed."""
    site, page, keys = desk.site, desk.page, Keys(desk.page)
    older = f"screen-{next(NUMBERS)}"
    desk.begins(older, ended_at=site.console.clock.at, agent_at=site.console.clock.at - timedelta(hours=1))
    call = rings(desk, number="+886966100001")
    expect(page.locator("[data-head]")).to_be_focused()
    keys.press("Alt+a")
    desk.stands("talking")
    keys.press("Alt+k")
    keys.type("搬家戶籍")
    keys.press("Enter")
    expect(page.locator(".answer").first).to_be_focused()
    keys.press("2")
    page.get_by_text("已記錄：問答集沒有解答").wait_for()
    keys.press("Alt+p")
    keys.type("5112")
    keys.press("Enter")
    expect(page.locator("#why-faq")).to_be_focused()
    keys.press("1")
    desk.is_at(call, "officer", OFFICER, *BUSY_THEN_NEIGHBOUR)
    keys.press("Enter")
    desk.stands("officer")
    expect(page.locator("[data-head]")).to_have_text(OFFICER)
    keys.press("Alt+g")
    desk.is_at(call, "caller", "", *BUSY_THEN_NEIGHBOUR)
    desk.stands("talking")
    keys.press("Alt+c")
    keys.type("路燈不亮")
    keys.press("Enter")
    expect(page.locator('[data-fact="promises"]')).to_contain_text("路燈不亮")
    expect(page.locator("#matter")).to_have_value("")
    desk.ends(call)
    keys.press("Alt+q")
    closing = page.locator(f'[data-wrap] [data-close="{call}"]')
    expect(closing.get_by_label("諮詢")).to_be_focused()
    expect(page.locator("[data-older]")).to_contain_text("還沒結案的通話：1 通")
    keys.press("1", "2", "Enter")
    expect(closing).to_have_count(0)
    expect(page.locator("[data-said]")).to_have_text("已結案。")
    assert len(keys.pressed) <= TODAY // 2, keys.pressed
    assert len(keys.pressed) == 15, keys.pressed


ACTS = {
    "ringing": ("answer", "refuse"),
    "talking": ("hold", "mute", "pause", "end", "book", "whom", "consult", "through", "promise"),
    "chosen": ("consult", "through", "promise"),
    "asking": ("back", "end"),
    "officer": ("back", "join", "leave", "end"),
    "in-vain": ("hold", "mute", "pause", "end", "whom", "consult", "through", "promise"),
}
"""What is done in each state, by the names of the table of chords."""


LOOKED_AT: Final = {"1280": {"ringing", "chosen", "officer", "left", "wrap"}, "390": {"chosen", "wrap"}}
"""States that axe-core looks at, by width."""


UNCOVERED: Final = """one => { const at = one.getBoundingClientRect()
    return one.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2)) }"""


def fits(desk: Desk, width: str, state: str) -> None:
    """Nothing is scrolled for what is done now, neither the page nor a pane; letters stand out 7:1."""
    page = desk.page
    if state in LOOKED_AT.get(width, ()):
        Visit(page, desk.site.base, width).is_well(f"screen-{state}")
        faint = page.evaluate("axe.run('main', {runOnly: ['color-contrast-enhanced']})")["violations"]
        assert [node["html"] for one in faint for node in one["nodes"]] == [], f"{state}: less than 7:1"
    if width == "390":
        return
    tall, screen = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert tall <= screen, f"{state} at {width}: the page is {tall} px long"
    for act in ACTS.get(state, ()):
        part = page.locator(f'[data-chord="{act}"]')
        expect(part).to_be_in_viewport(ratio=0.9)
        assert part.evaluate(UNCOVERED), f"{state} at {width}: something stands over {act}"


@pytest.mark.parametrize("width", SIZES)
def test_a_call_is_served_without_scrolling(desk: Desk, width: str) -> None:
    """At the sizes of the agents' screens; on a telephone's one part follows another under the bar."""
    page = desk.page
    page.set_viewport_size({"width": SIZES[width][0], "height": SIZES[width][1]})
    fits(desk, width, "waiting")
    call = rings(desk)
    expect(page.locator('[data-fact="earlier"]')).not_to_be_empty()
    fits(desk, width, "ringing")
    page.keyboard.press("Alt+a")
    desk.stands("talking")
    page.keyboard.press("Alt+k")
    page.keyboard.type("搬家戶籍")
    page.keyboard.press("Enter")
    expect(page.locator(".answer").first).to_be_focused()
    fits(desk, width, "talking")
    page.keyboard.press("Alt+p")
    page.keyboard.type("5112")
    page.keyboard.press("Enter")
    expect(page.locator("[data-in-turn]")).not_to_be_empty()
    page.keyboard.press("1")
    fits(desk, width, "chosen")
    desk.is_at(call, "ringing", "正在找承辦人；來電者聽著音樂等候", ("5112", "", "5112 王小明：響鈴中"))
    page.keyboard.press("Enter")
    desk.stands("asking")
    fits(desk, width, "asking")
    desk.is_at(call, "officer", OFFICER, *BUSY_THEN_NEIGHBOUR)
    desk.stands("officer")
    fits(desk, width, "officer")
    desk.is_at(call, "over", "", *BUSY_THEN_NEIGHBOUR)
    desk.stands("left")
    expect(page.locator("[data-head]")).to_have_text("來電者已掛斷；您還在和 5111 通話。")
    fits(desk, width, "left")
    desk.ends(call)
    page.keyboard.press("Alt+q")
    expect(page.locator(f'[data-wrap] [data-close="{call}"]').get_by_label("諮詢")).to_be_focused()
    fits(desk, width, "wrap")


@pytest.mark.parametrize("width", ["1280", "1440"])
def test_after_a_transfer_in_vain_all_is_in_sight(desk: Desk, width: str) -> None:
    """How each phone was stands above whom to try next, and covers nothing."""
    page, said = (
        desk.page,
        [(one, "busy", f"{one} 示範三十八（號誌科）：忙線") for one in ("5112", "5111", "5113")],
    )
    page.set_viewport_size({"width": SIZES[width][0], "height": SIZES[width][1]})
    call = rings(desk)
    page.keyboard.press("Alt+a")
    desk.stands("talking")
    page.keyboard.press("Alt+p")
    page.keyboard.type("5112")
    page.keyboard.press("Enter")
    expect(page.locator("[data-in-turn]")).not_to_be_empty()
    page.keyboard.press("1")
    desk.is_at(call, "caller", "沒有接通，來電者回到您這裡；可以登記回電。", *said)
    page.keyboard.press("Enter")
    expect(page.locator("[data-rungs] li")).to_have_count(len(said))
    desk.stands("talking")
    Visit(page, desk.site.base, width).is_well("screen-in-vain")
    fits(desk, width, "in-vain")


GUIDED: Final = {
    "says": "示範督導 已授權：酒醉。 再引導 2 次仍沒有事由，就可以結束。",
    "given": 1,
    "listed": False,
    "left": 600,
    "watched": True,
    "mayHangUp": False,
    "mayEnd": False,
    "guide": "請問有什麼市政問題，需要我們協助？",
    "closing": "因為還有其他民眾在等候，本次通話將結束，感謝您的來電。",
    "language": "zh-TW",
}


def test_a_difficult_call_comes_forward(desk: Desk) -> None:
    """Folded away in an ordinary call; open and first of its pane once a limit runs. Nobody hangs up then."""
    page, difficult = desk.page, desk.page.locator("[data-difficult]")
    rings(desk)
    page.keyboard.press("Alt+a")
    desk.stands("talking")
    expect(difficult).not_to_have_attribute("open", "")
    page.route("**/guidance", lambda route: route.fulfill(json=GUIDED))
    page.keyboard.press("Alt+.")
    expect(difficult.locator("[data-given]")).to_have_text("1")
    expect(difficult).to_have_class(re.compile("forward"))
    tops = [
        one.evaluate("e => e.getBoundingClientRect().top") for one in (difficult, page.locator("[data-call]"))
    ]
    assert tops[0] < tops[1]
    Visit(page, desk.site.base, "1280").is_well("screen-difficult")
    page.keyboard.press("Alt+q")
    expect(page.locator("[data-said]")).to_contain_text("現在不能掛斷")
    desk.stands("talking")


def test_chords_are_listed_changed_and_kept(desk: Desk) -> None:
    """Each act has its keys on the page and in the list; a conflict is refused with a sentence."""
    page, told = desk.page, desk.page.locator("[data-chords-told]")
    free = next(sign for sign in "-.=;,/" if LEADER + sign not in {one.key for one in CHORDS})
    for one in CHORDS:
        if len(one.key) == 1:
            expect(page.locator(f'[data-chord="{one.name}"]')).to_have_attribute(
                "aria-keyshortcuts", f"Alt+{one.key}"
            )
    page.locator("#question").focus()
    page.keyboard.press("?")
    expect(page.locator("#question")).to_have_value("?")
    page.locator("[data-head]").focus()
    page.keyboard.press("?")
    expect(page.locator("[data-chords-list] tr")).to_have_count(len(CHORDS))
    Visit(page, desk.site.base, "1280").is_well("screen-chords")
    change = page.get_by_role("button", name="更改 查常見問答")
    for keys, sentence in (
        ("Alt+d", "Alt+D 是瀏覽器自己的鍵，請換一個。"),
        ("Alt+g", "Alt+G 已經是「回到來電者」，請換一個。"),
        ("b", "快速鍵要用 Alt 加一個字母或符號，請再按一次。"),
        ("Escape", "「查常見問答」沒有更改。"),
    ):
        change.press("Enter")
        page.keyboard.press(keys)
        expect(told).to_have_text(sentence)
    change.press("Enter")
    page.keyboard.press("Alt+'")
    expect(told).to_have_text("請按第二個鍵；按 Esc 取消。")
    page.keyboard.press(f"Alt+{free}")
    expect(told).to_have_text(f"「查常見問答」的快速鍵改成 Alt+' {free}。")
    expect(change).to_be_focused()
    page.locator("[data-chords-help]").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    desk.stands("waiting")
    page.locator("[data-head]").focus()
    page.keyboard.press("?")
    expect(page.locator("[data-chords]")).to_be_hidden()
    page.keyboard.press("Alt+'")
    page.keyboard.press(free)
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#question")).to_have_value("")
    page.keyboard.press("Alt+/")
    page.get_by_role("button", name="全部恢復原來的快速鍵").click()
    expect(page.locator("#question")).to_have_attribute("aria-keyshortcuts", "Alt+K")


@pytest.mark.parametrize(
    ("key", "deed"), [("Alt+x", "emergency"), ("p", "110"), ("a", "119"), ("g", "guided")]
)
def test_two_keys_do_what_a_panel_holds(desk: Desk, key: str, deed: str) -> None:
    """From within a text, into which nothing is typed; the panel opens by itself. Escape takes it back."""
    page = desk.page
    rings(desk)
    page.keyboard.press("Alt+a")
    desk.stands("talking")
    page.locator("#question").focus()
    page.keyboard.press("Alt+'")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    expect(page.locator("#question")).to_have_value("x")
    page.keyboard.press("Alt+'")
    with page.expect_request("**/do") as sent:
        page.keyboard.press(key)
    assert f"kind={deed}&" in (sent.value.post_data or "")
    expect(page.locator("#question")).to_have_value("x")
    expect(page.locator("[data-difficult]")).to_have_attribute("open", "")


def test_a_refused_call_is_declined_and_goes_back(desk: Desk) -> None:
    """603, as from a telephone's own button: the queue goes on; the cursor is where it was before."""
    page = desk.page
    page.locator("#question").focus()
    rings(desk)
    page.keyboard.press("Alt+x")
    desk.stands("waiting")
    expect(page.locator("[data-said]")).to_contain_text("已拒接；來電回到佇列")
    expect(page.locator("#question")).to_be_focused()
    assert page.evaluate("played.last") == 603


def test_at_400_percent_the_state_stays_in_sight(desk: Desk) -> None:
    """1280 by 1024 at 400 %: one part after another, none wider than the screen."""
    page = desk.page
    page.set_viewport_size({"width": 320, "height": 256})
    rings(desk)
    page.keyboard.press("Alt+a")
    desk.stands("talking")
    for chord in ("Alt+k", "Alt+p", "Alt+c"):
        page.keyboard.press(chord)
        expect(page.locator("[data-head]")).to_be_in_viewport()
        expect(page.locator(":focus")).to_be_in_viewport(ratio=0.5)
    Visit(page, desk.site.base, "320").is_well("screen-zoomed")


HEARS = """() => {
  window.heard = []
  const told = new MutationObserver((changes) => {
    const places = changes.map(({ target }) => target.closest ? target : target.parentElement)
    for (const one of new Set(places.map((place) => place.closest("[role=status], [role=alert]")))) {
      if (one?.textContent.trim() && one.checkVisibility()) heard.push(one.textContent.trim())
    }
  })
  told.observe(document.querySelector("[data-desk]"), { subtree: true, childList: true, characterData: true })
  addEventListener("focusin", ({ target }) => {
    heard.push(`> ${(target.labels?.[0] ?? target).textContent.trim()}`)
  })
}"""
"""What a screen reader would say: live regions as they change, and where the cursor goes."""


def test_what_happens_is_said_once(desk: Desk) -> None:
    """By the cursor or aloud, never by both, from the ring to the closed call."""
    page = desk.page
    page.locator("#question").focus()
    page.evaluate(HEARS)
    call = rings(desk, number="+886966100009")
    expect(page.locator("[data-alert]")).to_have_text("0966100009，國語")
    page.keyboard.press("Alt+a")
    desk.stands("talking")
    page.keyboard.press("Alt+m")
    page.keyboard.press("Alt+m")
    page.keyboard.press("Alt+p")
    page.keyboard.type("5112")
    page.keyboard.press("Enter")
    expect(page.locator("[data-in-turn]")).not_to_be_empty()
    page.keyboard.press("1")
    desk.is_at(call, "officer", OFFICER, *BUSY_THEN_NEIGHBOUR)
    page.keyboard.press("Enter")
    desk.stands("officer")
    page.keyboard.press("Alt+u")
    desk.is_at(call, "over", "", *BUSY_THEN_NEIGHBOUR)
    desk.stands("left")
    desk.ends(call)
    page.keyboard.press("Alt+q")
    expect(page.locator(f'[data-wrap] [data-close="{call}"]').get_by_label("諮詢")).to_be_focused()
    desk.stands("waiting")
    heard = [one for one in page.evaluate("heard") if not one.startswith(("非上班時間", "依序響鈴", "找到"))]
    heard = [
        "通話結束" if one == "> 通話結束" else one for one in heard
    ]  # by the head, until its form is there
    assert heard == [
        "> 有來電",
        "0966100009，國語",
        "通話中",
        "已靜音，來電者聽不到您。",
        "已取消靜音，來電者聽得到您。",
        "> 找人、業務、科室或分機",
        "> 問答集沒有答案",
        "正在找承辦人；來電者聽著音樂等候。",
        OFFICER,
        "承辦人這一頭還沒結束，不能再轉接；請先回到來電者。",
        "來電者已掛斷；您還在和 5111 通話。",
        "通話結束",
        "> 諮詢",
        "已上線，等候來電。",
    ], "\n".join(heard)
