"""A whole call by keyboard alone, and what a screen reader is told of it:
kept in ``golden/``, one file a language.

When the desk says something else on purpose, write the files anew and read what changed:
``GOLDEN=write python -m pytest tests/browser/test_desk_heard.py && git diff tests/browser/golden``.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.officers import Officers
from demo.phone import Busy, PhoneEventKind
from tests.browser.conftest import Visit
from tests.browser.desks import AGENT, comes_to_an_agent, office
from tests.doors.console import PASSWORD
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System

pytestmark = pytest.mark.live
GOLDEN = Path(__file__).parent / "golden"
NUMBERS = {"zh-TW": "0966300001", "en": "0966300002"}
SECTION = ("5401", "5402", "5403")
PARTS = ("[data-said]", "[data-alert]", "[data-progress]", "[data-call]", "[data-state]")
"""What changes during a call, in the order of the page."""
SOON = 25_000


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with office(transfer_neighbour_ring=3, queue_ring=20) as one:  # rings as long as axe-core looks on
        yield one


def told(page: Page) -> str:
    """The accessibility tree of these parts, without what passes: seconds and times."""
    shown = [page.locator(part) for part in PARTS]
    lines = "\n".join(one.aria_snapshot() for one in shown if one.is_visible())
    lines = re.sub(r"(週. |[A-Z][a-z]{2} )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "now", lines)
    lines = re.sub(r"\d+:\d\d", "m:ss", lines)
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
    """Signed in, on duty, ringing, answered, a transfer that reaches nobody, hung up, closed:
    each state with axe-core.
    """
    number, said = NUMBERS[language], dict[str, str]()
    context = browser.new_context(
        locale=language, permissions=["microphone"], viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(SOON)
    officers = Officers(
        system.settings.officers_contact, dict.fromkeys(SECTION, Busy()), system.scratch / language
    )

    def hears(state: str) -> None:
        said[state] = told(page)
        Visit(page, system.settings.console, f"wide-{language}").is_well(f"heard-{state}")

    with context, officers, system.caller(number) as citizen:
        comes_on_duty(page, system)
        comes_to_an_agent(system, citizen, number)
        page.locator('[data-call][data-phase="ringing"]').wait_for()
        expect(page.locator('[data-fact="number"]')).to_contain_text("***")
        assert is_at(page, "[data-head]"), "the ringing is read first"
        expect(page.locator("[data-state]")).to_have_attribute("aria-live", "off")
        hears("ringing")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator('[data-fact="number"]')).to_have_text(number)
        assert is_at(page, "[data-head]"), "the button that went did not take the cursor with it"
        hears("answered")
        is_mute_by_key(page)
        asks_in_vain(page)
        hears("transfer-failed")
        page.keyboard.press("Alt+m")
        page.keyboard.press("Alt+e")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)
        expect(page.locator("[data-open-head]")).to_be_focused()
        expect(page.locator("[data-mute]")).to_have_attribute("aria-pressed", "false")
        closes(page, system.row(number).id)
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
    expect(page.locator("[data-duty-head]")).to_be_focused()
    system.until(lambda: AGENT in system.reachable(), 20, "the page is reachable")


def is_mute_by_key(page: Page) -> None:
    """Heard and seen, wherever the cursor is; also where Alt makes another sign of the letter."""
    said, mute = page.locator("[data-said]"), page.locator("[data-mute]")
    page.keyboard.press("Alt+m")
    expect(said).not_to_be_empty()
    expect(mute).to_have_attribute("aria-pressed", "true")
    assert mute.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(11, 12, 12)"
    muted = said.inner_text()
    page.evaluate(
        "dispatchEvent(new KeyboardEvent('keydown', {key: 'µ', code: 'KeyM', altKey: true, cancelable: true}))"
    )
    expect(mute).to_have_attribute("aria-pressed", "false")
    expect(said).not_to_have_text(muted)


def asks_in_vain(page: Page) -> None:
    """Everybody of the section is busy: the caller is back, and the cursor where a callback is promised."""
    page.keyboard.press("Alt+t")
    page.keyboard.type(SECTION[0])
    page.locator("[data-hits] button").first.wait_for()
    expect(page.locator("[data-hit-count]")).to_contain_text("1")
    reaches(page, "[data-hits] button")
    page.keyboard.press("Enter")
    expect(page.locator("[data-extension]")).to_be_focused()
    expect(page.locator("[data-in-turn]")).to_contain_text(SECTION[2])
    says_twice(page)
    reaches(page, "#why-faq, #why-law, #why-doubt")
    page.keyboard.press("Space")
    reaches(page, "[data-consult]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-matter]")).to_be_focused()
    expect(page.locator("[data-rungs] li")).to_have_count(len(SECTION), timeout=SOON)
    expect(page.locator("[data-for] option")).to_have_count(2)


def says_twice(page: Page) -> None:
    """What is missing is said each time it is, and in sight, however far down the button is."""
    said, consult = page.locator("[data-said]"), "[data-consult]"
    reaches(page, consult)
    page.keyboard.press("Enter")
    expect(said).not_to_be_empty()
    expect(said).to_be_in_viewport()
    page.evaluate(
        "() => { window.told = 0; new MutationObserver(() => { window.told += 1 })"
        ".observe(document.querySelector('[data-said]'), {childList: true}) }"
    )
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.told >= 2")
    page.locator("[data-extension]").focus()


def closes(page: Page, call: str) -> None:
    page.locator(f'[data-close="{call}"]').wait_for()
    reaches(page, f'[data-close="{call}"] input[value="P3.1"]')
    page.keyboard.press("Space")
    reaches(page, f'[data-close="{call}"] button')
    page.keyboard.press("Enter")
    page.locator(f'[data-close="{call}"]').wait_for(state="hidden")
    expect(page.locator("[data-open-head]")).to_be_focused()
    expect(page.locator("[data-said]")).not_to_be_empty()


def compare(language: str, said: dict[str, str]) -> None:
    file = GOLDEN / f"desk-{language}.yaml"
    text = "\n".join(f"# {state}\n{lines}\n" for state, lines in said.items())
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8"), (
        f"see the first lines of this test for how to write {file.name} anew"
    )
