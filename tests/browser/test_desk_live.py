"""An agent's desk in a real browser: real Asterisk, a citizen's and an officer's real phones."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from hotline import clock
from hotline.accounts import service as accounts
from hotline.callbacks.find import of_number
from hotline.db import transaction
from hotline.staff.service import staff
from ivr.store import CallRow, CelEvent
from ops.officers import Officers
from ops.phone import Answers, Busy, Phone, What
from tests.browser.conftest import Visit
from tests.doors.console import PASSWORD
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, is_open, running
from tests.live.test_early_keys import kinds, menus_begun

pytestmark = pytest.mark.live
AGENT = "agent-1"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with running(browser_phones="yes", office_opens="00:00", office_closes="23:59:59") as one:
        for login in (AGENT, "agent-2"):
            with transaction(one.house.factory) as session:
                token = accounts.invite(session, login, at=clock.now(), by="test")
            accounts.accept(one.house.factory, token, PASSWORD, at=clock.now())
        one.until(lambda: is_open("127.0.0.1", one.settings.console_port), 30, "the pages are there")
        yield one
        assert_clean(one)


@contextmanager
def at_desk(browser: Browser, system: System, login: str = AGENT) -> Iterator[Page]:
    """An agent who came in by the door, at the desk, on duty with this browser."""
    context = browser.new_context(
        locale="zh-TW", permissions=["microphone"], viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{system.settings.console}/sign-in?after=/desk")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("#submit").click()
    page.wait_for_url("**/desk")
    goes_on_duty(page)
    system.until(lambda: login in system.reachable(), 20, "the page is reachable")
    try:
        yield page
    finally:
        context.close()
        system.until(lambda: system.channels() == 0, 45, "no channel is left")


def is_a_page(system: System, phone: str) -> bool:
    """Whether Asterisk takes an agent's telephone for a browser."""
    shown = system.home.rx(f"pjsip show endpoint {phone}").split()
    return shown[shown.index("webrtc") + 2] == "yes"


def goes_on_duty(page: Page) -> None:
    page.get_by_role("button", name="用這個瀏覽器上線").click()
    page.get_by_text("已上線，等候來電").wait_for()


def comes_to_an_agent(system: System, phone: Phone, number: str) -> None:
    """Mandarin, then an agent."""
    phone.dial(f"sip:1999@{system.sip}")
    phone.wait_for(What.ESTABLISHED, 5)
    for count in (1, 2):
        system.until(lambda count=count: menus_begun(system, number) >= count, 25, f"menu {count}")
        time.sleep(0.3)
        phone.press("1")
    system.until(lambda: "Queued" in kinds(system, number), 10, "the queue")


def talks_to_an_officer(system: System, number: str) -> bool:
    """Whether an officer's phone is bridged with the caller."""
    with transaction(system.house.factory) as session:
        calls = select(CallRow.id).where(CallRow.caller == f"+886{number[1:]}")
        seen = select(CelEvent.body).where(CelEvent.linked_id.in_(calls), CelEvent.kind == "BRIDGE_ENTER")
        return any(str(body["channame"]).startswith("PJSIP/officers") for body in session.scalars(seen))


def test_a_call_is_answered_held_put_through_and_closed(system: System, browser: Browser) -> None:
    """By keyboard as far as it goes: the card before the answer, the number after it, the ladder before the transfer."""
    number = "0966100001"
    phones = {"5112": Busy(), "5111": Answers(1.0, 60.0), "5113": Busy()}
    with (
        Officers(system.settings.officers_contact, phones, system.scratch / "officers"),
        at_desk(browser, system) as page,
        system.caller(number) as citizen,
    ):
        comes_to_an_agent(system, citizen, number)
        page.get_by_role("heading", name="來電", exact=True).wait_for()
        expect(page.locator('[data-fact="number"]')).to_have_text("0966***001")
        expect(page.locator('[data-fact="pressed"]')).to_contain_text("主選單 1")
        Visit(page, system.settings.console, "wide-zh-TW").is_well("desk-ringing")
        page.keyboard.press("Alt+a")
        page.get_by_role("heading", name="通話中").wait_for()
        expect(page.locator('[data-fact="number"]')).to_have_text(number, timeout=10_000)
        page.keyboard.press("Alt+h")
        page.get_by_role("heading", name="保留中").wait_for()
        page.keyboard.press("Alt+h")
        page.get_by_role("heading", name="通話中").wait_for()
        page.keyboard.press("Alt+t")
        page.keyboard.type("5112")
        page.locator("[data-hits] button").first.click()
        expect(page.locator("[data-route]")).to_contain_text("5111")
        page.get_by_label("涉及法令解釋").check()
        Visit(page, system.settings.console, "wide-zh-TW").is_well("desk-talking")
        page.locator("[data-transfer] button.govuk-button").click()
        page.get_by_text("正在轉接").wait_for()
        page.locator("[data-call]").wait_for(state="hidden", timeout=30_000)
        system.until(lambda: talks_to_an_officer(system, number), 30, "the neighbour talks")
        citizen.hang_up()
        row = system.row(number)
        assert [(leg.extension or leg.phone, leg.outcome) for leg in system.legs(row.id)] == [
            ("agent-1", "answered"), ("5112", "busy"), ("5111", "answered"),
        ]  # fmt: skip
        closing = page.locator(f'[data-close="{row.id}"]')
        closing.wait_for()
        closing.get_by_role("button", name="結案").click()
        closing.get_by_text("請至少選一種服務類型").wait_for()
        closing.get_by_label("轉接").check()
        closing.get_by_role("button", name="結案").click()
        closing.wait_for(state="hidden")
        Visit(page, system.settings.console, "wide-zh-TW").is_well("desk-idle")
    assert system.row(number).service == "P3.2"


def test_a_callback_is_promised_while_talking(system: System, browser: Browser) -> None:
    """And said with its time; the page that hangs up ends the call."""
    number = "0966100002"
    with at_desk(browser, system) as page, system.caller(number) as citizen:
        comes_to_an_agent(system, citizen, number)
        page.get_by_role("button", name="接聽").click()
        expect(page.locator('[data-fact="number"]')).to_have_text(number, timeout=15_000)
        page.get_by_label("事由").fill("路燈不亮")
        page.locator("[data-callback] button").click()
        page.get_by_text("已登記回電，最晚").wait_for()
        page.keyboard.press("Alt+e")
        citizen.wait_for(What.CLOSED, 10)
    with transaction(system.house.factory) as session:
        (promised,) = of_number(session, number)
    assert (promised.matter, promised.origin) == ("路燈不亮", "agent")
    assert system.row(number).end_reason == "agent_hung_up"


def test_a_second_page_takes_the_telephone_over(system: System, browser: Browser) -> None:
    """Two pages do not both ring: the first says that it is the telephone no more."""
    with at_desk(browser, system) as first:
        with first.context.expect_page() as opening:
            first.evaluate("open('/desk')")
        second = opening.value
        second.set_default_timeout(30_000)
        goes_on_duty(second)
        first.get_by_text("另一個分頁已接手").wait_for(timeout=75_000)
        expect(second.get_by_text("已上線，等候來電")).to_be_visible()


def test_the_account_of_a_page_that_signed_off_opens_nothing(system: System, browser: Browser) -> None:
    """Its password is Asterisk's no more; the desk's own phone has its account back."""
    with at_desk(browser, system, "agent-2") as page:
        with transaction(system.house.factory) as session:
            assert staff(session, "agent-2", clock.now()).phone == "agent-2"
        page.get_by_role("button", name="下線").click()
        page.get_by_text("未上線").wait_for()
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
