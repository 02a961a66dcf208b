"""Cases at work: stages, conversion, joint handling, reopening; one wins where two act; any path at all."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from hotline.cases import deadlines, find, telling
from hotline.cases.deadlines import CaseLimits, Stage2From
from hotline.cases.events import told as note
from hotline.cases.guards import NotJoint, NotToldYet
from hotline.cases.moving import CaseChanged, IsAttached, NoSuchAgency
from hotline.cases.rules import HANDLING, TABLES, CaseKind, CaseNotNow, CaseState, Move, after, row_of
from hotline.cases.store import Case, CaseDeadline, CaseEvent
from hotline.cases.words import CaseWords, LateGround, NoActionGround, ReplyWay
from hotline.db import Sessions, locked, sessions, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import SYSTEM
from hotline.outbox.store import OutboxMessage
from hotline.staff.service import NotPermitted
from tests.keys import in_memory
from tests.store.cases import OTHER, TEN, WORKTIME, Desk, staffed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DONE = {"result": "已補平", "doer": "養護科", "no_photo": "夜間"}


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


def signed(desk: Desk, **fields: object) -> Case:
    return desk.move(desk.filed(**fields), Move.SIGN, "quick-1", TEN + timedelta(minutes=10))


def told(desk: Desk, template: str) -> list[str]:
    return [one.text for one in desk.messages(template)]


def test_P5_4_7_converted_it_keeps_number_and_history(desk: Desk) -> None:
    """The quick part is the first chapter, then the table of petitions; the citizen is told a date."""
    case = signed(desk)
    desk.move(case, Move.ASK_STAGE2, "quick-1", TEN + HOUR, reason="地下管線", days=2)
    changed = desk.move(case, Move.CONVERT, "rdec-1", TEN + 2 * HOUR, reason="須跨機關會勘", agency="police")
    assert (changed.number, changed.kind, changed.state) == (
        case.number,
        CaseKind.PETITION,
        CaseState.DISPATCHED,
    )
    assert changed.petition_ground == "converted" and changed.stage_asked == 0
    assert told(desk, "N-24") == ["【新北1999】案號1151-1240-0001需較長時間處理，預計12月2日前完成。"]
    with transaction(desk.factory) as session:
        known = find.whole(session, changed)
    assert [one.kind for one in known.events] == ["draft", "file", "sign", "ask-stage2", "convert"]
    assert known.events[-1].detail["from_kind"] == "quick"
    with pytest.raises(CaseNotNow):
        desk.move(case, Move.SIGN, "quick-1", TEN + 3 * HOUR)
    assert desk.move(case, Move.ACCEPT, "liaison-2", TEN + 3 * HOUR).state == CaseState.IN_PROGRESS


def test_P5_4_1_stage_2_may_count_from_its_approval(factory: Sessions) -> None:
    """Where the city chose so (quick.stage2_from)."""
    desk = Desk(staffed(factory), replace(CaseLimits(), stage2_from=Stage2From.APPROVAL))
    case = signed(desk)
    desk.move(case, Move.ASK_STAGE2, "quick-1", TEN + HOUR, reason="刨鋪", days=2)
    given = desk.move(case, Move.APPROVE_STAGE2, "rdec-1", TEN + 3 * HOUR, days=2)
    assert given.due_at == TEN + 3 * HOUR + 2 * DAY


def test_P5_4_8_beyond_stage_2_is_granted_by_a_date_and_late_all_the_same(desk: Desk) -> None:
    case = signed(desk)
    desk.move(case, Move.ASK_STAGE2, "quick-1", TEN + HOUR, reason="刨鋪", days=4)
    desk.move(case, Move.APPROVE_STAGE2, "rdec-1", TEN + HOUR, days=4)
    why = {"ground": LateGround.WEATHER, "reason": "颱風", "analysis": "停工四日"}
    asked = desk.move(case, Move.ASK_BEYOND, "control-1", TEN + 3 * DAY, **why)
    assert (asked.state, asked.stage_asked, asked.late_analysis) == (CaseState.STAGE2_PENDING, 3, "停工四日")
    until = TEN + 9 * DAY + timedelta(seconds=7)
    granted = desk.move(case, Move.GRANT_BEYOND, "rdec-1", TEN + 3 * DAY, until=until)
    assert (granted.stage, granted.due_at) == (3, until)
    with pytest.raises(HotlineError):
        desk.move(case, Move.COMPLETE, "quick-1", TEN + 5 * DAY, done_at=TEN + 5 * DAY, **DONE)
    with transaction(desk.factory) as session:
        (*_, last) = deadlines.why(session, granted, WORKTIME)
    assert last.lines == ("due Thu 2026-12-03 10:00:07",)


def test_P5_4_4_it_closes_when_everybody_was_told(desk: Desk) -> None:
    """Not while a message waits, nor while a report's petitioner waits for a call."""
    lead = signed(desk)
    report = desk.filed(phone=OTHER, name="李四", reply_way=ReplyWay.PHONE, attach_to=lead.number)
    desk.move(lead, Move.COMPLETE, "quick-1", TEN + HOUR, done_at=TEN + HOUR, **DONE)
    with pytest.raises(NotToldYet):
        desk.move(lead, Move.ANSWERED, "quick-1", TEN + HOUR)
    with transaction(desk.factory) as session:
        (message,) = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "N-23"))
        message.state = "sent"
    with pytest.raises(NotToldYet):
        desk.move(lead, Move.ANSWERED, "quick-1", TEN + HOUR)
    with transaction(desk.factory) as session:
        note(
            session,
            session.get_one(Case, report.id),
            "officer-1",
            telling.PHONE_RECORD,
            CaseState.DONE,
            TEN + 2 * HOUR,
        )
    with transaction(desk.factory) as session:
        row = locked(session, Case, lead.id)
        assert row is not None
        step = row_of(row.case_kind, row.case_state, Move.ANSWERED)
        desk.moving.perform(session, row, step, CaseWords(), SYSTEM, TEN + 2 * HOUR)
    assert {desk.case(one).state for one in (lead, report)} == {CaseState.CLOSED}


