"""The supervisors' board in a real browser: true while it stays open, and after the line broke."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Route, expect

from calls.monitor import AttemptOutcome, begin, ended
from calls.store import CallRow
from control.monitor import Mode, SupervisorAtTalk
from hotline import clock
from hotline.db import transaction
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.special_callers.store import SpecialCall
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from hotline.staff.store import Agent
from reporting.board import floor
from tests.browser.conftest import Serves, Site
from tests.browser.hands import Way, every_way
from tests.browser.manager import Manager

NUMBERS = iter(range(1, 100))


@pytest.fixture(scope="module")
def site(serves: Serves) -> Iterator[Site]:
    """With an Asterisk in which every call is up."""
    manager = Manager(answered=clock.now().timestamp())
    made = serves(ami_port=manager.port)
    second_hour = made.console.clock.at.astimezone(clock.TAIPEI).replace(hour=1, minute=0, second=0)
    made.console.clock.at = max(made.console.clock.at, second_hour)  # a day of one hour has no picture
    yield made
    manager.close()


def joins_the_queue(site: Site) -> CallRow:
    at, number = site.console.clock.at, next(NUMBERS)
    row = CallRow(id=f"b-{number}.1", caller=f"+8869110001{number:02}", started_at=at, queued_at=at)
    with transaction(site.console.house.factory) as session:
        session.add(row)
    return row


def waiting(site: Site) -> int:
    with transaction(site.console.house.factory) as session:
        return session.query(CallRow).filter(CallRow.agent_at.is_(None), CallRow.ended_at.is_(None)).count()


def in_its_hour(site: Site, call: CallRow) -> str:
    """How the table of the day begins to tell of the hour of a call:
    the hour, its calls, those that joined the queue.
    """
    assert call.started_at
    hour = call.started_at.astimezone(clock.TAIPEI).hour
    with transaction(site.console.house.factory) as session:
        day = floor(session, site.console.clock.at, {}).hours
    one = next(one for one in day if one.hour == hour)
    return f"{hour}{one.calls}{one.queued}"


WIDER = "e => e.scrollWidth - e.clientWidth"
LEAST = 10
"""Pixels of a line of words that can be read."""


def began_early(site: Site) -> None:
    """A call soon after midnight, whose hour is the day's first."""
    at = site.console.clock.at.astimezone(clock.TAIPEI).replace(hour=0, minute=0, second=0)
    with transaction(site.console.house.factory) as session:
        session.merge(CallRow(id="b-0.1", caller="+886911000199", started_at=at, ended_at=at))


@pytest.mark.parametrize(("width", "language"), [("narrow", "zh-TW"), ("narrow", "en"), ("wide", "zh-TW")])
def test_the_day_by_the_hour_is_read_on_every_screen(site: Site, width: str, language: str) -> None:
    """Nothing scrolls sideways, each figure has its word,
    and a call that comes while the board is open changes neither.
    """
    visit = site.visit("supervisor-1", width, language)
    began_early(site)
    visit.goes("/board")
    call = joins_the_queue(site)
    region, table = visit.page.locator("[data-today] .wide"), visit.page.locator("[data-today] tbody")
    expect(table).to_contain_text(in_its_hour(site, call))
    assert region.evaluate(WIDER) <= 0
    heads = visit.page.locator("[data-today] thead th").all_text_contents()
    assert heads == [one.get_attribute("data-head") for one in table.locator("tr").last.locator("> *").all()]
    figure = table.locator("td").last
    shown = figure.evaluate("e => getComputedStyle(e, '::before').content")
    assert (heads[-1] in shown) == (width == "narrow")
    word = visit.page.locator("[data-today] svg text").last
    assert word.evaluate("e => e.getBoundingClientRect().height") >= LEAST
    visit.is_well("board-hours")


def asks(site: Site) -> CallRow:
    """An agent who talks asks a supervisor to judge the call."""
    call = joins_the_queue(site)
    with transaction(site.console.house.factory) as session:
        row = session.get(CallRow, call.id)
        assert row
        row.agent, row.agent_at = "agent-1", site.console.clock.at
        session.add(SpecialCall(call_id=call.id, state="REVIEW"))
    return call


