"""Filing cases: the checks of P5.0-c in their order, numbers, first deadlines and messages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.cases import false_reports, find, inbox
from hotline.cases.drafts import NotAPoint
from hotline.cases.examining import NeedsDecision, NotReachable
from hotline.cases.false_reports import NoSuchLetter, TooFewFindings
from hotline.cases.filing import (
    CannotAttach,
    FiledOutside,
    NeedsName,
)
from hotline.cases.inbox import Pile
from hotline.cases.moving import CaseChanged
from hotline.cases.rules import CaseKind, CaseNotNow, CaseState, DeadlineKind, Move
from hotline.cases.store import Case, CaseEvent
from hotline.cases.words import CaseWordMissing, PetitionGround, ReplyWay
from hotline.categories.service import UnknownCategory
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from hotline.texts import UnfitText
from tests.store.cases import (
    LANDLINE,
    MOBILE,
    OTHER,
    TEN,
    Abroad,
    Desk,
    deadlines,
    kinds,
    minutes,
    noise,
    said,
    staffed,
    told,
)


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


def test_P5_4_2_filing_tells_the_liaison_and_the_petitioner(desk: Desk) -> None:
    """One transaction: number, both clocks, N-20 to the mobile, N-40 to the quick-case liaison."""
    case = desk.filed()
    assert (case.number, case.state, case.kind) == ("115112400001", CaseState.FILED, CaseKind.QUICK)
    assert deadlines(desk, case) == {
        DeadlineKind.SIGN: TEN + minutes(10),
        DeadlineKind.STAGE1: TEN + minutes(240),
    }
    assert (case.due_at, case.sign_due_at) == (TEN + minutes(240), TEN + minutes(10))
    texts = {(one.template, one.recipient): one.text for one in desk.messages()}
    assert set(texts) == {("N-20", MOBILE), ("N-40", "quick@pwd.example")}
    assert "1151-1240-0001" in texts["N-20", MOBILE] and "王小明" not in str(texts)
    assert "11月24日 14:00" in texts["N-40", "quick@pwd.example"]
    assert kinds(desk, case) == ["draft", Move.FILE]


def test_P5_4_2_without_mobile_the_record_says_why_no_sms_went(desk: Desk) -> None:
    """A landline: no SMS, on record; an address beside it: the number with a code; neither: by voice."""
    desk.filed(phone="(02)2960-3456", reply_way=ReplyWay.PHONE)
    (refused,) = desk.messages("N-20")
    assert (refused.recipient, refused.state, refused.result) == (
        LANDLINE,
        "skipped",
        "a landline takes no SMS",
    )
    mailed = desk.filed(
        phone=LANDLINE, email="wang@mail.example", reply_way=ReplyWay.EMAIL, place="另一處", is_another=True
    )
    (letter,) = desk.messages("N-27")
    assert letter.recipient == "wang@mail.example" and mailed.code_digest
    desk.filed(phone="", name="", reply_way=ReplyWay.NONE, place="第三處")
    assert len(desk.messages("N-20")) == 1
    with transaction(desk.factory) as session:
        filed = session.scalars(select(CaseEvent).where(CaseEvent.kind == Move.FILE).order_by(CaseEvent.id))
        assert [one.detail["channel"] for one in filed] == ["voice", "email", "voice"]


def test_P5_2_1_a_petition_is_routed_at_once_when_the_agency_is_known(desk: Desk) -> None:
    """Two moves in one transaction: filed, dispatched; both clocks run, the liaison is written to."""
    case = desk.filed(category="9001", place="")
    assert (case.kind, case.state, case.agency) == (CaseKind.PETITION, CaseState.DISPATCHED, "pwd")
    assert deadlines(desk, case) == {
        DeadlineKind.REDISPATCH: taipei("2026-11-25T17:30"),
        DeadlineKind.REPLY: taipei("2026-12-02T17:30"),
    }
    assert told(desk, "N-26") == ["liaison@pwd.example"] and kinds(desk, case) == [
        "draft",
        Move.FILE,
        Move.ROUTE,
    ]
    lost = desk.filed(category="", place="", agency="", is_another=True)
    assert (lost.state, lost.due_at) == (CaseState.REDISPATCH, taipei("2026-12-02T17:30"))
    routed = desk.move(lost, Move.ASSIGN, "secretary-1", TEN + minutes(5), agency="police")
    assert routed.state == CaseState.DISPATCHED and told(desk, "N-26")[-1] == "liaison@police.example"


def test_P5_2_2_received_on_a_friday_before_a_make_up_saturday(factory: Sessions) -> None:
    """§21: re-dispatch due on that Saturday; given back then, the reply's due time stays."""
    at = taipei("2024-02-16T10:00")
    desk = Desk(staffed(factory, at))
    case = desk.filed(at, category="9001", place="")
    assert deadlines(desk, case)[DeadlineKind.REDISPATCH] == taipei("2024-02-17T17:30")
    due = case.due_at
    back = desk.move(case, Move.NOT_OURS, "liaison-1", taipei("2024-02-17T17:30"), reason="屬警察局權責")
    assert (back.state, back.is_returned) == (CaseState.REDISPATCH, True)
    again = desk.move(back, Move.ASSIGN, "secretary-1", taipei("2024-02-19T09:00"), agency="police")
    assert (again.state, again.agency, again.hops, again.due_at) == (CaseState.DISPATCHED, "police", 1, due)
    assert again.number == case.number
    for agency, liaison in (("pwd", "liaison-2"), ("police", "liaison-1"), ("pwd", "liaison-2")):
        desk.move(case, Move.NOT_OURS, liaison, taipei("2024-02-19T09:00"), reason="他機關權責")
        desk.move(case, Move.ASSIGN, "secretary-1", taipei("2024-02-19T09:00"), agency=agency)
    assert told(desk, "N-29") == ["rdec-1"], "once, at the third"


