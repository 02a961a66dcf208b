"""Counters in a browser: self-test over the real way of video, pages of a counter and an account."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from hotline.db import looking, transaction
from hotline.video import accounts, counter_tests, counters
from hotline.video.counter_rules import Counter
from tests.browser.conftest import Serves, Site
from tests.browser.signing_pages import TEN, SignPages
from tests.browser.two_sides import NO_CAMERA

pytestmark = pytest.mark.live


@pytest.fixture
def pages(serves: Serves, pictures: Browser) -> Iterator[SignPages]:
    site = serves()
    site.console.clock.at = TEN
    with transaction(site.console.house.factory) as session:
        counter = Counter("pwd", "1 樓 3 號櫃檯", helper="王小明")
        counters.write(session, counter, at=TEN, by="admin-1", reason="登記")
        accounts.apply(session, "王小明", "0912345678", TEN, "10.0.0.1")
    yield SignPages(site, pictures)
    for context in pictures.contexts:
        context.close()


def kept(site: Site) -> list[tuple[bool, str]]:
    with looking(site.console.house.factory) as session:
        return [(one.is_connected, one.picture) for one in counter_tests.tests(session, "1")]


def test_P6_1_the_self_test_sends_the_picture_once_around_and_says_what_it_found(pages: SignPages) -> None:
    """In sentences; a counter's is kept, a stranger's is not."""
    counter = pages.citizen(counter=1, agency="pwd")
    for visit, is_kept in ((pages.screen(), False), (counter, True)):
        visit.goes("/sign/test")
        visit.page.locator("[data-start]").click()
        expect(visit.page.locator("[data-lines]")).to_contain_text("秒接通", timeout=40_000)
        expect(visit.page.locator("[data-lines]")).to_contain_text("影像")
        assert kept(pages.site) == ([(True, "good")] if is_kept else [])
    counter.is_well("sign-test-done")


def test_who_refuses_the_camera_is_told_what_to_do(pages: SignPages) -> None:
    """And nothing is claimed of the network."""
    visit = pages.screen("narrow")
    visit.page.add_init_script(NO_CAMERA)
    visit.goes("/sign/test")
    visit.page.locator("[data-start]").click()
    expect(visit.page.locator("[data-lines]")).to_contain_text("允許攝影機")
    visit.is_well("sign-test-refused")


@pytest.mark.parametrize(("width", "language"), [("wide", "zh-TW"), ("narrow", "en")])
def test_a_counter_and_an_account_are_fit_for_everybody(pages: SignPages, width: str, language: str) -> None:
    """Pages with a number in their address, every part of them open."""
    admin = pages.site.visit("admin-1", width, language)
    for path, name in (("/video/counters/1", "video-counter"), ("/video/accounts/1", "video-account")):
        admin.goes(path)
        admin.page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
        admin.is_well(name)
