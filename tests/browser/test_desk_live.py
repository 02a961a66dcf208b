"""An agent's desk in a real browser: real Asterisk, a citizen's and an officer's real phones."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from calls.store import CallRow, CelEvent
from control.monitor import Mode, supervise
from control.passwords import secret
from control.presence import bring_members
from demo.officers import Officers
from demo.phone import Answers, Busy, PhoneEventKind, Softphone
from hotline import clock
from hotline.callbacks.find import of_number
from hotline.db import transaction
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.agent_state import sign_off
from hotline.staff.service import set_break, set_staff, staff
from hotline.staff.store import Agent, agents
from tests.browser.conftest import WIDTHS, Visit
from tests.browser.desks import (
    AGENT,
    at_desk,
    comes_in,
    comes_to_an_agent,
    goes_on_duty,
    office,
    takes_the_call,
)
from tests.browser.hands import Keyboard, Mouse, Way
from tests.live.conftest import refuse_or_go_on
from tests.live.system import DESKS, System
from tests.live.talks import BOSS
from tests.live.test_supervising_live import TONES, in_talk

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with office() as one:
        yield one


def is_a_page(system: System, phone: str) -> bool:
    """Whether Asterisk takes an agent's telephone for a browser."""
    shown = system.home.rx(f"pjsip show endpoint {phone}").split()
    return shown[shown.index("webrtc") + 2] == "yes"


def talks_to_an_officer(system: System, number: str) -> bool:
    """Whether an officer's phone is bridged with the caller."""
    with transaction(system.house.factory) as session:
        calls = select(CallRow.id).where(CallRow.caller_hash == f"+886{number[1:]}")
        seen = select(CelEvent.body).where(CelEvent.linked_id.in_(calls), CelEvent.kind == "BRIDGE_ENTER")
        return any(str(body["channame"]).startswith("PJSIP/officers") for body in session.scalars(seen))


@pytest.mark.promise("An agent answers, holds, puts through and closes a call in a browser")
def test_a_call_is_answered_held_put_through_and_closed(system: System, browser: Browser) -> None:
    """By keyboard alone: the card before the answer, the number after it, the ladder before the transfer."""
    number = "0966100001"
    phones = {"5112": Busy(), "5111": Answers(1.0, 60.0), "5113": Busy()}
    with (
        Officers(system.settings.officers_contact, phones, system.scratch / "officers"),
        at_desk(browser, system) as page,
        system.caller(number) as citizen,
    ):
        hand = Way(Keyboard, "wide", "zh-TW").at(page, system.settings.console)
        comes_to_an_agent(system, citizen, number)
        page.get_by_role("heading", name="有來電", exact=True).wait_for()
        expect(page.locator('[data-fact="number"]')).to_have_text("0966***001")
        expect(page.locator('[data-fact="pressed"]')).to_contain_text("主選單 1")
        hand.is_well("desk-ringing")
        page.keyboard.press("Alt+a")
        page.get_by_role("heading", name="通話中").wait_for()
        expect(page.locator('[data-fact="number"]')).to_have_text(number, timeout=10_000)
        page.keyboard.press("Alt+o")
        page.get_by_role("heading", name="保留中").wait_for()
        page.keyboard.press("Alt+o")
        page.get_by_role("heading", name="通話中").wait_for()
        page.keyboard.press("Alt+p")
        page.keyboard.type("5112")
        hand.press(page.locator("[data-hits] button").first)
        expect(page.locator("[data-route]")).to_contain_text("5111")
        hand.tick(page.get_by_label("涉及法令解釋"))
        hand.is_well("desk-talking")
        hand.presses("直接轉接")
        page.get_by_text("正在轉接").wait_for()
        page.locator("[data-call]").wait_for(state="hidden", timeout=30_000)
        system.until(lambda: talks_to_an_officer(system, number), 30, "the neighbour talks")
        expect(page.locator("[data-place]")).to_contain_text("已接通")
        expect(page.locator("[data-rungs]")).to_have_text(re.compile("5112.*忙線.*5111.*已接聽"))
        citizen.hang_up()
        row = system.row(number)
        assert [(leg.extension or leg.phone, leg.outcome) for leg in system.legs(row.id)] == [
            ("agent-1", "answered"),
            ("5112", "busy"),
            ("5111", "answered"),
        ]
        closing = page.locator(f'[data-wrap] [data-close="{row.id}"]')
        closing.wait_for()
        hand.press(closing.get_by_role("button", name="結案"))
        closing.get_by_text("請至少選一種服務類型").wait_for()
        hand.tick(closing.get_by_label("轉接"))
        hand.press(closing.get_by_role("button", name="結案"))
        closing.wait_for(state="hidden")
        hand.is_well("desk-idle")
    assert system.row(number).service == "P3.2"


