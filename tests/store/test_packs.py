"""Monthly packs: frozen once, made once however often they are asked for, whole or not at all."""

import os
import signal
from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from calls.in_time import InTime
from calls.store import CallRow
from hotline.clock import taipei
from hotline.db import Sessions, connect, looking, sessions, transaction
from hotline.ledger.audit import SYSTEM
from hotline.ledger.periods import Period
from hotline.ledger.store import AuditRow
from hotline.outbox.store import OutboxMessage
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from reporting.figures.spans import MonthNotOver
from reporting.office_reports import Yardstick
from reporting.packs import rules, service
from reporting.packs.service import Packs
from reporting.packs.store import PackEdition, PackRun
from tests.conftest import WAIT
from tests.forking import ended, in_a_process
from tests.keys import RING
from tests.store.cases import WORKTIME

pytestmark = pytest.mark.dialects

OCTOBER = date(2026, 10, 1)
FIRST, EIGHTH = taipei("2026-11-01T02:00"), taipei("2026-11-08T02:00")
MINUTE = timedelta(minutes=1)
FREEZING = len(rules.PARTS) + 1
"""The step at which an edition is written."""
YARDSTICK = Yardstick(WORKTIME, InTime(timedelta(seconds=3), 3), 2)


def packs_of(factory: Sessions) -> Packs:
    return Packs(factory, lambda: YARDSTICK, "0.2.0", lambda: 0.0)


@pytest.fixture
def packs(factory: Sessions) -> Packs:
    """Over one answered call of the last evening of October, and the people who read reports."""
    at = taipei("2026-09-01T09:00")
    people = (
        Staff("supervisor-1", "督導", frozenset({Role.SUPERVISOR}), email="s@rdec.example"),
        Staff("admin-1", "管理者", frozenset({Role.ADMINISTRATOR}), email="a@rdec.example"),
        Staff("liaison-1", "窗口", frozenset({Role.LIAISON}), "pwd"),
    )
    with transaction(factory) as session:
        for one in people:
            set_staff(session, one, Period(at), at=at, by="admin-1")
        session.add(a_call("c-1", "2026-10-31T20:00"))
    return packs_of(factory)


def a_call(name: str, at: str) -> CallRow:
    began = taipei(at)
    call = CallRow(id=name, caller="+886912345678", started_at=began, answered_at=began, queued_at=began)
    call.agent_at, call.ended_at, call.queue_seconds = began + MINUTE, began + 5 * MINUTE, 5.0
    call.service, call.topic = "P3.1", "word:noise"
    return call


def editions(factory: Sessions) -> list[PackEdition]:
    with looking(factory) as session:
        return list(session.scalars(select(PackEdition).order_by(PackEdition.id)))


def letters(factory: Sessions) -> list[tuple[str, str]]:
    with looking(factory) as session:
        rows = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "N-50"))
        return sorted((row.recipient, row.text) for row in rows)


def test_P10_a_month_is_made_on_the_first_and_completed_on_the_eighth(
    packs: Packs, factory: Sessions
) -> None:
    """Not before two; once each, however often the job runs; RDEC is told of both editions."""
    assert packs.work(FIRST - timedelta(seconds=1)) == 0 and editions(factory) == []
    assert [packs.work(FIRST), packs.work(FIRST), packs_of(factory).work(FIRST + MINUTE)] == [1, 0, 0]
    assert [packs.work(EIGHTH), packs_of(factory).work(EIGHTH + MINUTE)] == [1, 0]
    first, second = editions(factory)
    assert (first.number, second.number, first.made_by, second.month) == (1, 2, SYSTEM, OCTOBER)
    whole = dict(zip(first.tables["completion"]["head"], first.tables["completion"]["rows"][0], strict=True))
    assert (whole["undecided"], whole["counted"]) == ("1", "0")
    changed = {(*one["row"], one["column"]): (one["was"], one["now"]) for one in second.differences}
    assert changed["all", "undecided"] == ("1", "0") and changed["all", "completion"] == ("", "100.0%")
    assert {one["table"] for one in second.differences} == {"completion"}
    texts = [
        ("a@rdec.example", "【1999】2026年10月月報已產製"),
        ("s@rdec.example", "【1999】2026年10月月報已產製"),
    ]
    assert letters(factory) == sorted(texts * 2)


def test_P10_a_missed_run_is_made_up_and_no_month_without_a_call_is_made(
    packs: Packs, factory: Sessions
) -> None:
    """On the 20th, as it is known then; in December there is nothing of November to count."""
    assert packs.work(taipei("2026-11-20T09:00")) == 1
    assert [one.number for one in editions(factory)] == [1]
    assert packs.work(taipei("2026-12-10T09:00")) == 0 and len(editions(factory)) == 1