def test_P5_4_1_limits_of_the_category_it_was_filed_with(factory: Sessions) -> None:
    """§21: New Year's Eve; four days from filing, over a weekend; beyond the category's it is refused."""
    at = taipei("2026-02-16T23:00")
    desk = Desk(staffed(factory, at))
    assert desk.filed(at).due_at == taipei("2026-02-17T03:00")
    noon = taipei("2026-10-07T12:00")
    case = desk.filed(noon, place="別處", phone="")
    desk.move(case, Move.SIGN, "quick-1", noon + minutes(10))
    asked = desk.move(case, Move.ASK_STAGE2, "quick-1", noon + minutes(60), reason="需刨鋪", days=4)
    assert (asked.state, asked.due_at) == (CaseState.STAGE2_PENDING, noon + minutes(240)), "stage 1 runs on"
    given = desk.move(case, Move.APPROVE_STAGE2, "rdec-1", noon + minutes(120), days=4)
    assert (given.stage, given.due_at) == (2, taipei("2026-10-11T12:00"))
    with transaction(desk.factory) as session:
        known = find.whole(session, given).deadlines
    assert [one.kind for one in known] == ["sign", "stage1", "stage2"], "what was replaced stays readable"
    assert known[1].ended_at == noon + minutes(120)


def test_P5_0_c_a_case_of_this_caller_comes_before_others(desk: Desk) -> None:
    """Own open case, then another citizen's at the same place; either way the agent decides."""
    first = desk.filed()
    draft = desk.draft()
    with pytest.raises(NeedsDecision) as refused:
        desk.file(draft)
    assert (refused.value.whose, refused.value.numbers) == ("own", ("1151-1240-0001",))
    neighbour = desk.draft(phone=OTHER, name="李四")
    with pytest.raises(NeedsDecision) as refused:
        desk.file(neighbour)
    assert refused.value.whose == "other"
    own = desk.file(neighbour, is_another=True)
    assert own.lead_id is None and own.number != first.number


def test_P5_0_c_an_attached_report_has_its_own_number_and_goes_the_same_way(desk: Desk) -> None:
    """Own contact and SMS; no clock or N-40 of its own; every move of the lead case is its own too."""
    lead = desk.filed()
    report = desk.filed(phone=OTHER, name="李四", attach_to="1151-1240-0001")
    assert (report.lead_id, report.number, report.state) == (lead.id, "115112400002", CaseState.FILED)
    assert told(desk, "N-20") == [MOBILE, OTHER] and len(told(desk, "N-40")) == 1
    assert deadlines(desk, report) == {} and report.due_at == desk.case(lead).due_at
    desk.move(lead, Move.SIGN, "quick-1", TEN + minutes(5))
    done = {"result": "已補平", "done_at": TEN + minutes(90), "doer": "養護科", "no_photo": "夜間"}
    desk.move(lead, Move.COMPLETE, "quick-1", TEN + minutes(95), **done)
    assert desk.case(report).state == CaseState.DONE and sorted(told(desk, "N-23")) == [MOBILE, OTHER]
    with transaction(desk.factory) as session:
        liaison = Staff("quick-1", "窗口", frozenset({Role.QUICK_LIAISON}), "pwd")
        found = inbox.page(session, Pile.OPEN, liaison, TEN + minutes(95))
        assert [one.id for one in found.rows] == [lead.id], "one matter, once in the inbox"


