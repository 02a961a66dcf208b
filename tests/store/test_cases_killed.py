"""What is done to a case is killed at every write and at the commit, on both databases: what happened and the
messages that tell of it are there together or not at all, and doing it again tells nobody twice.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import event, select

from hotline.cases import find
from hotline.cases.chase import REMINDED, CaseChase
from hotline.cases.digest import Digest
from hotline.cases.rules import Move
from hotline.cases.store import CaseDeadline, CaseEvent
from hotline.cases.words import CaseWords
from hotline.cases.work import CaseWork
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.worktime import Calendar
from tests.forking import ended, in_a_process
from tests.store.cases import MOBILE, TEN, Desk, staffed
from tests.store.test_cases_numbers import own, place

pytestmark = pytest.mark.dialects
NUMBER = "115112400001"
WRITES = ("INSERT", "UPDATE", "DELETE")
Does = Callable[[Desk], object]


class KilledAct(NamedTuple):
    """What is done, once the case stands as it must before, and what comes of it: event and messages."""

    does: Does
    before: tuple[Does, ...] = ()
    kind: str = ""
    tells: tuple[str, ...] = ()


def moves(move: Move, minutes: int, **words: Any) -> Does:
    at = TEN + timedelta(minutes=minutes)

    def does(desk: Desk) -> object:
        with transaction(desk.factory) as session:
            return CaseWork(desk.moving).move(session, NUMBER, move, CaseWords(**words), "quick-1", at)

    return does


def cancels(desk: Desk) -> object:
    with transaction(desk.factory) as session:
        return desk.cancelling.by_holder(session, NUMBER, MOBILE, TEN + timedelta(minutes=5))


def chased(minutes: int) -> Does:
    return lambda desk: CaseChase(desk.factory, CaseWork(desk.moving)).run(TEN + timedelta(minutes=minutes))


def mailed(desk: Desk) -> object:
    moving = desk.moving
    digest = Digest(desk.factory, moving.categories, lambda: moving.limits, Calendar)
    return digest.run(TEN + timedelta(hours=8))


def carried(desk: Desk) -> object:
    with transaction(desk.factory) as session:
        for one in session.scalars(select(OutboxMessage)):
            one.state = OutboxState.SENT
    return None


SIGNED = moves(Move.SIGN, 5)
COMPLETED = moves(
    Move.COMPLETE, 30, result="補平", done_at=TEN + timedelta(minutes=20), doer="養護科", no_photo="天黑"
)
ASKED = moves(Move.ASK_STAGE2, 20, days=2, reason="材料未到")
ACTS = {
    "signed": KilledAct(SIGNED, kind=Move.SIGN),
    "reminded": KilledAct(chased(11), kind=REMINDED, tells=("N-41",)),
    "stage 2 asked": KilledAct(ASKED, (SIGNED,), Move.ASK_STAGE2),
    "completed": KilledAct(COMPLETED, (SIGNED,), Move.COMPLETE, ("N-23",)),
    "closed": KilledAct(chased(40), (SIGNED, COMPLETED, carried), Move.ANSWERED),
    "cancelled": KilledAct(cancels, kind=Move.CANCEL, tells=("N-21", "N-25")),
    "mailed at 18:00": KilledAct(mailed, tells=("N-42",)),
}


def dies(factory: Sessions, at: int) -> list[str]:
    """What is written from here on, and each commit; at the one named the process is killed before it."""
    done, engine = list[str](), factory.kw["bind"]

    def step(what: str) -> None:
        done.append(what)
        if len(done) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def asked(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().startswith(WRITES):
            step(statement)

    event.listen(engine, "before_cursor_execute", asked)
    event.listen(engine, "commit", lambda _connection: step("COMMIT"))
    return done


def dies_at(url: str, name: str, at: int) -> None:
    """Do one of the acts, and be killed at a write."""
    mine = own(url)
    dies(mine, at)
    ACTS[name].does(Desk(mine))


def stands(desk: Desk) -> tuple[str, int, Counter[str], Counter[tuple[str, str]], int]:
    """State, version, events, messages and running deadlines of the case."""
    with transaction(desk.factory) as session:
        row = find.by_number(session, NUMBER)
        assert row
        events = Counter(session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == row.id)))
        told = Counter(
            (one.template, one.recipient)
            for one in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        )
        running = select(CaseDeadline.id).where(
            CaseDeadline.case_id == row.id, CaseDeadline.ended_at.is_(None)
        )
        return row.state, row.version, events, told, len(list(session.scalars(running)))


@pytest.mark.parametrize("name", ACTS)
def test_killed_at_any_write_what_happened_and_its_messages_are_one(factory: Sessions, name: str) -> None:
    act, desk = ACTS[name], Desk(staffed(factory))
    desk.filed()
    for before in act.before:
        before(desk)
    was, at = stands(desk), 1
    while True:
        if (
            came := ended(in_a_process(dies_at, place(factory), name, at))
        ) == 0:  # there was no such step: it is done
            break
        assert came == -signal.SIGKILL
        assert is_whole(was, stands(desk), act), at
        at += 1
    assert at > (1 if act.kind else 0)
    done = stands(desk)
    assert done != was and is_whole(was, done, act)
    with suppress(HotlineError):
        act.does(desk)
    assert stands(desk) == done
    assert {count for (template, _), count in done[3].items() if template in act.tells} <= {1}
    assert set(act.tells) <= {template for template, _ in done[3]}


def is_whole(was: Any, now: Any, act: KilledAct) -> bool:
    """Nothing of it is there, or all: the event, and each message that tells of it."""
    happened = bool(act.kind) and now[2][act.kind] > was[2][act.kind]
    told = {template for template, _ in now[3]} - {template for template, _ in was[3]}
    if not act.kind:
        return told in (set(), set(act.tells))
    return told == (set(act.tells) if happened else set()) and (happened or now[:2] == was[:2])
