"""Time of the pages in the demo city: what the server takes for each, and when a browser is ready with it."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

from demo.city_book import settle
from hotline import clock
from hotline.accounts import seconds
from hotline.db import Sessions, transaction
from hotline.permissions import Role
from hotline.staff.service import staff
from ops import wiring
from tools.bench.homes import BenchHome, bench_home
from tools.bench.pages import connection, pages, signed_in
from tools.bench.plan import BenchPlan
from tools.bench.report import BenchFigure, BenchPart, BenchTable, percentile, shown
from tools.faults import CannotMeasure

SERVER_MS: Final = 250.0
READY_MS: Final = 400.0
LOGINS: Final = ("agent-1", "supervisor-1", "liaison-epb", "admin-1")
MENU: Final = re.compile(r'<nav class="rooms".*?</nav>', re.DOTALL)
ADDRESS: Final = re.compile(r'href="(/[^"#]*)"')
BROWSERS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ASKS: Final = 20
"""So often each page is asked for, in the full run."""
READY: Final = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"
"""Milliseconds from the click to a page whose script and styles have run; 0 before it is."""


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """Ask for every page of the menus of an agent, a supervisor, a liaison and an administrator, over the whole demo city with its book."""
    with bench_home(scratch / "screens") as home, pages(home):
        house = wiring.workshop(home.settings, "bench")
        with transaction(house.factory) as session:
            settle(session, clock.now(), "whole")
        cookies = {login: _proved(house.factory, login) for login in LOGINS}
        line = connection(home)
        found = {login: _addresses(line, cookie) for login, cookie in cookies.items()}
        _warm(line, cookies, found)
        served = {
            (login, address): [
                _served(line, cookies[login], address) for _ in range(ASKS if plan.rounds > 1 else 5)
            ]
            for login, addresses in found.items()
            for address in addresses
        }
        ready = dict(_ready(home, cookies, found, plan.rounds))
        house.engine.dispose()
    return BenchPart((_table(served, ready),), _figures(served, ready))


def _proved(factory: Sessions, login: str) -> str:
    """The cookie of somebody who signed in; an administrator's with the second factor that the role needs."""
    cookie, at = signed_in(factory, login), clock.now()
    token = cookie.partition("=")[2]
    with transaction(factory) as session:
        member = staff(session, login, at)
        if Role.ADMINISTRATOR in member.roles:
            code = pyotp.TOTP(seconds.offered(session, token)).at(int(at.timestamp()))
            if seconds.put(session, member, token, code, at) is None:
                raise CannotMeasure(f"{login} has no second factor. Run the bench again")
    return cookie


def _get(line: HTTPConnection, cookie: str, address: str) -> tuple[int, str]:
    line.request(
        "GET", address, headers={"Cookie": cookie, "Accept": "text/html", "Accept-Language": "zh-TW"}
    )
    answer = line.getresponse()
    return answer.status, answer.read().decode()


def _addresses(line: HTTPConnection, cookie: str) -> list[str]:
    """The pages of a menu."""
    status, page = _get(line, cookie, "/")
    menu = MENU.search(page)
    if status != 200 or not menu:
        raise CannotMeasure(f"the first page is answered {status}, without a menu")
    return ["/", *dict.fromkeys(one for one in ADDRESS.findall(menu[0]) if one != "/")]


def _warm(line: HTTPConnection, cookies: Mapping[str, str], found: Mapping[str, Sequence[str]]) -> None:
    """Ask once for each: templates are compiled and indexes made at the first time after a start."""
    for login, addresses in found.items():
        for address in addresses:
            status, _page = _get(line, cookies[login], address)
            if status != 200:
                raise CannotMeasure(f"{address} is answered {status} to {login}")


def _served(line: HTTPConnection, cookie: str, address: str) -> float:
    began = clock.monotonic()
    _get(line, cookie, address)
    return 1000 * (clock.monotonic() - began)


def _ready(
    home: BenchHome, cookies: Mapping[str, str], found: Mapping[str, Sequence[str]], rounds: int
) -> Iterator[tuple[tuple[str, str], float]]:
    """The best of some visits of each page by Chromium, with its cache warm; nothing where there is none."""
    base = f"http://127.0.0.1:{home.settings.console_port}"
    with _chromium() as browser:
        if browser is None:
            return
        for login, addresses in found.items():
            context = browser.new_context(
                locale="zh-TW",
                viewport={"width": 1280, "height": 720},
                extra_http_headers={"Cookie": cookies[login]},
            )
            page = context.new_page()
            for address in addresses:
                yield (login, address), min(_visit(page, f"{base}{address}") for _ in range(rounds + 1))
            context.close()


@contextmanager
def _chromium() -> Iterator[Browser | None]:
    """The system's Chromium, without windows; None where it is not installed."""
    place = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=place, args=["--no-sandbox"]) if place else None
        try:
            yield browser
        finally:
            if browser:
                browser.close()


def _visit(page: Page, address: str) -> float:
    page.goto(address, wait_until="load")
    page.wait_for_function(f"() => ({READY})() > 0")
    return float(page.evaluate(READY))


Times = Mapping[tuple[str, str], Sequence[float]]


def _table(served: Times, ready: Mapping[tuple[str, str], float]) -> BenchTable:
    rows = tuple(
        (
            address,
            login,
            *(shown(percentile(served[login, address], part)) for part in (50, 95)),
            shown(ready[login, address]) if (login, address) in ready else "-",
        )
        for login, address in sorted(served, key=lambda one: -percentile(served[one], 95))
    )
    note = "From the request to its last byte; from the address to the load event, styles and scripts run."
    return BenchTable(
        "(k) Pages in the demo city", ("page", "by", "p50 ms", "p95 ms", "ready ms"), rows, note
    )


def _figures(served: Times, ready: Mapping[tuple[str, str], float]) -> tuple[BenchFigure, ...]:
    longest = max(percentile(took, 95) for took in served.values())
    every = [one for took in served.values() for one in took]
    note = "" if ready else "Install Chromium: apt-get install chromium-headless-shell"
    return (
        BenchFigure("a page by the server, p95 of the slowest page", longest, "ms", SERVER_MS),
        BenchFigure("a page by the server, p95 of all", percentile(every, 95), "ms", SERVER_MS),
        BenchFigure(
            "a page ready in a browser, the slowest",
            max(ready.values()) if ready else None,
            "ms",
            READY_MS,
            note=note,
        ),
    )
