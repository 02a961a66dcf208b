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
        ("/calendar/declare", "closure-path"),
        (
            f"/calendar/declare?what=closed&day={due_day(site)}&reason=x&announcement=typhoon&agency=rdec",
            "closure-seen",
        ),
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
    hand.goes(f"/calendar?month={day[:7]}")
    hand.press(hand.part.locator(f"td a[href*='{day}'][href*='what=closed']").first)
    hand.fills("原因", "颱風停班")
    hand.tick(hand.part.locator("input[name=announcement][value=typhoon]"))
    hand.chooses("發布機關", "環保局")
    hand.presses("先看一遍再宣布")
    hand.sees("宣布前再看一遍")
    page.locator("#moves strong").get_by_text(day).wait_for()
    hand.is_well("closure-seen")
    hand.presses("確認並生效")
    page.wait_for_url("**/calendar/closures/*")
    page.locator("h1").get_by_text(day).wait_for()
    hand.is_well("closure-in-force")
    hand.goes("/calendar")
    hand.press(hand.part.locator("a[href*='/calendar/closures/']"))
    hand.fills("原因", "颱風轉向")
    hand.presses("全部撤回，照常上班")
    hand.sees("已結束")
    hand.is_well("closure-ended")
