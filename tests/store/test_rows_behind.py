"""Every number of a report and of the history leads to its rows: as many as it says, and none twice."""

import re
from collections.abc import Iterator
from datetime import date
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.dispositions import NONE, NoServiceGround
from calls.in_time import InTime
from calls.store import CallRow, Leg
from hotline.callbacks.rules import CallbackState
from hotline.callbacks.store import Callback
from hotline.cases.store import Case
from hotline.clock import midnight, month_bounds
from hotline.db import Sessions, transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.ledger.periods import Period
from hotline.news.store import MessageRow, SurgeRow
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.reviews.store import CaseReview, Feedback
from hotline.special_callers.store import SpecialCall, SpecialEvent
from hotline.survey.store import SurveyRow
from hotline.video.counter_store import MisuseRow
from reporting import call_history as history
from reporting.answer_metrics import Group
from reporting.figures.behind import COLUMNS, NumberAsked, behind, is_opened
from reporting.figures.spans import MINUTE, KnownMonth
from reporting.history_rows import ALONE, OPENED, months_behind, rows_of_history
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rules import total
from reporting.hour_sums.service import sums
from reporting.office_reports import Report, Yardstick, report
from reporting.queue_metrics import Part
from reporting.rows_behind import CountedKind
from tests.store.test_figures import (
    DAY,
    EIGHTH,
    HOUR,
    OCTOBER,
    SINCE,
    TOPICS,
    UNTIL,
    WEEK,
    a_case,
    some_calls,
    some_cases,
)
from tests.store.test_knowledge import WORKTIME
from tests.store.test_video_counters import served

pytestmark = pytest.mark.dialects
BY = Yardstick(WORKTIME, InTime(), 2)
NO_COUNT = re.compile(
    r"mean|median|95 %|minutes|rate|share|interval|above|satisfaction$|completion$|_s$|level|vacant"
)
"""Columns that are times, shares or words."""
ROWS = {Report.OUTAGES, Report.OVERDUE, Report.REVIEWS}
"""Reports of which a row is what it tells of."""


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as session:
        yield session


def a_city(session: Session) -> None:
    """A month in which everything happened, some of it before and after."""
    draw, long_ago = Random(41), SINCE - 60 * DAY
    for code in ("pwd", "police"):
        set_row(session, Agency(code, f"{code} 局"), Period(long_ago), at=long_ago, by="test")
    some_calls(session, draw, 140)
    some_cases(session, draw, 40)
    for call in session.scalars(select(CallRow)).all():
        change(session, draw, call)
    for number in range(40):
        around(session, draw, number)
    case = session.scalars(select(Case.id)).first()
    told = {"ground": "complaint", "reason": "再看", "asked_by": "rdec-1", "case_id": case}
    session.add(CaseReview(agency="pwd", asked_at=SINCE + DAY, due_at=SINCE + 2 * DAY, **told))
    posted = SINCE + 10 * DAY
    said = {"agency": "pwd", "posted_at": posted, "posted_by": "x", "starts_at": posted, "text": ""}
    session.add(MessageRow(id=3, title="停水", **said))
    surge = {"first": posted.date(), "last": posted.date(), "calls": 9, "staff": "", "told_by": "x"}
    session.add(SurgeRow(id=4, agency="police", topic="帳單", entries=["12"], told_at=posted, **surge))
    session.flush()


def change(session: Session, draw: Random, call: CallRow) -> None:
    """The queue, the agent, the ground, special steps and the offices that were rung."""
    assert call.started_at
    call.agent = draw.choice(("agent-1", "agent-2")) if call.agent_at else ""
    call.queued_at = call.started_at if draw.random() < 0.8 else None
    call.outcome = draw.choice(("talked", "promised", "abandoned", "informed"))
    call.talk_seconds = draw.choice((None, 0.0, 30.0))
    call.topic = draw.choice((*TOPICS, "message:3"))
    call.ground = draw.choice(tuple(NoServiceGround)) if call.service == NONE else ""
    for leg in session.scalars(select(Leg).where(Leg.call_id == call.id)).all():
        leg.outcome = draw.choice(("answered", "busy", "noanswer"))
        if leg.kind != "agent":
            leg.agency, leg.section = draw.choice((("pwd", "road"), ("police", "night"), ("", "")))
            leg.asked = leg.extension = draw.choice(("5112", "5301"))
            leg.proxy, leg.ring_seconds = leg.kind == "neighbour", draw.choice((3.0, 12.0))
    if draw.random() < 0.2:
        steps = {"call_id": call.id, "at": call.started_at, "who": "boss", "from_state": "REVIEW"}
        session.add(SpecialEvent(key=call.id, kind="authorised", to_state="SPECIAL", **steps))
        session.add(SpecialCall(call_id=call.id, state="ENDED", ended_by=draw.choice(("cap", "longest"))))
    if draw.random() < 0.2:
        number, at = f"11510400{int(call.id[2:]):04}", call.started_at
        told = {"call_id": call.id, "notified_at": at + 5 * MINUTE, "not_reached": draw.random() < 0.5}
        session.add(a_case(number, at, **told))