@pytest.mark.promise("An agent promises a callback while talking")
def test_a_callback_is_promised_while_talking(system: System, browser: Browser) -> None:
    """By mouse, in English, on a telephone's screen that is turned; said with its time;
    who hangs up ends the call.
    """
    number = "0966100002"
    with (
        at_desk(browser, system, width="narrow", language="en") as page,
        system.caller(number) as citizen,
    ):
        hand = Way(Mouse, "narrow", "en").at(page, system.settings.console)
        comes_to_an_agent(system, citizen, number)
        hand.presses("接聽")
        expect(page.locator('[data-fact="number"]')).to_have_text(number, timeout=15_000)
        hand.fill(page.locator("[data-matter]"), "路燈不亮")
        hand.presses("登記回電")
        expect(page.locator("[data-said]")).to_contain_text("Callback registered, due")
        hand.is_well("desk-promised")
        page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
        Way(Mouse, "wide", "en").at(page, system.settings.console).is_well("desk-promised")
        hand.presses("掛斷")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)
    with transaction(system.house.factory) as session:
        (promised,) = of_number(session, number)
    assert (promised.matter, promised.origin) == ("路燈不亮", "agent")
    assert system.row(number).end_reason == "agent_hung_up"


def test_the_page_is_told_no_number_before_it_answers(system: System, browser: Browser) -> None:
    """Neither by its card nor by its telephone:
    what rings is 1999 (§7, the number is masked until answered).
    """
    number, told = "0966100021", list[str]()
    with at_desk(browser, system) as page, system.caller(number) as citizen:
        page.on("websocket", lambda line: line.on("framereceived", lambda frame: told.append(str(frame))))
        page.on(
            "response", lambda answer: told.append(answer.text()) if "/desk/call/" in answer.url else None
        )
        page.reload()
        expect(page.locator("[data-state]")).to_contain_text("已上線，等候來電")
        comes_to_an_agent(system, citizen, number)
        page.get_by_role("heading", name="有來電", exact=True).wait_for()
        expect(page.locator('[data-fact="number"]')).to_have_text("0966***021")
        assert any("INVITE" in one and "X-Hotline-Call" in one for one in told)
        assert not [one for one in told if number[1:] in one]
        takes_the_call(page, number)
        page.keyboard.press("Alt+q")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)


def test_a_refused_call_goes_back_to_the_queue(system: System, browser: Browser) -> None:
    """As from a phone that nobody answers: it rings here again, since nobody else is free.
    Each ring is on record.
    """
    number = "0966100031"
    with at_desk(browser, system) as page, system.caller(number) as citizen:
        comes_to_an_agent(system, citizen, number)
        page.get_by_role("heading", name="有來電", exact=True).wait_for()
        page.keyboard.press("Alt+x")
        expect(page.locator("[data-said]")).to_contain_text("已拒接；來電回到佇列")
        takes_the_call(page, number)
        page.keyboard.press("Alt+q")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)
    legs = [(leg.phone, leg.outcome) for leg in system.legs(system.row(number).id)]
    assert legs == [(AGENT, "refused"), (AGENT, "answered")]


LEVELS = """async ([place, tones]) => {
  const context = new AudioContext(), ear = context.createAnalyser()
  ear.fftSize = 8192
  context.createMediaStreamSource(document.querySelector(place).srcObject).connect(ear)
  await new Promise((heard) => setTimeout(heard, 700))
  const found = new Float32Array(ear.frequencyBinCount)
  ear.getFloatFrequencyData(found)
  const bin = (tone) => Math.round(tone * ear.fftSize / context.sampleRate)
  const levels = tones.map((tone) => Math.max(...found.slice(bin(tone) - 1, bin(tone) + 2)))
  await context.close()
  return levels
}"""


