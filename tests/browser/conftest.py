"""A real browser before the pages: Chromium, played by Playwright,
with axe-core to look for what keeps people out.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from hotline import clock
from tests.doors.console import PASSWORD, Console, console
from tests.served import served

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
TWICE = """() => { const ids = [...document.querySelectorAll("[id]")].map((one) => one.id)
    return ids.filter((id, place) => ids.indexOf(id) !== place) }"""
"""The ids that more than one part of a page has: a label or a link would lead to the wrong one."""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""By how many pixels a page is wider than its screen."""
FOCUS_IS_SEEN = """() => { const e = document.activeElement; const s = getComputedStyle(e);
    return e === document.body || s.outlineStyle !== 'none' && s.outlineWidth !== '0px'
        || s.boxShadow !== 'none' || s.backgroundColor === 'rgb(255, 200, 61)' || e.tabIndex < 0 }"""
"""Whether what is focused is drawn otherwise than before (WCAG 2.4.7)."""
SERIOUS = frozenset(("serious", "critical"))
WIDTHS = {"wide": 1280, "narrow": 390}
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
TOO_MUCH = 4000
"""Pixels of a picture's height; a longer page is cut there."""
expect.set_options(timeout=30_000)  # a busy machine's: how fast a page is, benches say


@dataclass
class Visit:
    """Somebody at a screen of a width, in a language."""

    page: Page
    base: str
    name: str

    def goes(self, path: str) -> None:
        """To a page by its address."""
        self.page.goto(f"{self.base}{path}")

    def sees(self, text: str) -> None:
        """Waits until a text is to be seen."""
        self.page.get_by_text(text).first.wait_for()

    def is_well(self, name: str) -> None:
        """The page as it is: photographed, nothing serious found by axe-core,
        and no wider than the screen.
        """
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}-{self.name}.png", full_page=True)
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        told = [
            f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}"
            for one in found
            if one["impact"] in SERIOUS
        ]
        assert told == [], f"{name} {self.name}"
        assert self.page.evaluate(TWICE) == [], f"{name} {self.name}"
        width = self.page.evaluate(WIDER)
        assert width <= 0, f"{name} {self.name} is {width} px wider than the screen"

    def is_read(self, name: str) -> None:
        """Every word of the page stands at 7:1 on what it stands on, in the dark as in the light."""
        self.page.evaluate(AXE.read_text("utf-8"))
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            found = self.page.evaluate(
                "axe.run({runOnly: ['color-contrast-enhanced'], resultTypes: ['violations']})"
            )["violations"]
            weak = [node["html"][:200] for one in found for node in one["nodes"]]
            assert weak == [], f"{name} {scheme}"

    def finds(self, rule: str) -> list[str]:
        """What one rule of axe-core finds on the page."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(f"axe.run({{runOnly: ['{rule}'], resultTypes: ['violations']}})")
        return [node["html"][:160] for one in found["violations"] for node in one["nodes"]]

    def tabs_to(self, text: str, most: int = 80) -> None:
        """By the tabulator alone to what has a name (link, button, field); fails when it is not reached."""
        focused = """() => { const e = document.activeElement; const l = e.labels && e.labels[0];
            return [(l ? l.innerText : ''), e.getAttribute('aria-label') || '', e.innerText || '', e.value || ''].join('|') }"""
        for _press in range(most):
            self.page.keyboard.press("Tab")
            if text in self.page.evaluate(focused):
                return
        raise AssertionError(f"{text!r} is not reached by {most} presses of the tabulator")


@dataclass
class Site:
    """The pages, served as they are in earnest, over the small fictional city of a test."""

    console: Console
    base: str
    browser: Browser
    kept: dict[str, Any] = field(default_factory=dict)
    """What the browsers of those who return have kept, by login."""

    def visit(self, login: str = "", width: str = "wide", language: str = "zh-TW") -> Visit:
        """Somebody signed in (nobody without a login), whose browser is closed at the end of the test."""
        visit = self._screen(width, language)
        if login:
            _sign_in(self, visit.page, login)
        return visit

    def returns(self, login: str, width: str, language: str) -> Visit:
        """Somebody signed in, for whom an earlier test went through the door:
        their browser kept its session.
        """
        visit = self._screen(width, language, self.kept.get(login))
        if login not in self.kept:
            _sign_in(self, visit.page, login)
            self.kept[login] = visit.page.context.storage_state()
        return visit

    def signs_in(self, page: Page, login: str) -> None:
        """Through the door, once more or for the first time."""
        _sign_in(self, page, login)

    def _screen(self, width: str, language: str, kept: Any = None) -> Visit:
        context: BrowserContext = self.browser.new_context(
            viewport={"width": WIDTHS[width], "height": 900},
            locale=language,
            base_url=self.base,
            storage_state=kept,
        )
        context.set_default_timeout(15_000)
        return Visit(context.new_page(), self.base, f"{width}-{language}")


def _sign_in(site: Site, page: Page, login: str) -> None:
    """Through the door, as everybody: a cookie of ours is taken from no other hand."""
    secret = site.console.has_account(login)
    page.goto(f"{site.base}/sign-in")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    if secret:
        page.locator("#code").fill(site.console.code(secret))
    page.locator("#submit").click()
    page.wait_for_url(f"{site.base}/")


def chromium() -> str:
    """The system's Chromium, without windows if it has one.
    Its absence fails under CI, and says what to install.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "Chromium is missing; install: apt-get install chromium-headless-shell"
        )
    return str(found)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a process."""
    place = chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=place,
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                "--ignore-certificate-errors",
            ],
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pictures(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Another one, whose camera shows a moving picture."""
    from tests.browser.two_sides import filmed, moving_picture  # it takes ``chromium`` from here

    with filmed(browser, moving_picture(tmp_path_factory.mktemp("film") / "moving.y4m")) as opened:
        yield opened


Serves = Callable[..., Site]


@pytest.fixture(scope="module")
def serves(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serves]:
    """The pages with settings of one's own, until the module's tests are over."""
    with ExitStack() as ends:
        yield partial(_serve, browser, tmp_path_factory, ends)


def _serve(browser: Browser, folders: pytest.TempPathFactory, ends: ExitStack, **settings: Any) -> Site:
    made = console(folders.mktemp("site") / "home", **settings)
    made.clock.at = clock.now()
    ends.callback(made.house.engine.dispose)
    return Site(made, ends.enter_context(served(made.app, threads=96)), browser)


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """The pages as they come."""
    return serves()


@pytest.fixture(autouse=True)
def voiceless(no_voices: None) -> None:
    """Pages say the same on every machine; real voices are heard in ``live/test_voices_live``."""


@pytest.fixture(autouse=True)
def closed(browser: Browser) -> Iterator[None]:
    """No window is left open."""
    yield
    for context in browser.contexts:
        context.close()
