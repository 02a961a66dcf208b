"""Work on cases, on both databases: the moves of agencies, Secretariat and RDEC after filing."""

from datetime import timedelta
from typing import Any

import pytest

from hotline.cases import inbox
from hotline.cases.guards import (
    DaysOutside,
    DoneOutside,
    LateReasonMissing,
    NoEvidence,
    NotToldYet,
    PreventionMissing,
    RepliedOutside,
)
from hotline.cases.inbox import Pile
from hotline.cases.moving import CaseChanged, IsAttached
from hotline.cases.rules import CaseNotNow, Move
from hotline.cases.words import CaseWordMissing, ReplyWay
from hotline.cases.work import RepliedByAnother, callers
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit_rows
from hotline.outbox.store import OutboxState
from hotline.staff.service import NotPermitted, staff
from tests.case_office import TEN, CaseOffice

pytestmark = pytest.mark.dialects

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = TEN + 4 * HOUR
DONE: dict[str, Any] = {"result": "已回填", "doer": "養護隊", "no_photo": "夜間無法拍攝"}
LATE = {"late_ground": "weather", "late_reason": "連日大雨"}


@pytest.fixture
def office(factory: Sessions) -> CaseOffice:
    return CaseOffice(factory)


def signed(office: CaseOffice, **says: Any) -> str:
    number = office.filed(**says)
    office.does(number, Move.SIGN, "pwd-quick", TEN + MINUTE)
    return number


def worked(office: CaseOffice, category: str = "9001", **says: Any) -> str:
    """A petition that its officer works on."""
    number = office.filed(category=category, **says)
    office.does(number, Move.ACCEPT, "pwd-mei", TEN + HOUR)
    return number


# --- quick cases -------------------------------------------------------------------------------------


def test_P5_4_2_signed_at_ten_minutes_is_on_time_and_a_second_later_is_late(office: CaseOffice) -> None:
    """Met at equality; who signed, and when, is on the case."""
    in_time, late = office.filed(), office.filed(phone="0922000111")
    office.does(in_time, Move.SIGN, "pwd-quick", TEN + 10 * MINUTE)
    office.does(late, Move.SIGN, "pwd-quick-2", TEN + 10 * MINUTE + timedelta(seconds=1))
    assert office.events(in_time, "late") == []
    assert [one.detail["deadline"] for one in office.events(late, "late")] == ["sign"]
    assert (office.row(late).signed_by, office.row(late).state) == ("pwd-quick-2", "SIGNED")


def test_P5_4_2_not_ours_restarts_the_sign_clock_and_no_other(office: CaseOffice) -> None:
    """RDEC gives it to another agency, whose quick-case liaison is told; the due time stays."""
    number = office.filed()
    office.does(number, Move.NOT_OURS, "pwd-quick", TEN + 5 * MINUTE, reason="省道")
    assert office.row(number).is_returned
    with pytest.raises(CaseNotNow):
        office.does(number, Move.NOT_OURS, "pwd-quick", TEN + 6 * MINUTE, reason="省道")
    office.does(number, Move.ASSIGN, "rdec-1", TEN + HOUR, agency="tra")
    row = office.row(number)
    assert (row.agency, row.sign_due_at, row.due_at) == ("tra", TEN + HOUR + 10 * MINUTE, DUE)
    assert office.letters("N-40") == ["pwd-quick", "tra-quick"]


def test_P5_4_9_completion_needs_evidence_and_a_time_between_filing_and_now(office: CaseOffice) -> None:
    """Done at filing and done now are the edges; without photograph or reason for none it is refused."""
    number, at = signed(office), TEN + HOUR
    for wrong in (TEN - timedelta(seconds=1), at + timedelta(seconds=1)):
        with pytest.raises(DoneOutside):
            office.does(number, Move.COMPLETE, "pwd-mei", at, **DONE, done_at=wrong)
    with pytest.raises(NoEvidence):
        office.does(number, Move.COMPLETE, "pwd-mei", at, **DONE | {"no_photo": ""}, done_at=at)
    with pytest.raises(CaseWordMissing):
        office.does(number, Move.COMPLETE, "pwd-mei", at, **DONE | {"doer": ""}, done_at=at)
    office.acts("photo", number, b"\xff\xd8 a jpeg", "pwd-mei", at)
    office.does(number, Move.COMPLETE, "pwd-mei", at, **DONE | {"no_photo": ""}, done_at=TEN)
    assert (office.row(number).state, office.letters("N-23")) == ("DONE", ["+886912345678"])


