"""A whole call by keyboard alone, and what a screen reader is told of it:
kept in ``golden/``, one file a language.

When the desk says something else on purpose, write the files anew and read what changed:
``GOLDEN=write python -m pytest tests/browser/test_desk_heard_live.py && git diff tests/browser/golden``.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.officers import Officers
from demo.phone import Answers, Busy, PhoneEventKind
from tests.browser.conftest import Visit
from tests.browser.desks import AGENT, comes_to_an_agent, office
from tests.doors.console import PASSWORD
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System

pytestmark = pytest.mark.live
GOLDEN = Path(__file__).parent / "golden"
NUMBERS = {"zh-TW": "0966300001", "en": "0966300002"}
SECTION = ("5401", "5402", "5403")
NEIGHBOURS = {"5112": Busy(), "5111": Answers(2.5, 60.0)}
SOON = 25_000
BEING_RECORDED = {"zh-TW": "；錄音中", "en": "；being recorded"}


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with office(transfer_neighbour_ring=3, queue_ring=20) as one:  # rings as long as axe-core looks on
        yield one


def told(page: Page) -> str:
    """The accessibility tree of the desk, without what passes: seconds, times, what was said of a ring."""
    if not page.locator('[data-standing="ringing"]').count():
        page.locator("[data-alert]").evaluate("e => { e.textContent = '' }")
    lines = page.locator("[data-desk]").aria_snapshot()
    lines = re.sub(r"(週. |[A-Z][a-z]{2} )?\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "now", lines)
    lines = re.sub(r"\d+:\d\d", "m:ss", lines)
    lines = re.sub(r"(call=|/callbacks/)[\w.-]+", r"\1id", lines)
    lines = re.sub(r"(（[^（）]*）|\x20\([^()]*\))(?=[、。,.])", "", lines)  # how each phone is
    return re.sub(r"\d+(\.\d+)? (秒|s\b|seconds?\b)", r"n \2", lines)


def reaches(page: Page, place: str, most: int = 80) -> None:
    """By the tabulator alone."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("place => document.activeElement.matches(place)", place):
            return
    raise AssertionError(f"{place} is not reached by {most} presses of the tabulator")


def is_at(page: Page, place: str) -> bool:
    return bool(page.evaluate("place => document.activeElement.matches(place)", place))


@pytest.mark.parametrize("language", ["zh-TW", pytest.param("en", marks=pytest.mark.thorough)])
def test_a_whole_call_by_keyboard_as_it_is_heard(system: System, browser: Browser, language: str) -> None:
    """Signed in, on duty, ringing, answered, looked up, a transfer that reaches nobody, another that
    reaches a neighbour and is taken back, a promise, hung up, closed: each state with axe-core.
    """
    number, said = NUMBERS[language], dict[str, str]()
    context = browser.new_context(
        locale=language, permissions=["microphone"], viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(SOON)
    officers = Officers(
        system.settings.officers_contact,
        {**dict.fromkeys(SECTION, Busy()), **NEIGHBOURS},
        system.scratch / language,
    )

    def hears(state: str) -> None:
        said[state] = told(page)
        Visit(page, system.settings.console, f"wide-{language}").is_well(f"heard-{state}")

    with context, officers, system.caller(number) as citizen:
        comes_on_duty(page, system)
        comes_to_an_agent(system, citizen, number)
        page.locator('[data-standing="ringing"]').wait_for()
        expect(page.locator('[data-fact="number"]')).to_contain_text("***")
        assert is_at(page, "[data-head]"), "the ringing is read first"
        expect(page.locator("[data-alert]")).not_to_contain_text("有來電")
        hears("ringing")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator('[data-fact="number"]')).to_have_text(number, timeout=SOON)
        assert is_at(page, "[data-head]"), "the button that went did not take the cursor with it"
        expect(page.locator('[data-fact="recording"]')).to_contain_text(BEING_RECORDED[language])
        hears("answered")
        is_mute_by_key(page)
        looks_up(page)
        hears("looked-up")
        asks_in_vain(page)
        hears("transfer-failed")
        reaches_a_neighbour(page)
        hears("neighbour")
        page.keyboard.press("Alt+g")
        expect(page.locator("[data-desk]")).to_have_attribute("data-standing", "talking")
        hears("taken-back")
        promises(page)
        hears("promised")
        page.keyboard.press("Alt+q")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)
        call = system.row(number).id
        expect(page.locator(f'[data-wrap] [data-close="{call}"] input').first).to_be_focused()
        expect(page.locator("[data-mute]")).to_have_attribute("aria-pressed", "false")
        expect(page.locator("[data-desk]")).to_have_attribute("data-standing", "waiting")
        hears("wrapping-up")
        closes(page, call)
        hears("closed")
    system.until(lambda: system.channels() == 0, 45, "no channel is left")
    assert system.row(number).service == "P3.1"
    compare(language, said)


