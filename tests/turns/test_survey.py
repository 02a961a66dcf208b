"""The questions behind a talk (V-19, P10.3) over every line: who is asked, what is heard, what is kept."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from calls.store import CallEvent
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import CallbackMessage
from hotline.db import Sessions, looking, sessions, transaction
from hotline.special_callers.store import SpecialCall
from hotline.survey.drawing import SurveyDraw
from hotline.survey.rules import SurveyPlan, SurveyRules
from hotline.survey.store import SurveyRow
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.menus import FOLDER
from ivr.turn import Surveys
from recordings.policy import MessageEnd
from recordings.store import Recording
from tests.city import seeded
from tests.turns.rows import NOON, Rows
from tests.turns.scene import Caller

ASKED = ("zh-TW/V-19.stay", "zh-TW/V-19")
GOODBYE = "zh-TW/thanks-goodbye"


@dataclass
class Draw:
    """Everybody is drawn, unless a scene says otherwise."""

    factory: Sessions
    rules: SurveyRules = field(default_factory=lambda: SurveyRules(100, SurveyPlan(3)))


@pytest.fixture
def draw(database: Engine) -> Draw:
    return Draw(sessions(database))


@pytest.fixture
def survey(draw: Draw) -> Surveys | None:
    return SurveyDraw(draw.factory, lambda: draw.rules)


@pytest.fixture
def books(
    tmp_path: Path,
    catalogue: Catalogue,
    callbacks: Callbacks,
    bulletins: Bulletins,
    survey: Surveys | None,
) -> Books:
    city = seeded(())
    menus = tmp_path / "menus"
    return Books(FOLDER, menus, catalogue, bulletins, callbacks.due, city=lambda: city, survey=survey)


LINES = pytest.mark.parametrize("caller", ["agi", "twilio"], indirect=True)
ONE = pytest.mark.parametrize("caller", ["agi"], indirect=True)


def kept(rows: Rows) -> list[SurveyRow]:
    rows.replay()
    with looking(sessions(rows.engine)) as session:
        return list(session.scalars(select(SurveyRow).order_by(SurveyRow.id)))


def test_V_19_who_stays_answers_three_questions_and_says_more(caller: Caller) -> None:
    """Over every line, the keyboard's engine too; the call ends as the talk did."""
    caller.dials().presses("1", "1").talks().hears(*ASKED).is_("ask", "1 6")
    caller.presses("5").hears("zh-TW/V-19.clear").presses("4").hears("zh-TW/V-19.wait")
    caller.presses("1").hears("zh-TW/V-19.words", "zh-TW/beep").is_("message")
    caller.leaves_a_message().hears("zh-TW/message-kept", GOODBYE).is_("end", "talked")


@pytest.mark.parametrize(("key", "language"), [("4", "en"), ("5", "ja")])
def test_V_19_is_asked_in_the_callers_language(caller: Caller, key: str, language: str) -> None:
    caller.dials().presses(key, "1").talks().hears(f"{language}/V-19.stay", f"{language}/V-19")


@LINES
def test_V_19_answers_become_rows_and_the_words_a_message_like_others(
    caller: Caller, rows: Rows, draw: Draw
) -> None:
    """However often the journal is read. The record of the call does not tell the scores."""
    caller.dials().presses("1", "1").talks().presses("5", "2", "3").leaves_a_message(4.5)
    rows.replay()
    [row] = kept(rows)
    call_id = caller.line.unique_id  # type: ignore[attr-defined]
    assert (row.call_id, row.talked_with, row.language, row.questions) == (call_id, "agent", "zh-TW", 3)
    assert (row.scores, row.message) == ((5, 2, 3), f"{call_id}-message")
    with looking(draw.factory) as session:
        assert session.scalars(select(CallbackMessage)).first() is None
        message = select(Recording.call_id).where(Recording.direction == "message")
        assert list(session.scalars(message)) == [call_id]
        told = session.scalars(select(CallEvent.detail).where(CallEvent.kind == "SurveyAnswered"))
        assert [list(one) for one in told] == [["question"]] * 3
        raw = session.execute(text("SELECT asked_of FROM survey")).scalar_one()
        assert "0912345678" not in raw and "886912345678" not in raw


