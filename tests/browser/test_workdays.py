"""The working calendar before a real browser: the typhoon switch by mouse and by keyboard, on both screens."""

from datetime import timedelta

from hotline.clock import TAIPEI
from hotline.db import transaction
from tests.browser.conftest import Site
from tests.browser.hands import every_screen

ADMIN = "admin-1"


def promised(site: Site, number: int) -> None:
    """A citizen was promised a callback just now."""
    house, at = site.console.house, site.console.clock.at
    with transaction(house.factory) as session:
        house.callbacks.promise(
            session, f"browser-{number}.1", f"+88691234560{number}", "zh-TW", "caller", at, "5112"
        )


@every_screen
def test_the_calendar_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious, no wider than the screen, with faults and with what moves."""
    promised(site, 1)
    visit = site.visit(ADMIN, width=width, language=language)
    for path, name in (
        ("/calendar", "calendar"),
        ("/calendar/declare?what=closed&day=&reason=", "calendar-faults"),
        (f"/calendar/declare?what=closed&day={due_day(site)}&reason=x", "calendar-moves"),
        ("/calendar/hours", "calendar-hours"),
    ):
        visit.goes(path)
        visit.is_well(name)


def due_day(site: Site) -> str:
    """The day on which the first promise is due."""
    worktime, limits = site.console.house.worktime, site.console.house.callback_limits
    return f"{worktime.due(site.console.clock.at, limits.due).astimezone(TAIPEI):%Y-%m-%d}"


def test_spec_2_a_typhoon_is_declared_by_keyboard_alone(site: Site) -> None:
    """First what moves, then the confirmation."""
    promised(site, 2)
    visit = site.visit(ADMIN)
    visit.goes(f"/calendar/declare?day={due_day(site)}")
    visit.tabs_to("原因")
    visit.page.keyboard.type("颱風停班")
    visit.page.keyboard.press("Enter")
    visit.sees("會變動的期限")
    visit.is_well("calendar-moves-shown")
    visit.tabs_to("確認並生效")
    visit.page.keyboard.press("Enter")
    visit.sees("整天停止上班")
    visit.is_well("calendar-closed")


def test_a_day_of_the_month_is_closed_and_opened_by_mouse(site: Site) -> None:
    """From the table of the month and back to it."""
    day = (site.console.clock.at + timedelta(days=40)).astimezone(TAIPEI).date()
    while not site.console.house.worktime.calendar.is_working(day):
        day += timedelta(days=1)
    visit = site.visit(ADMIN)
    for switch, told in (("宣布停班", "整天停止上班"), ("改為上班", "照常上班")):
        visit.goes(f"/calendar?month={day:%Y-%m}")
        visit.page.locator("td", has=visit.page.locator(f"a[href*='{day.isoformat()}']")).get_by_role(
            "link", name=switch
        ).click()
        visit.page.get_by_label("原因").fill("演練")
        visit.page.get_by_role("button", name="先看哪些期限會變").click()
        visit.page.get_by_role("button", name="確認並生效").click()
        visit.sees(told)
