"""What fits and what is only similar, apart: in the book, in the directory, on the board, at the desk."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from demo.city_book import shelve
from hotline.db import transaction
from tests.browser.conftest import Serves, Site
from tests.browser.hands import every_screen

PAGES = {
    "/knowledge?q=敬老卡掉了": "fits",
    "/knowledge?q=罰單分期付款": "similar",
    "/knowledge?q=zzqq沒有": "nothing",
    "/directory?q=垃圾": "fits",
    "/directory?q=環境髒爛": "similar",
    "/directory?q=沒有這個人": "nothing",
    "/news?q=聯合婚禮": "fits",
    "/news?q=聯合婚宴報名": "similar",
    "/news?q=zzqq沒有": "nothing",
}


@pytest.fixture(scope="module")
def site(serves: Serves) -> Iterator[Site]:
    """A city with a book."""
    made = serves()
    with transaction(made.console.house.factory) as session:
        shelve(session, made.console.clock.at - timedelta(minutes=5))
    yield made


@every_screen
def test_what_fits_what_is_similar_and_nothing(site: Site, width: str, language: str) -> None:
    """Similar ones are folded beside what fits, open where nothing does."""
    visit = site.visit("agent-1", width, language)
    for path, how in PAGES.items():
        visit.goes(path)
        expect(visit.page.locator("main [role=search]")).to_be_visible()
        visit.is_well("search-" + path[1:].partition("?")[0] + f"-{how}")
        asks = visit.page.locator("a[href*='/knowledge/requests/new?question=']")
        assert asks.count() == (how != "fits")


@every_screen
def test_the_desk_shows_them_apart(site: Site, width: str, language: str) -> None:
    """Answers to a caller and whom to put them through to, while the agent types."""
    visit = site.visit("agent-1", width, language)
    visit.goes("/desk")
    page = visit.page
    page.evaluate(
        "for (const part of document.querySelectorAll('[data-call], [data-work]')) part.hidden = false"
    )
    page.locator("#question").fill("罰單分期付款")
    similar = page.locator("[data-answers] > details")
    expect(similar).to_have_count(1)
    expect(similar.locator("details").first).to_have_attribute("open", "")
    page.locator("#whom").fill("環境髒爛")
    expect(page.locator("[data-hits-similar] li")).to_have_count(6)
    expect(page.locator("[data-ask-who]")).to_be_visible()
    visit.is_well("search-desk-similar")
    page.locator("#question").fill("敬老卡掉了")
    expect(page.locator("[data-answers] > details").first).to_contain_text("敬老卡掉了怎麼補？")
    page.locator("#whom").fill("垃圾")
    expect(page.locator("[data-hits] li")).to_have_count(6)
    expect(page.locator("[data-hits-similar] li")).to_have_count(0)
    expect(page.locator("[data-ask-who]")).to_be_hidden()
    visit.is_well("search-desk-fits")
    page.locator("#question").fill("zzqq沒有")
    expect(page.locator("[data-answers] details")).to_have_count(0)
    expect(page.locator("[data-ask]")).to_be_visible()