def test_P5_4_9_closed_too_early_it_is_reopened_with_its_old_limit(desk: Desk) -> None:
    """A defect; the due time runs on as it was, so it may be late at once."""
    case = signed(desk, phone="")
    desk.move(case, Move.COMPLETE, "quick-1", TEN + HOUR, done_at=TEN + HOUR, **DONE)
    desk.move(case, Move.ANSWERED, "quick-1", TEN + HOUR)
    back = desk.move(case, Move.REOPEN, "rdec-1", TEN + DAY, reason="現場未修")
    assert (back.state, back.is_defect, back.done_at, back.due_at) == (
        CaseState.IN_PROGRESS,
        True,
        None,
        TEN + 4 * HOUR,
    )
    with transaction(desk.factory) as session:
        assert [one.kind for one in deadlines.running(session, case.id)] == ["stage1"]


def test_P5_2_2_joint_agencies_confirm_one_by_one(desk: Desk) -> None:
    """The last one brings it back to the lead, whose due time stays; each for itself only."""
    case = desk.filed(category="9001", place="")
    desk.move(case, Move.ACCEPT, "liaison-1", TEN)
    joint = desk.move(case, Move.INVOLVE, "officer-1", TEN + HOUR, agencies=("police", "parks"))
    assert (joint.state, joint.due_at) == (CaseState.JOINT, case.due_at)
    with pytest.raises(NotPermitted):
        desk.move(case, Move.CONFIRM_JOINT, "liaison-2", TEN + HOUR, agency="parks")
    first = desk.move(case, Move.CONFIRM_JOINT, "liaison-2", TEN + HOUR, agency="police")
    assert first.state == CaseState.JOINT
    with pytest.raises(NotJoint):
        desk.move(case, Move.CONFIRM_JOINT, "liaison-2", TEN + HOUR, agency="police")
    with transaction(desk.factory) as session:
        row = locked(session, Case, case.id)
        assert row is not None
        step = row_of(row.case_kind, row.case_state, Move.CONFIRM_JOINT)
        last = desk.moving.perform(session, row, step, CaseWords(agency="parks"), SYSTEM, TEN + DAY)
    assert last.state == CaseState.IN_PROGRESS