def hears_both(page: Page, place: str) -> bool:
    """The tones of citizen and agent are in the sound of a page, and a tone that nobody hums is not."""
    citizen, agent, nobody = page.evaluate(LEVELS, [place, list(TONES)])
    return bool(min(citizen, agent) > -50 and nobody < min(citizen, agent) - 20)


def becomes(system: System, login: str, *roles: Role) -> None:
    """From now on these are the roles of a login."""
    at = clock.now()
    with transaction(system.house.factory) as session:
        member = replace(staff(session, login, at), roles=frozenset(roles))
        set_staff(session, member, Period(at), at=at, by="admin-1")


def has_its_desk_phone(system: System, phone: str) -> None:
    """Whatever page was this agent's telephone before."""
    with transaction(system.house.factory) as session:
        agent = session.get(Agent, phone)
        assert agent
        agent.browser_secret, agent.browser_until = "", None
    system.until(lambda: not is_a_page(system, phone), 20, "the page is no telephone")


def rests(system: System, login: str, reason: str) -> None:
    """A break begins, or without a reason ends."""
    with transaction(system.house.factory) as session:
        set_break(session, login, reason, at=clock.now(), by=login)
        everybody = agents(session)
    bring_members(system.house.pbx, everybody)


def listens_answered_late(board: Page, row: str) -> None:
    """The page is brought to the talk before the server has answered that it will be."""
    state = board.locator("[data-telephone-state]")

    def is_late(route: Route) -> None:
        answer = route.fetch()
        expect(state).to_have_text("已接通 agent-1 的通話。")
        route.fulfill(response=answer)

    board.route("**/supervise", is_late, times=1)
    with board.expect_response("**/supervise") as answering:
        board.locator(row).get_by_role("button", name="聆聽").click()
    answering.value.finished()
    board.evaluate("new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)))")


def test_a_supervisor_listens_with_a_page_of_the_board_and_with_the_desk(
    system: System, browser: Browser
) -> None:
    """No SIP phone is needed, nor an agent's role:
    the page hears both, is led on without a ring, hangs up by key.

    A desk that is a supervisor's own telephone says to whose talk it would bring them;
    answered and ended by key.
    """
    row, sound = f'[data-agent="{AGENT}"]', "[data-telephone-sound]"
    with at_desk(browser, system, "agent-2") as desk:
        becomes(system, "agent-2", Role.AGENT, Role.SUPERVISOR)
        rests(system, "agent-2", "訓練")
        has_its_desk_phone(system, AGENT)
        with in_talk(system):
            board = comes_in(browser, system, BOSS, "/board")
            state = board.locator("[data-telephone-state]")
            board.get_by_role("button", name="以這一頁當電話").click()
            expect(state).to_have_text("這一頁是您的電話；按「聆聽」後會自動接通。")
            said = board.locator("[data-telephone-said]")
            listens_answered_late(board, row)
            expect(said).to_be_empty()
            expect(board.locator(row)).to_contain_text("示範督導正在聆聽")
            system.until(lambda: hears_both(board, sound), 10, "the board hears both")
            for name, width in WIDTHS.items():
                board.set_viewport_size({"width": width, "height": 900})
                Visit(board, system.settings.console, f"{name}-zh-TW").is_well("board-listening")
            board.locator(row).get_by_role("button", name="加入").click()
            expect(board.locator(row)).to_contain_text("示範督導已加入通話")
            expect(said).to_have_text("您已加入 agent-1 的通話，雙方都聽得到您。")
            board.keyboard.press("Alt+q")
            expect(state).to_have_text("通話已結束；這一頁仍是您的電話。")
            board.locator(row).get_by_role("button", name="聆聽").click()
            expect(state).to_have_text("已接通 agent-1 的通話。")
            expect(said).to_be_empty()
            board.keyboard.press("Alt+q")
            expect(state).to_have_text("通話已結束；這一頁仍是您的電話。")
            board.context.close()
            supervise(
                system.house.factory, system.house.pbx, AGENT, Mode.LISTEN, by="agent-2", at=clock.now()
            )
            desk.get_by_role("heading", name="接起來就聆聽示範話務員一的通話").wait_for()
            expect(desk.locator("[data-facts]")).to_be_hidden()
            Visit(desk, system.settings.console, "wide-zh-TW").is_well("desk-listening-rings")
            desk.keyboard.press("Alt+a")
            desk.get_by_role("heading", name="您正在聆聽 示範話務員一 的通話").wait_for()
            system.until(lambda: hears_both(desk, "[data-sound]"), 10, "the desk hears both")
            desk.keyboard.press("Alt+q")
            expect(desk.locator("[data-call]")).to_be_hidden()
            expect(desk.locator("[data-after]")).to_be_hidden()
        rests(system, "agent-2", "")


