"""Pages of the survey: the code of the e-mail opens questions once; supervisors read results (P10.3)."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select

from calls.store import CallRow
from hotline.callbacks.wishes import Wish
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.db import looking, transaction
from hotline.ledger.store import AuditRow
from hotline.outbox.service import notices
from hotline.survey import service
from hotline.survey.mailing import SurveyMail
from hotline.survey.rules import SurveyPlan, SurveyRules
from hotline.survey.store import SurveyRow
from tests.doors.console import Console, console
from tests.doors.programs import program

pytestmark = pytest.mark.matrix
ANSWERS = {"first": "2", "second": "5", "third": "4", "untrue": "y", "words": "路燈還是不亮"}


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


def asked(pages: Console, questions: int = 3) -> str:
    """The code of a petitioner who was asked."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        row = Case(number="115112400013", kind="quick", state=CaseState.CLOSED, agency="pwd", matter="路燈")
        row.email, row.reply_way, row.drafted_by = "wang@mail.example", "email", "agent-1"
        row.drafted_at = row.filed_at = row.closed_at = at
        session.add(row)
    mail = SurveyMail(pages.house.factory, lambda: SurveyRules(plan=SurveyPlan(questions), mail=100))
    assert mail.run(at) == 1
    with looking(pages.house.factory) as session:
        letter = next(one for one in notices(session) if one.template == "N-51")
    found = re.search(r"調查碼([0-9A-Z]{10})", letter.text)
    assert found
    return found[1]


def test_P10_3_a_code_opens_the_questions_and_is_used_up(pages: Console) -> None:
    """A wrong one, a form without the first answer, the answers, and the same code again."""
    code, visitor = asked(pages), pages.stranger()
    wrong = visitor.post("/survey", {"code": "ABCDEFGH23"}, page="/survey")
    assert wrong.status_code == 422 and "調查碼不對" in wrong.text
    shown = visitor.post("/survey", {"code": f"{code[:5]} {code[5:].lower()}"}, page="/survey")
    assert "1151-1240-0013" in shown.text and "您滿意我們的說明嗎" in shown.text
    lacking = visitor.post("/survey/answer", {**ANSWERS, "first": "", "code": code}, page="/survey")
    assert lacking.status_code == 422 and "請選一項" in lacking.text and "路燈還是不亮" in lacking.text
    done = visitor.post("/survey/answer", {**ANSWERS, "code": code}, page="/survey")
    assert done.status_code == 303 and "謝謝您" in visitor.get(done.headers["Location"]).text
    again = visitor.post("/survey/answer", {**ANSWERS, "code": code}, page="/survey")
    assert again.status_code == 422 and "調查碼不對" in again.text
    with looking(pages.house.factory) as session:
        row = session.scalars(select(SurveyRow)).one()
        assert (row.scores, row.words, row.is_untrue) == ((2, 5, 4), "路燈還是不亮", True)


def test_P10_3_one_question_where_the_city_asks_one(pages: Console) -> None:
    code, visitor = asked(pages, 1), pages.stranger()
    shown = visitor.post("/survey", {"code": code}, page="/survey").text
    assert "整體來說" in shown and "您滿意我們的說明嗎" not in shown
    assert visitor.post("/survey/answer", {"first": "5", "code": code}, page="/survey").status_code == 303


def test_guessing_codes_ends_soon(pages: Console) -> None:
    """Ten an hour of one network; the eleventh waits, also with the right one."""
    code, visitor = asked(pages), pages.stranger()
    for _ in range(10):
        assert visitor.post("/survey", {"code": "ABCDEFGH23"}, page="/survey").status_code == 422
    late = visitor.post("/survey", {"code": code}, page="/survey")
    assert late.status_code == 429 and late.headers["Retry-After"]
    pages.clock.goes_on(timedelta(hours=1, seconds=1))
    assert "1151-1240-0013" in visitor.post("/survey", {"code": code}, page="/survey").text


