"""Several citizens' reports of one matter: attached, worked on, cancelled, taken back in any order (P8.1)."""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from hotline.cases import telling
from hotline.cases.cancelling import CancelResult
from hotline.cases.chase import CaseChase
from hotline.cases.rules import JOINABLE, CaseState, Move
from hotline.cases.store import Case
from hotline.cases.words import CaseWords, ReplyWay
from hotline.cases.work import CaseWork
from hotline.db import sessions, transaction
from hotline.errors import HotlineError
from hotline.outbox.store import OutboxMessage, OutboxState
from tests.keys import in_memory
from tests.store.cases import TEN, Desk, staffed

WORK: dict[Move, tuple[str, dict[str, Any]]] = {
    Move.SIGN: ("quick-1", {}),
    Move.START: ("quick-1", {}),
    Move.PROGRESS: ("quick-1", {"note": "已派工"}),
    Move.NOT_OURS: ("quick-1", {"reason": "非權責"}),
    Move.ASSIGN: ("rdec-1", {"agency": "pwd"}),
    Move.ASK_STAGE2: ("quick-1", {"reason": "待料", "days": 2}),
    Move.APPROVE_STAGE2: ("rdec-1", {"days": 2}),
    Move.CONVERT: ("rdec-1", {"reason": "須會勘", "agency": "pwd"}),
    Move.ACCEPT: ("liaison-1", {}),
    Move.RECORD_RESULT: ("liaison-1", {"result": "已改善"}),
    Move.CLOSE: ("liaison-1", {}),
    Move.REOPEN: ("rdec-1", {"reason": "未修"}),
}
DONE: dict[str, Any] = {"result": "已補平", "doer": "隊", "no_photo": "夜間", "prevention": "巡查"}
LATE = {"late_ground": "weather", "late_reason": "雨"}


