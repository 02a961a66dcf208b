"""The loudspeakers of a desk while a citizen calls: real Asterisk, Chromium's false devices."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from demo.phone import PhoneEventKind
from demo.sound import SAMPLES_A_SECOND, write_wav
from tests.browser.desks import AGENT, comes_in, comes_to_an_agent, goes_on_duty, office, takes_the_call
from tests.browser.ears import FIRST, RING, SECOND, forgets, is_heard, listens, sounds_from, unplugs, used
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System

pytestmark = pytest.mark.live
VOICE = 500
"""Hertz: what the citizen hums."""
MICROPHONES = "Fake Audio Input 1", "Fake Audio Input 2"
KEEPS_LINES = """
  window.lines = []
  const Real = RTCPeerConnection
  window.RTCPeerConnection = class extends Real { constructor(...given) { super(...given); lines.push(this) } }
"""
SPEAKS = """() => lines.at(-1).getSenders()[0].track.label"""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with office() as one:
        yield one


def test_the_chosen_loudspeakers_ring_and_speak_and_the_default_takes_over(
    system: System, browser: Browser
) -> None:
    """Also after a reload. A headset pulled out in the middle of a talk is said;
    caller and agent go on hearing each other.
    """
    number, hum = "0966100051", system.scratch / "hum.wav"
    second = np.arange(60 * SAMPLES_A_SECOND) / SAMPLES_A_SECOND
    write_wav(hum, (6000 * np.sin(2 * np.pi * VOICE * second)).astype(np.int16))
    page = comes_in(browser, system, AGENT, "/desk")
    page.add_init_script(KEEPS_LINES)
    chooses(page)
    page.reload()
    listens(page, VOICE)
    goes_on_duty(page)
    system.until(lambda: AGENT in system.reachable(), 20, "the page is reachable")
    with page.context, system.caller(number) as citizen:
        comes_to_an_agent(system, citizen, number)
        is_heard(page, "bell", RING)
        assert used(page, "bell") == SECOND
        takes_the_call(page, number)
        citizen.say(hum)
        is_heard(page, "sound", VOICE)
        assert used(page, "sound") == FIRST
        assert page.evaluate("document.querySelector('[data-bell]').paused"), "the ring is over"
        assert page.evaluate(SPEAKS) == MICROPHONES[0]
        unplugs(page, FIRST, MICROPHONES[0])
        told = page.locator("[data-devices]")
        expect(told).to_contain_text(f"選定的麥克風「{MICROPHONES[0]}」不能用，改用預設的麥克風。")
        expect(told).to_contain_text(f"選定的耳機「{FIRST}」不能用，改從預設的喇叭聽來電者。")
        expect(told).not_to_contain_text("響鈴")
        sounds_from(page, "sound", "")
        assert "Default" in page.evaluate(SPEAKS)
        forgets(page)
        is_heard(page, "sound", VOICE)
        page.keyboard.press("Alt+q")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)
    system.until(lambda: system.channels() == 0, 45, "no channel is left")


def chooses(page: Page) -> None:
    """A microphone and two loudspeakers that are not the default."""
    page.locator("summary", has_text="麥克風和喇叭").click()
    for label, name in (("麥克風", MICROPHONES[0]), ("聽來電者的耳機", FIRST), ("響鈴的喇叭", SECOND)):
        page.get_by_label(label, exact=True).select_option(label=name)
    sounds_from(page, "bell", SECOND)