def test_P5_2_2_what_is_not_the_citys_is_forwarded_and_tracked(desk: Desk) -> None:
    """The citizen is told by whom; a look a week until the outcome; no reply of ours is due."""
    case = desk.filed(category="9001", place="")
    with pytest.raises(HotlineError):
        desk.move(case, Move.FORWARD, "secretary-1", TEN, authority="交通部公路局")
    out = desk.move(
        case, Move.FORWARD, "secretary-1", TEN, authority="交通部公路局", letter="新北府研字第1號"
    )
    assert (out.state, out.due_at, out.track_due_at) == (CaseState.EXTERNAL, None, TEN + 7 * DAY)
    assert told(desk, "N-22") == ["【新北1999】案號1151-1240-0001已函轉交通部公路局辦理，本府將持續追蹤。"]
    again = desk.move(case, Move.TRACK, "secretary-1", TEN + 7 * DAY, note="尚在辦理")
    assert again.track_due_at == TEN + 14 * DAY
    over = desk.move(case, Move.OUTCOME, "secretary-1", TEN + 8 * DAY, result="已由公路局改善")
    assert (over.state, over.track_due_at) == (CaseState.CLOSED, None)


def test_an_agency_has_its_own_cases_and_no_others(desk: Desk) -> None:
    case = desk.filed(category="9001", place="")
    with pytest.raises(NotPermitted):
        desk.move(case, Move.ACCEPT, "liaison-2", TEN)
    with pytest.raises(NoSuchAgency):
        desk.move(
            desk.move(case, Move.NOT_OURS, "liaison-1", TEN, reason="他機關"),
            Move.ASSIGN,
            "secretary-1",
            TEN,
            agency="x",
        )


def test_of_two_who_act_on_one_page_the_second_is_told(desk: Desk) -> None:
    """And a report is not worked on by itself."""
    case = desk.filed()
    page = case.version
    with transaction(desk.factory) as session:
        row = locked(session, Case, case.id)
        assert row is not None
        desk.moving.move(session, row, Move.SIGN, CaseWords(), "quick-1", TEN, page)
    with transaction(desk.factory) as session, pytest.raises(CaseChanged):
        row = locked(session, Case, case.id)
        assert row is not None
        desk.moving.move(session, row, Move.START, CaseWords(), "quick-1", TEN, page)
    report = desk.filed(phone=OTHER, name="李四", attach_to=case.number)
    with pytest.raises(IsAttached):
        desk.move(report, Move.START, "quick-1", TEN)


def test_P5_4_9_a_matter_that_recurs_asks_how_it_is_prevented(desk: Desk) -> None:
    """Same place and category, done not more than 90 days before."""
    for days, recurs in ((0, False), (89, True), (200, False)):
        at = TEN + days * DAY
        case = desk.filed(at, phone="", is_another=True)
        with transaction(desk.factory) as session:
            assert desk.moving.standing(session, session.get_one(Case, case.id)).recurs is recurs
        desk.move(case, Move.SIGN, "quick-1", at)
        desk.move(case, Move.COMPLETE, "quick-1", at, done_at=at, prevention="全面刨鋪", **DONE)


WORDS = st.builds(
    CaseWords,
    reason=st.sampled_from(["", "理由"]),
    note=st.sampled_from(["", "說明"]),
    result=st.sampled_from(["", "結果"]),
    ground=st.sampled_from(["", *LateGround, *NoActionGround]),
    analysis=st.sampled_from(["", "分析"]),
    days=st.sampled_from([0, 1, 4, 15]),
    until=st.sampled_from([None, TEN, TEN + 20 * DAY]),
    agency=st.sampled_from(["", "pwd", "police", "none"]),
    agencies=st.sampled_from([(), ("police",), ("police", "parks")]),
    authority=st.sampled_from(["", "公路局"]),
    letter=st.sampled_from(["", "第1號"]),
    channel=st.sampled_from(["", "phone", "sms"]),
    replied_at=st.sampled_from([None, TEN + HOUR]),
    officer=st.sampled_from(["", "林承辦"]),
    officer_phone=st.sampled_from(["", "(02)2960-3456"]),
    done_at=st.sampled_from([None, TEN + HOUR]),
    doer=st.sampled_from(["", "養護科"]),
    no_photo=st.sampled_from(["", "夜間"]),
    late_ground=st.sampled_from(["", "weather"]),
    late_reason=st.sampled_from(["", "豪雨"]),
    prevention=st.just("巡查"),
    placed_call=st.just(0),
)
FULL = CaseWords(
    "理由",
    "說明",
    "結果",
    "173-1",
    "分析",
    1,
    TEN + 300 * DAY,
    "police",
    "",
    ("police", "parks"),
    "公路局",
    "第1號",
    "phone",
    TEN + HOUR,
    "林承辦",
    "(02)2960-3456",
    TEN + HOUR,
    "養護科",
    "夜間",
    "weather",
    "豪雨",
    "",
    "巡查",
)


