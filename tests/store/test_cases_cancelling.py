"""Cancelling cases: by mobile, by an agent; reports of several; taken back within a day (P8.1)."""

from datetime import timedelta

import pytest

from hotline.cases import find
from hotline.cases.cancelling import CancelResult, NothingCancelled, NotTheHolder
from hotline.cases.examining import NeedsDecision
from hotline.cases.guards import ReplyWanted, TakeBackOver
from hotline.cases.moving import NoSuchCase
from hotline.cases.rules import CaseState, DeadlineKind, Move
from hotline.cases.store import Case
from hotline.cases.words import CancelGround, CaseWords, ReplyWay
from hotline.cases.work import CaseWork
from hotline.db import Sessions, transaction
from hotline.staff.service import NotPermitted
from tests.store.cases import LANDLINE, MOBILE, OTHER, TEN, Desk, staffed

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


def by_holder(desk: Desk, case: Case, caller: str = MOBILE, at: timedelta = HOUR) -> CancelResult:
    with transaction(desk.factory) as session:
        return desk.cancelling.by_holder(session, case.number or "", caller, TEN + at)


def take_back(desk: Desk, case: Case, at: timedelta) -> Case:
    with transaction(desk.factory) as session:
        return desk.cancelling.take_back(session, case.number or "", "誤按", "agent-1", TEN + at)


def told(desk: Desk, template: str) -> list[str]:
    return [one.recipient for one in desk.messages(template)]


def running(desk: Desk, case: Case) -> list[str]:
    with transaction(desk.factory) as session:
        return [one.kind for one in find.whole(session, case).deadlines if one.ended_at is None]


def test_P8_1_the_holder_of_the_mobile_cancels(desk: Desk) -> None:
    """The agency is told and so is that mobile; what ran has ended; the reason is kept; once."""
    case = desk.filed()
    assert by_holder(desk, case) is CancelResult.CANCELLED
    after = desk.case(case)
    assert (after.state, after.ground, after.cancelled_from) == (CaseState.CANCELLED, "not-reported", "FILED")
    assert (told(desk, "N-21"), told(desk, "N-25")) == (["quick@pwd.example"], [MOBILE])
    assert running(desk, case) == []
    assert by_holder(desk, case) is CancelResult.ALREADY and len(told(desk, "N-25")) == 1


@pytest.mark.parametrize("caller", [OTHER, "anonymous", "", "+886912345679"])
def test_P8_1_another_or_hidden_number_cancels_nothing(desk: Desk, caller: str) -> None:
    """A person verifies then."""
    case = desk.filed()
    with pytest.raises(NotTheHolder):
        by_holder(desk, case, caller)
    assert desk.case(case).state == CaseState.FILED


def test_P8_1_a_landline_is_no_holder(desk: Desk) -> None:
    """Whoever telephones from an office's switchboard shows its number."""
    case = desk.filed(phone=LANDLINE, reply_way=ReplyWay.PHONE)
    with pytest.raises(NotTheHolder):
        by_holder(desk, case, LANDLINE)


def test_P8_1_done_is_noted_only(desk: Desk) -> None:
    """The wish is on record, the case goes its way."""
    case = desk.filed()
    desk.move(case, Move.SIGN, "quick-1", TEN)
    desk.move(case, Move.UNFOUNDED, "quick-1", TEN, result="現場無坑洞", done_at=TEN)
    assert by_holder(desk, case) is CancelResult.NOTED
    assert desk.case(case).state == CaseState.DONE and told(desk, "N-25") == []


def test_P8_1_it_is_taken_back_for_a_day_and_stands_where_it_stood(desk: Desk) -> None:
    """With the same due times; the agency is told; after 24 h it is too late."""
    case = desk.filed()
    desk.move(case, Move.SIGN, "quick-1", TEN)
    by_holder(desk, case)
    back = take_back(desk, case, 25 * HOUR)
    assert (back.state, back.cancelled_at, back.due_at) == (CaseState.SIGNED, None, TEN + 4 * HOUR)
    assert running(desk, case) == [DeadlineKind.STAGE1] and told(desk, "N-28") == ["quick@pwd.example"]
    with pytest.raises(NothingCancelled):
        take_back(desk, case, 25 * HOUR)
    assert by_holder(desk, case, at=26 * HOUR) is CancelResult.CANCELLED
    with pytest.raises(TakeBackOver):
        take_back(desk, case, 50 * HOUR + timedelta(seconds=1))
    assert len(told(desk, "N-25")) == 2, "every cancelling is told"


def test_P8_1_a_call_that_is_written_down_again_cancels_nothing_again(desk: Desk) -> None:
    """Also after an agent took it back: that call was heard already."""
    case = desk.filed()
    for _again in range(2):
        with transaction(desk.factory) as session:
            desk.cancelling.disown(session, case.number or "", TEN + HOUR, by_code=False)
        if desk.case(case).state == CaseState.CANCELLED:
            take_back(desk, case, 2 * HOUR)
    assert desk.case(case).state == CaseState.FILED and told(desk, "N-25") == [MOBILE]


