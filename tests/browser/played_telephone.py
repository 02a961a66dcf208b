"""A desk's telephone, played: the page's own SIP stack speaks to a WebSocket that is none, with a peer
connection without sound; where a transfer stands is told by the scene. Pages and record are real.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, expect

from calls.store import CallRow
from hotline.db import transaction
from tests.browser.conftest import Site

AGENT: Final = "agent-1"
PLAYS: Final = Path(__file__).with_suffix(".js").read_text("utf-8")


@dataclass
class Desk:
    """A page on duty, its telephone played."""

    site: Site
    page: Page

    def begins(self, call: str, number: str = "+886912345678", **fields: Any) -> None:
        """A call is on record as answered by this agent, as it is a second after the answer."""
        at: datetime = self.site.console.clock.at
        kept = {"queued_at": at, "queue_seconds": 7.0, "agent": AGENT, "agent_at": at, **fields}
        with transaction(self.site.console.house.factory) as session:
            session.add(CallRow(id=call, caller=number, started_at=at, **kept))

    def ends(self, call: str) -> None:
        """A call is over on record."""
        with transaction(self.site.console.house.factory) as session:
            session.get_one(CallRow, call).ended_at = self.site.console.clock.at

    def rings(self, call: str) -> None:
        """The telephone of the page rings for a call."""
        self.page.evaluate("call => played.rings(call)", call)
        self.stands("ringing")

    def stands(self, name: str) -> None:
        """Waits until the desk stands so."""
        expect(self.page.locator("[data-desk]")).to_have_attribute("data-standing", name)

    def is_at(self, call: str, place: str, says: str = "", *rungs: tuple[str, str, str]) -> None:
        """A transfer stands so from now on; ``rungs``: extension, what came of it, the sentence."""
        told = [
            {
                "extension": one,
                "who": one,
                "asked": rungs[0][0],
                "sought": rungs[0][0],
                "outcome": came,
                "says": text,
            }
            for one, came, text in rungs
        ]
        self.page.evaluate(
            "([call, told]) => { played.places[call] = told }",
            [call, {"place": place, "says": says, "rungs": told}],
        )


def comes_on_duty(site: Site, page: Page) -> Desk:
    """Whoever is signed in opens the desk and goes on duty."""
    page.context.grant_permissions(["microphone"], origin=site.base)
    page.add_init_script(PLAYS)
    page.goto(f"{site.base}/desk")
    page.locator("[data-on]").click()
    desk = Desk(site, page)
    desk.stands("waiting")
    return desk