def test_P5_0_c_only_the_same_matter_is_attached_to(desk: Desk) -> None:
    """Another place, another category, or a case that is done: refused."""
    lead = desk.filed()
    elsewhere = desk.draft(phone=OTHER, place="新店區北新路一段1號")
    with pytest.raises(CannotAttach):
        desk.file(elsewhere, attach_to=lead.number)
    with pytest.raises(CannotAttach):
        desk.file(desk.draft(phone=OTHER, category="3002"), attach_to=lead.number)
    desk.move(lead, Move.SIGN, "quick-1", TEN)
    desk.move(lead, Move.UNFOUNDED, "quick-1", TEN, result="現場無坑洞", done_at=TEN)
    with pytest.raises(CannotAttach):
        desk.file(desk.draft(phone=OTHER), attach_to=lead.number)


@pytest.mark.parametrize(("metres", "same"), [(29.9, True), (30.1, False)])
def test_P5_0_c_thirty_metres_are_the_same_place(desk: Desk, metres: float, same: bool) -> None:
    """Points without an address: at most 30 m apart."""
    here = {"latitude": 25.0116, "longitude": 121.4657, "place": ""}
    desk.filed(**here)
    there = desk.draft(phone=OTHER, **(here | {"latitude": 25.0116 + metres / 111_195}))
    with transaction(desk.factory) as session:
        assert bool(find.near(session, session.get_one(Case, there))) is same


def test_P5_4_11_unnamed_callers_are_offered_a_petition(desk: Desk) -> None:
    """No quick service without a name, unless safety or resources are touched; the reason is kept."""
    draft = desk.draft(**noise(name=""))
    with pytest.raises(NeedsName):
        desk.file(draft)
    case = desk.file(draft, as_petition=True)
    assert (case.kind, case.petition_ground) == (CaseKind.PETITION, PetitionGround.ANONYMOUS)
    assert (case.state, case.agency) == (CaseState.DISPATCHED, "police")
    assert desk.filed(name="", place="新店", phone="").kind == CaseKind.QUICK, (
        "a pothole is a matter of safety"
    )
    assert desk.filed(**noise(name="", is_safety=True, place="三重", phone="")).kind == CaseKind.QUICK


def finding(desk: Desk, at: timedelta, unfounded: bool) -> Case:
    """The same noise at the same place, reported and looked into."""
    case = desk.filed(TEN + at, **noise(phone="", reply_way=ReplyWay.NONE))
    desk.move(case, Move.SIGN, "quick-2", TEN + at)
    words = {
        "result": "現場查看",
        "done_at": TEN + at,
        "doer": "員警",
        "no_photo": "夜間",
        "prevention": "加強巡邏",
    }
    desk.move(case, Move.UNFOUNDED if unfounded else Move.COMPLETE, "quick-2", TEN + at, **words)
    return desk.move(case, Move.ANSWERED, "quick-2", TEN + at)


def test_P5_4_10_three_findings_in_a_row_and_the_letter_make_it_a_petition(desk: Desk) -> None:
    """§21: unfounded twice, founded, unfounded three times; with the letter the 7th is a petition, without
    it a quick case. Lifted or ended, or touching public safety, it is quick again.
    """
    with transaction(desk.factory) as session:
        holder = Staff(
            "quick-2", "警察局窗口", frozenset({Role.QUICK_LIAISON}), "police", email="q@police.example"
        )
        set_staff(session, holder, Period(TEN - timedelta(1)), at=TEN, by="test")
    for day, unfounded in enumerate((True, True, False, True, True)):
        case = finding(desk, timedelta(days=day), unfounded)
    letter = {
        "signed_by": "陳警官",
        "reason": "查無不法",
        "limit": 3,
        "by": "rdec-1",
        "at": TEN + timedelta(6),
    }
    with transaction(desk.factory) as session, pytest.raises(TooFewFindings):
        false_reports.register(session, case.number or "", **letter)  # type: ignore[arg-type]
    case = finding(desk, timedelta(days=5), True)
    quick = desk.filed(TEN + timedelta(6), **noise(phone=""))
    assert quick.kind == CaseKind.QUICK, "three findings alone do not block"
    desk.move(quick, Move.SIGN, "quick-2", TEN + timedelta(6))
    desk.move(quick, Move.UNFOUNDED, "quick-2", TEN + timedelta(6), result="查無", done_at=TEN + timedelta(6))
    with transaction(desk.factory) as session:
        number = false_reports.register(session, case.number or "", **letter).id  # type: ignore[arg-type]
    blocked = desk.filed(TEN + timedelta(7), **noise(phone=""))
    assert (blocked.kind, blocked.petition_ground) == (CaseKind.PETITION, PetitionGround.BLOCKED)
    safe = desk.filed(TEN + timedelta(7), **noise(phone="", is_safety=True, is_another=True))
    assert safe.kind == CaseKind.QUICK
    with transaction(desk.factory) as session:
        false_reports.lift(session, number, "已改善", by="rdec-1", at=TEN + timedelta(8))
    free = desk.filed(TEN + timedelta(8), **noise(phone="", is_another=True))
    assert free.kind == CaseKind.QUICK
    with transaction(desk.factory) as session, pytest.raises(NoSuchLetter):
        false_reports.lift(session, number, "再次", by="rdec-1", at=TEN + timedelta(8))