def test_P8_1_a_cancelled_report_leaves_the_case_to_the_others(desk: Desk) -> None:
    """The lead case ends when no report is left; taken back, it comes back with that report."""
    lead = desk.filed()
    report = desk.filed(phone=OTHER, name="李四", attach_to=lead.number)
    assert by_holder(desk, lead) is CancelResult.GOES_ON
    assert desk.case(lead).state == CaseState.FILED and told(desk, "N-21") == []
    assert by_holder(desk, lead) is CancelResult.ALREADY
    with transaction(desk.factory) as session:
        assert find.open_of_phone(session, MOBILE) == []
    assert by_holder(desk, report, OTHER, 2 * HOUR) is CancelResult.CANCELLED
    assert {desk.case(one).state for one in (lead, report)} == {CaseState.CANCELLED}
    assert (told(desk, "N-25"), told(desk, "N-21")) == ([MOBILE, OTHER], ["quick@pwd.example"])
    take_back(desk, report, 3 * HOUR)
    assert {desk.case(one).state for one in (lead, report)} == {CaseState.FILED}
    assert desk.case(lead).withdrawn_at is not None, "its own petitioner has still cancelled"
    take_back(desk, lead, 3 * HOUR)
    assert desk.case(lead).withdrawn_at is None


def test_P8_1_a_report_comes_back_to_where_its_case_stands(desk: Desk) -> None:
    lead = desk.filed()
    report = desk.filed(phone=OTHER, name="李四", attach_to=lead.number)
    assert by_holder(desk, report, OTHER) is CancelResult.GOES_ON
    desk.move(lead, Move.SIGN, "quick-1", TEN + 2 * HOUR)
    assert desk.case(report).state == CaseState.CANCELLED
    assert take_back(desk, report, 3 * HOUR).state == CaseState.SIGNED


def test_P8_1_who_comes_back_after_the_work_is_told_that_it_is_done(desk: Desk) -> None:
    """And the case waits until that was sent too."""
    lead = desk.filed()
    report = desk.filed(phone=OTHER, name="李四", attach_to=lead.number)
    by_holder(desk, report, OTHER)
    desk.move(lead, Move.SIGN, "quick-1", TEN)
    desk.move(lead, Move.UNFOUNDED, "quick-1", TEN + HOUR, result="現場無坑洞", done_at=TEN + HOUR)
    assert told(desk, "N-23") == [MOBILE]
    assert take_back(desk, report, 2 * HOUR).state == CaseState.DONE
    assert told(desk, "N-23") == [MOBILE, OTHER]


def test_P8_1_who_withdrew_is_answered_no_more(desk: Desk) -> None:
    """The case goes on by another's report; its first petitioner did not report it, and is not called."""
    lead = desk.filed(category="9001", matter="公園樹木傾倒")
    report = desk.filed(category="9001", phone=OTHER, name="李四", attach_to=lead.number)
    by_holder(desk, lead)
    desk.move(lead, Move.ACCEPT, "liaison-1", TEN + HOUR)
    said = {"result": "已改善", "channel": "phone", "officer": "李", "officer_phone": "29603456"}
    with pytest.raises(ReplyWanted):
        desk.move(lead, Move.REPLY, "liaison-1", TEN + HOUR, **said, replied_at=TEN + HOUR)
    with transaction(desk.factory) as session:
        work, words = CaseWork(desk.moving), CaseWords(result="已扶正")
        work.move(session, lead.number or "", Move.RECORD_RESULT, words, "liaison-1", TEN + HOUR)
    assert told(desk, "N-23") == [OTHER] and desk.case(report).state == CaseState.RESULT_RECORDED


def test_P5_0_c_who_withdrew_and_reports_the_same_again_is_shown_the_others_case(desk: Desk) -> None:
    """It is no case of their own any more."""
    lead = desk.filed()
    desk.filed(phone=OTHER, name="李四", attach_to=lead.number)
    by_holder(desk, lead)
    again = desk.draft()
    with pytest.raises(NeedsDecision) as refused:
        desk.file(again, TEN + 2 * HOUR)
    assert refused.value.whose == "other"
    assert desk.file(again, TEN + 2 * HOUR, attach_to=lead.number).lead_id == lead.id


def test_P8_1_an_agent_cancels_for_who_cannot(desk: Desk) -> None:
    """With ground and reason; nobody of an agency does."""
    case = desk.filed()
    ground = CancelGround.WITHDRAWN
    with transaction(desk.factory) as session, pytest.raises(NotPermitted):
        desk.cancelling.by_agent(session, case.number or "", ground, "民眾撤回", "quick-1", TEN)
    with transaction(desk.factory) as session:
        got = desk.cancelling.by_agent(session, "1151-1240-0001", ground, "民眾撤回", "agent-1", TEN)
    assert got is CancelResult.CANCELLED and desk.case(case).ground == ground
    with transaction(desk.factory) as session, pytest.raises(NoSuchCase):
        desk.cancelling.by_agent(session, "115112400009", ground, "民眾撤回", "agent-1", TEN)