def test_P5_4_4_a_photograph_is_kept_once_and_shown_to_the_petitioner_only_when_released(
    office: CaseOffice,
) -> None:
    """The same one again is the same row; releasing it is on record."""
    number = signed(office)
    photo = office.acts("photo", number, b"one", "pwd-mei", TEN + HOUR)
    assert office.acts("photo", number, b"one", "pwd-an", TEN + HOUR).id == photo.id
    assert not photo.is_released
    office.acts("release_photo", photo.id, "pwd-an", TEN + HOUR)
    assert [one.kind for one in office.events(number)][-2:] == ["photo", "photo-released"]
    with pytest.raises(NotPermitted):
        office.acts("photo", number, b"two", "epb-mei", TEN + HOUR)
    office.does(number, Move.CONVERT, "rdec-1", TEN + HOUR, reason="須會勘", agency="pwd")
    office.does(number, Move.NO_ACTION, "rdec-1", TEN + HOUR, ground="173-2", result="已答覆")
    with pytest.raises(CaseNotNow):
        office.acts("photo", number, b"two", "pwd-mei", TEN + 2 * HOUR)


def test_P5_4_8_a_late_case_is_not_done_without_ground_and_reason(office: CaseOffice) -> None:
    """Also when stage 2 was granted after the first due time had passed: that lateness stays counted."""
    late, asked = signed(office), signed(office, phone="0922000111")
    with pytest.raises(LateReasonMissing):
        office.does(late, Move.COMPLETE, "pwd-mei", DUE + MINUTE, **DONE, done_at=DUE)
    office.does(late, Move.COMPLETE, "pwd-mei", DUE + MINUTE, **DONE, **LATE, done_at=DUE)
    assert (office.row(late).late_ground, office.row(late).overdue_at) == ("weather", DUE + MINUTE)
    office.does(asked, Move.ASK_STAGE2, "pwd-mei", DUE + MINUTE, reason="要換管", days=3)
    office.does(asked, Move.APPROVE_STAGE2, "rdec-1", DUE + HOUR, days=3)
    with pytest.raises(LateReasonMissing):
        office.does(asked, Move.COMPLETE, "pwd-mei", DUE + DAY, **DONE, done_at=DUE + DAY)
    office.does(asked, Move.COMPLETE, "pwd-mei", DUE + DAY, **DONE, **LATE, done_at=DUE + DAY)


def test_P5_4_1_stage_2_of_four_days_counts_from_filing(office: CaseOffice) -> None:
    """§21: filed 2026-10-07 12:00, due 2026-10-11 12:00, a Sunday; stage 1 runs until RDEC approves."""
    noon = taipei("2026-10-07T12:00")
    number = office.filed(noon)
    office.does(number, Move.SIGN, "pwd-quick", noon + MINUTE)
    office.does(number, Move.ASK_STAGE2, "pwd-mei", noon + HOUR, reason="要換管", days=4)
    assert office.row(number).due_at == noon + 4 * HOUR
    for days in (0, 5, 15):
        with pytest.raises(HotlineError):
            office.does(number, Move.APPROVE_STAGE2, "rdec-1", noon + 2 * HOUR, days=days)
    office.does(number, Move.APPROVE_STAGE2, "rdec-1", noon + 2 * HOUR, days=4)
    row = office.row(number)
    assert (row.state, row.stage, row.due_at) == ("IN_PROGRESS", 2, taipei("2026-10-11T12:00"))
    assert office.texts("N-24") == [
        f"【新北1999】案號{number[:4]}-{number[4:8]}-{number[8:]}需較長時間處理，預計10月11日前完成。"
    ]


