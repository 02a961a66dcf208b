"""What breaks while an agent talks: the page, its line, the pages' server, Asterisk.
No caller is dropped by any of ours.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from control.ami import AMI
from control.presence import agents_state
from demo.phone import Answers, Busy, PhoneEventKind, Softphone
from hotline import clock
from hotline.accounts import service as accounts
from hotline.db import transaction
from hotline.staff.service import set_break
from tests.browser.desks import AGENT, at_desk, comes_in, comes_to_an_agent, goes_on_duty, office
from tests.faults.proxy import Proxy
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System, is_open
from tests.ports import free_ports

pytestmark = pytest.mark.live
SOON = 20_000


@pytest.fixture(scope="module")
def line() -> Iterator[Proxy]:
    """Between the browsers' telephones and Asterisk: sound goes past it, signalling through it."""
    proxy = Proxy(*free_ports(1))
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def system(line: Proxy) -> Iterator[System]:
    refuse_or_go_on()
    with office(browser_port=line.to, browser_url=f"ws://127.0.0.1:{line.port}/ws", phone_silence=6) as one:
        yield one


@contextmanager
def talk(browser: Browser, system: System, number: str) -> Iterator[tuple[Page, Softphone]]:
    """An agent at the desk, who talks with a citizen."""
    with at_desk(browser, system) as page, system.caller(number) as citizen:
        comes_to_an_agent(system, citizen, number)
        answers(page)
        expect(page.locator('[data-fact="number"]')).to_have_text(number, timeout=SOON)  # the two are joined
        yield page, citizen


def answers(page: Page) -> None:
    page.get_by_role("heading", name="有來電", exact=True).wait_for(timeout=SOON)
    page.keyboard.press("Alt+a")
    page.get_by_role("heading", name="通話中").wait_for()


def test_the_page_is_loaded_anew_in_mid_call(browser: Browser, system: System) -> None:
    """It is on duty again by itself and says what happened;
    the caller comes first, and hangs up when all is said.
    """
    number = "0966200001"
    with talk(browser, system, number) as (page, citizen):
        page.reload()
        expect(page.locator("[data-said]")).to_contain_text("來電者排到佇列最前面", timeout=SOON)
        answers(page)
        citizen.hang_up()
        page.locator("[data-call]").wait_for(state="hidden")
    row = system.row(number)
    assert [leg.outcome for leg in system.legs(row.id) if leg.answered_at] == ["answered", "answered"]
    assert (row.end_reason, row.outcome) == ("caller_hung_up", "talked")


def test_the_page_is_loaded_anew_while_it_rings(browser: Browser, system: System) -> None:
    """The only telephone is away for a moment:
    the caller is not told that nobody is there, and it rings again.
    """
    number = "0966200011"
    with at_desk(browser, system) as page, system.caller(number) as citizen:
        comes_to_an_agent(system, citizen, number)
        page.get_by_role("heading", name="有來電", exact=True).wait_for(timeout=SOON)
        page.reload()
        answers(page)
        expect(page.locator('[data-fact="number"]')).to_have_text(number, timeout=SOON)
        page.keyboard.press("Alt+q")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)
    row = system.row(number)
    assert (row.end_reason, row.outcome) == ("agent_hung_up", "talked")
    assert not system.promises(row.id)


def test_the_line_breaks_and_comes_back(browser: Browser, system: System, line: Proxy) -> None:
    """The desk says so, the talk goes on, and what is pressed afterwards reaches Asterisk."""
    number = "0966200002"
    with talk(browser, system, number) as (page, citizen):
        with line.refusing():
            expect(page.locator("[data-said]")).to_contain_text("還聽得到就繼續說")
        expect(page.locator("[data-said]")).to_have_text("連線恢復了，通話還在。", timeout=SOON)
        page.keyboard.press("Alt+o")
        page.get_by_role("heading", name="保留中").wait_for()
        page.keyboard.press("Alt+o")
        page.get_by_role("heading", name="通話中").wait_for()
        assert citizen.talking
        page.keyboard.press("Alt+q")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)
    assert system.row(number).end_reason == "agent_hung_up"


