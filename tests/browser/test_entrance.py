"""Signing in with a real browser: by mouse, by keyboard alone, on a desk's screen and on a telephone's."""

from datetime import timedelta

from tests.browser.conftest import Site
from tests.browser.hands import Way, every_screen, promised_way
from tests.doors.console import PASSWORD

OFFICER = "officer-5112"


@every_screen
def test_the_door_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious, with and without an error shown."""
    visit = site.visit(width=width, language=language)
    visit.goes("/sign-in")
    visit.is_well("sign-in")
    visit.page.locator("#submit").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("sign-in-empty")


@promised_way("Signing in")
def test_an_officer_signs_in(site: Site, way: Way) -> None:
    """The browser keeps the cookie also over plain HTTP on this machine;
    the session holds on the next page.
    """
    site.console.gets_password(OFFICER)
    visit = site.visit(width=way.width, language=way.language)
    hand = way.at(visit.page, site.base)
    hand.goes("/account")
    hand.fills("帳號", OFFICER)
    hand.fills("密碼", PASSWORD)
    hand.presses("登入")
    visit.page.wait_for_url(f"{site.base}/account")
    hand.is_well("account")


def test_an_administrator_scans_a_picture_and_comes_in(site: Site) -> None:
    """From the link that `make up` prints to the first page."""
    console = site.console
    console.gets_password("admin-1")
    visit = site.visit()
    visit.goes("/sign-in")
    visit.page.get_by_label("帳號").fill("admin-1")
    visit.page.get_by_label("密碼", exact=True).fill(PASSWORD)
    visit.page.get_by_role("button", name="登入").click()
    visit.page.wait_for_url("**/account/second-factor")
    visit.is_well("second-factor")
    visitor = console.stranger()
    visitor.secret = visit.page.locator("code").inner_text()
    visit.page.get_by_label("驗證器顯示的六位數字").fill(visitor.code())
    visit.page.get_by_label("密碼", exact=True).fill(PASSWORD)
    visit.page.get_by_role("button", name="啟用").click()
    visit.sees("驗證器已啟用")
    visit.is_well("recovery-codes")
    visit.page.get_by_role("button", name="我已經保管好，繼續").click()
    visit.page.wait_for_url(f"{site.base}/")
    visit.is_well("overview")
    console.clock.goes_on(timedelta(seconds=31))


@every_screen
def test_a_lost_authenticator_is_replaced(site: Site, width: str, language: str) -> None:
    """The pages of the second factor: set up, replaced, codes made anew; each fit for everybody."""
    visit = site.visit("admin-1", width, language)
    for path, name in (
        ("/account/second-factor", "second-factor-replaced"),
        ("/account/recovery-codes", "recovery-codes-renewed"),
        ("/staff/officer-5112/second-factor/remove", "second-factor-removed"),
        ("/account", "account-administrator"),
    ):
        visit.goes(path)
        visit.is_well(name)
    visit.goes("/account/second-factor")
    visit.page.locator("#submit").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("second-factor-empty")
