"""The microphone and the loudspeakers of a desk: chosen, tried, remembered, missed.
Chromium gives false devices.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Serves, Site
from tests.browser.ears import BEEP, FIRST, RING, SECOND, is_heard, listens, sounds_from, unplugs, used
from tests.browser.hands import Hand, Mouse, Way, every_way

MICROPHONE = "Fake Audio Input 1"
HEADSET, RINGER = "聽來電者的耳機", "響鈴的喇叭"
WAY = Way(Mouse, "wide", "zh-TW")

NAMELESS = """navigator.mediaDevices.enumerateDevices = async () =>
  ["audioinput", "audiooutput"].map((kind) => ({ kind, deviceId: "", label: "" }))
"""
"""What browsers tell before the microphone may be used."""


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """With telephones in browsers; no Asterisk is needed before going on duty."""
    return serves(browser_phones="yes")


def unfolds(site: Site, way: Way = WAY) -> Hand:
    """The desk of an agent whose browser may use the microphone; their devices are seen."""
    hand = way.comes(site, "agent-1")
    hand.visit.page.context.grant_permissions(["microphone"], origin=site.base)
    hand.goes("/desk")
    hand.unfolds("麥克風和喇叭")
    return hand


@every_way
def test_loudspeakers_are_chosen_tried_and_remembered(site: Site, way: Way) -> None:
    """One for talks and one that rings, by name;
    each trial sounds from the one that was chosen, also after a reload.
    """
    hand = unfolds(site, way)
    page = hand.visit.page
    for label, name, place in ((HEADSET, FIRST, "sound"), (RINGER, SECOND, "bell")):
        hand.chooses(label, name)
        sounds_from(page, place, name)
    page.get_by_label(hand.said("鈴聲音量")).press("ArrowRight")
    page.reload()
    listens(page)
    hand.unfolds("麥克風和喇叭")
    for button, name, place, tone in (
        ("試聽耳機", FIRST, "sound", BEEP),
        ("試聽鈴聲", SECOND, "bell", RING),
    ):
        sounds_from(page, place, name)
        hand.presses(button)
        hand.sees("正在放出試聽的聲音。")
        is_heard(page, "trial", tone)
        assert used(page, "trial") == name
        hand.sees("放完了；沒有聽到，就換一個喇叭再試。")
    assert page.evaluate("document.querySelector('[data-bell]').volume") == 0.6
    expect(page.locator("[data-devices]")).to_be_empty()
    hand.is_well("desk-devices")


def test_a_microphone_is_chosen_tried_and_remembered(site: Site) -> None:
    """How loud it hears is seen, and whether it hears is said."""
    hand = unfolds(site)
    hand.chooses("麥克風", MICROPHONE)
    hand.visit.page.reload()
    hand.unfolds("麥克風和喇叭")
    expect(hand.visit.page.get_by_label("麥克風", exact=True).locator("option:checked")).to_have_text(
        MICROPHONE
    )
    hand.presses("試麥克風")
    hand.visit.page.wait_for_function("() => document.querySelector('[data-level]').value > 0")
    hand.sees("麥克風收到聲音了。")


def test_a_loudspeaker_that_goes_is_missed_until_it_comes_back(site: Site) -> None:
    """The default sounds instead, which is said where screen readers listen,
    though the devices are folded away.
    """
    hand = unfolds(site)
    page, told = hand.visit.page, hand.visit.page.get_by_role("status").filter(has_text=FIRST)
    for label, place in ((HEADSET, "sound"), (RINGER, "bell")):
        hand.chooses(label, FIRST)
        sounds_from(page, place, FIRST)
    hand.unfolds("麥克風和喇叭")
    unplugs(page, FIRST)
    expect(told).to_have_text(
        f"選定的耳機「{FIRST}」不能用，改從預設的喇叭聽來電者。 響鈴的喇叭「{FIRST}」不能用，改從預設的喇叭響鈴。"
    )
    for place in ("sound", "bell"):
        sounds_from(page, place, "")
    expect(page.locator("#headset option:checked")).to_have_text(f"{FIRST}（現在沒有接上）")
    hand.is_well("desk-device-gone")
    unplugs(page)
    expect(told).to_contain_text(f"耳機「{FIRST}」又能用了，已換回來。")
    for place in ("sound", "bell"):
        sounds_from(page, place, FIRST)


def test_what_is_not_there_when_the_page_comes_is_said(site: Site) -> None:
    """An identity that no device of this machine has; another choice ends the matter, the default too."""
    hand = unfolds(site)
    page = hand.visit.page
    hand.chooses(HEADSET, FIRST)
    page.evaluate("""() => localStorage.setItem("device:headset", '{"id":"gone","label":"Jabra"}')""")
    page.reload()
    said = page.get_by_text("選定的耳機「Jabra」不能用")
    said.wait_for()
    sounds_from(page, "sound", "")
    hand.unfolds("麥克風和喇叭")
    hand.chooses(HEADSET, "電腦預設的")
    said.wait_for(state="hidden")


def test_before_the_microphone_is_allowed_no_devices_are_known(site: Site) -> None:
    """It is said what to do; nothing is missed meanwhile,
    and what was chosen is used as soon as it is known.
    """
    hand = unfolds(site)
    page = hand.visit.page
    hand.chooses(HEADSET, FIRST)
    page.context.clear_permissions()
    page.context.add_init_script(NAMELESS)
    page.reload()
    hand.unfolds("麥克風和喇叭")
    hint = page.get_by_text("才列得出有哪些裝置")
    hint.wait_for()
    expect(page.locator("#headset option:checked")).to_have_text(FIRST)
    expect(page.locator("[data-devices]")).to_be_empty()
    page.evaluate("delete navigator.mediaDevices.enumerateDevices")
    hand.presses("試麥克風")
    hint.wait_for(state="hidden")
    sounds_from(page, "sound", FIRST)


def test_a_browser_without_a_choice_says_so(site: Site) -> None:
    """What would not work is not offered; the trials still sound."""
    hand = WAY.comes(site, "agent-1")
    hand.visit.page.add_init_script("delete HTMLMediaElement.prototype.setSinkId")
    hand.goes("/desk")
    hand.unfolds("麥克風和喇叭")
    hand.sees("這個瀏覽器不能選喇叭")
    for label in (HEADSET, RINGER):
        expect(hand.visit.page.get_by_label(label)).to_be_hidden()
    listens(hand.visit.page)
    hand.presses("試聽鈴聲")
    is_heard(hand.visit.page, "trial", RING)
    hand.sees("放完了")
    hand.is_well("desk-devices-no-choice")
