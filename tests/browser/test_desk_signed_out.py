"""The desk's page whose session is over, or that no answer reaches:
it says so, loses nothing, and goes on once the agent has signed in anew or tries again.
"""

from datetime import timedelta

from playwright.sync_api import Locator, expect

from calls.store import CallRow
from hotline.accounts import service as accounts
from hotline.db import transaction
from tests.browser.conftest import Site, Visit

CALL, LATER = "ntpc1-1795600077.1", "ntpc1-1795600177.1"
SOON = "const timeout = AbortSignal.timeout; AbortSignal.timeout = () => timeout.call(AbortSignal, 1500)"
"""The desk's patience, shortened."""


def talked(site: Site, call: str = CALL) -> None:
    """A call of the agent's that is to be closed."""
    at = site.console.clock.at
    with transaction(site.console.house.factory) as session:
        session.add(
            CallRow(
                id=call,
                caller="+886912345678",
                started_at=at,
                queued_at=at,
                agent="agent-1",
                agent_at=at,
                ended_at=at + timedelta(minutes=1),
            )
        )


def closes(visit: Visit, call: str = CALL) -> Locator:
    """Fill in the form that closes the call, and press its button."""
    visit.page.locator("[data-older] summary").first.click()
    closing = visit.page.locator(f'[data-close="{call}"]')
    closing.get_by_label("諮詢").check()
    closing.get_by_label("主題").select_option("word:other")
    closing.get_by_role("button", name="結案").click()
    return closing


def test_a_deed_of_a_session_that_is_over_is_not_taken_for_done(site: Site) -> None:
    """The door's page had passed for an answer: the draft was forgotten, and nobody knew."""
    talked(site)
    visit = site.visit("agent-1")
    visit.goes("/desk")
    with transaction(site.console.house.factory) as session:
        accounts.end_sessions(session, "agent-1", at=site.console.clock.at, by="admin-1")
    closing = closes(visit)
    expect(closing.locator("[data-fault]")).to_contain_text("登入已結束")
    expect(closing.get_by_label("諮詢")).to_be_checked()
    visit.is_well("desk-signed-out")
    site.signs_in(visit.page.context.new_page(), "agent-1")
    closing.get_by_role("button", name="結案").click()
    expect(closing).to_be_hidden()
    with transaction(site.console.house.factory) as session:
        assert session.get_one(CallRow, CALL).service == "P3.1"


def test_a_deed_that_nobody_answers_is_told_as_not_done(site: Site) -> None:
    """A server that took the request and hangs: the button is free again, and the next press is done."""
    talked(site, LATER)
    visit = site.visit("agent-1")
    visit.page.add_init_script(SOON)
    visit.goes("/desk")
    visit.page.route("**/service", lambda _route: None, times=1)
    closing = closes(visit, LATER)
    expect(closing.locator("[data-fault]")).to_contain_text("沒有完成，請再試一次")
    closing.get_by_role("button", name="結案").click()
    expect(closing).to_be_hidden()
