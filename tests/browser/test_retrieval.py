"""Recordings heard in a real browser (P9): what sounds on which side, where it is silent, that it stops when
it is revoked; by mouse and by keyboard, on both screens.
"""

import re
from datetime import timedelta
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import Response as Answer

from hotline.db import looking, transaction
from recordings import retrieval_service, standing_purposes
from recordings.playing import SoundSpan, Track
from recordings.plays import PlayedStretch, plays_of
from recordings.policy import Direction
from recordings.retrieval import RetrievalRequest
from tests.browser.conftest import Site
from tests.browser.hands import every_screen
from tests.recorded_call import TONES, recorded
from web.console.sound_answers import PIECE

CALL, LONG = "ntpc1-1795572000.1", "ntpc1-1795572000.2"
HOUR: Final = 3600.0
LISTENS: Final = """() => {
  const sound = document.querySelector("[data-player] audio")
  const context = new AudioContext(), sides = context.createChannelSplitter(2)
  const ears = [0, 1].map((side) => {
    const ear = context.createAnalyser()
    ear.fftSize = 4096
    ear.smoothingTimeConstant = 0
    sides.connect(ear, side)
    return ear
  })
  context.createMediaElementSource(sound).connect(sides)
  window.heard = () => ears.map((ear) => {
    const wave = new Float32Array(ear.fftSize), tones = new Float32Array(ear.frequencyBinCount)
    ear.getFloatTimeDomainData(wave)
    ear.getFloatFrequencyData(tones)
    const energy = Math.sqrt(wave.reduce((sum, one) => sum + one * one, 0) / wave.length)
    return { energy, hertz: tones.indexOf(Math.max(...tones)) * context.sampleRate / ear.fftSize }
  })
}"""
SOUNDS: Final = """([left, right]) => {
  const [caller, others] = heard()
  const is = (one, hertz) => one.energy > 0.05 && Math.abs(one.hertz - hertz) < 25
  return is(caller, left) && is(others, right)
}"""
SILENT: Final = """(after) => {
  const { currentTime, paused } = document.querySelector("[data-player] audio")
  return !paused && currentTime > after && heard().every(({ energy }) => energy === 0)
}"""
BEGINS: Final = """(second) => new Promise((done) => {
  const sound = document.querySelector("[data-player] audio")
  sound.addEventListener("timeupdate", function heard() {
    if (sound.currentTime <= second || sound.seeking) return
    sound.removeEventListener("timeupdate", heard)
    done()
  })
  sound.currentTime = second
  sound.play()
})"""
AT: Final = """([from, to]) => { const { currentTime } = document.querySelector("[data-player] audio")
  return currentTime >= from && currentTime < to }"""
BOTH: Final = [TONES[Direction.CALLER], TONES[Direction.AGENT]]


@pytest.fixture(scope="module")
def city(site: Site) -> Site:
    """Two recorded calls of an hour ago, one of them an hour long."""
    house, at = site.console.house, site.console.clock.at - timedelta(hours=2)
    recorded(house.factory, house.folders, CALL, at, 60.0)
    recorded(house.factory, house.folders, LONG, at, HOUR)
    return site


def provided(
    city: Site, *calls: str, silenced: SoundSpan | None = None, wants_copy: bool = False
) -> tuple[int, str]:
    """The number of a request that was approved and provided, and the address of its page."""
    at, request = (
        city.console.clock.at,
        RetrievalRequest("officer-5112", "個人資料保護法第 16 條", "調查民眾的申訴"),
    )
    with transaction(city.console.house.factory) as session:
        row = retrieval_service.ask(session, request, calls, by="officer-5112", at=at)
        row.wants_copy = wants_copy
        retrieval_service.approve(session, row.id, 7, by="approver-1", at=at)
        if silenced:
            retrieval_service.silence(
                session, row.id, 1, Track.TALK, silenced, "家人的姓名", by="authorised-1", at=at
            )
        retrieval_service.provide(session, row.id, by="authorised-1", at=at)
        return row.id, f"/hearing/{row.token}"


def plays(city: Site, number: int) -> list[PlayedStretch]:
    with looking(city.console.house.factory) as session:
        return plays_of(session, f"retrieval:{number}")


def seeks(page: Page, second: float) -> None:
    page.evaluate("second => { document.querySelector('[data-player] audio').currentTime = second }", second)


def test_P9_a_recording_sounds_left_and_right_is_silent_where_it_was_silenced_and_stops(city: Site) -> None:
    """By keyboard: play, jump to a mark, another speed; every part on record; revoked, nothing more comes."""
    number, address = provided(city, LONG, silenced=SoundSpan(5.0, 9.0))
    visit = city.visit("officer-5112")
    page = visit.page
    visit.goes(address)
    page.evaluate(LISTENS)
    visit.tabs_to("速度")
    for _faster in ("1.25", "1.5", "2"):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.querySelector('[data-player] audio').playbackRate === 2")
    visit.tabs_to("轉接分機 5112")
    page.keyboard.press("Enter")
    page.wait_for_function(AT, arg=[HOUR / 2, HOUR / 2 + 120])
    page.wait_for_function(SOUNDS, arg=BOTH)
    seeks(page, 5.5)
    page.wait_for_function(SILENT, arg=6.0)
    page.wait_for_function(AT, arg=[9.5, 60.0])
    page.wait_for_function(SOUNDS, arg=BOTH)
    told = plays(city, number)
    assert {one.by for one in told} == {"officer-5112"}
    assert any(one.begins <= HOUR / 2 < one.ends for one in told) and any(
        one.begins <= 9 < one.ends for one in told
    )

    with transaction(city.console.house.factory) as session:
        retrieval_service.revoke(session, number, "誤核", by="approver-1", at=city.console.clock.at)
    before = plays(city, number)
    seeks(page, HOUR - 60)  # far from all that the browser has
    expect(page.locator("[data-player-lost]")).to_be_visible()
    assert plays(city, number) == before


