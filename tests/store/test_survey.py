"""Petitioners of closed cases asked by e-mail, the code, what is kept and goes, results by agent (P10.3)."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from administration.personal_data import about_citizen
from calls.store import CallRow, Leg
from hotline.allowances import NoAllowance
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import looking, sessions, transaction
from hotline.retention.deletion_log import DeletionLog
from hotline.retention.masking import Eraser
from hotline.survey import service
from hotline.survey.calling import NoSurveyCall, SurveyCalls, write_down
from hotline.survey.drawing import SurveyDraw
from hotline.survey.figures import answers, counted, said
from hotline.survey.mailing import WRONG, CaseAnswer, NotScored, SurveyMail, answer, opened
from hotline.survey.masking import SURVEYS
from hotline.survey.rules import SurveyChannel, SurveyOutcome, SurveyPlan, SurveyRules, is_drawn
from hotline.survey.store import SurveyRow
from reporting.hour_sums.promises import promised
from reporting.survey_results import quarter_bounds, quarter_of, results
from tests.store.cases import Desk, staffed

pytestmark = pytest.mark.dialects
AT = taipei("2026-11-24T12:00")
ALL = SurveyRules(plan=SurveyPlan(3), mail=100)
ADDRESS = "203.0.113.9"


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(staffed(sessions(database), AT - timedelta(days=1)))


@pytest.fixture
def mail(desk: Desk) -> SurveyMail:
    return SurveyMail(desk.factory, lambda: ALL)


def closed(desk: Desk, *, hours: int = 1, **given: object) -> Case:
    """A case that was closed so many hours ago, whose petitioner left an e-mail address."""
    filed = {"phone": "", "email": "a@example.org", "reply_way": "email", **given}
    case = desk.filed(AT - timedelta(days=1), **filed)
    with transaction(desk.factory) as session:
        row = session.get_one(Case, case.id)
        row.state, row.closed_at = CaseState.CLOSED, AT - timedelta(hours=hours)
    return case


def code_of(desk: Desk) -> str:
    [sent] = desk.messages("N-51")
    return sent.text.partition("調查碼")[2][:10]


def test_P10_3_who_left_an_e_mail_address_is_asked_once(desk: Desk, mail: SurveyMail) -> None:
    """In a message without a link; only its hash is kept. Run again, nobody is asked twice."""
    case = closed(desk)
    assert mail.run(AT) == 1 and mail.run(AT + timedelta(minutes=1)) == 0
    [sent] = desk.messages("N-51")
    assert (sent.recipient, sent.channel) == ("a@example.org", "email") and "http" not in sent.text
    with looking(desk.factory) as session:
        kept = session.execute(text("SELECT code, asked_of, case_number FROM survey")).one()
        assert code_of(desk) not in kept[0] and "example" not in kept[1] and kept[2] == case.number


@pytest.mark.parametrize(
    "given",
    [
        {"email": "", "phone": "0912345678", "reply_way": "sms"},
        {"reply_way": "none"},
        {"hours": 73},
    ],
)
def test_P10_3_others_are_not_written_to(desk: Desk, mail: SurveyMail, given: dict[str, object]) -> None:
    """A telephone alone, who wants no reply, and a case that was closed days ago."""
    closed(desk, **given)  # type: ignore[arg-type]
    assert mail.run(AT) == 0 and desk.messages("N-51") == []


def test_P10_3_nobody_is_asked_about_two_cases_within_thirty_days(desk: Desk, mail: SurveyMail) -> None:
    closed(desk)
    closed(desk, place="新北市板橋區文化路二段1號")
    assert mail.run(AT) == 1


def test_P10_3_who_was_asked_behind_a_talk_is_not_written_to_nor_the_other_way(
    desk: Desk, mail: SurveyMail
) -> None:
    """The telephone of the case tells that it is the same person, until thirty days are over."""
    closed(desk, phone="0912345678")
    with transaction(desk.factory) as session:
        service.ask(session, "c.1", "+886912345678", "agent", "zh-TW", 1, AT - timedelta(days=1))
    assert mail.run(AT) == 0
    with transaction(desk.factory) as session:
        session.scalars(select(SurveyRow)).one().asked_at = AT - timedelta(days=31)
    assert mail.run(AT) == 1
    draw = SurveyDraw(desk.factory, lambda: SurveyRules(100))
    for days, asked in ((29, None), (31, SurveyPlan())):
        assert draw.plan("c.2", "0912345678", AT + timedelta(days=days)) == asked


def test_P10_3_it_is_drawn_by_the_number_of_the_case(desk: Desk) -> None:
    case = closed(desk)
    seed = next(word for word in map(str, range(99)) if not is_drawn(word, case.number or "", 50))
    assert SurveyMail(desk.factory, lambda: SurveyRules(seed=seed, mail=50)).run(AT) == 0
    assert SurveyMail(desk.factory, lambda: SurveyRules(seed=seed, mail=0)).run(AT) == 0


def test_P10_3_a_code_opens_the_questions_once_within_thirty_days(desk: Desk, mail: SurveyMail) -> None:
    """However it is typed; what is untrue is on record for a review (P10.4)."""
    closed(desk)
    mail.run(AT)
    code = code_of(desk)
    with transaction(desk.factory) as session:
        assert opened(session, code, ADDRESS, AT + timedelta(days=30)) is None
        row = opened(session, f" {code[:5].lower()} {code[5:]} ", ADDRESS, AT)
        assert row and row.questions == 3
        with pytest.raises(NotScored):
            answer(session, row, CaseAnswer([None, 5, 5]), AT)
        answer(session, row, CaseAnswer([2, 5, 3], " 路燈還是不亮 ", is_untrue=True), AT)
        assert opened(session, code, ADDRESS, AT) is None
    with looking(desk.factory) as session:
        [found] = answers(session, AT, AT + timedelta(seconds=1))
        assert (found.scores, found.outcome) == ((2, 5, 3), SurveyOutcome.WHOLE)
        [row] = said(session, AT, AT + timedelta(seconds=1))
        assert (row.words, row.is_untrue) == ("路燈還是不亮", True)
        assert "路燈" not in session.execute(text("SELECT words FROM survey")).scalar_one()


def test_wrong_codes_of_one_address_are_limited(desk: Desk, mail: SurveyMail) -> None:
    """The right one, too, until the hour is over; an empty one is nobody's."""
    closed(desk)
    mail.run(AT)
    for number in range(WRONG):
        with transaction(desk.factory) as session:
            assert opened(session, "" if number else "ABCDEFGH23", ADDRESS, AT) is None
    with pytest.raises(NoAllowance), transaction(desk.factory) as session:
        opened(session, code_of(desk), ADDRESS, AT)
    with transaction(desk.factory) as session:
        assert opened(session, code_of(desk), "203.0.114.1", AT)