def test_P5_4_3_a_late_entry_runs_from_the_true_time(desk: Desk) -> None:
    """Entered two hours later: clocks from then; never from a time to come."""
    case = desk.filed(TEN, phoned_at=TEN - minutes(120))
    assert (case.entered_late, case.filed_at) == (True, TEN - minutes(120))
    assert (case.due_at, case.sign_due_at) == (TEN + minutes(120), TEN - minutes(110))
    with pytest.raises(FiledOutside):
        desk.filed(TEN, place="別處", phone="", phoned_at=TEN + minutes(1))


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"matter": "  "}, CaseWordMissing),
        ({"place": ""}, CaseWordMissing),
        ({"category": "7777"}, UnknownCategory),
        ({"phone": "12345"}, NotReachable),
        ({"phone": "0204123456"}, NotReachable),
        ({"phone": LANDLINE}, NotReachable),
        ({"reply_way": ReplyWay.EMAIL}, NotReachable),
        ({"email": "wang@@mail"}, NotReachable),
        ({"reply_way": ReplyWay.LETTER}, NotReachable),
        ({"latitude": 22.99, "longitude": 120.2}, Abroad),
    ],
)
def test_what_no_case_may_hold_is_refused_when_filed(
    desk: Desk, fields: dict[str, object], refused: type
) -> None:
    """The draft stays as it was typed, no number is used up."""
    draft = desk.draft(**fields)
    with pytest.raises(refused):
        desk.file(draft)
    assert desk.filed(phone="", reply_way=ReplyWay.NONE).number == "115112400001"


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"matter": "坑" * 4001}, UnfitText),
        ({"matter": "a\x00b"}, UnfitText),
        ({"latitude": float("nan"), "longitude": 121.0}, NotAPoint),
        ({"latitude": 91.0, "longitude": 0.0}, NotAPoint),
    ],
)
def test_what_no_row_can_hold_is_refused_when_saved(
    desk: Desk, fields: dict[str, object], refused: type
) -> None:
    with pytest.raises(refused):
        desk.draft(**fields)


def test_a_draft_survives_and_two_pages_do_not_overwrite_it(desk: Desk) -> None:
    """Half typed it is kept; who saves an older page is told; filed it is no draft any more."""
    draft = desk.draft(phone="0912", matter="")
    with transaction(desk.factory) as session:
        assert [one.id for one in find.drafts_of(session, "agent-1")] == [draft]
        saved = desk.filing.save(session, draft, said(), "agent-1", TEN, 1)
        assert saved.version == 2
    with transaction(desk.factory) as session, pytest.raises(CaseChanged):
        desk.filing.save(session, draft, said(matter="別的"), "agent-1", TEN, 1)
    desk.file(draft)
    with transaction(desk.factory) as session, pytest.raises(CaseNotNow):
        desk.filing.save(session, draft, said(), "agent-1", TEN)


def test_P2_a_a_closed_agency_s_category_goes_to_its_successor(desk: Desk) -> None:
    with transaction(desk.factory) as session:
        gone = Agency("police", "警察局", closed=True, successor="parks")
        set_row(session, gone, Period(TEN), at=TEN, by="test")
    assert desk.filed(TEN + minutes(1), **noise()).agency == "parks"


def test_only_who_may_files(desk: Desk) -> None:
    with transaction(desk.factory) as session, pytest.raises(NotPermitted):
        desk.filing.draft(session, replace(said()), "officer-1", TEN)