@pytest.mark.thorough
def test_the_line_breaks_while_asterisk_is_asked_to_hold(
    browser: Browser, system: System, line: Proxy
) -> None:
    """No answer will come, so this talk is over; the caller is not kept in silence, and comes first."""
    number = "0966200008"
    with talk(browser, system, number) as (page, citizen):
        with line.hanging():
            page.keyboard.press("Alt+o")
            page.get_by_role("heading", name="保留中").wait_for()
        expect(page.locator("[data-said]")).to_contain_text("來電者排到佇列最前面", timeout=SOON)
        answers(page)
        citizen.hang_up()
        page.locator("[data-call]").wait_for(state="hidden")
    assert len([leg for leg in system.legs(system.row(number).id) if leg.answered_at]) == 2


@pytest.mark.thorough
def test_the_caller_leaves_while_the_line_is_broken(browser: Browser, system: System, line: Proxy) -> None:
    """The desk finds out and says it."""
    number = "0966200003"
    with talk(browser, system, number) as (page, citizen):
        with line.refusing():
            expect(page.locator("[data-said]")).to_contain_text("還聽得到就繼續說")
            citizen.hang_up()
            assert system.row(number).end_reason == "caller_hung_up"
        expect(page.locator("[data-said]")).to_have_text("連線中斷時，這通電話已經結束。", timeout=SOON)
        expect(page.locator("[data-state]")).to_have_text("已上線，等候來電。")


