"""Pages of a month's figures that have gaps in their addresses, or something to show only with rows behind
them: for all eyes, at both widths, in both languages, in forced colours, enlarged, by keyboard.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from calls.store import CallRow
from hotline.cases.store import Case
from hotline.clock import midnight, taipei
from hotline.db import transaction
from hotline.staff.store import ShiftRow
from reporting.open_figures import publish
from tests.browser.conftest import SHOTS, Serves, Site, Visit
from tests.figured_month import OCTOBER, TEN, figured_month

EDITION = "/reports/packs/2026-10/2"
PAGES = (
    "/reports/packs",
    EDITION,
    "/reports?kind=times&month=2026-10",
    "/reports?kind=overdue&month=2026-10",
    "/reports/behind?kind=completion&month=2026-10&head=settled&row=all",
    "/open",
    "/open/2026-10",
    "/staffing",
    "/staffing?closed=1&times=3",
    "/reviews",
    "/reviews/1",
    "/reviews/candidates",
    "/reviews/year?year=2026",
    "/feedback?year=2026",
    "/feedback/1",
    "/surveys",
)
PRESSES = 150
"""The menu stands before what a page is about."""
ENLARGED = 640
"""Pixels that are left of 1280 at 200 % (WCAG 1.4.4)."""
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNSEEN = """() => [...document.querySelectorAll(".chart rect, .govuk-tag, .govuk-button, .figures li")]
    .filter((one) => one.checkVisibility()).filter((one) => {
        const style = getComputedStyle(one), ground = getComputedStyle(document.body).backgroundColor;
        const drawn = [style.fill, style.stroke, style.borderTopColor, style.outlineColor, style.color];
        return drawn.every((colour) => colour === ground || colour === "none") })
    .map((one) => one.outerHTML.slice(0, 120))"""
"""What has no colour but that of the page."""


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """Two editions of October, its open figures, four weeks of calls, and one agent on tomorrow's roster."""
    made = serves()
    house, now = made.console.house, made.console.clock.at
    blank = {"kind": "quick", "agency": "pwd", "category": "3003", "district": "板橋區", "state": "CLOSED"}
    blank |= {"drafted_at": TEN, "drafted_by": "a", "filed_at": TEN, "done_at": TEN + timedelta(hours=9)}
    with transaction(house.factory) as session:
        figured_month(session)
        session.execute(insert(Case), [blank | {"number": f"1151021{n:05}"} for n in range(60)])
    house.packs.make(OCTOBER, "supervisor-1", taipei("2026-11-01T02:00"), lambda _step: None)
    with transaction(house.factory) as session:
        session.execute(update(CallRow).where(CallRow.id == "call-1").values(service="P3.1"))
    house.packs.make(OCTOBER, "jobs", taipei("2026-11-09T02:00"), lambda _step: None)
    assert publish(house.factory, taipei("2026-11-09T02:00")) == OCTOBER
    with transaction(house.factory) as session:
        for day in range(1, 29):
            for number in range(40):
                at = midnight(now) - timedelta(days=day) + timedelta(hours=9, minutes=6 * number)
                session.add(CallRow(id=f"past-{day}-{number}", started_at=at, queued_at=at, ended_at=at))
        begins = midnight(now) + timedelta(days=1, hours=8)
        row = ShiftRow(login="agent-1", language="zh-TW", since=begins, until=begins + timedelta(hours=8))
        row.made_at, row.made_by = now, "supervisor-1"
        session.add(row)
    return made


def name_of(address: str) -> str:
    return "month" + re.sub(r"\W+", "-", address)


@pytest.mark.parametrize(
    ("width", "language"),
    [
        ("wide", "zh-TW"),
        ("narrow", "en"),
        pytest.param("wide", "en", marks=pytest.mark.thorough),
        pytest.param("narrow", "zh-TW", marks=pytest.mark.thorough),
    ],
)
def test_every_page_with_rows_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Nothing serious by axe-core, nothing wider than the screen, one first heading."""
    visit = site.visit("admin-1", width, language)
    for address in PAGES:
        visit.goes(address)
        visit.is_well(name_of(address))
        assert visit.page.locator("h1").count() == 1, address


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_nothing_is_lost_in_forced_colours_or_enlarged(site: Site, language: str) -> None:
    """Columns of pictures, states and buttons are drawn in a colour that is not the page's; at 200 per cent
    lines wrap, and the page does not scroll sideways.
    """
    visit = site.visit("admin-1", "wide", language)
    for address in PAGES:
        visit.page.emulate_media(forced_colors="active")
        visit.goes(address)
        photographed(visit, f"forced{name_of(address)}")
        assert visit.page.evaluate(UNSEEN) == [], address
        visit.page.emulate_media(forced_colors="none")
        visit.page.set_viewport_size({"width": ENLARGED, "height": 450})
        photographed(visit, f"enlarged{name_of(address)}")
        assert visit.page.evaluate(OVER) <= 0, address
        visit.page.set_viewport_size({"width": 1280, "height": 900})


def photographed(visit: Visit, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    visit.page.screenshot(path=SHOTS / f"{name}-{visit.name}.png", full_page=True)


def test_P10_an_edition_is_found_and_read_by_keyboard(site: Site) -> None:
    """From the list to the edition, over its table of contents to a table, and to its file."""
    visit = site.visit("supervisor-1", "wide", "zh-TW")
    visit.goes("/reports/packs")
    visit.tabs_to("已產製的全冊", PRESSES)
    for key in ("Tab", "Enter"):
        visit.page.keyboard.press(key)
    visit.sees("與前一版不同的數字")
    visit.tabs_to("案件準時率與處理時間", PRESSES)
    visit.page.keyboard.press("Enter")
    assert visit.page.url.endswith("#times")
    visit.goes(EDITION)
    visit.tabs_to("下載試算表", PRESSES)
    with visit.page.expect_download() as told:
        visit.page.keyboard.press("Enter")
    assert told.value.suggested_filename == "1999-2026-10-2.xlsx"


def test_P4_3_a_typhoon_day_is_asked_for_by_keyboard(site: Site) -> None:
    """The box, how many times, and the button."""
    visit = site.visit("supervisor-1", "narrow", "zh-TW")
    visit.goes("/staffing")
    before = visit.page.locator(".figures strong").first.inner_text()
    visit.tabs_to("假設這天颱風停班停課")
    visit.page.keyboard.press("Space")
    visit.tabs_to("停班停課時是平常的幾倍")
    visit.page.keyboard.type("3")
    visit.page.keyboard.press("Enter")
    visit.sees("以停班停課計算：平常的 3.0 倍。")
    after = visit.page.locator(".figures strong").first.inner_text()
    assert int(after) == pytest.approx(3 * int(before), abs=3)