def test_P5_4_7_only_rdec_approves_or_refuses_stage_2(office: CaseOffice) -> None:
    """A refused one is worked on by its first due time; what was not asked is not answered."""
    number = signed(office)
    office.does(number, Move.ASK_STAGE2, "pwd-mei", TEN + HOUR, reason="要換管", days=2)
    for somebody in ("pwd-mei", "pwd-control", "sec", "admin", "boss"):
        with pytest.raises(NotPermitted):
            office.does(number, Move.APPROVE_STAGE2, somebody, TEN + HOUR, days=2)
    office.does(number, Move.REFUSE_STAGE2, "rdec-1", TEN + 2 * HOUR, reason="可以先鋪平")
    row = office.row(number)
    assert (row.state, row.stage, row.stage_asked, row.due_at) == ("IN_PROGRESS", 1, 0, DUE)
    with pytest.raises(DaysOutside):
        office.does(number, Move.ASK_STAGE2, "pwd-mei", TEN + 2 * HOUR, reason="要換管", days=5)


def test_P5_4_8_beyond_stage_2_the_control_officer_analyses_and_the_case_counts_as_late(
    office: CaseOffice,
) -> None:
    """Granted a date, it has a new due time, and is late all the same: nothing closes it without a reason."""
    number = signed(office)
    office.does(number, Move.ASK_STAGE2, "pwd-mei", TEN + HOUR, reason="要換管", days=4)
    office.does(number, Move.APPROVE_STAGE2, "rdec-1", TEN + HOUR, days=4)
    until, asked = TEN + 9 * DAY, {"ground": "material", "reason": "缺料", "analysis": "採購延誤"}
    with pytest.raises(NotPermitted):
        office.does(number, Move.ASK_BEYOND, "pwd-mei", TEN + 3 * DAY, **asked)
    office.does(number, Move.ASK_BEYOND, "pwd-control", TEN + 3 * DAY, **asked)
    office.does(number, Move.GRANT_BEYOND, "rdec-1", TEN + 3 * DAY, until=until)
    row = office.row(number)
    assert (row.stage, row.due_at, row.late_ground, row.late_analysis) == (3, until, "material", "採購延誤")
    office.does(number, Move.COMPLETE, "pwd-mei", TEN + 5 * DAY, **DONE, **LATE, done_at=TEN + 5 * DAY)


def test_P5_4_8_what_was_asked_beyond_stage_2_enters_the_review_granted_or_not(office: CaseOffice) -> None:
    """Asked before the due time and refused, it still counts as not finished in time."""
    number, in_time = signed(office), signed(office, phone="0922000111")
    for one in (number, in_time):
        office.does(one, Move.ASK_STAGE2, "pwd-mei", TEN + HOUR, reason="要換管", days=4)
        office.does(one, Move.APPROVE_STAGE2, "rdec-1", TEN + HOUR, days=4)
    asked = {"ground": "material", "reason": "缺料", "analysis": "採購延誤"}
    office.does(number, Move.ASK_BEYOND, "pwd-control", TEN + DAY, **asked)
    office.does(number, Move.REFUSE_BEYOND, "rdec-1", TEN + DAY, reason="可以先鋪平")
    for one in (number, in_time):
        office.does(one, Move.COMPLETE, "pwd-mei", TEN + 2 * DAY, **DONE, done_at=TEN + 2 * DAY)
    with transaction(office.factory) as session:
        member = staff(session, "rdec-1", TEN)
        found = inbox.page(session, Pile.LATE, member, TEN + 3 * DAY)
    assert [one.number for one in found.rows] == [number]


def test_P5_4_7_a_converted_case_keeps_number_and_history_and_goes_on_as_a_petition(
    office: CaseOffice,
) -> None:
    """Six working days from then; citizen and agency are told; the quick part is its first chapter."""
    number = signed(office)
    before = len(office.events(number))
    office.does(number, Move.CONVERT, "rdec-1", TEN + HOUR, reason="須會勘", agency="pwd")
    row = office.row(number)
    assert (row.number, row.kind, row.state, row.petition_ground) == (
        number,
        "petition",
        "DISPATCHED",
        "converted",
    )
    assert row.due_at == taipei("2026-12-02T17:30")
    assert len(office.events(number)) == before + 1
    assert (office.letters("N-24"), office.letters("N-26")) == (["+886912345678"], ["pwd-liaison"])
    office.does(number, Move.ACCEPT, "pwd-mei", TEN + 2 * HOUR)