def test_P10_two_clicks_make_one(packs: Packs, factory: Sessions) -> None:
    """And who asks again when nothing is otherwise is given the edition that is there."""
    packs.work(EIGHTH)
    for _click in range(2):
        with transaction(factory) as session:
            service.ask(session, OCTOBER, "supervisor-1", EIGHTH + MINUTE)
    assert packs.work(EIGHTH + MINUTE) == 0
    with looking(factory) as session:
        runs = session.scalars(select(PackRun).where(PackRun.asked_by == "supervisor-1")).all()
        told = session.scalars(select(AuditRow).where(AuditRow.by == "supervisor-1")).all()
    assert [(run.edition, run.done_at) for run in runs] == [(1, EIGHTH + MINUTE)]
    assert len(editions(factory)) == 1 and [row.subject for row in told] == ["pack:2026-10"]


def at_once(*deeds: Callable[[], object]) -> None:
    """Several people, or nodes, at the same moment."""
    together, wrong = Barrier(len(deeds)), list[Exception]()

    def run(deed: Callable[[], object]) -> None:
        together.wait()
        try:
            deed()
        except Exception as error:
            wrong.append(error)

    threads = [Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_P10_two_clicks_at_the_same_moment_make_one_and_so_do_two_nodes(
    packs: Packs, factory: Sessions
) -> None:
    """Whoever is later is given the run that is there; who counts the same later freezes nothing."""

    def click() -> None:
        with transaction(factory) as session:
            service.ask(session, OCTOBER, "supervisor-1", EIGHTH)

    at_once(click, click, click)
    with looking(factory) as session:
        assert len(service.runs(session)) == 1
    at_once(lambda: packs.work(EIGHTH), lambda: packs_of(factory).work(EIGHTH))
    assert [one.number for one in editions(factory)] == [1] and len(letters(factory)) == 2
    with looking(factory) as session:
        assert service.runs(session) == []


def test_P10_a_correction_is_a_new_edition_that_names_the_differences(
    packs: Packs, factory: Sessions
) -> None:
    """A call that was closed otherwise since; the first edition stays as it was."""
    packs.work(EIGHTH)
    (before,) = editions(factory)
    with transaction(factory) as session:
        session.execute(update(CallRow).values(service="P3.2"))
    made = packs.make(OCTOBER, "command", EIGHTH + MINUTE, lambda _step: None)
    first, second = editions(factory)
    assert made.number == second.number == 2 and first.tables == before.tables
    changed = {(one["table"], *one["row"], one["column"]): one["now"] for one in second.differences}
    assert changed["completion", "all", "not settled"] == "1"
    assert changed["completion", "P3.1", "counted"] == "0"


def test_P10_an_edition_stays_as_it_was_written(packs: Packs, factory: Sessions) -> None:
    """By the database itself."""
    packs.work(FIRST)
    for statement in (update(PackEdition).values(version="x"), delete(PackEdition)):
        with pytest.raises(DBAPIError), transaction(factory) as session:
            session.execute(statement)


def test_P10_months_that_last_or_come_are_refused_and_so_is_who_acts_for_an_agency(
    packs: Packs, factory: Sessions
) -> None:
    for month in (date(2026, 11, 1), date(2027, 5, 1)):
        with pytest.raises(MonthNotOver), transaction(factory) as session:
            service.ask(session, month, "supervisor-1", EIGHTH)
        with pytest.raises(MonthNotOver):
            packs.make(month, "command", EIGHTH, lambda _step: None)
    with pytest.raises(NotPermitted), transaction(factory) as session:
        service.ask(session, OCTOBER, "liaison-1", EIGHTH)


def killed_at(url: str, step: int) -> None:
    """Makes the pack of October, and is killed when so many tables are counted, or while it is frozen."""
    factory = sessions(connect(url, wait=WAIT, keys=RING))
    packs = packs_of(factory)
    counted = Packs._tell

    def tell(self: Packs, run: int, done: int) -> None:
        counted(self, run, done)
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    Packs._tell = tell  # type: ignore[method-assign]
    if step == FREEZING:
        service.notices.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore
    packs.work(EIGHTH)


@pytest.mark.parametrize("step", [1, len(rules.PARTS), FREEZING])
def test_P10_one_that_is_killed_leaves_no_half_edition_and_is_made_anew(
    packs: Packs, factory: Sessions, database_url: str, step: int
) -> None:
    """After the first table, after the last one, or when the edition is written and not committed."""
    pid = in_a_process(killed_at, database_url, step)
    assert ended(pid) == -signal.SIGKILL
    with looking(factory) as session:
        run = session.scalars(select(PackRun)).one()
    assert (run.step, run.done_at) == (min(step, len(rules.PARTS)), None) and editions(factory) == []
    assert letters(factory) == []
    assert packs.work(EIGHTH + MINUTE) == 1
    assert [sorted(one.tables) for one in editions(factory)] == [sorted(rules.PARTS)]
