"""Filing cases: the checks of P5.0-c in their order, numbers, first deadlines and messages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.callbacks.rules import Outcome
from hotline.cases import false_reports, find, inbox
from hotline.cases.drafts import NotAPoint
from hotline.cases.events import events_of
from hotline.cases.examining import NeedsDecision, NotReachable
from hotline.cases.false_reports import NoSuchLetter, TooFewFindings
from hotline.cases.filing import (
    CannotAttach,
    FiledOutside,
    NeedsName,
    NotConfirmed,
    NotifyFirst,
)
from hotline.cases.inbox import Pile
from hotline.cases.moving import CaseChanged
from hotline.cases.rules import CaseKind, CaseNotNow, CaseState, DeadlineKind, Move
from hotline.cases.store import Case, CaseEvent
from hotline.cases.words import CaseWordMissing, PetitionGround, ReplyWay
from hotline.categories.service import UnknownCategory
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.dialling import Dialling
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.ledger.periods import Period
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.caller_verification import Petitioner
from hotline.outbound_calls.gate import Ground, Touches
from hotline.outbound_calls.rules import OutboundEvent, Phase, Target
from hotline.outbox.store import OutboxState
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from hotline.texts import UnfitText
from tests.store.cases import LANDLINE, MOBILE, OTHER, TEN, Abroad, Desk, noise, said, staffed

DIALLING = Dialling()


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def deadlines(desk: Desk, case: Case) -> dict[str, object]:
    """The running ones by kind."""
    with transaction(desk.factory) as session:
        return {one.kind: one.due_at for one in find.whole(session, case).deadlines if one.ended_at is None}


def kinds(desk: Desk, case: Case) -> list[str]:
    """The events in their order."""
    with transaction(desk.factory) as session:
        return [one.kind for one in find.whole(session, case).events]


def told(desk: Desk, template: str) -> list[str]:
    return [one.recipient for one in desk.messages(template) if one.state == OutboxState.WAITING]


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
    assert (lost.state, lost.due_at) == (CaseState.FILED, None)
    routed = desk.move(lost, Move.ROUTE, "agent-1", TEN + minutes(5), agency="police")
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


def gate(desk: Desk, ground: Ground | None) -> None:
    """A check of the caller of a call, decided or still open."""
    who = Petitioner("call-1", MOBILE, "zh-TW", TEN)
    with transaction(desk.factory) as session:
        row = caller_verification.open_gate(
            session, who, Touches.REPUTATION, "鄰居王大明", by="agent-1", at=TEN
        )
        if ground is None:
            return
        _, call = caller_verification.begin_call(session, row.id, 1, DIALLING, by="agent-1", at=TEN)
        met = Outcome.REACHED if ground is Ground.AFFIRMED else Outcome.NO_ANSWER
        phase = Phase.ANSWERED if ground is Ground.AFFIRMED else Phase.RUNG
        service.heard(session, OutboundEvent(call.token, phase, 1, met, TEN))
        if ground is not Ground.AFFIRMED:
            service.heard(session, OutboundEvent(call.token, Phase.OVER, 1, met, TEN, is_whole=True))
        caller_verification.decide(session, row.id, ground, DIALLING, by="agent-1", at=TEN)


ABOUT_A_NEIGHBOUR = noise(matter="鄰居王大明半夜吵鬧", touches=Touches.REPUTATION)


def test_P8_2_who_is_not_confirmed_has_no_case_number(desk: Desk) -> None:
    """§21: the call back fails: no number, the refusal is on record, and nothing about the accused."""
    gate(desk, Ground.UNREACHED)
    case = desk.file(desk.draft(call_id="call-1", **ABOUT_A_NEIGHBOUR))
    assert (case.state, case.number, case.filed_at) == (CaseState.NOT_FILED, None, None)
    assert (case.matter, case.place, case.verification_id) == ("", "", 1)
    assert desk.messages() == [] and kinds(desk, case) == ["draft", Move.REFUSE_FILING]
    with pytest.raises(CaseNotNow):
        desk.file(case.id)


def test_P8_2_it_is_filed_after_the_petitioner_said_so(desk: Desk) -> None:
    """Pending it stays a draft; a draft of another matter in the same call is not held up afterwards."""
    draft = desk.draft(call_id="call-1", **ABOUT_A_NEIGHBOUR)
    with pytest.raises(NotConfirmed):
        desk.file(draft)
    gate(desk, None)
    with pytest.raises(NotConfirmed):
        desk.file(draft)
    with transaction(desk.factory) as session:
        caller_verification.decide(session, 1, Ground.WITHDRAWN, DIALLING, by="agent-1", at=TEN)
    assert desk.file(draft).state == CaseState.NOT_FILED
    assert desk.filed(call_id="call-1").state == CaseState.FILED
    gate(desk, Ground.AFFIRMED)
    again = desk.filed(call_id="call-1", place="隔壁", **ABOUT_A_NEIGHBOUR)
    assert (again.state, again.verification_id) == (CaseState.FILED, 2)


def phoned(desk: Desk, *, whom: str = "", answered: bool = True, at: timedelta = timedelta(0)) -> int:
    """A call to an agency, and what came of it; its number."""
    target = [Target("desk", "5112", agency="pwd")]
    with transaction(desk.factory) as session:
        call = service.begin_notify(
            session,
            target,
            call_id="",
            agency="pwd",
            extension="5112",
            matter="路面塌陷",
            by="agent-1",
            at=TEN + at,
        )
        outcome = Outcome.REACHED if answered else Outcome.NO_ANSWER
        phase = Phase.ANSWERED if answered else Phase.RUNG
        service.heard(session, OutboundEvent(call.token, phase, 1, outcome, TEN + at + minutes(1)))
        if not answered:
            over = OutboundEvent(call.token, Phase.OVER, 1, outcome, TEN + at + minutes(2), is_whole=True)
            service.heard(session, over)
        if whom:
            service.taken(session, call.id, whom, by="agent-1", at=TEN + at + minutes(2))
        return call.id


def notifying(desk: Desk, call: int, **fields: object) -> int:
    draft = desk.draft(kind=CaseKind.NOTIFY, **fields)
    with transaction(desk.factory) as session:
        desk.filing.notify(session, draft, call, "agent-1", TEN)
    return draft


def test_P5_3_a_the_agency_is_phoned_before_it_is_filed(desk: Desk) -> None:
    """Not without a call, not before somebody is named; then who took it and when are on the case."""
    draft = desk.draft(kind=CaseKind.NOTIFY)
    with pytest.raises(NotifyFirst):
        desk.file(draft)
    nameless = notifying(desk, phoned(desk), phone=OTHER)
    with pytest.raises(NotifyFirst):
        desk.file(nameless, TEN + minutes(9))
    named = notifying(desk, phoned(desk, whom="林組長"), place="別處")
    case = desk.file(named, TEN + minutes(9))
    assert (case.state, case.notified_person, case.not_reached) == (CaseState.FILED, "林組長", False)
    assert (
        case.notified_at == TEN + minutes(1)
        and case.filed_at is not None
        and case.notified_at <= case.filed_at
    )
    assert kinds(desk, case) == ["draft", Move.NOTIFY, Move.REACHED, Move.FILE]
    with transaction(desk.factory) as session:
        (reached,) = events_of(session, case.id, Move.REACHED)
    assert reached.detail == {"officer": "林組長", "officer_phone": "5112"}
    assert told(desk, "N-20") == [MOBILE] and told(desk, "N-30") == []
    assert list(deadlines(desk, case)) == [DeadlineKind.REPLY]


def test_P5_3_a_an_exhausted_list_is_filed_as_not_reached(desk: Desk) -> None:
    """With the last attempt's time; N-30 to the liaison, once."""
    case = desk.file(notifying(desk, phoned(desk, answered=False)), TEN + minutes(5))
    assert (case.state, case.not_reached, case.notified_at) == (CaseState.FILED, True, TEN + minutes(1))
    assert told(desk, "N-30") == ["liaison@pwd.example"]


def test_P5_3_a_no_case_is_older_than_its_notice(desk: Desk) -> None:
    """A late entry with a time before the agency was told."""
    draft = notifying(desk, phoned(desk, whom="林組長"))
    with pytest.raises(FiledOutside):
        desk.file(draft, TEN + minutes(9), phoned_at=TEN)
    assert desk.file(draft, TEN + minutes(9), phoned_at=TEN + minutes(1)).state == CaseState.FILED


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