def test_P5_4_9_a_matter_that_recurs_within_90_days_asks_for_prevention(office: CaseOffice) -> None:
    """The same point and category; on the 91st day it is a new matter."""
    here = {"latitude": 25.0123, "longitude": 121.4654}
    first = signed(office, **here)
    office.does(first, Move.COMPLETE, "pwd-mei", TEN + HOUR, **DONE, done_at=TEN + HOUR)
    office.carried()
    office.chase.run(TEN + 2 * HOUR)
    for day, asks in ((89, True), (181, False)):
        at = TEN + day * DAY
        number = office.filed(at, **here)
        office.does(number, Move.SIGN, "pwd-quick", at + MINUTE)
        if asks:
            with pytest.raises(PreventionMissing):
                office.does(number, Move.COMPLETE, "pwd-mei", at + HOUR, **DONE, done_at=at + HOUR)
        more = {"prevention": "改用耐磨料"} if asks else {}
        office.does(number, Move.COMPLETE, "pwd-mei", at + HOUR, **DONE, **more, done_at=at + HOUR)
        office.carried()
        office.chase.run(at + 2 * HOUR)


def test_P5_4_9_closed_before_it_was_done_reopens_as_a_defect(office: CaseOffice) -> None:
    """By RDEC alone; the first due time holds again."""
    number = signed(office)
    office.does(number, Move.COMPLETE, "pwd-mei", TEN + HOUR, **DONE, done_at=TEN + HOUR)
    office.carried()
    office.chase.run(TEN + 2 * HOUR)
    assert office.row(number).state == "CLOSED"
    with pytest.raises(NotPermitted):
        office.does(number, Move.REOPEN, "pwd-control", TEN + DAY, reason="洞還在")
    office.does(number, Move.REOPEN, "rdec-1", TEN + DAY, reason="洞還在")
    row = office.row(number)
    assert (row.state, row.is_defect, row.due_at, row.closed_at) == ("IN_PROGRESS", True, DUE, None)


def test_P5_4_9_what_was_told_before_a_reopening_answers_nobody(office: CaseOffice) -> None:
    """Done again, also by an earlier hour, the citizen is told again; an old failure is not a new one."""
    number = signed(office)
    office.does(number, Move.COMPLETE, "pwd-mei", TEN + HOUR, **DONE, done_at=TEN + HOUR)
    office.carried(OutboxState.FAILED)
    office.chase.run(TEN + HOUR)
    office.acts("phone_record", number, "已說明", TEN + 2 * HOUR, "pwd-mei", TEN + 2 * HOUR)
    office.does(number, Move.REOPEN, "rdec-1", TEN + 3 * HOUR, reason="洞還在")
    office.does(number, Move.COMPLETE, "pwd-mei", DUE, **DONE, done_at=TEN + HOUR)
    office.chase.run(DUE)
    assert office.row(number).state == "DONE" and len(office.events(number, "reply-not-sent")) == 1
    office.carried()
    office.chase.run(DUE)
    assert (office.row(number).state, len(office.letters("N-23"))) == ("CLOSED", 2)


def test_P5_4_4_who_wants_a_letter_of_a_quick_case_is_told_by_message_that_it_is_done(
    office: CaseOffice,
) -> None:
    """By SMS or e-mail; who left an address on paper alone is answered by an officer, on record."""
    told, paper = {"reply_way": ReplyWay.LETTER, "letter_to": "板橋區某街1號"}, {"phone": ""}
    number, other = signed(office, **told), signed(office, **told, **paper)
    for one in (number, other):
        office.does(one, Move.COMPLETE, "pwd-mei", TEN + HOUR, **DONE, done_at=TEN + HOUR)
    office.carried()
    office.chase.run(TEN + HOUR)
    assert (office.row(number).state, office.row(other).state) == ("CLOSED", "DONE")
    office.acts("phone_record", other, "公文已寄出", TEN + 2 * HOUR, "pwd-mei", TEN + 2 * HOUR)
    assert office.row(other).state == "CLOSED"