class AnyReports(RuleBasedStateMachine):
    """A pothole that up to four citizens report; what each of them is told is counted."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = in_memory()
        self.desk = Desk(staffed(sessions(self.engine)))
        self.work = CaseWork(self.desk.moving)
        self.chase = CaseChase(self.desk.factory, self.work)
        self.at = TEN
        self.numbers, self.gone = list[str](), set[int]()
        self.cancelled, self.ended = Counter[int](), 0

    def teardown(self) -> None:
        self.engine.dispose()

    @initialize(way=st.sampled_from([ReplyWay.SMS, ReplyWay.PHONE, ReplyWay.NONE]))
    def reported(self, way: ReplyWay) -> None:
        self.numbers.append(self.desk.filed(phone=phone(0), reply_way=way).number or "")

    def case(self, index: int = 0) -> Case:
        with transaction(self.desk.factory) as session:
            return session.scalars(select(Case).where(Case.number == self.numbers[index])).one()

    def later(self) -> None:
        self.at += timedelta(minutes=3)

    @rule(way=st.sampled_from([ReplyWay.SMS, ReplyWay.PHONE]))
    def attached(self, way: ReplyWay) -> None:
        if len(self.numbers) == 4 or self.case().state not in JOINABLE:
            return
        self.later()
        who = len(self.numbers)
        more = {"phone": phone(who), "reply_way": way, "attach_to": self.numbers[0]}
        self.numbers.append(self.desk.filed(self.at, **more).number or "")

    @rule(move=st.sampled_from([*WORK, Move.COMPLETE, Move.CANCEL, Move.TAKE_BACK]))
    def worked(self, move: Move) -> None:
        """What the state does not allow is refused; nobody cancels for all who reported."""
        self.later()
        by, words = WORK.get(move, ("agent-1", {}))
        if move is Move.COMPLETE:
            by, words = "quick-1", DONE | LATE | {"done_at": self.at}
        try:
            with transaction(self.desk.factory) as session:
                self.work.move(session, self.numbers[0], move, CaseWords(**words), by, self.at)
        except HotlineError:
            return
        assert move not in (Move.CANCEL, Move.TAKE_BACK)

    @rule(index=st.integers(0, 3))
    def cancels(self, index: int) -> None:
        """By the own mobile: of what is worked on; the last one ends the case."""
        if index >= len(self.numbers):
            return
        self.later()
        is_open = self.case(index).state in JOINABLE
        with transaction(self.desk.factory) as session:
            came = self.desk.cancelling.by_holder(session, self.numbers[index], phone(index), self.at)
        match came:
            case CancelResult.ALREADY:
                assert index in self.gone
            case CancelResult.NOTED:
                assert not is_open
            case _:
                assert is_open and index not in self.gone
                self.gone.add(index)
                self.cancelled[index] += 1
                is_last = len(self.gone) == len(self.numbers)
                self.ended += is_last
                assert (came is CancelResult.CANCELLED) is is_last

    @precondition(lambda self: self.gone)
    @rule(index=st.integers(0, 3))
    def takes_back(self, index: int) -> None:
        if index not in self.gone:
            return
        self.later()
        with transaction(self.desk.factory) as session:
            self.desk.cancelling.take_back(session, self.numbers[index], "誤按", "agent-1", self.at)
        self.gone.remove(index)

    @rule(state=st.sampled_from([OutboxState.SENT, OutboxState.FAILED]))
    def carried(self, state: OutboxState) -> None:
        """What waits is sent, or given up; then the job looks."""
        self.later()
        with transaction(self.desk.factory) as session:
            waiting = select(OutboxMessage).where(OutboxMessage.state == OutboxState.WAITING)
            for one in session.scalars(waiting):
                one.state = state
        self.chase.run(self.at)

    @rule(index=st.integers(0, 3))
    def phoned(self, index: int) -> None:
        if index >= len(self.numbers) or self.case().state != CaseState.DONE:
            return
        self.later()
        with transaction(self.desk.factory) as session:
            self.work.phone_record(session, self.numbers[index], "已說明", self.at, "quick-1", self.at)

    @invariant()
    def all_stand_where_the_case_stands(self) -> None:
        """Whoever cancelled is out; all others share its course; it ends with the last of them."""
        if not self.numbers:
            return
        lead, *reports = (self.case(index) for index in range(len(self.numbers)))
        assert (lead.state == CaseState.CANCELLED) is (len(self.gone) == len(self.numbers))
        for index, one in enumerate(reports, 1):
            assert (one.cancelled_at is not None) is (index in self.gone)
            stands = CaseState.CANCELLED if index in self.gone else lead.state
            assert (one.state, one.phone) == (stands, phone(index))
            if index not in self.gone:
                assert (one.kind, one.agency, one.due_at) == (lead.kind, lead.agency, lead.due_at)
        if lead.state == CaseState.CLOSED:
            with transaction(self.desk.factory) as session:
                for index in set(range(len(self.numbers))) - self.gone - self.came_late:
                    assert telling.is_told(session, session.merge(self.case(index))), index

    @property
    def came_late(self) -> set[int]:
        """Who cancelled once: taken back after the end, they are told only then."""
        return set(self.cancelled)

    @invariant()
    def each_cancelling_is_told_once(self) -> None:
        """To that mobile; the agency hears of the end alone."""
        told = Counter(one.recipient for one in self.desk.messages("N-25"))
        assert told == {phone(index): count for index, count in self.cancelled.items()}
        assert len(self.desk.messages("N-21")) == self.ended
        names = [(one.event, one.template, one.recipient) for one in self.desk.messages()]
        assert len(names) == len(set(names))
        filed = Counter(one.recipient for one in self.desk.messages("N-20"))
        assert filed == {phone(index): 1 for index in range(len(self.numbers))}


def phone(index: int) -> str:
    return f"+88691234567{index}"


AnyReports.TestCase.settings = settings(
    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyReports = AnyReports.TestCase