def comes_on_duty(page: Page, system: System) -> None:
    page.goto(f"{system.settings.console}/sign-in?after=/desk")
    for field, text in (("#login", AGENT), ("#password", PASSWORD)):
        reaches(page, field)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.locator("[data-on]").wait_for()
    reaches(page, "[data-on]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-state]")).to_have_class(re.compile("green"))
    expect(page.locator("[data-head]")).to_be_focused()
    system.until(lambda: AGENT in system.reachable(), 20, "the page is reachable")


def is_mute_by_key(page: Page) -> None:
    """Heard and seen, wherever the cursor is; also where Alt makes another sign of the letter."""
    said, mute = page.locator("[data-said]"), page.locator("[data-mute]")
    page.keyboard.press("Alt+m")
    expect(said).not_to_be_empty()
    expect(mute).to_have_attribute("aria-pressed", "true")
    look = "e => getComputedStyle(e).backgroundColor === getComputedStyle(document.body).color"
    assert mute.evaluate(look)
    muted = said.inner_text()
    page.evaluate(
        "dispatchEvent(new KeyboardEvent('keydown', {key: 'µ', code: 'KeyM', altKey: true, cancelable: true}))"
    )
    expect(mute).to_have_attribute("aria-pressed", "false")
    expect(said).not_to_have_text(muted)


def asks_in_vain(page: Page) -> None:
    """Everybody of the section is busy: the caller is back, and the cursor where a callback is promised."""
    page.keyboard.press("Alt+p")
    page.keyboard.type(SECTION[0])
    page.locator("[data-hits] button").first.wait_for()
    expect(page.locator("[data-hit-count]")).to_contain_text("1")
    page.keyboard.press("Enter")
    expect(page.locator("#why-faq")).to_be_focused()
    expect(page.locator("[data-in-turn]")).to_contain_text(SECTION[2])
    says_twice(page)
    page.keyboard.press("Alt+p")
    page.keyboard.press("Enter")
    expect(page.locator("#why-faq")).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-matter]")).to_be_focused()
    expect(page.locator("[data-rungs] li")).to_have_count(len(SECTION), timeout=SOON)
    expect(page.locator("[data-for] option")).to_have_count(2)


def looks_up(page: Page) -> None:
    """Enter reads the best answer; a digit says whether it was enough."""
    said = page.locator("[data-said]")
    page.keyboard.press("Alt+k")
    page.keyboard.type("搬家戶籍")
    page.keyboard.press("Enter")
    expect(page.locator(".answer").first).to_be_focused()
    before = said.inner_text()
    page.keyboard.press("2")
    expect(said).not_to_have_text(before)


def reaches_a_neighbour(page: Page) -> None:
    """The desk that was asked for is busy, the next one answers."""
    page.keyboard.press("Alt+p")
    page.keyboard.type("5112")
    page.keyboard.press("Enter")
    expect(page.locator("#why-faq")).to_be_focused()
    expect(page.locator("[data-in-turn]")).to_contain_text("5111")
    page.keyboard.press("Enter")
    expect(page.locator("[data-desk]")).to_have_attribute("data-standing", "officer", timeout=SOON)
    expect(page.locator("[data-rungs] li").last).to_have_attribute("data-outcome", "answered")


def promises(page: Page) -> None:
    """The form is empty again, and the promise stands among the open ones of this caller."""
    page.keyboard.press("Alt+c")
    page.keyboard.type("路燈不亮")
    page.keyboard.press("Enter")
    expect(page.locator('[data-fact="promises"]')).to_contain_text("路燈不亮")
    expect(page.locator("#matter")).to_have_value("")


def says_twice(page: Page) -> None:
    """What is missing is said at its field each time it is, and the cursor is there: it is read with the
    field, and in sight, however far down the button is.
    """
    field, said = page.locator("#why-faq"), page.locator("#blame-why-faq")
    for _time in range(2):
        reaches(page, "[data-consult]")
        page.keyboard.press("Enter")
        expect(field).to_be_focused()
        expect(said).not_to_be_empty()
        expect(said).to_be_in_viewport()
        assert "blame-why-faq" in (field.get_attribute("aria-describedby") or "").split()


def closes(page: Page, call: str) -> None:
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.locator(f'[data-close="{call}"]').wait_for(state="detached")
    expect(page.locator("[data-head]")).to_be_focused()
    expect(page.locator("[data-said]")).not_to_be_empty()
    expect(page.locator("[data-desk]")).to_have_attribute("data-standing", "waiting")


def compare(language: str, said: dict[str, str]) -> None:
    file = GOLDEN / f"desk-{language}.yaml"
    text = "\n".join(f"# {state}\n{lines}\n" for state, lines in said.items())
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8"), (
        f"see the first lines of this test for how to write {file.name} anew"
    )