class AnyPath(RuleBasedStateMachine):
    """A case that anything is tried on, with any words."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = in_memory()
        self.desk = Desk(staffed(sessions(self.engine)))
        self.at = TEN + HOUR

    def teardown(self) -> None:
        self.engine.dispose()

    @initialize(
        how=st.sampled_from(
            [{}, {"phone": ""}, {"category": "9001", "place": ""}, {"category": "", "phone": ""}]
        )
    )
    def filed(self, how: dict[str, object]) -> None:
        self.case = self.desk.filed(**how)
        self.was = self.seen()

    def seen(self) -> dict[str, object]:
        with transaction(self.desk.factory) as session:
            row = session.get_one(Case, self.case.id)
            return {column.name: getattr(row, column.key) for column in Case.__table__.columns}

    @rule(
        move=st.sampled_from(Move),
        words=WORDS,
        is_full=st.booleans(),
        ground=st.sampled_from(["173-1", "weather"]),
    )
    def tried(self, move: Move, words: CaseWords, is_full: bool, ground: str) -> None:
        """Allowed or refused by the table alone; what is refused leaves nothing behind."""
        if is_full:
            words = CaseWords(
                **{one.name: getattr(FULL, one.name) for one in fields(FULL)} | {"ground": ground}
            )
        self.at += timedelta(minutes=7)
        before = self.seen()
        kind, state = CaseKind(str(before["kind"])), CaseState(str(before["state"]))
        rows = [one for one in TABLES[kind] if one.move is move and state in one.before]
        try:
            with transaction(self.desk.factory) as session:
                row = locked(session, Case, self.case.id)
                assert row is not None
                step = row_of(row.case_kind, row.case_state, move)
                self.desk.moving.perform(session, row, step, words, SYSTEM, self.at)
        except HotlineError:
            assert self.seen() == before
            return
        (step,) = rows
        now = self.seen()
        left = 0 if now["state"] == CaseState.IN_PROGRESS else 1
        stood = CaseState(str(before["cancelled_from"])) if before["cancelled_from"] else None
        assert now["state"] == after(step, state, joint_left=left, stood=stood)
        assert now["version"] == int(str(before["version"])) + 1

    @invariant()
    def the_record_is_whole(self) -> None:
        """Number and filing stay; events follow on each other; one limit to answer by, none at the end."""
        if not hasattr(self, "was"):
            return
        now = self.seen()
        assert [now[name] for name in ("number", "filed_at", "matter", "phone")] == [
            self.was[name] for name in ("number", "filed_at", "matter", "phone")
        ]
        with transaction(self.desk.factory) as session:
            events = list(session.scalars(select(CaseEvent).order_by(CaseEvent.id)))
            running = [one.kind for one in deadlines.running(session, self.case.id)]
            known = list(session.scalars(select(CaseDeadline)))
        for one, two in zip(events, events[1:], strict=False):
            assert one.after == two.before
        assert events[-1].after == now["state"]
        assert len([one for one in running if one in HANDLING]) <= 1 and len(running) == len(set(running))
        row = Case(**now)  # type: ignore[arg-type]
        if not row.is_open:
            assert running == []
        current = [one for one in known if one.ended_at is None and one.kind in HANDLING]
        if row.is_open and current:
            assert current[-1].due_at == row.due_at


AnyPath.TestCase.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyPath = AnyPath.TestCase