def test_P8_1_nobody_cancels_by_a_move_for_all_who_reported(office: CaseOffice) -> None:
    """It is done for one report, or taken back for it, where the caller is; the others' case goes on."""
    here = {"latitude": 25.0123, "longitude": 121.4654}
    lead = signed(office, **here)
    office.filed(TEN + HOUR, attach_to=lead, phone="0922000111", **here)
    for move in (Move.CANCEL, Move.TAKE_BACK):
        with pytest.raises(CaseNotNow):
            office.does(lead, move, "agent-1", TEN + HOUR, reason="民眾撤回", ground="withdrawn")
    assert office.row(lead).state == "SIGNED"


def test_P5_4_4_a_reply_by_telephone_closes_the_case_and_one_person_calls(office: CaseOffice) -> None:
    """Who opens the number first answers; another is warned, and takes over with a reason."""
    number = signed(office, reply_way=ReplyWay.PHONE)
    office.does(number, Move.COMPLETE, "pwd-mei", TEN + HOUR, **DONE, done_at=TEN + HOUR)
    assert office.letters("N-23") == []
    office.chase.run(TEN + HOUR)
    assert office.row(number).state == "DONE"
    office.acts("open_contact", number, "pwd-mei", TEN + HOUR)
    with pytest.raises(RepliedByAnother) as warned:
        office.acts("open_contact", number, "pwd-an", TEN + HOUR)
    assert warned.value.owner == "pwd-mei"
    with pytest.raises(RepliedByAnother):
        office.acts("phone_record", number, "已說明", TEN + HOUR, "pwd-an", TEN + 2 * HOUR)
    office.acts("take_over", number, "同事請假", "pwd-an", TEN + 2 * HOUR)
    with pytest.raises(RepliedOutside):
        office.acts("phone_record", number, "已說明", TEN + 3 * HOUR, "pwd-an", TEN + 2 * HOUR)
    office.acts("phone_record", number, "已說明", TEN + 2 * HOUR, "pwd-an", TEN + 2 * HOUR)
    row = office.row(number)
    assert (row.state, row.reply_owner) == ("CLOSED", "pwd-an")
    with transaction(office.factory) as session:
        assert callers(session, row) == ["pwd-an"]


def test_P5_4_4_another_agency_answers_by_itself(office: CaseOffice) -> None:
    """Who called for the agency before is not in the way; the same agency keeps its officer."""
    number = office.filed()
    office.acts("open_contact", number, "pwd-mei", TEN)
    office.does(number, Move.NOT_OURS, "pwd-quick", TEN + MINUTE, reason="省道")
    office.does(number, Move.ASSIGN, "rdec-1", TEN + HOUR, agency="tra")
    assert office.acts("open_contact", number, "tra-mei", TEN + HOUR).reply_owner == "tra-mei"
    office.does(number, Move.SIGN, "tra-quick", TEN + HOUR)
    office.does(number, Move.CONVERT, "rdec-1", TEN + HOUR, reason="須會勘", agency="tra")
    assert office.row(number).reply_owner == "tra-mei"


def test_P5_4_4_a_petition_is_answered_by_telephone_by_one_person_and_all_who_called_are_counted(
    office: CaseOffice,
) -> None:
    """Who wrote a phone record first has the petitioner; a colleague's reply needs a reason before."""
    number = worked(office)
    office.acts("phone_record", number, "先說明進度", TEN + HOUR, "pwd-mei", TEN + HOUR)
    said: dict[str, Any] = {
        "result": "已改善",
        "channel": "phone",
        "officer": "李",
        "officer_phone": "29603456",
    }
    with pytest.raises(RepliedByAnother):
        office.does(number, Move.REPLY, "pwd-an", TEN + 2 * HOUR, **said, replied_at=TEN + 2 * HOUR)
    office.acts("take_over", number, "改由我辦", "pwd-an", TEN + 2 * HOUR)
    office.does(number, Move.REPLY, "pwd-an", TEN + 2 * HOUR, **said, replied_at=TEN + 2 * HOUR)
    with transaction(office.factory) as session:
        assert callers(session, office.row(number)) == ["pwd-mei", "pwd-an"]


