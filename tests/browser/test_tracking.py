"""A citizen follows a case in a real browser: on both screens, in both languages, without scripts too."""

import re

from hotline.cases.rules import Move
from hotline.cases.words import CaseWords
from hotline.db import looking, transaction
from hotline.outbox.service import notices
from tests.browser.conftest import Site
from tests.browser.hands import every_screen
from tests.browser.test_case_work import filed, picture
from tests.store.cases import NOISE, PARKS, POTHOLE, Table


@every_screen
def test_following_a_case_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """The empty form, what it lacks, a miss, a case with photographs, its cancelling and what came of it."""
    house, at = site.console.house, site.console.clock.at
    house.moving.categories = Table(POTHOLE, NOISE, PARKS)
    number = filed(site)
    with transaction(house.factory) as session:
        house.case_work.move(session, number, Move.SIGN, CaseWords(), "liaison-pwd", at)
        kept = house.case_work.photo(session, number, picture(), "liaison-pwd", at)
        house.case_work.release_photo(session, kept.id, "liaison-pwd", at)
        done = CaseWords(
            result="坑洞已用熱拌瀝青補平，人孔蓋邊緣一併整平；三天內請勿停放重車。",
            done_at=at,
            doer="工班",
            prevention="加強巡查",
        )
        house.case_work.move(session, number, Move.COMPLETE, done, "liaison-pwd", at)
    visit = site.visit(width=width, language=language)
    visit.goes("/track")
    visit.is_well("track")
    visit.page.locator("#submit").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("track-empty")
    visit.page.locator("#number").fill(number)
    visit.page.locator("#digits").fill("0000")
    visit.page.locator("#submit").click()
    visit.page.locator("#digits-error").wait_for()
    visit.is_well("track-missed")
    visit.page.locator("#digits").fill("5678")
    visit.page.locator("#submit").click()
    visit.page.wait_for_url(f"{site.base}/track/case")
    visit.page.locator(".photos img").wait_for()
    visit.is_well("track-case")
    assert (
        visit.page.locator(".photos img").evaluate("one => one.decode().then(() => one.naturalWidth)") == 800
    )


@every_screen
def test_cancelling_by_the_code_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Without any script: the page, the yes, and what came of it."""
    site.console.house.moving.categories = Table(POTHOLE, NOISE, PARKS)
    number = filed(site, phone="", email="wang@mail.example", reply_way="email")
    with looking(site.console.house.factory) as session:
        letter = [one for one in notices(session) if one.template == "N-27"][-1]
    found = re.search(r"取消碼(\d{6})", letter.text)
    assert found
    context = site.browser.new_context(
        viewport={"width": 390, "height": 844}, locale=language, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{site.base}/track")
    page.locator("#number").fill(number)
    page.locator("#digits").fill(found[1])
    page.locator("#submit").click()
    page.wait_for_url(f"{site.base}/track/case")
    visit = site.visit(width=width, language=language)
    visit.page.context.add_cookies(context.cookies())
    visit.goes("/track/case")
    visit.is_well("track-open")
    visit.goes("/track/cancel")
    visit.is_well("track-cancel")
    page.locator("a[href='/track/cancel']").click()
    page.locator("#submit").click()
    page.locator("[data-said]").wait_for()
    visit.goes("/track/case")
    visit.is_well("track-cancelled")
    page.locator("form[action='/track/leave'] button").click()
    page.wait_for_url(f"{site.base}/track")
    context.close()
