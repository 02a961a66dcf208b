"""The working calendar before a real browser:
the typhoon switch by mouse and by keyboard, on both screens.
"""

from hotline.clock import TAIPEI
from hotline.db import transaction
from tests.browser.conftest import Site
from tests.browser.hands import Way, every_screen, promised_way

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


@promised_way("A typhoon day is declared")
def test_spec_2_a_typhoon_is_declared(site: Site, way: Way) -> None:
    """From the month to the day; first what moves, then the confirmation; and back to work."""
    promised(site, 2)
    hand = way.comes(site, ADMIN)
    page, day = hand.visit.page, due_day(site)
    for switch, told in (("closed", "整天停止上班"), ("open", "照常上班")):
        hand.goes(f"/calendar?month={day[:7]}")
        hand.press(hand.part.locator(f"td a[href*='{day}'][href*='what={switch}']").first)
        hand.fills("原因", "颱風停班")
        hand.presses("先看哪些期限會變")
        hand.sees("會變動的期限" if switch == "closed" else "原因")
        hand.is_well(f"calendar-{switch}-moves")
        hand.presses("確認並生效")
        page.wait_for_url("**/calendar?month=*")
        assert told in page.content() or way.language == "en"
        hand.is_well(f"calendar-{switch}")