@every_way
def test_P7_1_a_call_is_judged(site: Site, way: Way) -> None:
    """Asked while the board is open, seen without a press before those that are judged,
    authorised for a reason; the figures, a chart and its table.
    """
    hand = way.comes(site, "supervisor-1")
    hand.goes("/board")
    call = asks(site)
    asked = replace(hand, part=hand.visit.page.locator(f'[data-call="{call.id}"]'))
    asked.sees("話務人員 %(agent)s 詢問", agent="agent-1")
    expect(hand.visit.page.locator("[data-call]").first).to_have_attribute("data-call", call.id)
    hand.is_well("board-asked")
    asked.fills("理由", "三日內第四十通")
    asked.presses("授權")
    hand.sees("已授權；到時限由系統結束。")
    asked.sees("時限計時中")
    hand.is_well("board-judged")


@pytest.mark.promise("The board is live")
def test_what_happens_is_seen_at_once_on_every_board(site: Site) -> None:
    """Two boards, one of which lost its line meanwhile: both show what the rows say."""
    boards = [site.visit("supervisor-1") for _board in range(2)]
    for visit in boards:
        visit.goes("/board")
        expect(visit.page.locator('[data-figure="waiting"]')).to_have_text(str(waiting(site)))
    boards[1].page.context.set_offline(True)
    call = joins_the_queue(site)
    expect(boards[0].page.locator('[data-figure="waiting"]')).to_have_text(str(waiting(site)))
    expect(boards[0].page.locator("[data-today] tbody")).to_contain_text(in_its_hour(site, call))
    boards[1].page.context.set_offline(False)
    expect(boards[1].page.locator('[data-figure="waiting"]')).to_have_text(str(waiting(site)), timeout=20_000)


def test_a_board_that_was_refused_asks_again(site: Site) -> None:
    """The database was away, or too many looked: a browser by itself would never ask again."""
    visit, refusals = site.visit("supervisor-1"), iter((503,))

    def answers(route: Route) -> None:
        status = next(refusals, 0)
        route.fulfill(status=status) if status else route.continue_()

    visit.page.route("**/board/events", answers)
    visit.goes("/board")
    lost = visit.page.get_by_text("正在重新連線")
    expect(lost).to_be_visible()
    call = joins_the_queue(site)
    expect(visit.page.locator("[data-today] tbody")).to_contain_text(in_its_hour(site, call), timeout=20_000)
    expect(lost).to_be_hidden()


def test_who_asks_to_be_judged_alerts_the_board(site: Site) -> None:
    """Said at once, with what to do beside it and no loading anew; the agent can be listened to first."""
    visit = site.visit("supervisor-1")
    visit.goes("/board")
    call = asks(site)
    alert = visit.page.locator("[data-asked]")
    expect(alert).to_contain_text("請您判斷來電：")
    before = alert.inner_text()  # a second one is told too
    asks(site)
    expect(alert).not_to_have_text(before)
    expect(alert).to_have_role("alert")
    visit.page.locator(f'[data-call="{call.id}"]').get_by_role("button", name="先聽聽看").wait_for()
    visit.page.locator('[data-agent="agent-1"]').get_by_role("button", name="耳語").wait_for()
    visit.is_well("board-asked")


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_P7_1_an_emergency_comes_first_and_sounds(site: Site, width: str) -> None:
    """On any page of a supervisor, above all figures of the board; silent again when the call is over."""
    visit = site.visit("supervisor-1", width)
    visit.goes("/history")
    call = asks(site)
    with transaction(site.console.house.factory) as session:
        session.get_one(SpecialCall, call.id).emergency = True
    visit.sees("有話務人員按了緊急，請立刻加入通話。")
    sound = visit.page.locator("[data-alerts-sound]")
    visit.page.wait_for_function("() => !document.querySelector('[data-alerts-sound]').paused")
    visit.is_well("emergency-alert")
    visit.page.get_by_role("link", name="到即時看板加入").click()
    first = visit.page.locator(f'[data-call="{call.id}"]')
    expect(first).to_contain_text("緊急來電")
    below = visit.page.locator(".figures").bounding_box()
    above = first.bounding_box()
    assert below and above and above["y"] < below["y"]
    for name in ("加入通話", "加入 110（警察）", "加入 119（消防、救護）"):
        first.get_by_role("button", name=name).wait_for()
    visit.is_well("board-emergency")
    with transaction(site.console.house.factory) as session:
        session.get_one(CallRow, call.id).ended_at = site.console.clock.at
    expect(first).to_be_hidden()
    assert sound.evaluate("e => e.srcObject === null")