def test_two_people_at_one_case_one_wins_and_the_other_is_told(office: CaseOffice) -> None:
    """Both began from the same page; what the state does not allow names state and clause."""
    number = office.filed()
    seen = office.row(number).version
    office.does(number, Move.SIGN, "pwd-quick", TEN + MINUTE, seen)
    with pytest.raises(CaseNotNow) as refused:
        office.does(number, Move.SIGN, "pwd-quick-2", TEN + MINUTE, seen)
    assert (refused.value.state, refused.value.clause) == ("SIGNED", "P5.4")
    with pytest.raises(CaseChanged):
        office.does(number, Move.START, "pwd-an", TEN + MINUTE, seen)


def test_a_report_attached_to_a_case_ends_with_it_and_its_citizen_is_told(office: CaseOffice) -> None:
    """It is worked on with its lead alone; the lead is closed when both were told."""
    here = {"latitude": 25.0123, "longitude": 121.4654}
    lead = signed(office, **here)
    other = office.filed(TEN + HOUR, attach_to=lead, phone="0922000111", **here)
    with pytest.raises(IsAttached):
        office.does(other, Move.START, "pwd-mei", TEN + HOUR)
    office.does(lead, Move.COMPLETE, "pwd-mei", TEN + 2 * HOUR, **DONE, done_at=TEN + 2 * HOUR)
    assert (office.row(other).state, len(office.letters("N-23"))) == ("DONE", 2)
    office.chase.run(TEN + 2 * HOUR)
    assert office.row(lead).state == "DONE"
    office.carried()
    office.chase.run(TEN + 3 * HOUR)
    assert (office.row(lead).state, office.row(other).state) == ("CLOSED", "CLOSED")


# --- petitions ---------------------------------------------------------------------------------------


def test_P5_2_2_not_ours_is_given_back_within_a_day_and_later_is_marked(office: CaseOffice) -> None:
    """Received Tuesday, by the close of Wednesday; the reply's due time is not set anew."""
    in_time, late = office.filed(category="9001"), office.filed(category="9001", phone="0922000111")
    office.does(in_time, Move.NOT_OURS, "pwd-mei", taipei("2026-11-25T17:30"), reason="非權責")
    office.does(late, Move.NOT_OURS, "pwd-mei", taipei("2026-11-25T17:30:01"), reason="非權責")
    assert office.events(in_time, "late") == []
    assert [one.detail["deadline"] for one in office.events(late, "late")] == ["redispatch"]
    due_at = office.row(late).due_at
    with pytest.raises(NotPermitted):
        office.does(late, Move.ASSIGN, "pwd-mei", TEN + 2 * DAY, agency="epb")
    office.does(late, Move.ASSIGN, "sec", TEN + 2 * DAY, agency="epb")
    row = office.row(late)
    assert (row.state, row.agency, row.hops, row.due_at) == ("DISPATCHED", "epb", 1, due_at)


def test_P5_2_2_the_third_hop_alerts_rdec_once(office: CaseOffice) -> None:
    """Two are the Secretariat's; a fourth says nothing new."""
    number = office.filed(category="9001")
    for hop, (giver, agency) in enumerate(
        (("pwd", "epb"), ("epb", "tra"), ("tra", "pwd"), ("pwd", "epb")), 1
    ):
        at = TEN + hop * HOUR
        office.does(number, Move.NOT_OURS, f"{giver}-mei", at, reason="非權責")
        office.does(number, Move.ASSIGN, "sec", at, agency=agency)
        assert len(office.letters("N-29")) == (hop >= 3)
    assert office.letters("N-29") == ["rdec-1"]


