"""A citizen and an interpreter at the pages of the sign-language service, in real browsers with cameras."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import count

from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update

from hotline.clock import taipei
from hotline.db import transaction
from hotline.video.rules import SessionState, Side
from hotline.video.store import VideoSession
from ops.wiring import House
from tests.browser.conftest import WIDTHS, Site, Visit
from tests.doors.console import PASSWORD
from tests.signing import video_account

TEN = taipei("2026-11-24T10:00")
INTERPRETER = "interpreter-1"
STEP = timedelta(seconds=4)
DECODED = "() => document.querySelector('[data-theirs]').getVideoPlaybackQuality().totalVideoFrames"
SEEN = """() => { const film = document.querySelector('[data-theirs]')
    const canvas = Object.assign(document.createElement('canvas'), {width: 64, height: 48})
    canvas.getContext('2d').drawImage(film, 0, 0, 64, 48)
    return canvas.toDataURL() }"""
"""The picture as it is now."""
LINES = """window.lines = []; const Made = RTCPeerConnection
window.RTCPeerConnection = class extends Made {
    constructor(...given) { super(...given); lines.push(this) } }"""
"""Ahead of a page: the browser's own connections, for what no page tells of them."""
LOGINS = map("amy-{}".format, count(1))


@dataclass
class SignPages:
    """The pages at ten in the morning, and a browser whose camera shows a moving picture."""

    site: Site
    pictures: Browser

    @cached_property
    def house(self) -> House:
        """The pages' own, whose statements wait longer than any of twenty pages that ask each second."""
        return replace(self.site.console.house, database_wait=timedelta(minutes=1))

    def screen(self, width: str = "wide", language: str = "zh-TW", **more: object) -> Visit:
        """Somebody's own browser, with a camera that it may use."""
        context: BrowserContext = self.pictures.new_context(
            viewport={"width": WIDTHS[width], "height": 900},
            locale=language,
            base_url=self.site.base,
            permissions=["camera", "microphone"],
            **more,  # type: ignore[arg-type]
        )
        context.set_default_timeout(60_000)  # both cameras are encoded on these cores
        return Visit(context.new_page(), self.site.base, f"{width}-{language}")

    def citizen(self, width: str = "wide", language: str = "zh-TW", **says: object) -> Visit:
        """Somebody who is signed in with an account of their own."""
        login, visit = next(LOGINS), self.screen(width, language)
        with transaction(self.house.factory) as session:
            video_account(session, login, PASSWORD, self.site.console.clock.at, **says)
        visit.goes("/sign/in")
        visit.page.locator("#login").fill(login)
        visit.page.locator("#password").fill(PASSWORD)
        visit.page.locator("#submit").click()
        visit.page.wait_for_url(f"{self.site.base}/sign")
        return visit

    def asks(self, visit: Visit, *, by_text: bool = False) -> None:
        """Into the line."""
        if by_text:
            visit.page.locator("[name=way][value=text]").check()
        visit.page.locator("#submit").click()
        visit.page.locator("[data-room]").wait_for()

    def interpreter(self, width: str = "wide", language: str = "zh-TW", beside: Visit | None = None) -> Visit:
        """An interpreter on duty; ``beside``: in the browser of somebody else."""
        visit = Visit(beside.page.context.new_page(), beside.base, "beside") if beside else None
        visit = visit or self.screen(width, language)
        self.site.signs_in(visit.page, INTERPRETER)
        visit.goes("/video")
        visit.page.locator("[data-deed=on]").click()
        visit.page.locator(".state--green").wait_for()
        return visit

    def accepts(self, visit: Visit) -> None:
        """The first in line is served."""
        visit.page.locator("[data-deed=accept]").click()
        visit.page.locator("[data-room][data-state=active]").wait_for()

    def runs(self, number: int, long: timedelta, *sides: Side) -> None:
        """Time goes on, and in it both sides are heard, or those that are given; and whoever waits."""
        house, clock = self.house, self.site.console.clock
        until = clock.at + long
        while clock.at < until:
            clock.goes_on(min(STEP, until - clock.at))
            with transaction(house.factory) as session:
                for side in sides or tuple(Side):
                    house.video_line.seen(session, number, side, clock.at)
                is_waiting = VideoSession.state == SessionState.WAITING
                session.execute(update(VideoSession).where(is_waiting).values(citizen_seen_at=clock.at))

    def sees_film(self, *pages: Page) -> None:
        """Each decodes pictures of the other, and they move."""
        for page in pages:
            page.wait_for_function(f"() => ({DECODED})() > 5", polling=100)
            before = page.evaluate(SEEN)
            page.wait_for_function(f"(before) => ({SEEN})() !== before", arg=before, polling=100)


def number_of(page: Page) -> int:
    """The number of the session that a page shows."""
    return int(str(page.locator("[data-room]").get_attribute("data-path")).rsplit("/", 1)[1])


def writes(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def reads(page: Page, text: str) -> None:
    expect(page.locator("[data-log]")).to_contain_text(text)