@pytest.mark.thorough
def test_an_agent_sees_the_supervisor_who_is_at_the_talk(system: System, browser: Browser) -> None:
    """By name and how, until it ends; the telephone of a page is whispered to like any other."""
    number = "0966100003"
    boss = Softphone(
        BOSS,
        home=system.scratch / "boss",
        address=DESKS,
        password=secret(system.settings, BOSS),
        registrar=system.sip,
        behaves=Answers(0.2),
    )
    with boss, at_desk(browser, system) as page, system.caller(number) as citizen:
        boss.register()
        comes_to_an_agent(system, citizen, number)
        page.get_by_role("button", name="接聽").click()
        expect(page.locator('[data-fact="number"]')).to_have_text(number, timeout=15_000)
        supervise(system.house.factory, system.house.pbx, AGENT, Mode.WHISPER, by=BOSS, at=clock.now())
        page.get_by_text("示範督導在跟您耳語").wait_for()
        Visit(page, system.settings.console, "wide-zh-TW").is_well("desk-supervised")
        boss.hang_up()
        expect(page.locator("[data-supervised]")).to_be_empty(timeout=10_000)
        page.keyboard.press("Alt+q")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)


@pytest.mark.thorough
def test_a_second_page_takes_the_telephone_over(system: System, browser: Browser) -> None:
    """Two pages do not both ring: the first says that it is the telephone no more."""
    with at_desk(browser, system) as first:
        with first.context.expect_page() as opening:
            first.evaluate("open('/desk')")
        second = opening.value
        second.set_default_timeout(30_000)
        goes_on_duty(second)
        expect(first.locator("[data-state]")).to_contain_text("另一個分頁已接手", timeout=75_000)
        expect(second.locator("[data-state]")).to_contain_text("已上線，等候來電")


def test_the_last_board_that_is_a_telephone_rings_and_the_others_say_so(
    system: System, browser: Browser
) -> None:
    """Two browsers of one supervisor, and a third tab:
    who presses on one that was taken over rings nobody.
    """
    row, ready = f'[data-agent="{AGENT}"]', "這一頁是您的電話；按「聆聽」後會自動接通。"
    taken = "另一個分頁或瀏覽器已接手您的電話；要在這裡聆聽，請再按一次。"
    has_its_desk_phone(system, AGENT)
    with in_talk(system, "0981000002"):
        first, second = (comes_in(browser, system, BOSS, "/board") for _browser in range(2))
        for board in (first, second):
            board.get_by_role("button", name="以這一頁當電話").click()
            expect(board.locator("[data-telephone-state]")).to_have_text(ready)
        first.locator(row).get_by_role("button", name="聆聽").click()
        expect(first.locator("[data-telephone-state]")).to_have_text(taken)
        for name, width in WIDTHS.items():
            first.set_viewport_size({"width": width, "height": 900})
            Visit(first, system.settings.console, f"{name}-zh-TW").is_well("board-taken")
        second.locator(row).get_by_role("button", name="聆聽").click()
        expect(second.locator("[data-telephone-state]")).to_have_text("已接通 agent-1 的通話。")
        system.until(lambda: hears_both(second, "[data-telephone-sound]"), 10, "the second board hears both")
        third = second.context.new_page()
        third.goto(f"{system.settings.console}/board")
        third.get_by_role("button", name="以這一頁當電話").click()
        expect(third.locator("[data-telephone-state]")).to_have_text(ready)
        expect(second.locator("[data-telephone-state]")).to_have_text("已接通 agent-1 的通話。")
        second.keyboard.press("Alt+q")
        expect(second.locator("[data-telephone-state]")).to_have_text(taken)
        expect(second.get_by_role("button", name="以這一頁當電話")).to_be_visible()
        third.context.clear_cookies()
        third.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        over = "您的登入已結束，所以這一頁不是電話；請重新登入。"
        expect(third.locator("[data-telephone-state]")).to_have_text(over)
        for board in (first, second):
            board.context.close()