def test_P5_2_2_joint_agencies_confirm_and_the_lead_answers_for_all(office: CaseOffice) -> None:
    """Two working days; the last to confirm brings it back to work; one that was not asked cannot."""
    number = worked(office)
    office.does(number, Move.INVOLVE, "pwd-mei", TEN + HOUR, agencies=("epb", "tra"))
    with pytest.raises(HotlineError):
        office.does(number, Move.CONFIRM_JOINT, "pwd-mei", TEN + HOUR, agency="pwd")
    with pytest.raises(NotPermitted):
        office.does(number, Move.CONFIRM_JOINT, "epb-mei", TEN + HOUR, agency="tra")
    office.does(number, Move.CONFIRM_JOINT, "epb-mei", TEN + DAY, agency="epb")
    assert office.row(number).state == "JOINT"
    office.does(number, Move.CONFIRM_JOINT, "tra-mei", TEN + 4 * DAY, agency="tra")
    row = office.row(number)
    assert (row.state, row.agency) == ("IN_PROGRESS", "pwd")
    assert [one.detail["deadline"] for one in office.events(number, "late")] == ["joint"]


def test_P5_2_2_who_has_confirmed_may_be_asked_again_and_nobody_waits_for_nobody(office: CaseOffice) -> None:
    """Asked a second time it confirms a second time; the lead alone is no joint handling."""
    number = worked(office)
    with pytest.raises(CaseWordMissing):
        office.does(number, Move.INVOLVE, "pwd-mei", TEN + HOUR, agencies=("pwd",))
    for hour in (1, 2):
        office.does(number, Move.INVOLVE, "pwd-mei", TEN + hour * HOUR, agencies=("epb", "pwd"))
        assert office.row(number).state == "JOINT"
        office.does(number, Move.CONFIRM_JOINT, "epb-mei", TEN + hour * HOUR, agency="epb")
        assert office.row(number).state == "IN_PROGRESS"


def test_P10_4_what_was_outside_the_city_and_is_reopened_is_due_as_a_petition(office: CaseOffice) -> None:
    """Six working days from then; nobody tracks it any more."""
    number = office.filed(category="9001")
    office.does(number, Move.FORWARD, "sec", TEN + HOUR, authority="公路局", letter="新北府1150001")
    office.does(number, Move.OUTCOME, "sec", TEN + DAY, result="公路局已修復")
    office.does(number, Move.AUDIT, "rdec-1", TEN + DAY, reason="民眾稱未修")
    office.does(number, Move.REOPEN, "rdec-1", TEN + DAY, reason="應由本府辦理")
    row = office.row(number)
    assert (row.state, row.due_at, row.track_due_at) == ("IN_PROGRESS", taipei("2026-12-03T17:30"), None)


def test_P5_2_2_forwarded_outside_the_city_it_is_tracked_weekly_until_the_outcome(office: CaseOffice) -> None:
    """N-22 to the citizen; N-62 to the Secretariat a week later and again, not after the outcome."""
    number = office.filed(category="9001")
    with pytest.raises(CaseWordMissing):
        office.does(number, Move.FORWARD, "sec", TEN + HOUR, authority="公路局")
    office.does(number, Move.FORWARD, "sec", TEN + HOUR, authority="公路局", letter="新北府1150001")
    assert office.letters("N-22") == ["+886912345678"]
    for day in range(1, 20):
        office.chase.run(TEN + day * DAY)
        office.chase.run(TEN + day * DAY)
    assert office.letters("N-62") == ["sec", "sec"]
    office.does(number, Move.OUTCOME, "sec", TEN + 20 * DAY, result="公路局已修復")
    office.chase.run(TEN + 40 * DAY)
    assert (office.row(number).state, len(office.letters("N-62"))) == ("CLOSED", 2)
    assert office.events(number, "overdue") == []


def test_P5_2_5_no_action_has_its_ground_its_person_and_its_day(office: CaseOffice) -> None:
    """RDEC's authorised person decides; a ground that is none is refused."""
    number = office.filed(category="9001")
    with pytest.raises(NotPermitted):
        office.does(number, Move.NO_ACTION, "pwd-mei", TEN + HOUR, ground="173-2", result="已答覆")
    with pytest.raises(HotlineError):
        office.does(number, Move.NO_ACTION, "rdec-1", TEN + HOUR, ground="174", result="已答覆")
    office.does(number, Move.NO_ACTION, "rdec-1", TEN + HOUR, ground="173-2", result="已答覆")
    row, decided = office.row(number), office.events(number, "no-action")[0]
    assert (row.state, row.ground, row.closed_at) == ("NO_ACTION", "173-2", TEN + HOUR)
    assert (decided.by, decided.at) == ("rdec-1", TEN + HOUR)