@contextmanager
def frozen(browser: Browser) -> Iterator[None]:
    """The processes of all pages stand still: no sound and no word leaves them."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [one["id"] for one in told if one["type"] == "renderer"]
    for page in pages:
        os.kill(page, signal.SIGSTOP)
    try:
        yield
    finally:
        for page in pages:
            os.kill(page, signal.SIGCONT)


def test_neither_a_crash_of_the_page_nor_a_cut_of_sound_and_signalling_loses_the_caller(
    browser: Browser, system: System, line: Proxy
) -> None:
    """Another tab is on duty by itself, with the draft, and the caller comes first;
    in the silence the next agent answers.
    """
    number = "0966200009"
    with system.agents(agent_2=Busy()) as phones, talk(browser, system, number) as (page, citizen):
        page.locator("#matter").fill("路燈不亮")
        page.get_by_label("涉及法令解釋").check()
        with suppress(Error):
            page.goto("chrome://crash")
        anew = page.context.new_page()
        anew.goto(f"{system.settings.console}/desk")
        said = anew.locator("[data-said]")
        expect(said).to_contain_text("來電者排到佇列最前面", timeout=SOON)
        answers(anew)
        expect(anew.locator("#matter")).to_have_value("路燈不亮")
        expect(anew.get_by_label("涉及法令解釋")).to_be_checked()
        expect(said).to_be_empty()
        phones["agent-2"].behaves = Answers(0.2)
        with line.hanging(), frozen(browser):
            phones["agent-2"].wait_for(PhoneEventKind.ESTABLISHED, 20)
            assert citizen.talking
        expect(said).to_contain_text("來電者排到佇列最前面", timeout=SOON)
        expect(anew.locator("[data-state]")).to_have_text("已上線，等候來電。")
        citizen.hang_up()
    row = system.row(number)
    talked = [leg.phone for leg in system.legs(row.id) if leg.answered_at]
    assert (row.end_reason, talked) == ("caller_hung_up", [AGENT, AGENT, "agent-2"])


def test_the_pages_server_is_started_anew_in_mid_call(browser: Browser, system: System) -> None:
    """The talk does not depend on it; a deed is refused in words meanwhile, and done afterwards."""
    number = "0966200004"
    with talk(browser, system, number) as (page, citizen):
        page.keyboard.press("Alt+.")
        system.supervisor.halt("console")
        page.get_by_role("button", name="請主管判斷").click()
        expect(page.locator("[data-said]")).to_have_text("沒有完成，請再試一次。")
        system.supervisor.resume("console")
        system.until(lambda: is_open("127.0.0.1", system.settings.console_port), 30, "the pages are back")
        page.get_by_role("button", name="請主管判斷").click()
        expect(page.locator("[data-said]")).to_contain_text("看板會顯示這通電話")
        assert citizen.talking
        citizen.hang_up()
        page.locator("[data-call]").wait_for(state="hidden")
    assert system.row(number).end_reason == "caller_hung_up"


def test_row_50_the_session_is_over_in_mid_call(browser: Browser, system: System) -> None:
    """The talk goes on, what was typed is kept as a draft,
    and it is done once the agent has signed in anew beside it.
    """
    number, matter = "0966200013", "路燈不亮"
    with talk(browser, system, number) as (page, citizen):
        page.locator("#matter").fill(matter)
        with transaction(system.house.factory) as session:
            accounts.end_sessions(session, AGENT, at=clock.now(), by="admin-1")
        page.keyboard.press("Alt+.")
        page.get_by_role("button", name="請主管判斷").click()
        expect(page.locator("[data-said]")).to_contain_text("您的登入已結束")
        assert citizen.talking
        assert matter in page.evaluate("JSON.stringify(sessionStorage)")
        comes_in(browser, system, AGENT, "/desk", context=page.context).close()
        page.get_by_role("button", name="請主管判斷").click()
        expect(page.locator("[data-said]")).to_contain_text("看板會顯示這通電話")
        expect(page.locator("#matter")).to_have_value(matter)
        assert citizen.talking
        citizen.hang_up()
        page.locator("[data-call]").wait_for(state="hidden")
    row = system.row(number)
    assert (row.end_reason, row.outcome) == ("caller_hung_up", "talked")


def test_asterisk_is_started_anew_in_mid_call(browser: Browser, system: System) -> None:
    """The desk says that the call is over and is on duty again; a colleague's break is as before;
    the next call rings.
    """
    number, after = "0966200005", "0966200006"
    with transaction(system.house.factory) as session:
        set_break(session, "agent-2", "會議", at=clock.now(), by="agent-2")
    with talk(browser, system, number) as (page, _citizen):
        os.kill(system.supervisor.pid("asterisk"), signal.SIGKILL)
        expect(page.locator("[data-state]")).to_have_text("通話中（和電話系統的連線斷了，正在重新連線）")
        expect(page.locator("[data-said]")).to_have_text("連線中斷時，這通電話已經結束。", timeout=3 * SOON)
        expect(page.locator("[data-state]")).to_have_text("已上線，等候來電。")
        system.until(lambda: breaks(system) == {"agent-2": "會議"}, 20, "breaks are as before")
        with system.caller(after) as next_one:
            comes_to_an_agent(system, next_one, after)
            answers(page)
            expect(page.locator('[data-fact="number"]')).to_have_text(
                after, timeout=SOON
            )  # the two are joined
            next_one.hang_up()
            page.locator("[data-call]").wait_for(state="hidden")
    assert system.row(number).end_reason == "system"
    assert system.row(after).agent == AGENT


def breaks(system: System) -> dict[str, str]:
    with AMI.of(system.settings) as ami:
        return {phone: one.on_break for phone, one in agents_state(ami).items() if one.on_break}


def test_two_tabs_do_not_both_ring(browser: Browser, system: System) -> None:
    """A copy of the tab is no telephone by itself; once it is, a call rings there and nowhere else."""
    number = "0966200007"
    with at_desk(browser, system) as first:
        with first.context.expect_page() as opening:
            first.evaluate("open('/desk')")
        second = opening.value
        expect(second.locator("[data-state]")).to_have_text("未上線。")
        goes_on_duty(second)
        with system.caller(number) as citizen:
            comes_to_an_agent(system, citizen, number)
            answers(second)
            assert first.locator("[data-call]").is_hidden()
            citizen.hang_up()
            second.locator("[data-call]").wait_for(state="hidden")
    assert [leg.phone for leg in system.legs(system.row(number).id)] == [AGENT]