def test_an_agent_is_moved_by_keyboard(site: Site) -> None:
    """From the board to a language more; without a reason the page says so."""
    visit = site.visit("supervisor-1", "narrow", "en")
    visit.goes("/board")
    visit.page.locator('[data-agent="agent-1"] a').focus()
    visit.page.keyboard.press("Enter")
    visit.sees("Rung first for")
    visit.page.locator("#language-ja").focus()
    visit.page.keyboard.press("Space")
    visit.tabs_to("Change languages")
    visit.page.keyboard.press("Enter")
    visit.sees("Write why")
    visit.is_well("agent-moved-fault")
    visit.tabs_to("Reason")
    visit.page.keyboard.type("many calls in Japanese")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/board")
    with transaction(site.console.house.factory) as session:
        moved = session.get(Agent, "agent-1")
        assert moved and "ja" in moved.languages
    again = site.visit("supervisor-1")
    again.goes("/board/agent/agent-1")
    again.is_well("agent-moved")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900)])
def test_who_waits_and_who_is_there_is_seen_without_scrolling(
    serves: Serves, width: int, height: int
) -> None:
    """The figures, a call to be judged, those who wait, and the agents, on both screens."""
    site = serves()
    visit = site.visit("supervisor-1")
    visit.page.set_viewport_size({"width": width, "height": height})
    joins_the_queue(site)
    asks(site)
    visit.goes("/board")
    for place in (".figures", "[data-is='REVIEW'] button", "[data-some] tbody tr >> nth=0", "[data-agent]"):
        seen = visit.page.locator(place).first.bounding_box()
        assert seen and seen["y"] + seen["height"] <= height, place
    assert visit.page.evaluate(WIDER.replace("e =>", "").replace("e.", "document.documentElement.")) <= 0


def talks(site: Site) -> str:
    """A talk of agent-2: its call."""
    call = joins_the_queue(site)
    with transaction(site.console.house.factory) as session:
        row = session.get_one(CallRow, call.id)
        row.agent, row.agent_at = "agent-2", site.console.clock.at
    return call.id


def test_listening_says_that_the_phone_is_called_until_it_is_so(serves: Serves) -> None:
    """Calling, at the talk, left; of a phone that is not connected, this page is offered instead."""
    site = serves(browser_phones=True)
    call, at, house = talks(site), site.console.clock.at, site.console.house
    visit = site.visit("supervisor-1")
    visit.page.route(
        "**/supervise",
        lambda route: route.fulfill(
            json={"said": "正在撥您的電話；接起來就到 agent-2 的通話。", "calling": True, "offers": False}
        ),
    )
    visit.goes("/board")
    said, offer = visit.page.locator("[data-calling-said]"), visit.page.locator("[data-calling-page]")
    visit.page.locator('[data-agent="agent-2"]').get_by_role("button", name="聆聽").click()
    expect(said).to_have_text("正在撥您的電話；接起來就到 agent-2 的通話。")
    with transaction(house.factory) as session:
        attempt = begin(session, call, by="supervisor-1", agent="agent-2", mode="listen", at=at)
    expect(visit.page.locator('[data-agent="agent-2"] [data-listener]')).to_contain_text("響鈴中")
    house.live_state.listeners = lambda: [SupervisorAtTalk("supervisor-1", "agent-2", Mode.LISTEN)]
    expect(said).to_contain_text("您正在聆聽 agent-2 的通話")
    visit.is_well("board-listens")
    with transaction(house.factory) as session:
        ended(session, attempt, AttemptOutcome.UNREACHABLE, at)
    house.live_state.listeners = lambda: []
    expect(said).to_have_text("您的電話沒有連上，沒有開始。")
    expect(offer).to_be_visible()
    visit.is_well("board-offers")


def test_who_has_no_phone_is_offered_the_page(serves: Serves) -> None:
    """As soon as they press, beside what is wrong; the page they are on stays."""
    manager = Manager(answered=clock.now().timestamp())
    site = serves(browser_phones=True, ami_port=manager.port)
    talks(site)
    at = site.console.clock.at
    with transaction(site.console.house.factory) as session:
        one = Staff("boss-2", "無話機督導", frozenset((Role.SUPERVISOR,)))
        set_staff(session, one, Period(at), at=at, by="admin-1")
    visit = site.visit("boss-2")
    visit.goes("/board")
    visit.page.locator('[data-agent="agent-2"]').get_by_role("button", name="聆聽").click()
    expect(visit.page.locator("[data-calling-said]")).to_contain_text("沒有登記電話")
    expect(visit.page.locator("[data-calling-page]")).to_be_visible()
    manager.close()
