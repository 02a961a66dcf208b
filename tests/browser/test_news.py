"""The book, news and tickets with a real browser;
a bulletin in two browsers at once (P4.1, P4.4, P4.5, P4.7, P4.8).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from demo.city_book import shelve
from hotline import bulletins as alerts
from hotline.db import transaction
from hotline.knowledge import requests
from hotline.knowledge.requests import FaqQuestion
from hotline.knowledge.rules import Channel
from hotline.tickets import faults, service
from hotline.tickets.rules import About, FaultKind
from hotline.tickets.service import ProblemReport
from tests.browser.conftest import Serves, Site, Visit
from tests.browser.hands import Way, every_screen, every_way
from tests.case_office import elsewhere
from tests.faults.proxy import Proxy

PAGES = (
    "/knowledge", "/knowledge?q=ludeng", "/knowledge?q=zzzzzz", "/knowledge/1", "/knowledge/1/edit", "/knowledge/new",
    "/knowledge/requests", "/knowledge/requests/new", "/knowledge/requests/1", "/alerts", "/alerts/1", "/alerts/new",
    "/news", "/news/new", "/surges", "/surges/new", "/measures", "/measures/1", "/measures/new", "/tickets",
    "/tickets/new", "/tickets/1", "/contacts", "/faults", "/faults/new", "/faults/1",
)  # fmt: skip
SECONDS = 5_000
"""A bulletin is on every open page within so many milliseconds (P4.8)."""


@pytest.fixture(scope="module")
def site(serves: Serves) -> Iterator[Site]:
    """A city with a book, and something of everything."""
    made = serves()
    house, at = made.console.house, made.console.clock.at - timedelta(minutes=5)
    with transaction(house.factory) as session:
        shelve(session, at)
        elsewhere(session, "11411240001", at)
        wanted = FaqQuestion("epb", "電池要丟哪裡？", Channel.PHONE, at)
        requests.ask(
            session, wanted, house.callbacks.worktime(session), house.reply_limit, at=at, by="agent-1"
        )
        row = alerts.raise_alert(
            session, "epb", "演習已結束", "今天的演習順利結束。", at=at, by="liaison-epb"
        )
        alerts.see(session, row.id, at=at, by="agent-1")
        alerts.lift(session, row.id, at=at, by="liaison-epb")
        service.open_ticket(
            session, ProblemReport("epb", About.CASE, "11411240001", "應改分工務局"), at=at, by="agent-1"
        )
        service.note(session, "epb", "確認聯繫窗口的代理人。", at=at, by="agent-1")
        faults.report(session, FaultKind.SWITCHBOARD, "epb", "總機有雜音", at=at, by="agent-1")
    yield made


@every_screen
def test_every_page_of_these_rooms_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Full, empty, with forms; on a desk's screen and on a telephone's."""
    visit = site.visit("admin-1", width, language)
    for path in PAGES:
        visit.goes(path)
        visit.is_well("news" + path.replace("/", "-").replace("?", "-"))
        assert visit.page.locator("h1").count() == 1, path


@every_way
def test_an_agent_reads_an_answer_to_a_caller(site: Site, way: Way) -> None:
    """Typed as it sounds, opened, read."""
    hand = way.comes(site, "agent-1")
    hand.goes("/knowledge")
    hand.fills("民眾問什麼", "tingchefei")
    hand.presses("查詢")
    hand.press(hand.part.get_by_role("link", name="停車費單不見了，要怎麼繳？"))
    hand.visit.sees("用車牌號碼就可以查")


