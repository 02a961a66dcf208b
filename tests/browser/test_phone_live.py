"""A citizen's page dials 1999: a real browser, a real Asterisk, an agent's real phone."""

import wave
from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect
from sqlalchemy import select

from calls.store import CallRow
from control.page_calls import PageCalls, follow, told_by
from demo.phone import Answers
from hotline.db import transaction
from tests.browser.conftest import WIDTHS
from tests.browser.hands import Keyboard, Mouse, Way
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, is_open, running

pytestmark = pytest.mark.live
LOUD = 300
"""Root mean square of samples that are no silence; the browser's false microphone beeps."""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with running(browser_phones="yes") as one:
        yield one
        assert_clean(one)


def opened(browser: Browser, system: System, language: str = "zh-TW", width: str = "narrow") -> Page:
    system.until(lambda: is_open("127.0.0.1", system.settings.console_port), 30, "the pages are there")
    context = browser.new_context(
        locale=language, permissions=["microphone"], viewport={"width": WIDTHS[width], "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{system.settings.console}/phone")
    return page


@pytest.mark.parametrize(
    "way", [Way(Mouse, "narrow", "zh-TW"), Way(Keyboard, "wide", "en")], ids=["mouse-zh-TW", "keyboard-en"]
)
def test_a_citizen_reads_and_hears_the_menus_and_reaches_an_agent(
    system: System, browser: Browser, way: Way
) -> None:
    """What is said is shown, keys of the page and the keyboard count, the agent hears the citizen;
    the screen is turned.
    """
    with system.agents(agent_1=Answers(1.0, talk=3.0)):
        page = opened(browser, system, way.language, way.width)
        hand = way.at(page, system.settings.console)
        hand.presses("撥打 1999")
        log = page.get_by_role("log")
        log.get_by_text("國語").first.wait_for()
        hand.presses("1")
        log.get_by_text("錄音").first.wait_for()
        log.get_by_text("已知分機號碼").first.wait_for()
        hand.is_well("phone-talking")
        turned = replace(way, width="wide" if way.width == "narrow" else "narrow")
        page.set_viewport_size({"width": WIDTHS[turned.width], "height": 900})
        hand = turned.at(page, system.settings.console)
        hand.is_well("phone-talking")
        page.keyboard.press("1") if way.hand is Keyboard else hand.presses("1")
        hand.sees("話務人員接聽了，請說話。")
        page.get_by_text(hand.said("對方已掛斷，通話結束。")).wait_for(timeout=60_000)
    row = the_call(system)
    assert (row.caller, row.agent, row.last_menu) == ("anonymous", "agent-1", "main")
    caller = next(one for one in system.recordings(row.id) if one.direction == "caller")
    system.until(lambda: (system.settings.recordings / caller.path).is_file(), 10, "the recording")
    with wave.open(str(system.settings.recordings / caller.path)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16).astype(np.float64)
    assert np.sqrt(np.mean(samples**2)) > LOUD / 10 and np.abs(samples).max() > LOUD


def the_call(system: System) -> CallRow:
    """The latest call of a page, once it is closed."""
    wanted = select(CallRow).where(CallRow.caller_hash == "anonymous").order_by(CallRow.started_at.desc())

    def closed() -> CallRow | None:
        with transaction(system.house.factory) as session:
            row = session.scalars(wanted.limit(1)).first()
        return row if row and row.end_reason else None

    return system.until(closed, 20, "the call is closed")  # type: ignore[no-any-return]


def test_what_is_written_reaches_the_pages_of_two_machines(system: System) -> None:
    """Carried by the manager of the call's node, a text of full length too."""
    page, call, stopping = "e" * 32, "ntpc1-1795600000.1", Event()
    pbx = system.house.pbx
    tell, long = told_by(pbx), "字" * 250 + " " + '"\\🙋' * 83
    citizens, agents = consoles = [PageCalls(tell), PageCalls(tell)]
    for one in consoles:
        follow(pbx, one, stopping)

    def are_heard() -> bool:
        said = {"UserEvent": "Said", "Page": page, "Call": call, "State": "talking"}
        tell(pbx.node, said)
        return all(one.is_page(call) for one in consoles)

    try:
        system.until(are_heard, 15, "both hear the node")
        agents.texts(call, 0)
        system.until(lambda: citizens.seen(page, 0, 0).writes, 5, "the citizen sees that somebody reads")
        citizens.writes(page, long)
        system.until(lambda: [one.text for one in agents.texts(call, 0)] == [long], 5, "the agent reads it")
        agents.answers(call, "好")
        system.until(lambda: len(citizens.seen(page, 0, 0).texts) == 2, 5, "the citizen reads both")
    finally:
        stopping.set()


def test_hanging_up_in_the_page_ends_the_call(system: System, browser: Browser) -> None:
    """The line that is left is not taken for a fault, and who sees nothing goes on at the button.
    Also closing the page: no channel is left behind.
    """
    page = opened(browser, system, "en")
    page.evaluate(
        "() => { const line = document.querySelector('[data-state]'); window.told = [];"
        " new MutationObserver(() => window.told.push(line.textContent)).observe(line, {childList: true}) }"
    )
    sockets: list[WebSocket] = []
    page.on("websocket", lambda one: sockets.append(one))
    page.get_by_role("button", name="Call 1999").click()
    page.get_by_text("Connected.").wait_for()
    with sockets[0].expect_event("close"):
        page.get_by_role("button", name="Hang up").click()
    page.get_by_text("You hung up; the call is over").wait_for()
    system.until(lambda: system.channels() == 0, 10, "no channel is left")
    expect(page.get_by_role("button", name="Call again")).to_be_focused()
    page.get_by_role("button", name="Call again").click()
    page.get_by_text("Connected.").wait_for()
    assert not [text for text in page.evaluate("window.told") if "telephone system" in text]
    page.goto("about:blank")
    system.until(lambda: system.channels() == 0, 40, "no channel is left")


def test_a_password_of_another_hour_opens_nothing(system: System, browser: Browser) -> None:
    """An account that has ended cannot call; the page says so."""
    page = opened(browser, system)
    page.route(
        "**/phone/account",
        lambda route: route.fulfill(json={**route.fetch().json(), "password": "0" * 32}),
    )
    page.get_by_role("button", name="撥打 1999").click()
    page.get_by_text("現在打不通").wait_for()
    assert system.channels() == 0


def test_a_browser_has_one_call_and_a_forged_account_none(system: System, browser: Browser) -> None:
    """Its second page is told so in words, and may call as soon as the first has hung up;
    whoever made an account is refused.
    """
    page = opened(browser, system)
    page.get_by_role("button", name="撥打 1999").click()
    page.get_by_text("已接通").wait_for()
    second = page.context.new_page()
    second.goto(f"{system.settings.console}/phone")
    second.get_by_role("button", name="撥打 1999").click()
    second.get_by_text("這個瀏覽器已經有一通電話").wait_for()
    page.get_by_role("button", name="掛斷").click()
    system.until(lambda: system.channels() == 0, 10, "no channel is left")
    second.get_by_role("button", name="再撥一次").click()
    second.get_by_text("已接通").wait_for()
    second.get_by_role("button", name="掛斷").click()
    page.route(
        "**/phone/account",
        lambda route: route.fulfill(
            json={**(given := route.fetch().json()), "account": given["account"][:-1] + "x"}
        ),
    )
    page.get_by_role("button", name="再撥一次").click()
    page.get_by_text("現在打不通").wait_for()
    system.until(lambda: system.channels() == 0, 10, "no channel is left")


# --- a call that finds no way ----------------------------------------------------------------------------

NO_SOUND = "RTCPeerConnection.prototype.getStats = async () => new Map()"
NO_PATH = f"""{NO_SOUND}
Object.defineProperty(RTCPeerConnection.prototype, "iceConnectionState", {{ get: () => "checking" }})
"""
NO_ANSWER = """
window.WebSocket = class extends EventTarget {
  constructor() { super(); this.readyState = 0 }
  close() {}
  send() {}
}
"""


def refuses(name: str) -> str:
    """No microphone, for a reason that browsers have."""
    return f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{name}') }}"


@pytest.mark.parametrize(
    ("lacks", "until", "says"),
    [
        pytest.param(NO_PATH, "已接通", "您的網路不讓通話的聲音通過", id="no way through the network"),
        pytest.param(NO_SOUND, "已接通", "10 秒內沒有收到任何聲音", id="no sound comes"),
        pytest.param(NO_ANSWER, "撥號中", "連不上電話系統", id="the telephone system says nothing"),
    ],
)
def test_a_dial_that_finds_no_way_ends_within_ten_seconds(
    system: System, browser: Browser, lacks: str, until: str, says: str
) -> None:
    """In a sentence that says what is wrong and what to do, at the button to call again; no channel is left."""
    page = opened(browser, system)
    page.clock.install()
    page.evaluate(f"() => {{ {lacks} }}")
    page.get_by_role("button", name="撥打 1999").click()
    page.get_by_role("status").get_by_text(until).wait_for()
    page.clock.fast_forward(10_000)
    ends_in(page, system, says)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("NotAllowedError", "沒有麥克風的使用權"),
        ("NotFoundError", "找不到麥克風"),
        ("NotReadableError", "麥克風打不開"),
    ],
)
def test_who_has_no_microphone_is_told_why(system: System, browser: Browser, fault: str, says: str) -> None:
    """Refused, not there, or another program's: each in a sentence of its own, at once."""
    page = opened(browser, system)
    page.evaluate(f"() => {{ {refuses(fault)} }}")
    page.get_by_role("button", name="撥打 1999").click()
    ends_in(page, system, says)


def ends_in(page: Page, system: System, says: str) -> None:
    """A sentence, and the button to call again, which has the focus."""
    page.get_by_role("status").get_by_text(says).wait_for()
    expect(page.get_by_role("button", name="再撥一次")).to_be_focused()
    expect(page.get_by_role("link", name="改用電話撥 1999")).to_be_visible()
    system.until(lambda: system.channels() == 0, 10, "no channel is left")
    Way(Mouse, "narrow", "zh-TW").at(page, system.settings.console).is_well("phone-no-way")
    page.context.close()


def test_a_line_that_is_cut_is_told_so(system: System, browser: Browser) -> None:
    """The socket is refused: nobody waits ten seconds for that."""
    page = opened(browser, system, "en")
    page.route(
        "**/phone/account",
        lambda route: route.fulfill(json={**route.fetch().json(), "socket": "ws://127.0.0.1:1/ws"}),
    )
    page.get_by_role("button", name="Call 1999").click()
    page.get_by_text("The telephone system cannot be reached").wait_for()
    expect(page.get_by_role("button", name="Call again")).to_be_focused()
    page.context.close()
