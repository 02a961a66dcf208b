"""Browsers telephone through the shipped proxy:
a citizen's page and an agent's desk, by wss and a real Asterisk behind.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from ops.run.supervisor import specs
from tests import sockets
from tests.browser.conftest import WIDTHS
from tests.browser.desks import at_desk, office
from tests.house.test_websockets_live import CONTACTS, invite
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System
from tests.nginx import HOST, Nginx, behind_a_proxy, proxied
from tests.sockets import ANY, Socket
from tests.websocket import NotOpened, WebSocket

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def behind() -> Iterator[tuple[System, Nginx]]:
    """A whole hotline whose pages are reached by nginx alone."""
    refuse_or_go_on()
    settings, tls, plain = behind_a_proxy()
    with ExitStack() as stack:
        system = stack.enter_context(office(**settings))
        yield system, stack.enter_context(proxied(system.settings, tls, plain))


def unexplained(system: System) -> set[Socket]:
    """UDP sockets of all our processes and Asterisk, in a talk, without those of docs/operations.md."""
    pids = {spec.name: system.supervisor.pid(spec.name) for spec in specs(system.home)}
    settings, found = system.settings, {one for one in sockets.of(pids.values()) if one.kind == "udp"}
    own = [one for one in found if one.address == settings.sip_address]
    rtp = [one for one in own if one.port in range(settings.rtp_from, settings.rtp_to + 1)]
    assert Socket("udp", settings.sip_address, settings.sip_port) in own and rtp
    asking = {one for one in sockets.of([pids["asterisk"]]) if one.kind == "udp" and one.address in ANY}
    assert sorted(one.address for one in asking) in ([], sorted(ANY))
    return found - asking - {Socket("udp", settings.sip_address, settings.sip_port)} - set(rtp)


def test_a_citizens_page_and_an_agents_desk_talk_by_wss(
    behind: tuple[System, Nginx], browser: Browser
) -> None:
    """The agent is on duty, the citizen dials and presses 1, 1, the agent answers, both hang up well."""
    system, _nginx = behind
    opened: list[str] = []
    with at_desk(browser, system) as desk:
        context = browser.new_context(
            locale="zh-TW", permissions=["microphone"], viewport={"width": WIDTHS["narrow"], "height": 900}
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("websocket", lambda one: opened.append(one.url))
        page.goto(f"{system.settings.console}/phone")
        page.get_by_role("button", name="撥打 1999").click()
        log = page.get_by_role("log")
        for words in ("國語", "已知分機號碼"):
            log.get_by_text(words).first.wait_for()
            page.keyboard.press("1")
        desk.get_by_role("heading", name="有來電", exact=True).wait_for()
        desk.keyboard.press("Alt+a")
        desk.get_by_role("heading", name="通話中", exact=True).wait_for()
        assert opened == [system.settings.browser_url]
        assert unexplained(system) == set()
        page.get_by_role("button", name=re.compile("掛斷")).click()
        page.get_by_text("您已掛斷，通話結束。").wait_for()
        context.close()


def test_a_stranger_opens_no_wss_and_an_account_alone_dials_nothing(
    behind: tuple[System, Nginx], browser: Browser
) -> None:
    """No cookie, another site: 401 by the proxy.
    Who has a cookie and no password is 401 by Asterisk, and not the carrier.
    """
    system, nginx = behind
    context = browser.new_context(base_url=system.settings.console)
    page = context.new_page()
    page.goto("/phone")
    given = page.evaluate(
        "fetch('/phone/account', {method: 'POST', headers: {'X-csrf': document.querySelector('[data-csrf]').dataset.csrf}})"
        ".then(answer => answer.status)"
    )
    assert given == 200
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
    context.close()
    for told in ({}, {"Origin": nginx.origin}, {"Origin": "https://evil.example", "Cookie": cookie}):
        with pytest.raises(NotOpened, match="401"):
            WebSocket.open(("127.0.0.1", nginx.port), tls=nginx.trust, host=HOST, headers=told)
    for contact in CONTACTS.values():
        headers = {"Origin": nginx.origin, "Cookie": cookie}
        with WebSocket.open(("127.0.0.1", nginx.port), tls=nginx.trust, host=HOST, headers=headers) as line:
            line.send(invite("1999", "0912345678", contact, "WSS"))
            while (status := int(line.receive().split(" ", 2)[1])) < 200:
                pass
            assert status in (401, 403)
