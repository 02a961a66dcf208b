"""The survey in a real browser: a petitioner answers by keyboard, a supervisor reads results (P10.3)."""

from itertools import count

from calls.store import CallRow
from hotline.db import transaction
from hotline.survey import service
from hotline.survey.store import SurveyRow
from tests.browser.conftest import Site
from tests.browser.hands import every_screen

NUMBERS = count(1)
CASE = "1151124001{:02d}"


def asked(site: Site) -> str:
    """A code that opens three questions."""
    number = next(NUMBERS)
    code = f"ABCDEFGH{number + 21:02d}".replace("0", "9").replace("1", "8")
    row = SurveyRow(
        channel="mail", case_number=CASE.format(number), asked_at=site.console.clock.at, code=code
    )
    row.questions, row.agency = 3, "pwd"
    with transaction(site.console.house.factory) as session:
        session.add(row)
    return code


def talked(site: Site) -> None:
    """Talks of two agents who may be shown and one who may not, once."""
    at = site.console.clock.at
    with transaction(site.console.house.factory) as session:
        if session.get(CallRow, "s-agent-1.0"):
            return
        for agent, many in (("agent-1", 24), ("agent-2", 12), ("agent-3", 11), ("agent-4", 3)):
            for number in range(many + many // 3):
                call = f"s-{agent}.{number}"
                session.add(CallRow(id=call, agent=agent, started_at=at))
                service.ask(session, call, "", "agent", "zh-TW", 3, at)
                for question in range(1, 4) if number < many else ():
                    service.answer(session, call, question, 5 - (number + question) % 4, at)


@every_screen
def test_answering_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """The code, what a form lacks, the questions by keyboard, and thanks."""
    code, visit = asked(site), site.visit(width=width, language=language)
    visit.goes("/survey")
    visit.is_well("survey")
    visit.page.locator("#code").fill("WRONG23456")
    visit.page.locator("#submit").click()
    visit.page.locator("#code-error").wait_for()
    visit.is_well("survey-wrong")
    visit.page.locator("#code").fill(code)
    visit.page.locator("#submit").click()
    visit.page.locator("#first").wait_for()
    visit.is_well("survey-questions")
    visit.page.locator("#submit").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("survey-lacking")
    for name in ("first", "second", "third"):
        visit.page.locator(f"#{name}").focus()
        visit.page.keyboard.press("Space")
    visit.page.locator("#words").fill("路燈修得很快")
    visit.page.locator("#submit").focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url(f"{site.base}/survey/done")
    visit.is_well("survey-done")


@every_screen
def test_results_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Tables with heads and captions, agents from ten answers on, words for a reason."""
    talked(site)
    visit = site.returns("supervisor-1", width, language)
    visit.goes("/surveys")
    visit.is_well("surveys")
    visit.goes("/surveys/words")
    visit.is_well("surveys-words")