def test_P10_3_who_left_a_telephone_alone_is_called_in_office_hours(desk: Desk, callbacks: Callbacks) -> None:
    """Once, by the call centre; no SMS goes, and no figure of promises counts it."""
    case = closed(desk, email="", phone="0912345678", reply_way="sms")
    rules = SurveyRules(plan=SurveyPlan(2), callback=100)

    def calls(is_open: bool) -> SurveyCalls:
        return SurveyCalls(desk.factory, lambda: rules, callbacks, lambda at: is_open)

    assert calls(is_open=False).run(AT) == 0
    assert calls(is_open=True).run(AT) == 1 and calls(is_open=True).run(AT) == 0
    assert desk.messages("N-04") == [] and desk.messages("N-51") == []
    with transaction(desk.factory) as session:
        promise = session.scalars(select(Callback)).one()
        assert (promise.number, promise.origin, promise.agency) == ("+886912345678", "survey", "")
        assert promise.due_at == taipei("2026-11-24T16:00")
        assert promised(session, AT, AT + timedelta(days=1), AT) == {}
        write_down(session, promise.id, CaseAnswer([5, 4]), "agent-1", AT)
        with pytest.raises(NoSurveyCall):
            write_down(session, promise.id, CaseAnswer([1, 1]), "agent-1", AT)
        row = session.scalars(select(SurveyRow)).one()
        told = (row.case_number, row.channel, row.scores, row.answered_by)
        assert told == (case.number, "callback", (5, 4), "agent-1")


