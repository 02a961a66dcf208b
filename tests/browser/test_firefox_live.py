"""A whole call that is answered in Firefox ESR: real Asterisk, a citizen's real phone."""

import pytest

from demo.phone import PhoneEventKind
from tests.browser.desks import AGENT, comes_to_an_agent, office
from tests.browser.firefox import Firefox, firefox
from tests.doors.console import PASSWORD
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System

pytestmark = pytest.mark.live
NUMBER = "0966900001"
ALT = "\ue00a"


def comes_in(page: Firefox, system: System) -> None:
    """By the door, to the desk, and on duty with this browser."""
    page.goto(f"{system.settings.console}/sign-in?after=/desk")
    fields = {"login": AGENT, "password": PASSWORD}
    for name, text in fields.items():
        page.tells(f"void (document.querySelector('#{name}').value = {text!r})")
    page.tells("void document.querySelector('#submit').click()")
    page.until("location.pathname === '/desk' && document.readyState === 'complete'")
    page.tells("void document.querySelector('[data-on]').click()")


def test_a_call_is_answered_held_and_ended_in_firefox() -> None:
    """By keyboard; both sides are heard, and the record says that they talked."""
    refuse_or_go_on()
    with office() as system:
        with firefox(system.scratch) as page, system.caller(NUMBER) as citizen:
            comes_in(page, system)
            system.until(lambda: AGENT in system.reachable(), 30, "the page is reachable")
            comes_to_an_agent(system, citizen, NUMBER)
            page.until("document.querySelector('[data-answer]').checkVisibility()")
            page.press(ALT, "a")
            page.until(f"document.querySelector('[data-fact=\"number\"]').textContent === '{NUMBER}'")
            page.until("document.querySelector('[data-sound]').srcObject.getAudioTracks()[0].muted === false")
            for is_held in ("true", "false"):
                page.tells("void document.querySelector('[data-hold]').click()")
                page.until(
                    f"document.querySelector('[data-hold]').getAttribute('aria-pressed') === '{is_held}'"
                )
            page.tells("void document.querySelector('[data-end]').click()")
            citizen.wait_for(PhoneEventKind.CLOSED, 10)
        row = system.row(NUMBER)
    assert (row.outcome, row.agent, row.end_reason) == ("talked", AGENT, "agent_hung_up")
