"""Numbers of cases by many at once, and filing that is killed at every step, on both databases (P5.0-a)."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from hotline.cases import telling
from hotline.cases.numbers import MOST, NumbersUsedUp, new_number
from hotline.cases.rules import CaseState, Move
from hotline.cases.store import Case, CaseDeadline, CaseEvent, CaseSerial
from hotline.cases.words import CaseWords
from hotline.cases.work import CaseWork
from hotline.clock import taipei
from hotline.db import Sessions, connect, sessions, transaction
from hotline.outbox.store import OutboxMessage
from tests.forking import ended, in_a_process
from tests.keys import RING
from tests.store.cases import MOBILE, TEN, Desk, staffed

pytestmark = pytest.mark.dialects
PATIENCE = timedelta(seconds=30)
"""What one of many who write at once waits for the lock on a busy machine."""


def place(factory: Sessions) -> str:
    """Where the database of a test is, for another process."""
    return str(factory.kw["bind"].url.render_as_string(hide_password=False))


def own(url: str) -> Sessions:
    """A database over connections of one's own."""
    return sessions(connect(url, wait=PATIENCE, keys=RING))


def files(url: str, process: int) -> None:
    """File twelve cases by four threads."""
    desk = Desk(own(url))

    def one(turn: int) -> None:
        desk.filed(TEN + timedelta(seconds=turn), place=f"某街{process}-{turn}號", phone="")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(12)))


def test_P5_0_a_numbers_are_unique_and_rise_whoever_files(factory: Sessions) -> None:
    """Three processes of four threads file as fast as they can: no number twice, none left out, and in the
    order in which they were committed; more than 20 a second.
    """
    Desk(staffed(factory))
    pids = [in_a_process(files, place(factory), process) for process in range(3)]
    assert [ended(pid) for pid in pids] == [0, 0, 0]
    with transaction(factory) as session:
        filed = list(
            session.scalars(
                select(CaseEvent.case_id).where(CaseEvent.kind == Move.FILE).order_by(CaseEvent.id)
            )
        )
        numbers = [session.get_one(Case, one).number for one in filed]
    assert numbers == [f"1151124{number:05}" for number in range(1, 37)]


def test_P5_0_a_a_new_day_begins_with_one_and_a_full_one_is_told(factory: Sessions) -> None:
    """By Taipei's midnight; what was rolled back told its number to nobody."""
    with transaction(factory) as session:
        assert new_number(session, taipei("2026-12-31T23:59:59")) == "115123100001"
        assert new_number(session, taipei("2027-01-01T00:00")) == "116010100001"
    with pytest.raises(ZeroDivisionError), transaction(factory) as session:
        new_number(session, TEN)
        raise ZeroDivisionError
    with transaction(factory) as session:
        assert new_number(session, TEN) == "115112400001"
        session.get_one(CaseSerial, TEN.date()).last = MOST
    with transaction(factory) as session, pytest.raises(NumbersUsedUp):
        new_number(session, TEN)


def statements(factory: Sessions, die_at: int = 0) -> list[str]:
    """What filing asks the database, from here on; at the one named the process is killed."""
    asked = list[str]()

    def ask(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)
        if len(asked) == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(factory.kw["bind"], "before_cursor_execute", ask)
    return asked


def dies_filing(url: str, draft: int, step: int) -> None:
    """File a draft, and be killed at a statement."""
    mine = own(url)
    statements(mine, step)
    Desk(mine).file(draft)


def test_killed_at_any_step_there_is_no_case_without_its_notices(factory: Sessions) -> None:
    """Between number, event, deadlines and messages a process is killed with SIGKILL: nothing is half filed,
    no number is told, and filing again tells everybody once.
    """
    desk = Desk(staffed(factory))
    counted = desk.draft(place="計數", phone="")
    asked = statements(factory)
    desk.file(counted)
    steps = len(asked)
    assert steps > 10
    draft = desk.draft()
    for step in range(1, steps + 1):
        assert ended(in_a_process(dies_filing, place(factory), draft, step)) == -signal.SIGKILL, step
        with transaction(factory) as session:
            row = session.get_one(Case, draft)
            assert (row.state, row.number) == (CaseState.DRAFT, None), step
            assert [
                one.kind for one in session.scalars(select(CaseEvent).where(CaseEvent.case_id == draft))
            ] == ["draft"]
            assert session.scalars(select(CaseDeadline).where(CaseDeadline.case_id == draft)).first() is None
            assert (
                session.scalars(select(OutboxMessage).where(OutboxMessage.recipient_hash == MOBILE)).first()
                is None
            )
    filed = desk.file(draft)
    assert filed.number == "115112400002"
    told = [(one.template, one.event) for one in desk.messages() if one.event.startswith(f"case:{draft}:")]
    assert told == [(name, telling.event_of(filed, Move.FILE)) for name in ("N-20", "N-40")]


def completes(desk: Desk, case: Case) -> None:
    done = CaseWords(result="已補平", done_at=TEN, doer="養護科", no_photo="夜間")
    with transaction(desk.factory) as session:
        CaseWork(desk.moving).move(session, case.number or "", Move.COMPLETE, done, "quick-1", TEN)


def cancels(desk: Desk, case: Case) -> None:
    with transaction(desk.factory) as session:
        desk.cancelling.by_holder(session, case.number or "", case.phone, TEN)


def dies_doing(url: str, deed: Callable[[Desk, Case], None], number: int, step: int) -> None:
    """Do something to a case, and be killed at a statement."""
    mine = own(url)
    desk = Desk(mine)
    with transaction(mine) as session:
        case = session.get_one(Case, number)
    statements(mine, step)
    deed(desk, case)


@pytest.mark.parametrize(
    ("deed", "before", "after", "tells"),
    [
        (completes, CaseState.SIGNED, CaseState.DONE, ["N-23"]),
        pytest.param(
            cancels, CaseState.SIGNED, CaseState.CANCELLED, ["N-21", "N-25"], marks=pytest.mark.thorough
        ),
    ],
)
def test_killed_at_any_step_of_an_end_it_is_ended_and_told_together(
    factory: Sessions, deed: Callable[[Desk, Case], None], before: str, after: str, tells: list[str]
) -> None:
    """Completed, or cancelled by its holder: until all is written nothing is, and then each is told once."""
    desk = Desk(staffed(factory))
    counted, case = (desk.filed(phone=f"091234567{n}", place=f"某街{n}號") for n in range(2))
    for one in (counted, case):
        desk.move(one, Move.SIGN, "quick-1", TEN)
    asked = statements(factory)
    deed(desk, counted)
    steps, there = len(asked), len(desk.messages())
    assert steps > 10
    for step in range(1, steps + 1):
        assert ended(in_a_process(dies_doing, place(factory), deed, case.id, step)) == -signal.SIGKILL, step
        assert (desk.case(case).state, len(desk.messages())) == (before, there), step
    deed(desk, case)
    named = sorted(one.template for one in desk.messages()[there:])
    assert (desk.case(case).state, named) == (after, tells)
