"""A shift at one page: 200 calls, answered, looked up, put through, promised, refused, closed.

The telephone and the places of transfers are played (``played_telephone``);
page, pages' server and record are real.
"""

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import CDPSession, Page
from sqlalchemy import func, select

from calls.store import CallRow
from demo.city_book import shelve
from hotline.callbacks.store import Callback
from hotline.db import transaction
from tests.browser.conftest import Serves, Site
from tests.browser.played_telephone import Desk, comes_on_duty

CALLS: Final = 200
WARM: Final = 40
"""After so many calls everything that is made once has been made."""
WORKS: Final = (Path(__file__).parent / "desk_shift.js").read_text("utf-8")


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """With telephones in browsers, and the city's book."""
    made = serves(browser_phones="yes")
    with transaction(made.console.house.factory) as session:
        shelve(session, made.console.clock.at)
    return made


def held(page: Page, devtools: CDPSession) -> dict[str, float]:
    """What the page holds once all that is over is collected: bytes, nodes, listeners."""
    page.clock.fast_forward(120_000)
    for _time in range(2):
        devtools.send("HeapProfiler.collectGarbage")
    told: dict[str, Any] = devtools.send("Performance.getMetrics")
    figures = {one["name"]: float(one["value"]) for one in told["metrics"]}
    return {name: figures[name] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners")}


def serve(desk: Desk) -> None:
    """The record of a call, as the house keeps it while its page talks."""

    def deed(what: str, call: str, number: str = "") -> None:
        if what == "begins":
            desk.begins(call, number)
        elif what == "ends":
            desk.ends(call)
        else:
            with transaction(desk.site.console.house.factory) as session:
                session.delete(session.get_one(CallRow, call))

    desk.page.expose_function("house", deed)


def test_a_shift_of_200_calls_grows_no_memory_and_loses_no_state(site: Site) -> None:
    """What the page holds after 40 calls and after 200 is the same; every call is closed on record,
    every promise made.
    """
    page = site.visit("agent-1").page
    page.clock.install()
    desk = comes_on_duty(site, page)
    serve(desk)
    devtools = page.context.new_cdp_session(page)
    for domain in ("Performance", "HeapProfiler"):
        devtools.send(f"{domain}.enable")
    page.evaluate(WORKS, [0, WARM])
    before = held(page, devtools)
    page.evaluate(WORKS, [WARM, CALLS])
    after = held(page, devtools)
    desk.stands("waiting")
    grown = {name: after[name] - before[name] for name in before}
    calls = CALLS - WARM
    assert grown["JSHeapUsedSize"] < 4000 * calls, grown
    assert grown["Nodes"] < 3 * calls, grown
    assert grown["JSEventListeners"] < calls / 4, grown
    refused = CALLS // 10
    with transaction(site.console.house.factory) as session:
        closed = session.scalar(select(func.count()).select_from(CallRow).where(CallRow.service == "P3.1"))
        promised = session.scalar(select(func.count()).select_from(Callback))
    assert closed == CALLS - refused
    assert promised == len([n for n in range(CALLS) if n % 3 == 0 and n % 10 != 4])
    assert page.locator("[data-older]").is_hidden()