def test_P5_2_3_a_reply_names_its_officer_and_telephone(office: CaseOffice) -> None:
    """Without either it is not saved; who wants no reply gets a result on record, and nothing is sent."""
    number, silent = worked(office), worked(office, phone="", name="", reply_way=ReplyWay.NONE)
    said: dict[str, Any] = {"result": "已改善", "channel": "phone", "replied_at": TEN + 2 * HOUR}
    for more in ({"officer": "李"}, {"officer_phone": "29603456"}):
        with pytest.raises(CaseWordMissing):
            office.does(number, Move.REPLY, "pwd-mei", TEN + 2 * HOUR, **said, **more)
    office.does(number, Move.REPLY, "pwd-mei", TEN + 2 * HOUR, **said, officer="李", officer_phone="29603456")
    office.does(number, Move.CLOSE, "pwd-mei", TEN + 3 * HOUR)
    with pytest.raises(HotlineError):
        office.does(
            silent, Move.REPLY, "pwd-mei", TEN + 2 * HOUR, **said, officer="李", officer_phone="29603456"
        )
    office.does(silent, Move.RECORD_RESULT, "pwd-mei", TEN + 2 * HOUR, result="已改善")
    office.does(silent, Move.CLOSE, "pwd-mei", TEN + 3 * HOUR)
    assert {office.row(one).state for one in (number, silent)} == {"CLOSED"}
    assert office.letters("N-23") == []


def test_P5_2_3_who_reported_the_same_is_told_too_before_the_petition_is_closed(office: CaseOffice) -> None:
    """An attached report gets its own message; while that was not sent, the lead is not closed."""
    here = {"latitude": 25.0123, "longitude": 121.4654}
    lead = worked(office, **here)
    other = office.filed(TEN + HOUR, "9001", attach_to=lead, phone="0922000111", **here)
    said: dict[str, Any] = {"result": "已改善", "channel": "phone", "replied_at": TEN + 2 * HOUR}
    office.does(lead, Move.REPLY, "pwd-mei", TEN + 2 * HOUR, **said, officer="李", officer_phone="29603456")
    assert office.letters("N-23") == ["+886922000111"]
    office.carried(OutboxState.FAILED)
    with pytest.raises(NotToldYet):
        office.does(lead, Move.CLOSE, "pwd-mei", TEN + 3 * HOUR)
    office.acts("phone_record", other, "已說明", TEN + 3 * HOUR, "pwd-mei", TEN + 3 * HOUR)
    office.does(lead, Move.CLOSE, "pwd-mei", TEN + 4 * HOUR)
    assert office.row(other).state == "CLOSED"


def test_P5_2_1_one_extension_to_30_days_from_filing_asked_before_the_due_time(office: CaseOffice) -> None:
    """A second one is refused; the citizen is told the day."""
    number = worked(office)
    office.does(number, Move.EXTEND, "rdec-1", TEN + DAY, reason="須會勘")
    assert office.row(number).due_at == TEN + 30 * DAY
    assert "預計12月24日前完成" in office.texts("N-24")[0]
    with pytest.raises(HotlineError):
        office.does(number, Move.EXTEND, "rdec-1", TEN + 2 * DAY, reason="須會勘")


def test_P0_a_every_move_of_a_person_stands_in_the_audit_log(office: CaseOffice) -> None:
    """Under the name of who did it, with the state before and after."""
    number = signed(office)
    with transaction(office.factory) as session:
        (row,) = [one for one in audit_rows(session, subject=f"case:{number}") if one.by == "pwd-quick"]
    assert (row.before, row.after) == ({"state": "FILED"}, {"did": "sign", "state": "SIGNED"})
