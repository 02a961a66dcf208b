"""Keys 6 and 7 over every line, on real cases: what is told and cancelled, and who hears of it (P8.1)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from calls.turn_facts import Disowning
from hotline.cases.asked import AskedCases
from hotline.cases.cancelling import NOTED, WRONG_CODE
from hotline.cases.events import events_of
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.db import sessions, transaction
from ivr import spoken
from ivr.numerals import Language
from ivr.turn import Cases
from tests.store.cases import Desk, noise, staffed
from tests.turns.rows import NOON, Rows
from tests.turns.scene import Caller
from tests.turns.twilio_line import TwilioLine

FILED_AT = NOON - timedelta(hours=1)


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(staffed(sessions(database), FILED_AT))


@pytest.fixture
def cases(desk: Desk) -> Cases | None:
    return AskedCases(desk.factory)


@pytest.fixture
def disowning(desk: Desk) -> Disowning | None:
    return desk.cancelling


@pytest.fixture
def case(desk: Desk) -> Case:
    """A pothole, filed an hour ago by the holder of 0912345678."""
    return desk.filed(FILED_AT)


LINES = pytest.mark.parametrize("caller", ["agi", "twilio"], indirect=True)
ONE = pytest.mark.parametrize("caller", ["agi"], indirect=True)


def number(case: Case) -> str:
    assert case.number
    return case.number


def digits(case: Case) -> Iterator[str]:
    return (f"zh-TW/{prompt.id}" for prompt in spoken.digits(number(case), Language.MANDARIN))


@LINES
def test_V_11_key_6_tells_number_state_and_due_time_and_nothing_else(
    caller: Caller, case: Case, rows: Rows
) -> None:
    """To anybody who has the number; a page of a browser too. It counts as an information."""
    caller.dials("0287654321", carrier=False).presses("1", "6").hears("zh-TW/ask-case")
    assert case.due_at
    until = [f"zh-TW/{one.id}" for one in spoken.instant(case.due_at, NOON, Language.MANDARIN)]
    after = ("zh-TW/case-next", "zh-TW/V-02b.star", "zh-TW/V-02b.0")
    told = ("zh-TW/V-11", *digits(case), "zh-TW/V-11.filed", "zh-TW/V-11.due", *until)
    caller.presses(number(case)).hears(*told, *after)
    caller.says_nothing().hears_of("zh-TW/V-02b.6").is_("ask")
    kinds = rows.events(caller.line.unique_id)  # type: ignore[attr-defined]
    assert {"CaseTried", "CaseHeard", "InformationHeard"} <= set(kinds)


@LINES
def test_P8_1_key_7_cancels_for_the_mobile_and_everybody_is_told(
    caller: Caller, case: Case, desk: Desk, rows: Rows
) -> None:
    """V-17, 1: cancelled before it is said; N-25 to that mobile, N-21 to the agency, each once."""
    caller.dials("0912345678").presses("1", "7", number(case)).hears(
        "zh-TW/V-17", *digits(case), "zh-TW/V-17.confirm"
    )
    caller.presses("1").hears_of("zh-TW/case-cancelled", "zh-TW/V-02b.1").is_("ask")
    rows.replay()
    assert desk.case(case).state == CaseState.CANCELLED
    told = {one.template: one.recipient for one in desk.messages() if one.template in ("N-21", "N-25")}
    assert told == {"N-21": "quick@pwd.example", "N-25": "+886912345678"}
    caller.presses("6", number(case)).hears_of("zh-TW/V-11.cancelled")


@pytest.mark.matrix
@LINES
@pytest.mark.parametrize(("sent", "carrier"), [("0923456789", True), ("", True), ("0912345678", False)])
def test_P8_1_anybody_else_cancels_with_an_agent(
    caller: Caller, case: Case, desk: Desk, sent: str, carrier: bool
) -> None:
    """Another telephone, a hidden one, and one that names itself: a browser, a desk, a visitor."""
    if not carrier and isinstance(caller.line, TwilioLine):
        return  # a signed request tells what the carrier said
    caller.dials(sent, carrier=carrier)
    caller.presses("1", "7", number(case)).hears_of("zh-TW/cancel-agent", "zh-TW/to-an-agent").is_("queue")
    assert desk.case(case).state == CaseState.FILED


@pytest.mark.matrix
@LINES
def test_P8_1_the_holder_of_an_e_mail_cancels_by_its_code_once(
    caller: Caller, desk: Desk, rows: Rows
) -> None:
    """A wrong one is on record at the case; the right one is used up."""
    case = desk.filed(FILED_AT, phone="", email="a@example.org", reply_way="email")
    (mail,) = desk.messages("N-27")
    code = mail.text.partition("取消碼")[2][:6]
    wrong = "000000" if code != "000000" else "000001"
    caller.dials("0287654321").presses("1", "7", number(case)).hears("zh-TW/ask-code")
    caller.presses(wrong).hears("zh-TW/code-wrong", "zh-TW/ask-code")
    caller.presses(code, "1").hears_of("zh-TW/case-cancelled")
    rows.replay()
    row = desk.case(case)
    assert (row.state, row.code_digest) == (CaseState.CANCELLED, "")
    with transaction(desk.factory) as session:
        assert len(events_of(session, row.id, WRONG_CODE)) == 1
    assert [one.recipient for one in desk.messages("N-25")] == ["a@example.org"]
    kept = rows.details(caller.line.unique_id)  # type: ignore[attr-defined]
    assert not any(code in str(one) for one in kept)


@pytest.mark.matrix
@ONE
def test_P8_1_after_it_is_done_it_is_noted_only(caller: Caller, case: Case, desk: Desk, rows: Rows) -> None:
    with transaction(desk.factory) as session:
        session.get_one(Case, case.id).state = CaseState.DONE
    caller.dials("0912345678").presses("1", "7", number(case)).hears(
        "zh-TW/V-11", *digits(case), "zh-TW/V-17.late"
    )
    caller.presses("1").hears_of("zh-TW/case-noted")
    rows.replay()
    rows.replay()
    assert desk.case(case).state == CaseState.DONE
    with transaction(desk.factory) as session:
        assert len(events_of(session, case.id, NOTED)) == 1


@pytest.mark.matrix
@ONE
def test_tries_are_limited_by_caller_and_by_case(caller: Caller, case: Case, desk: Desk, rows: Rows) -> None:
    """Ten an hour; then a person tells, whoever asks for that case, and this caller of any."""
    other = desk.filed(FILED_AT, **noise(phone="0923456789"))
    caller.dials("0987654321").presses("1", "6")
    for _ in range(10):
        caller.presses(number(case)).hears_of("zh-TW/V-11.filed").presses("1")
        rows.replay()
    caller.presses(number(other)).hears_of("zh-TW/case-agent").is_("queue")
    asked = AskedCases(desk.factory)
    hour = caller.line._hour.at  # type: ignore[attr-defined]
    assert str(asked.find(number(case), "", hour)) == "too-often"
    assert not isinstance(asked.find(number(other), "", hour), str)
    assert not isinstance(asked.find(number(case), "0987654321", hour + timedelta(hours=1)), str)