def test_P10_3_supervisors_see_results_by_agent_from_ten_answers_on(pages: Console) -> None:
    """Page and program say the same; an agent sees neither."""
    at = pages.clock.at - timedelta(days=1)
    with transaction(pages.house.factory) as session:
        for agent, answered in (("agent-1", 12), ("agent-2", 9), ("agent-3", 4)):
            for number in range(answered + 1):
                call = f"{agent}.{number}"
                session.add(CallRow(id=call, agent=agent, started_at=at))
                service.ask(session, call, "", "agent", "zh-TW", 1, at)
                if number < answered:
                    service.answer(session, call, 1, 5 if number else 2, at)
    boss = pages.signed_in("supervisor-1")
    told = boss.get("/surveys").text
    assert "2026 年第 4 季" in told and "91.7%（12 份）" in told and "另有 2 位沒有列出" in told
    assert ">3</a>（10.7%）" in told, "who did not answer is shown"
    none, low = (
        boss.get(f"/surveys/answers?way=talk&{which}").text
        for which in ("outcome=none", "question=1&score=2")
    )
    assert "共 3 筆" in none and "共 3 筆" in low and "agent-1" not in low and "整體服務 · 2 分" in low
    for which, many in (("", 13), ("&question=1", 12), ("&question=1&score=5", 11)):
        assert asked_by(told, f"agent=agent-1{which}")
        assert f"共 {many} 筆" in boss.get(f"/surveys/answers?agent=agent-1{which}").text
        by_program = program(pages, "supervisor-1").reads(f"/surveys/answers?agent=agent-1{which}")
        assert (by_program["kind"], len(by_program["ids"])) == ("answer", many)
    assert told.count("agent=agent-1") == 4, "asked, answered, and the scores that were given"
    assert "沒有資料" in boss.get("/surveys/answers?agent=agent-2").text, "nobody is told by nine answers"
    assert "outcome=none" in told and boss.get("/surveys/answers?way=x&question=9&score=²").status_code == 200
    assert "這一季沒有請人評分" in boss.get("/surveys?quarter=2026-09-30").text
    assert pages.signed_in("agent-1").get("/surveys").status_code == 403
    figures = program(pages, "supervisor-1").asks("GET", "/surveys").json
    [one] = figures["agents"]
    assert (one["agent"], one["figures"]["asked"], figures["held"]) == ("agent-1", 13, 2)
    question = one["figures"]["questions"][0]
    assert (question["answers"], question["scores"]) == (12, {"2": 1, "5": 11})
    assert round(question["satisfied"], 3) == 0.917


def asked_by(page: str, words: str) -> bool:
    """Whether a link of the page asks for these and nothing else but the quarter, in whatever order."""
    asked = (parse_qs(one.replace("&amp;", "&")) for one in re.findall(r'/surveys/answers\?([^"]+)"', page))
    return any({**parse_qs(words), "quarter": one.get("quarter")} == one for one in asked)


def test_P10_3_who_calls_writes_the_answers_down(pages: Console) -> None:
    """Behind the promise; a form without the first answer, and a promise that is no call of the survey."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        wish = Wish("+886912345678", "zh-TW", "survey", matter="滿意度調查")
        promise = pages.house.callbacks.entrust(session, wish, at)
        other = pages.house.callbacks.ask(session, "0287654321", "zh-TW", at)
        row = SurveyRow(channel="callback", case_number="115112400013", asked_at=at, questions=1)
        row.callback_id = promise.id
        session.add(row)
        number, others = promise.id, other.id
    agent = pages.signed_in("agent-1")
    assert "記下民眾的回答" in agent.get(f"/callbacks/{number}").text
    page = f"/callbacks/{number}/survey"
    assert agent.post(page, {}, page=page).status_code == 422
    assert agent.post(page, {"first": "4"}, page=page).status_code == 302
    assert (
        "已經記下回答" in agent.get(page).text
        and "不是滿意度調查" in agent.get(f"/callbacks/{others}/survey").text
    )
    with looking(pages.house.factory) as session:
        kept = session.scalars(select(SurveyRow)).one()
        assert (kept.scores, kept.answered_by) == ((4,), "agent-1")


def test_P4_12_words_are_read_for_a_reason_that_stays(pages: Console) -> None:
    code, visitor = asked(pages), pages.stranger()
    visitor.post("/survey/answer", {**ANSWERS, "code": code}, page="/survey")
    boss = pages.signed_in("supervisor-1")
    hidden = boss.get("/surveys/words").text
    assert "路燈還是不亮" not in hidden and "書面意見，6 個字" in hidden and "表示沒有辦好" in hidden
    assert boss.post("/surveys/words", {"reason": ""}, page="/surveys/words").status_code == 422
    read = boss.post("/surveys/words", {"reason": "季報引用"}, page="/surveys/words").text
    assert "路燈還是不亮" in read
    with looking(pages.house.factory) as session:
        [row] = session.scalars(select(AuditRow).where(AuditRow.subject == "survey:2026-10-01"))
        assert row.by == "supervisor-1"
