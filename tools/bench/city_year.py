"""Rows of a city's year, as reports read them: a month is made up by chance, eleven are copies of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import ColumnElement, String, Table, cast, func, insert, literal, select
from sqlalchemy.orm import Session

from calls.store import TRANSFER_ASKED, CallEvent, CallRow, Leg
from calls.topics import CONSULTED
from calls.transfer_reasons import KINDS
from hotline.callbacks.store import Callback
from hotline.cases.rules import CaseState, DeadlineKind, Move
from hotline.cases.store import Case, CaseDeadline, CaseEvent
from hotline.db import Base, Instant, Sessions, transaction
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.special_callers.store import SpecialCall, SpecialEvent
from reporting.hour_sums.store import HourSum
from tools.bench.cases import AGENCIES, cases

MONTHS: Final = 12
MONTH: Final = timedelta(hours=730)
"""A twelfth of a year, in whole hours: copies stand side by side."""
CASES: Final = 10
"""One case for so many calls."""
AT_ONCE: Final = 2_000
NUMBERS: Final = 100_000
"""People who call, most of them twice a month."""
SILENT: Final = "CallArrived MenuHeard KeyPressed Queued CallEnding".split()
"""Kinds of events that no figure counts; of the last month alone."""
TOPICS: Final = ("word:noise", "word:roads", "word:tax", *(f"entry:{number}" for number in range(400)))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

Rows = dict[type[Base], list[dict[str, Any]]]


def last_month(calls: int, until: datetime) -> Iterator[Rows]:
    """The month before an instant, some calls at a time, with all that a report reads of each."""
    chance, pace = Random(1999), MONTH / calls
    of_cases = cases(Random(2026), calls // CASES)
    for start in range(0, calls, AT_ONCE):
        rows: Rows = {one: [] for one in COPIED}
        for number in range(start, min(calls, start + AT_ONCE)):
            at = until - MONTH + pace * number
            _call(rows, chance, f"c{number}", at)
            if number % CASES == 0:
                _case(rows, chance, next(of_cases), f"c{number}", at)
        yield rows


def _call(rows: Rows, chance: Random, name: str, at: datetime) -> None:
    """One call: nine of ten are answered, a quarter is put through, two of five are looked up."""
    wait, talk = (round(chance.expovariate(1 / mean), 3) for mean in (9, 150))
    row: dict[str, Any] = {"id": name, "node": "ntpc1", "started_at": at, "answered_at": at}
    row |= {"caller": f"+8869{chance.randrange(NUMBERS):08}", "queued_at": at + 20 * timedelta(seconds=1)}
    queued, is_answered = row["queued_at"], chance.random() < 0.9
    answered = queued + timedelta(seconds=wait) if is_answered else None
    row |= {"agent": f"agent-{chance.randrange(120)}" if is_answered else "", "agent_at": answered}
    row |= {
        "queue_seconds": wait,
        "talk_seconds": talk if is_answered else None,
        "outcome": "talked" if is_answered else chance.choice(("abandoned", "promised")),
        "ended_at": queued + timedelta(seconds=wait + talk),
        "service": chance.choice(("P3.1", "P3.1", "P3.2", "P3.4", "none")) if is_answered else "",
        "topic": chance.choice(TOPICS) if is_answered else "",
    }
    rows[CallRow].append(row)
    for place, kind in enumerate(SILENT):
        rows[CallEvent].append(_event(name, place, kind, at, {"menu": "main", "key": "1"}))
    if answered:
        rows[Leg].append(_leg(name, "agent", row["agent"], answered, "answered"))
        _answered(rows, chance, name, answered)
    if chance.random() < 0.05:
        _promise(rows, name, at)
    if chance.random() < 0.005:
        step = {"call_id": name, "at": at, "who": "supervisor-1", "from_state": "REVIEW"}
        rows[SpecialEvent].append({**step, "key": name, "kind": "authorised", "to_state": "SPECIAL"})
        rows[SpecialCall].append({"call_id": name, "state": "ENDED", "ended_by": "cap"})


def _answered(rows: Rows, chance: Random, name: str, at: datetime) -> None:
    if chance.random() < 0.4:
        detail = {"entry": str(chance.randrange(400)), "answered": chance.random() < 0.9}
        rows[CallEvent].append(_event(name, 10, CONSULTED, at, detail))
    if chance.random() < 0.25:
        desk = str(1000 + chance.randrange(3_000))
        asked = {"extension": desk, "reason": chance.choice(("faq", "law", "doubt")), "by": "agent-1"}
        rows[CallEvent].append(_event(name, 11, TRANSFER_ASKED, at, asked))
        for kind in ("desk", "neighbour")[: chance.choice((1, 1, 2))]:
            outcome = chance.choice(("answered", "answered", "busy", "noanswer"))
            rows[Leg].append(_leg(name, kind, desk, at + MINUTE, outcome, chance.randrange(AGENCIES)))


def _event(call: str, place: int, kind: str, at: datetime, detail: dict[str, Any]) -> dict[str, Any]:
    return {"key": f"turn:{call}:{place}", "call_id": call, "at": at, "kind": kind, "detail": detail}


def _leg(call: str, kind: str, phone: str, at: datetime, outcome: str, agency: int = -1) -> dict[str, Any]:
    of = "" if agency < 0 else f"agency-{agency}"
    desk = {"asked": phone, "extension": phone, "section": f"{of}-{phone[:2]}", "agency": of} if of else {}
    row: dict[str, Any] = {"asked": "", "extension": "", "section": "", "agency": "", "phone": phone} | desk
    times = {"started_at": at, "ring_seconds": 6.0, "outcome": outcome}
    return {**row, **times, "channel": f"{call}-{kind}", "call_id": call, "kind": kind}


def _promise(rows: Rows, call: str, at: datetime) -> None:
    times = {"registered_at": at, "due_at": at + 4 * HOUR, "remind_at": at + 3 * HOUR}
    kept = {"first_attempt_at": at + 2 * HOUR, "closed_at": at + 2 * HOUR, "state": "DONE"}
    words = {"number": "+886912345678", "name": "王小明", "matter": "路燈不亮", "result": "已說明"}
    about = {"language": "zh-TW", "origin": "caller", "agency": ""}
    rows[Callback].append({"call_id": call, **words, **about, **times, **kept})


def _case(rows: Rows, chance: Random, row: dict[str, Any], call: str, at: datetime) -> None:
    """A case that was signed and answered; one of ten is late, and one of twenty reopened."""
    done_at = at + timedelta(hours=chance.randrange(2, 90))
    is_late = chance.random() < 0.1
    told = {"signed_at": at + HOUR, "done_at": done_at, "replied_at": done_at, "closed_at": done_at + DAY}
    row |= {"call_id": call, "drafted_at": at, "filed_at": at, "state": CaseState.CLOSED, **told}
    row |= {
        "due_at": done_at - HOUR if is_late else done_at + HOUR,
        "overdue_at": done_at if is_late else None,
    }
    rows[Case].append(row)
    moves = [("file", at), ("sign", at + HOUR), ("start", at + HOUR), ("done", done_at), ("close", done_at)]
    if chance.random() < 0.05:
        moves.append((Move.REOPEN, done_at + DAY))
    for kind, moment in moves:
        step = {"case_id": row["id"], "at": moment, "by": "liaison-1", "kind": kind}
        rows[CaseEvent].append({**step, "before": "", "after": "", "reason": "", "detail": {}})
    clock = {"clause": "P5.2.1", "clock": "WH", "amount": 120, "begins_at": at, "set_at": at}
    limit = {"case_id": row["id"], "kind": DeadlineKind.SIGN, "due_at": at + 2 * HOUR, "ended_at": at + HOUR}
    rows[CaseDeadline].append({**clock, **limit, "why": "file"})
    times = {"written_at": at, "next_try_at": at, "done_at": at + MINUTE}
    letter = {"template": "N-21", "recipient": f"+8869{row['id']:08}", "channel": "sms", "text": "已立案"}
    rows[OutboxMessage].append({"event": f"case:{row['id']}", **letter, **times, "state": OutboxState.SENT})


COPIED: Final = (
    *(CallRow, Leg, CallEvent, SpecialEvent, SpecialCall, Callback, Case, CaseEvent, CaseDeadline),
    OutboxMessage,
)
"""Tables of a month, each after those that it refers to."""
NAMED: Final = frozenset(("call.id", "leg.channel", "call_event.key", "special_event.key", "notice.event"))
"""Columns that name a row, beside those that name its call."""


def filled(factory: Sessions, calls: int, until: datetime) -> None:
    """A month of calls and cases before an instant."""
    for rows in last_month(calls, until):
        with transaction(factory) as session:
            for table, some in rows.items():
                if some:
                    session.execute(insert(Base.metadata.tables[table.__tablename__]), some)


def copied(factory: Sessions, calls: int) -> None:
    """Eleven months before it, and sums of two years: those of the rows, and of the year before."""
    for number in range(1, MONTHS):
        for table in COPIED:
            with transaction(factory) as session:
                _copy(session, table.__table__, number, calls)  # type: ignore[arg-type]
    for number in range(1, MONTHS):
        _copy_sums(factory, MONTH * number, MONTH)
    _copy_sums(factory, MONTH * MONTHS, MONTH * MONTHS)


def _copy(session: Session, table: Table, number: int, calls: int) -> None:
    """Copy the rows of the last month so many months back; of events those alone that figures count."""
    columns = [one for one in table.columns if one.name != "id" or table.name in ("call", "case_file")]
    values = [_moved(session, table, one.name, one, number, calls) for one in columns]
    rows = select(*values)
    original = {"call": "id", "leg": "channel", "special_event": "key", "special_call": "call_id"}
    if table.name in original:
        rows = rows.where(table.c[original[table.name]].not_like("%~%"))
    if table.name == CallEvent.__tablename__:
        rows = rows.where(table.c.kind.in_((*KINDS, CONSULTED)), table.c.key.not_like("%~%"))
    if table.name in ("callback", "notice"):
        rows = rows.where(table.c["call_id" if table.name == "callback" else "event"].not_like("%~%"))
    if table.name in ("case_file", "case_event", "case_deadline"):
        rows = rows.where(table.c["id" if table.name == "case_file" else "case_id"] <= calls // CASES)
    session.execute(insert(table).from_select([one.name for one in columns], rows))


def _moved(
    session: Session, table: Table, name: str, column: ColumnElement[Any], number: int, calls: int
) -> Any:
    """The value of a column in a copy."""
    if isinstance(column.type, Instant):
        return _earlier(session, column, MONTH * number)
    if f"{table.name}.{name}" in NAMED or name == "call_id":
        return cast(column, String).concat(f"~{number}")
    if name == "case_id" or f"{table.name}.{name}" == "case_file.id":
        return column + number * (calls // CASES)
    if f"{table.name}.{name}" == "case_file.number":
        return func.substr(column, 1, 4).concat(literal(f"{number:02}")).concat(func.substr(column, 7))
    return column


def _earlier(session: Session, column: Any, by: timedelta) -> Any:
    hours = by // HOUR
    if session.get_bind().dialect.name == "postgresql":
        return column.op("-")(func.make_interval(0, 0, 0, 0, hours))
    whole = func.strftime("%Y-%m-%d %H:%M:%S", column, f"-{hours} hours", type_=String)
    return whole.concat(func.substr(column, 20, type_=String))


def _copy_sums(factory: Sessions, by: timedelta, of: timedelta) -> None:
    """Copy sums of the latest so long time: they are those of rows that were copied alike."""
    with transaction(factory) as session:
        last = session.scalar(select(func.max(HourSum.hour)))
        if last is None:
            return
        values = _earlier(session, HourSum.hour, by), HourSum.marked_at, HourSum.figures
        rows = select(*values).where(HourSum.hour > last - of)
        session.execute(insert(HourSum).from_select(["hour", "marked_at", "figures"], rows))
