"""Agents at their desks in real browsers, a supervisor before the board, and the citizens who call."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page

from demo.phone import PhoneEventKind, Softphone
from hotline import clock
from hotline.accounts import service as accounts
from hotline.db import transaction
from tests.browser.conftest import WIDTHS
from tests.doors.console import PASSWORD
from tests.live.conftest import assert_clean
from tests.live.system import ALL_DAY, System, declare, is_open, running
from tests.live.talks import BOSS
from tests.live.test_early_keys import kinds

AGENT = "agent-1"


@contextmanager
def office(**settings: object) -> Iterator[System]:
    """A hotline open all day whose first two agents and supervisor can sign in and answer with a page;
    no after-call work by itself.
    """
    always = {**ALL_DAY, "browser_phones": "yes", "after_call": 0}
    with running(**{**always, **settings}) as one:
        declare(one, "open")
        for login in (AGENT, "agent-2", BOSS):
            with transaction(one.house.factory) as session:
                token = accounts.invite(session, login, at=clock.now(), by="test")
            accounts.accept(one.house.factory, token, PASSWORD, at=clock.now())
        one.until(lambda: is_open("127.0.0.1", one.settings.console_port), 30, "the pages are there")
        yield one
        assert_clean(one)


def comes_in(
    browser: Browser,
    system: System,
    login: str,
    to: str,
    width: str = "wide",
    language: str = "zh-TW",
    context: BrowserContext | None = None,
) -> Page:
    """Somebody who came in by the door, at a page; their browser has a microphone. ``context``:
    one that is open already.
    """
    context = context or browser.new_context(
        locale=language, permissions=["microphone"], viewport={"width": WIDTHS[width], "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{system.settings.console}/sign-in?after={to}")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("#submit").click()
    page.wait_for_url(f"**{to}")
    return page


@contextmanager
def at_desk(
    browser: Browser, system: System, login: str = AGENT, width: str = "wide", language: str = "zh-TW"
) -> Iterator[Page]:
    """An agent at the desk, on duty with this browser."""
    page = comes_in(browser, system, login, "/desk", width, language)
    goes_on_duty(page)
    system.until(lambda: login in system.reachable(), 20, "the page is reachable")
    try:
        yield page
    finally:
        page.context.close()
        system.until(lambda: system.channels() == 0, 45, "no channel is left")


def goes_on_duty(page: Page) -> None:
    page.locator("[data-on]").click()
    # After-call work of the talk before may last as long as its limit.
    page.locator("[data-state]", has_text=re.compile("已上線，等候來電|On duty")).wait_for(timeout=60_000)


def comes_to_an_agent(system: System, phone: Softphone, number: str) -> None:
    """Mandarin, then an agent."""
    phone.dial(f"sip:1999@{system.sip}")
    phone.wait_for(PhoneEventKind.ESTABLISHED, 5)
    for count in (1, 2):
        system.in_menu(number, count)
        time.sleep(0.3)
        phone.press("1")
    system.until(lambda: "Queued" in kinds(system, number), 10, "the queue")


def takes_the_call(page: Page, number: str) -> None:
    """By the key; the whole number is on the card."""
    page.get_by_role("heading", name="有來電", exact=True).wait_for()
    page.keyboard.press("Alt+a")
    page.get_by_role("heading", name="通話中", exact=True).wait_for()
    page.locator('[data-fact="number"]', has_text=number).wait_for()
