"""People and roles with a real browser:
found, added, invited by mouse and by keyboard, fit for every screen.
"""

from hotline.db import transaction
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.role_grants import give
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.browser.conftest import Site
from tests.browser.hands import WAYS, Way, every_screen, every_way, promised_way

ADMIN = "admin-1"


@every_screen
def test_the_pages_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious:
    the list, none found, a person, the forms, with and without faults.
    """
    visit = site.visit(ADMIN, width, language)
    for path, name in (
        ("/staff", "staff"),
        ("/staff?q=nobody-at-all", "staff-nobody"),
        ("/staff/roles", "staff-roles"),
        ("/staff/officer-5112", "staff-person"),
        ("/staff/officer-5112/change", "staff-change"),
        ("/staff/officer-5112/end", "staff-end"),
        ("/staff/officer-5112/keys", "staff-keys"),
        ("/staff/proposals", "staff-proposals"),
        ("/staff/new", "staff-new"),
    ):
        visit.goes(path)
        visit.is_well(name)
    visit.page.locator("#submit").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("staff-new-empty")


@promised_way("Somebody is added and invited")
def test_somebody_is_added_and_invited(site: Site, way: Way) -> None:
    """From the list to the new person's page, and the link that is there to be read out."""
    hand = way.comes(site, ADMIN)
    page, login = hand.visit.page, f"new.{WAYS.index(way)}"
    hand.goes("/staff")
    hand.presses("新增人員")
    page.wait_for_url("**/staff/new")
    hand.fills("帳號", login)
    hand.fills("姓名", "示範新人")
    hand.ticks("1999 聯繫窗口")
    place = hand.part.get_by_label(hand.said("單位"), exact=True)
    hand.choose(place, place.locator("option").nth(1).inner_text())
    hand.fills("原因", "新任聯繫窗口")
    hand.presses("儲存")
    page.wait_for_url(f"**/staff/{login}")
    hand.is_well("staff-added")
    hand.presses("發出設定密碼的連結")
    page.locator("#link").wait_for()
    assert "/invitation/" in page.locator("#link").inner_text()
    hand.is_well("staff-invited")


@every_way
def test_somebody_is_found(site: Site, way: Way) -> None:
    """By a login, a name or an extension."""
    hand = way.comes(site, ADMIN)
    hand.goes("/staff")
    hand.fills("姓名、帳號、單位或分機", "officer-5113")
    hand.presses("搜尋")
    hand.press(hand.part.locator("a[href$='/staff/officer-5113']").first)
    hand.visit.page.wait_for_url("**/staff/officer-5113")


def test_a_key_is_made_by_keyboard_alone(site: Site) -> None:
    """Typed, shown once, listed with how it stands."""
    visit = site.visit(ADMIN)
    visit.goes("/staff/liaison-epb/keys")
    visit.tabs_to("哪個程式使用")
    visit.page.keyboard.type("目錄同步")
    visit.page.keyboard.press("Enter")
    visit.page.locator("#key").wait_for()
    visit.is_well("staff-key")
    visit.goes("/staff/liaison-epb/keys")
    visit.is_well("staff-keys-some")


@every_screen
def test_a_role_that_approves_waits_for_another(site: Site, width: str, language: str) -> None:
    """Who proposed it sees that it waits;
    another administrator sees what is now and what is proposed, and confirms.
    """
    house, at = site.console.house, site.console.clock.at
    with transaction(house.factory) as session:
        second = Staff("admin-2", "示範第二人", frozenset((Role.ADMINISTRATOR,)))
        set_staff(session, second, Period(at), at=at, by=ADMIN)
        chief = Staff(f"chief.{width}", "示範新督導", frozenset((Role.SUPERVISOR, Role.AGENT)), "rdec")
        number = give(session, chief, Period(at), at=at, by=ADMIN, reason="升任督導")
    assert number
    for login, name in ((ADMIN, "staff-proposal-own"), ("admin-2", "staff-proposal")):
        visit = site.visit(login, width, language)
        visit.goes(f"/staff/proposals/{number}")
        visit.is_well(name)
    visit.page.locator("main form button").first.click()
    visit.page.locator(".govuk-tag--green").first.wait_for()
    visit.is_well("staff-proposal-confirmed")