def around(session: Session, draw: Random, number: int) -> None:
    """What comes beside calls and cases."""
    at = SINCE - WEEK + draw.random() * (UNTIL - SINCE + 2 * WEEK)
    score = draw.choice((None, 1, 3, 4, 5))
    session.add(SurveyRow(channel="talk", call_id=f"c-{number}", asked_at=at, first=score, questions=2))
    state = draw.choice((OutboxState.SENT, OutboxState.WAITING))
    told = {"template": "N-20", "text": "t", "written_at": at, "next_try_at": at, "done_at": at}
    notice = {"event": f"e:{number}", "recipient": f"r{number}", "channel": draw.choice(("sms", "email"))}
    session.add(OutboxMessage(state=state, **told, **notice))
    kind = draw.choice(("complaint", "commendation"))
    session.add(Feedback(kind=kind, agency=draw.choice(("pwd", "police")), words="好", at=at, by="agent-1"))
    session.add(served(draw.choice(("pwd", "")), at, draw.choice((0, 15)), extensions=number % 2))
    what = {"what": "談私事", "recorded_at": at, "recorded_by": "x"}
    session.add(MisuseRow(agency=draw.choice(("pwd", "")), at=at, **what))
    due = at + draw.choice((4, 900)) * HOUR
    tried = draw.choice((None, due, due + HOUR))
    closed = {"state": CallbackState.CANCELLED, "closed_at": due - HOUR} if not tried and number % 2 else {}
    promise = {"registered_at": at, "due_at": due, "remind_at": due, "first_attempt_at": tried}
    row = Callback(number=f"+8869120000{number:02}", language="zh-TW", origin="agent", **promise)
    row.state = CallbackState.OPEN
    for name, value in closed.items():
        setattr(row, name, value)
    session.add(row)


CASES = [
    *((kind, Group.AGENCY) for kind in Report if kind not in (*ROWS, Report.RINGS, Report.BUSY)),
    *((kind, group) for kind in (Report.RINGS, Report.BUSY) for group in Group),
]


def test_P10_every_number_of_a_report_leads_to_as_many_rows(session: Session) -> None:
    """Column by column and row by row; columns that lead nowhere are times, shares and names."""
    a_city(session)
    for kind, group in CASES:
        assert_leads(session, kind, group)


def assert_leads(session: Session, kind: Report, group: Group) -> None:
    """Of one report."""
    table = report(session, kind, OCTOBER.first, group, EIGHTH, BY)
    heads = table.head[table.left :]
    assert [one for one in heads if not is_opened(kind, one) and not NO_COUNT.search(one)] in ([], ["cases"])
    checked = 0
    for row in table.rows:
        for head, cell in zip(heads, row[table.left :], strict=True):
            if is_opened(kind, head) and not cell.endswith("%"):
                found = behind(session, kind, NumberAsked(OCTOBER, head, row[: table.left], BY))
                assert len(found.ids) == int(cell or 0), (row[: table.left], head)
                repeats = kind in (Report.RINGS, Report.BUSY, Report.SILENT) or head.startswith("defects")
                assert repeats or len(set(found.ids)) == len(found.ids)
                assert not found.told or len(found.told) == len(found.ids)
                checked += int(cell or 0) > 0
    assert checked > 1 or kind in (Report.SILENT, Report.AGENCIES), table.title


def test_P10_answered_for_another_leads_to_the_legs_that_were(session: Session) -> None:
    """The share stands in the table, its rows behind it."""
    a_city(session)
    asked = NumberAsked(OCTOBER, "by proxy", ("pwd",), BY)
    legs = session.scalars(select(Leg).where(Leg.agency == "pwd", Leg.proxy, Leg.outcome == "answered"))
    expected = [one.call_id for one in legs if SINCE <= one.started_at < UNTIL]
    assert sorted(behind(session, Report.RINGS, asked).ids) == sorted(expected) != []


def test_P2_a_an_agency_is_led_to_its_own_rows_alone(session: Session) -> None:
    """Nothing behind the numbers of the call centre, of all together, and of another agency."""
    a_city(session)
    others = (("all",), ("all", ""), ("police", "3003"), ("police 局", "night", "5112"), ("",))
    for kind, head in ((kind, head) for kind, heads in COLUMNS.items() for head in heads):
        for names in others:
            assert not behind(session, kind, NumberAsked(OCTOBER, head, names, BY), "pwd").ids, head
    mine = NumberAsked(OCTOBER, "complaints of the year", ("pwd 局",), BY)
    assert behind(session, Report.DEFECTS, mine, "pwd").ids