def test_P9_a_part_to_be_silenced_is_taken_from_the_player_by_keyboard(city: Site) -> None:
    """Where it stands, to the tenth; the field has the focus, so that what was taken is read out."""
    at, asked = city.console.clock.at, RetrievalRequest("officer-5112", "個人資料保護法第 16 條", "申訴")
    with transaction(city.console.house.factory) as session:
        number = retrieval_service.ask(session, asked, [CALL], by="officer-5112", at=at).id
        retrieval_service.approve(session, number, 7, by="approver-1", at=at)
    visit = city.visit("authorised-1")
    page = visit.page
    visit.goes(f"/retrievals/{number}/prepare")
    visit.tabs_to("把一段設成靜音")
    page.keyboard.press("Enter")
    for second, which, name, taken in (
        (12.5, "起點", "begins", "00:12.5"),
        (14.0, "終點", "ends", "00:14.0"),
    ):
        seeks(page, second)
        visit.tabs_to(which)
        page.keyboard.press("Enter")
        field = page.locator(f"[id='1-talk-{name}']")
        expect(field).to_have_value(taken)
        expect(field).to_be_focused()
    visit.tabs_to("不提供的理由")
    page.keyboard.type("家人的姓名")
    page.keyboard.press("Enter")
    visit.sees("這一段不提供")
    with looking(city.console.house.factory) as session:
        (part,) = retrieval_service.retrieval(session, number).parts
    assert (part.begins, part.ends) == (12.5, 14.0)


def test_P9_an_hour_long_call_begins_at_once_anywhere(city: Site) -> None:
    """Nothing but the head is fetched before the piece with that second; how fast, the bench measures."""
    _number, address = provided(city, LONG)
    visit = city.visit("officer-5112")
    visit.goes(address)
    pieces: list[tuple[int, ...]] = []
    visit.page.on("response", lambda one: pieces.append(_piece(one)) if one.status == 206 else None)
    for second in (3300.0, 60.0, 1800.0):
        before = len(pieces)
        visit.page.evaluate(BEGINS, second)
        first = pieces[before : before + 2]  # before anything else the head of the file
        assert any(
            start <= (second + 1) * size / HOUR and second * size / HOUR < end for start, end, size in first
        )
        assert all(end - start <= (PIECE + 1) * size / HOUR for start, end, size in pieces)


def _piece(answer: Answer) -> tuple[int, ...]:
    """First byte, last byte and size of the whole."""
    return tuple(int(one) for one in re.findall(r"\d+", answer.headers["content-range"]))


@every_screen
def test_P9_pages_of_retrieval_are_fit_for_everybody(city: Site, width: str, language: str) -> None:
    """Lists, forms with what they lack, preparation, the player; standing purposes and a call's page."""
    house, at = city.console.house, city.console.clock.at
    officer = city.visit("officer-5112", width, language)
    officer.goes("/retrievals/new")
    officer.page.locator("main form button").last.click()
    officer.page.locator(".govuk-error-summary").wait_for()
    officer.is_well("retrieval-lacks")
    number, address = provided(city, CALL, LONG, silenced=SoundSpan(5.0, 9.0), wants_copy=True)
    for path, name in ((address, "hearing"), ("/retrievals", "list"), (f"/retrievals/{number}", "one")):
        officer.goes(path)
        officer.is_well(f"retrieval-{name}")
    officer.goes(address)
    officer.is_read("retrieval-hearing")

    with transaction(house.factory) as session:
        request = RetrievalRequest("officer-5112", "個人資料保護法第 16 條", "調查民眾的申訴")
        second = retrieval_service.ask(session, request, [CALL], by="officer-5112", at=at).id
    rdec = city.visit("authorised-1", width, language)
    for path in ("approve", "refuse"):
        rdec.goes(f"/retrievals/{second}/{path}")
        rdec.is_well(f"retrieval-{path}")
    with transaction(house.factory) as session:
        retrieval_service.approve(session, second, 7, by="approver-1", at=at)
    rdec.goes(f"/retrievals/{second}/prepare")
    rdec.page.locator("details summary").last.click()
    rdec.page.locator("details button").last.click()
    rdec.page.locator(".govuk-error-summary").wait_for()
    rdec.is_well("retrieval-prepare")
    rdec.goes("/recordings/plays")
    rdec.is_well("retrieval-plays")
    _standing(city, width, language)


def _standing(city: Site, width: str, language: str) -> None:
    house, at = city.console.house, city.console.clock.at
    boss = city.visit("supervisor-1", width, language)
    with transaction(house.factory) as session:
        if standing_purposes.standing(session, "supervisor-1", at) is None:
            asked: Any = standing_purposes.ask(session, "服務品質的抽查與輔導", by="supervisor-1", at=at)
            standing_purposes.approve(session, asked.id, by="approver-1", at=at)
    boss.goes("/standing-purposes")
    boss.is_well("standing-purposes")
    boss.goes(f"/calls/{CALL}")
    boss.is_well("call-to-hear")
    with transaction(house.factory) as session:
        standing_purposes.choose(session, CALL, "民眾申訴", by="supervisor-1", at=at)
    boss.goes(f"/calls/{CALL}")
    boss.is_well("call-heard")