@every_way
def test_a_liaison_writes_an_entry_and_looks_at_another(site: Site, way: Way) -> None:
    """From the list to the saved entry; then another is looked at and stands."""
    hand = way.comes(site, "liaison-epb")
    hand.goes("/knowledge")
    hand.presses("新增問答")
    hand.visit.page.wait_for_url("**/knowledge/new**")
    hand.fills("民眾會怎麼問", f"電池要丟哪裡 {way}？")
    hand.fills("怎麼回答（口語化）", "請交給資源回收車的清潔隊員。")
    hand.ticks("我唸過一遍，可以直接唸給民眾聽")
    hand.presses("儲存")
    hand.visit.sees("請交給資源回收車的清潔隊員。")
    hand.is_well("knowledge-written")
    hand.goes("/knowledge/1")
    hand.presses("檢視過，內容照舊")
    hand.sees("已記下：您檢視過這一則，內容照舊。")


def _raised(site: Site, title: str) -> int:
    with transaction(site.console.house.factory) as session:
        at = site.console.clock.at
        return alerts.raise_alert(session, "epb", title, f"{title}，請照實告知。", at=at, by="liaison-epb").id


def _lifted(site: Site, number: int) -> None:
    with transaction(site.console.house.factory) as session:
        alerts.lift(session, number, at=site.console.clock.at, by="liaison-epb")


def _shown(visit: Visit, title: str) -> None:
    expect(visit.page.locator("[data-alerts]")).to_contain_text(title, timeout=SECONDS)


@pytest.mark.promise("A bulletin is on every desk within five seconds")
def test_P4_8_a_bulletin_is_in_two_browsers_within_five_seconds_and_leaves_them(site: Site) -> None:
    """Raised by a liaison at one screen, read by two agents at theirs without a press,
    also in a second window.
    """
    first, second = site.visit("agent-1"), site.visit("agent-2", "narrow", "en")
    first.goes("/news")
    second.goes("/faults")
    window = first.page.context.new_page()
    window.goto(f"{site.base}/knowledge")
    liaison = site.visit("liaison-epb")
    liaison.goes("/alerts/new")
    liaison.page.get_by_label("標題").fill("示範東區停水")
    liaison.page.get_by_label("發生什麼事，話務人員怎麼說").fill("管線破裂，今晚十點恢復。")
    liaison.page.get_by_role("button", name="發布給所有話務人員").click()
    for visit in (first, second):
        _shown(visit, "管線破裂，今晚十點恢復。")
        visit.is_well("alert")
    expect(window.locator("[data-alerts]")).to_contain_text("示範東區停水", timeout=SECONDS)
    first.page.get_by_role("button", name="我看過了").click()
    first.sees("已記下：您看過這則緊急通告。")
    first.is_well("alert-seen")
    liaison.page.get_by_role("button", name="解除通告").click()
    for page in (first.page, second.page, window):
        expect(page.locator("[data-alerts]")).not_to_contain_text("示範東區停水", timeout=SECONDS)


def test_P4_8_a_bulletin_is_there_after_a_break_of_the_line(site: Site) -> None:
    """The break is said; what was raised meanwhile is shown when the line is back, without a press."""
    line = Proxy(int(site.base.rpartition(":")[2]))
    visit = replace(site, base=f"http://127.0.0.1:{line.port}").visit("agent-1")
    visit.goes("/news")
    first = _raised(site, "示範西區停電")
    _shown(visit, "示範西區停電")
    lost = visit.page.locator("[data-alerts-lost]")
    with line.refusing():
        expect(lost).to_be_visible(timeout=6 * SECONDS)
        _lifted(site, first)
        second = _raised(site, "示範西區復電")
    expect(visit.page.locator("[data-alerts]")).to_contain_text("示範西區復電", timeout=4 * SECONDS)
    expect(visit.page.locator("[data-alerts]")).not_to_contain_text("示範西區停電")
    expect(lost).to_be_hidden()
    _lifted(site, second)
    line.close()


def test_an_open_page_is_told_that_its_session_is_over(site: Site) -> None:
    """An agent who would hear of no bulletin any more is told so."""
    visit = site.visit("agent-3")
    visit.goes("/news")
    other = visit.page.context.new_page()
    other.goto(f"{site.base}/account")
    other.get_by_role("button", name="登出").first.click()
    expect(visit.page.locator("[data-alerts-over]")).to_be_visible(timeout=4 * SECONDS)