@LINES
def test_V_19_who_was_put_through_is_asked_as_the_officers_caller(caller: Caller, rows: Rows) -> None:
    """The agent put the caller through, and the officer hung up."""
    caller.dials().presses("1", "1").is_transferred_to("5112").rings("5112").answered().hears(*ASKED)
    caller.presses("4", "4", "4")
    [row] = kept(rows)
    assert (row.talked_with, row.scores) == ("officer", (4, 4, 4))


@LINES
def test_V_19_who_was_left_to_an_officer_is_asked_as_the_officers_caller(caller: Caller, rows: Rows) -> None:
    """The agent spoke with the officer first, and left: the wait ends as the officer hangs up."""
    caller.dials().presses("1", "1").talks(by_officer=True).hears(*ASKED).presses("2", "2", "2")
    caller.leaves_a_message(0.0, MessageEnd.EMPTY).is_("end", "transferred")
    [row] = kept(rows)
    assert (row.talked_with, row.scores) == ("officer", (2, 2, 2))


@LINES
def test_V_19_so_is_who_came_back_to_the_agent_and_was_left_to_an_officer_then(
    caller: Caller, rows: Rows
) -> None:
    caller.dials().presses("1", "1").is_transferred_to("5112").busy().busy().busy()
    caller.rings_back("agent-1").answered(by_officer=True).hears(*ASKED)
    assert kept(rows)[0].talked_with == "officer"


@LINES
def test_V_19_a_wrong_key_is_asked_once_more_then_thanked(caller: Caller, rows: Rows) -> None:
    """And so is a silence; what was answered before stays, and it is told as answered in part."""
    caller.dials().presses("1", "1").talks().presses("4")
    caller.presses("9").hears("zh-TW/not-understood", "zh-TW/V-19.clear")
    caller.says_nothing().hears(GOODBYE).is_("end", "talked")
    [row] = kept(rows)
    assert row.scores == (4, None, None) and row.outcome == "part"


@ONE
def test_V_19_who_hangs_up_is_a_non_response(caller: Caller, rows: Rows) -> None:
    """Asked, and nothing more."""
    caller.dials().presses("1", "1").talks().hears(*ASKED)
    [row] = kept(rows)
    assert row.scores == (None, None, None) and row.outcome == "none"


@ONE
def test_V_19_who_has_nothing_to_say_is_thanked(caller: Caller, rows: Rows) -> None:
    caller.dials().presses("1", "1").talks().presses("5", "5", "5")
    caller.leaves_a_message(0.0, MessageEnd.EMPTY).hears(GOODBYE).is_("end", "talked")
    assert kept(rows)[0].message == ""


@ONE
def test_V_19_one_question_and_no_words_as_the_city_sets_it(caller: Caller, draw: Draw) -> None:
    draw.rules = SurveyRules(100, SurveyPlan(1, words=False))
    caller.dials().presses("1", "1").talks().hears(*ASKED).presses("3").hears(GOODBYE).is_("end", "talked")


@pytest.mark.parametrize("days", [29, 31])
@ONE
def test_P10_3_nobody_is_asked_twice_within_thirty_days(
    caller: Caller, draw: Draw, days: int, rows: Rows
) -> None:
    with transaction(draw.factory) as session:
        before = NOON - timedelta(days=days)
        session.add(SurveyRow(channel="mail", case_number="1", asked_of="+886912345678", asked_at=before))
    caller.dials().presses("1", "1").talks()
    assert caller.last.heard == ([] if days < 30 else [f"hotline/{name}" for name in ASKED])


@ONE
def test_P10_3_who_hides_the_number_is_not_asked(caller: Caller) -> None:
    caller.dials("").presses("1", "1").talks().is_("end", "talked")


@pytest.mark.parametrize(
    ("state", "emergency", "asked"),
    [("NORMAL", False, True), ("NORMAL", True, False), ("REVIEW", False, False), ("SPECIAL", False, False)],
)
@ONE
def test_P10_3_special_calls_and_emergencies_are_left_alone(
    caller: Caller, draw: Draw, state: str, emergency: bool, asked: bool
) -> None:
    caller.dials().presses("1", "1")
    call_id = caller.line.unique_id  # type: ignore[attr-defined]
    with transaction(draw.factory) as session:
        session.add(SpecialCall(call_id=call_id, state=state, emergency=emergency))
    caller.talks().is_("ask" if asked else "end")