def test_P7_1_an_emergency_rings_the_board_that_is_a_telephone(system: System, browser: Browser) -> None:
    """The page rings until it is answered; then all three hear each other, and it is a telephone still."""
    number, state = "0981000003", "[data-telephone-state]"
    has_its_desk_phone(system, AGENT)
    board = comes_in(browser, system, BOSS, "/board")
    board.get_by_role("button", name="以這一頁當電話").click()
    expect(board.locator("[data-telephone-off]")).to_be_visible()
    with in_talk(system, number) as (talk, _desk_phone):
        assert "示範督導" in talk.does("emergency", AGENT)
        expect(board.locator(state)).to_have_text("緊急來電：話務人員請您加入通話，請按「接聽」。")
        expect(board.locator("[data-telephone-answer]")).to_be_focused()
        assert board.evaluate("!document.querySelector('[data-telephone-bell]').paused")
        board.keyboard.press("Enter")
        expect(board.locator(state)).to_have_text("您已加入緊急通話，雙方都聽得到您。")
        system.until(lambda: hears_both(board, "[data-telephone-sound]"), 10, "the board hears both")
        talk.caller.hang_up()
        expect(board.locator(state)).to_have_text("通話已結束；這一頁仍是您的電話。")
    board.context.close()
    assert system.row(number).outcome == "talked"


def test_the_account_of_a_page_that_signed_off_opens_nothing(system: System, browser: Browser) -> None:
    """Its password is Asterisk's no more; the desk's own phone has its account back.
    Signed off by a supervisor, it says so.

    Nor is it the telephone of anybody who may answer no more.
    """
    with at_desk(browser, system, "agent-2") as page:
        with transaction(system.house.factory) as session:
            assert staff(session, "agent-2", clock.now()).phone == "agent-2"
        with transaction(system.house.factory) as session:
            sign_off(session, "agent-2", at=clock.now(), by=BOSS, reason="忘了下線")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        told = "主管 示範督導 請您下線了（忘了下線）；要再接電話，請重新上線。"
        expect(page.locator("[data-state]")).to_have_text(told)
        goes_on_duty(page)
        becomes(system, "agent-2", Role.INTERPRETER)
        system.until(lambda: not is_a_page(system, "agent-2"), 20, "who may answer no more has no page")
        becomes(system, "agent-2", Role.AGENT)
        system.until(lambda: is_a_page(system, "agent-2"), 20, "the page is the telephone again")
        page.get_by_role("button", name="下線").click()
        expect(page.locator("[data-state]")).to_contain_text("未上線")
        system.until(lambda: not is_a_page(system, "agent-2"), 20, "the page is no telephone")
    with system.agents(agent_2=Busy()):
        assert "agent-2" in system.reachable()


def test_a_break_is_kept_by_the_server(system: System, browser: Browser) -> None:
    """The page loaded anew still rests, and nobody is rung meanwhile."""
    with at_desk(browser, system) as page:
        page.get_by_label("休息理由").select_option("用餐")
        page.get_by_role("button", name="開始休息").click()
        page.get_by_text("休息理由：用餐").wait_for()
        page.reload()
        page.get_by_text("休息理由：用餐").wait_for()
        page.get_by_role("button", name="結束休息").click()
        page.get_by_text("已結束休息").wait_for()