def test_P4_12_words_and_hashes_go_and_scores_stay(desk: Desk, mail: SurveyMail, tmp_path: Path) -> None:
    """Whoever asks finds it by the number; its figures are the same before and after."""
    with transaction(desk.factory) as session:
        service.ask(session, "c.1", "+886912345678", "agent", "zh-TW", 1, AT)
        service.answer(session, "c.1", 1, 4, AT)
        session.scalars(select(SurveyRow)).one().words = "王小明很親切"
        assert "survey:1" in about_citizen(session, "+886912345678")
    later = AT + timedelta(days=366)
    eraser = Eraser(desk.factory, DeletionLog(tmp_path, "n1"))
    assert sum(eraser.mask(SURVEYS, later, later, lambda *_: None)) == 1
    with looking(desk.factory) as session:
        row = session.scalars(select(SurveyRow)).one()
        assert (row.words, row.asked_of, row.code, row.scores) == ("", "", "", (4,))
        assert counted(answers(session, AT, later)).answered == 1


def test_turns_may_come_in_any_order_and_again(desk: Desk) -> None:
    """An answer before its question, both twice: the first answer stays."""
    for _ in range(2):
        with transaction(desk.factory) as session:
            service.keep_words(session, "c.1", "c.1-message", AT)
            service.answer(session, "c.1", 1, 5, AT)
            service.ask(session, "c.1", "+886912345678", "officer", "en", 2, AT)
            service.answer(session, "c.1", 1, 1, AT)
    with looking(desk.factory) as session:
        row = session.scalars(select(SurveyRow)).one()
        told = (row.scores, row.talked_with, row.language, row.message)
        assert told == ((5, None), "officer", "en", "c.1-message")


def test_P10_3_agents_are_listed_from_ten_answers_on(desk: Desk) -> None:
    """A talk that an officer ended is no agent's; who has nine is held back, and one more with them."""
    many = {"agent-1": 9, "agent-2": 10, "agent-3": 12}
    with transaction(desk.factory) as session:
        for agent, answered in many.items():
            for number in range(answered + 3):
                call = f"{agent}.{number}"
                session.add(CallRow(id=call, agent=agent, started_at=AT))
                service.ask(session, call, "", "agent", "zh-TW", 1, AT)
                if number < answered:
                    service.answer(session, call, 1, 4 if number else 1, AT)
        session.add(CallRow(id="agent-1.x", agent="agent-1", started_at=AT))
        service.ask(session, "agent-1.x", "", "officer", "zh-TW", 1, AT)
        service.answer(session, "agent-1.x", 1, 5, AT)
    with looking(desk.factory) as session:
        told = results(session, *quarter_bounds(quarter_of(AT.date())))
    assert [(one.phone, one.count.answered, one.count.asked) for one in told.agents] == [("agent-3", 12, 15)]
    assert told.held == 2
    whole = told.channels[SurveyChannel.TALK]
    assert (whole.asked, whole.answered, whole.outcomes[SurveyOutcome.NONE]) == (41, 32, 9)
    assert told.agents[0].count.satisfied(1).satisfied == 11


def test_P10_3_results_of_agents_hold_no_answer_behind_an_officers_talk(desk: Desk) -> None:
    """By the record, too, whatever the line told; of two agents it is the one who talked last."""

    def talk(call: str, number: int, phone: str, kind: str, minute: int, seconds: float = 30.0) -> Leg:
        began = AT + timedelta(minutes=minute)
        leg = Leg(channel=f"{call}.{number}", call_id=call, phone=phone, kind=kind, started_at=began)
        leg.ended_at, leg.talk_seconds = began + timedelta(seconds=seconds), seconds
        return leg

    last = {"agent-2": ("agent-2", "agent"), "officer": ("officers", "desk")}
    with transaction(desk.factory) as session:
        for number in range(24):
            call, (phone, kind) = f"c.{number}", last["agent-2" if number % 2 else "officer"]
            session.add(CallRow(id=call, agent="agent-1", started_at=AT))
            session.flush()
            session.add_all([talk(call, 1, "agent-1", "agent", 0), talk(call, 2, phone, kind, 1)])
            session.add(talk(call, 3, "agent-9", "agent", 2, 0.0))
            service.ask(session, call, "", "agent", "zh-TW", 1, AT)
            service.answer(session, call, 1, 5 if number % 2 else 1, AT)
    with looking(desk.factory) as session:
        [told] = results(session, *quarter_bounds(quarter_of(AT.date()))).agents
    assert (told.phone, told.count.answered, told.count.satisfied(1).share) == ("agent-2", 12, 1.0)
