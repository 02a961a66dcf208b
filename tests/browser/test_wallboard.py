"""The wallboard on a screen: opened by its address, all in sight, dark once it is closed."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from calls.store import CallRow
from hotline.accounts import wallboards
from hotline.db import transaction
from hotline.staff.store import Agent
from ivr.numerals import Language
from tests.browser.conftest import Site, Visit

SIZES = ((1920, 1080), (1280, 720))
OVER = (
    "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
)
CUT = "found => found.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"


def busy(site: Site) -> None:
    """Forty agents in every state, and somebody who waits for each language."""
    at, second = site.console.clock.at, timedelta(seconds=1)
    with transaction(site.console.house.factory) as session:
        for n in range(4, 41):
            resting = "" if n % 5 else "會議"
            session.merge(
                Agent(
                    phone=f"agent-{n}",
                    name="某某",
                    secret="x",
                    languages=["en"],
                    paused=resting,
                    alias="月光海洋" * 4,
                )
            )
        for n, language in enumerate(Language):
            queued = at - (130 + n) * second
            session.merge(CallRow(id=f"w-{n}", wanted=language, started_at=queued, queued_at=queued))
    states = ("free", "in a call", "ringing", "unreachable")
    site.console.house.live_state.phones = lambda: {f"agent-{n}": states[n % 4] for n in range(1, 41)}


def token(site: Site) -> str:
    """Made by a supervisor."""
    with transaction(site.console.house.factory) as session:
        return wallboards.make(session, "三樓", "127.0.0.0/8", at=site.console.clock.at, by="supervisor-1")


def opens(site: Site, language: str) -> Visit:
    """A screen whose start page is the address that was shown."""
    visit = site.visit("", "wide", language)
    visit.goes(f"/wallboard#{token(site)}")
    visit.page.locator("[data-wall]").wait_for()
    assert "#" not in visit.page.url
    return visit


def test_few_agents_have_the_whole_room(site: Site) -> None:
    """What is there is larger than among forty, and still nothing scrolls or is cut."""

    def size(visit: Visit) -> float:
        number = visit.page.locator(".floor strong").first
        return float(number.evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))

    few = opens(site, "zh-TW")
    large = size(few)
    for width, height in SIZES:
        few.page.set_viewport_size({"width": width, "height": height})
        assert few.page.evaluate(OVER) == [0, 0]
    few.is_well("wallboard-few")
    busy(site)
    many = opens(site, "zh-TW")
    many.page.locator(".floor li:nth-child(6)").first.wait_for()
    assert size(many) < large


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_everything_is_in_sight_and_follows_the_floor(site: Site, language: str) -> None:
    """Nothing scrolls and no figure is cut, at both sizes; who comes, and what is over, shows at once."""
    busy(site)
    visit = opens(site, language)
    for width, height in SIZES:
        visit.page.set_viewport_size({"width": width, "height": height})
        assert visit.page.evaluate(OVER) == [0, 0], (width, height)
        assert (
            visit.page.locator(".tiles li, .queues, .queues td, .queues th, .floor h2").evaluate_all(CUT)
            == []
        )
        visit.is_well(f"wallboard-{width}")
    at = site.console.clock.at
    with transaction(site.console.house.factory) as session:
        waiting = (
            session.query(CallRow).filter(CallRow.agent_at.is_(None), CallRow.ended_at.is_(None)).count()
        )
        session.add(CallRow(id=f"w-{language}", wanted="ja", started_at=at, queued_at=at))
    expect(visit.page.locator('[data-figure="waiting"]')).to_have_text(str(waiting + 1))
    expect(visit.page.locator(".tiles li").first).to_have_attribute("data-is", "alarm")


def test_a_screen_is_dark_once_its_token_is_revoked(site: Site) -> None:
    """Within seconds, by itself, and it says why."""
    visit = opens(site, "zh-TW")
    with transaction(site.console.house.factory) as session:
        last = wallboards.wallboards(session)[0].id
        wallboards.revoke(session, last, at=site.console.clock.at, by="supervisor-1")
    visit.sees("這個大螢幕看板已停用")
    expect(visit.page.locator("[data-wall]")).to_have_count(0)
    visit.is_well("wallboard-revoked")