@pytest.mark.parametrize("names", [(), ("",), ("nobody",), ("2026-99-99",), ("all", "x", "y", "z")])
def test_rows_that_are_not_there_have_nothing_behind_them(session: Session, names: tuple[str, ...]) -> None:
    """Whatever an address says, it is answered."""
    for kind, columns in COLUMNS.items():
        for head in (*columns, "", "nonsense"):
            assert not behind(session, kind, NumberAsked(OCTOBER, head, names, BY)).ids


def test_P10_3_answers_tell_neither_call_nor_case_nor_time(session: Session) -> None:
    """An agent's few answers could be picked out by them: scores alone, in their order."""
    a_city(session)
    found = behind(session, Report.SATISFACTION, NumberAsked(OCTOBER, "invited", ("all",), BY))
    assert found.kind is CountedKind.ANSWER and list(found.ids) == [str(n + 1) for n in range(len(found.ids))]
    assert all(re.fullmatch(r"[1-5–] –", one) for one in found.told)
    assert list(found.told) == sorted(found.told, key=lambda one: one.replace("–", "0"), reverse=True)


def test_P1_b_every_number_of_the_history_leads_to_as_many_rows(session: Session) -> None:
    """Of hours, of days and of the whole; every count, and no time or share. Of a year nothing is listed."""
    a_city(session)
    calls, promises = sums(session, SINCE, UNTIL), promised(session, SINCE, UNTIL, EIGHTH)
    uncounted = {one for one in history.COLUMNS if one not in OPENED}
    assert all(NO_COUNT.search(one) for one in uncounted), uncounted
    whole = history.measure(total([*calls.values(), *promises.values()]))
    parts: list[tuple[Part | None, history.Figures]] = [(None, whole)]
    for step in (history.Step.HOUR, history.Step.DAY):
        found = history.by_part(step, calls, promises)
        days = history.days_of(SINCE, UNTIL)
        parts += [(one.of, one.figures) for one in history.rows(step, days, found)[::9]]
    for part, figures in parts:
        for column, count in history.COLUMNS.items():
            if column in OPENED:
                rows = rows_of_history(session, SINCE, UNTIL, EIGHTH, column, part)
                assert len(set(rows.ids)) == len(rows.ids) == count(figures), (part, column)
    unmet = rows_of_history(session, SINCE, UNTIL, EIGHTH, "put_through_in_vain")
    assert len(unmet.ids) == whole.put_through - whole.connected > 0
    about = rows_of_history(session, SINCE, UNTIL, EIGHTH, "with_topic")
    assert len(about.ids) == sum(whole.topics.values()) > 0
    assert not rows_of_history(session, SINCE, SINCE + 365 * DAY, EIGHTH, "calls").ids


def test_P1_b_a_number_of_a_year_is_what_its_months_say_together(session: Session) -> None:
    """Every count, of an hour of its days and of all; also of what it is held against, month by month."""
    a_city(session)
    first, back = SINCE - 40 * DAY, 364 * DAY
    year = midnight(date(first.year, 1, 1)), midnight(date(first.year + 1, 1, 1))
    assert {*OPENED} <= {*history.COLUMNS, *ALONE}
    for column, hour in ((column, hour) for column in OPENED for hour in (None, 10)):
        months = dict(months_behind(session, *year, EIGHTH, column, hour))
        listed = {
            one: len(rows_of_history(session, *month_bounds(one), EIGHTH, column, hour).ids) for one in months
        }
        assert months == listed and len(months) == 12, (column, hour)
    for month, many in months_behind(session, year[1] - back, SINCE + 20 * DAY, EIGHTH, "calls", back=back):
        since, until = (one - back for one in month_bounds(month))
        until = min(until, SINCE + 20 * DAY)
        assert many == len(rows_of_history(session, since, until, EIGHTH, "calls").ids)
    assert months_behind(session, *year, EIGHTH, "service_level") == []


def test_P12_2_an_edition_leads_to_what_it_knew(session: Session) -> None:
    """On the first many calls were undecided, whatever came of them later."""
    a_city(session)
    early = KnownMonth(OCTOBER.first, UNTIL + 2 * HOUR)
    table = report(session, Report.COMPLETION, OCTOBER.first, Group.AGENCY, early.at, BY)
    undecided = int(table.rows[0][table.head.index("undecided")])
    then, now = (NumberAsked(one, "undecided", ("all",), BY) for one in (early, OCTOBER))
    assert len(behind(session, Report.COMPLETION, then).ids) == undecided > 0
    assert behind(session, Report.COMPLETION, now).ids == []
