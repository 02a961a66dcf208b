"""Figures on what came of calls and cases, each recounted from the rows in a second, plain way."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from statistics import mean, median
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.dispositions import ServiceType
from calls.store import OUTGOING, CallEvent, CallRow, Leg
from calls.topics import CONSULTED
from hotline.cases.overdue import OWED
from hotline.cases.rules import CaseKind, CaseState, DeadlineKind
from hotline.cases.store import Case, CaseDeadline, CaseEvent
from hotline.clock import TAIPEI, taipei
from hotline.db import Sessions, transaction
from hotline.news.store import MessageRow, SurgeRow
from hotline.numbers import ANONYMOUS
from hotline.outages import Outage
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.reviews.store import CaseReview, Feedback
from hotline.survey.store import SurveyRow
from reporting.answer_times import MonthTable
from reporting.figures import cases, completion
from reporting.figures.completion import service_calls
from reporting.figures.costs import costs
from reporting.figures.defects import defects
from reporting.figures.early import early
from reporting.figures.notified import notified
from reporting.figures.outages import outages
from reporting.figures.overdue import overdue
from reporting.figures.satisfaction import satisfaction
from reporting.figures.spans import HOUR, MINUTE, KnownMonth

pytestmark = pytest.mark.dialects

SINCE, UNTIL = taipei("2026-10-01T00:00"), taipei("2026-11-01T00:00")
EIGHTH = taipei("2026-11-08T02:00")
OCTOBER = KnownMonth(date(2026, 10, 1), EIGHTH)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
TOPICS = ("", "word:noise", "entry:12", "category:3003")
SERVICES = ("", "none", *ServiceType, "P3.1 P3.2", "P3.1 P3.5")


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as session:
        yield session


def some_calls(session: Session, draw: Random, count: int = 400) -> None:
    """Calls of few numbers on few topics from a week before the month to a week after it."""
    for number in range(count):
        at = SINCE - WEEK + draw.random() * (UNTIL - SINCE + 2 * WEEK)
        service = draw.choice(SERVICES)
        call = CallRow(
            id=f"c-{number}",
            caller=draw.choice(("+886912000001", "+886912000002", "+886912000003", ANONYMOUS, "")),
            started_at=at,
            answered_at=at + timedelta(seconds=1),
            ended_at=at + draw.randrange(1, 900) * timedelta(seconds=1),
            agent_at=at + MINUTE if draw.random() < 0.8 else None,
            line=OUTGOING if draw.random() < 0.1 else "asterisk",
            service=service,
            topic=draw.choice(TOPICS) if service not in ("", "none") else "",
        )
        session.add(call)
        session.flush()
        for place in range(draw.randrange(3)):
            kind, outcome = draw.choice(("agent", "desk", "neighbour")), draw.choice(("answered", "busy"))
            session.add(
                Leg(
                    channel=f"{number}-{place}",
                    call_id=call.id,
                    phone="p",
                    kind=kind,
                    started_at=at,
                    outcome=outcome,
                )
            )
        for place in range(draw.randrange(3)):
            detail = {"entry": "12", "answered": draw.random() < 0.4, "by": "agent-1"}
            session.add(
                CallEvent(key=f"{number}-{place}", call_id=call.id, at=at, kind=CONSULTED, detail=detail)
            )
        if draw.random() < 0.4:
            session.add(a_case(f"1151020{number:05}", at, call_id=call.id))
    session.flush()


def a_case(number: str | None, at: datetime, **more: Any) -> Case:
    told = {
        "kind": "petition",
        "state": CaseState.CLOSED,
        "agency": "pwd",
        "category": "9001",
        "drafted_at": at,
        "drafted_by": "agent-1",
        "filed_at": at if number else None,
    }
    return Case(number=number, **{**told, **more})


def plain_completion(session: Session, call: CallRow, at: datetime) -> str:
    """The definition, read against every other row."""
    assert call.started_at
    if at <= call.started_at + WEEK:
        return "undecided"
    others = session.scalars(select(CallRow)).all()
    legs = session.scalars(select(Leg).where(Leg.call_id == call.id)).all()
    read = session.scalars(select(CallEvent).where(CallEvent.call_id == call.id)).all()
    filed = [one for one in session.scalars(select(Case)) if one.call_id == call.id and one.number]
    for service in call.service.split():
        if service == "P3.1" and read and not any(one.detail["answered"] for one in read):
            return "not-settled"
        if service == "P3.2" and not any(leg.kind != "agent" and leg.outcome == "answered" for leg in legs):
            return "not-settled"
        if service in ("P3.3", "P3.4", "P3.5") and not filed:
            return "not-settled"
    for other in others:
        is_same = other.caller == call.caller and other.topic == call.topic and call.topic
        if is_same and other.line != OUTGOING and call.caller not in ("", ANONYMOUS) and other.started_at:
            if call.started_at < other.started_at <= min(call.started_at + WEEK, at):
                return "called-again"
    return "completed"


@pytest.mark.parametrize("at", [UNTIL + 2 * HOUR, EIGHTH])
def test_P12_2_first_call_completion_is_what_the_definition_counts(session: Session, at: datetime) -> None:
    """Call by call, on the first and, with nothing left undecided, on the eighth."""
    some_calls(session, Random(1999))
    month = KnownMonth(OCTOBER.first, at)
    calls = [
        one
        for one in session.scalars(select(CallRow))
        if one.started_at and SINCE <= one.started_at < UNTIL and one.line != OUTGOING and one.agent_at
    ]
    expected = {
        one.id: plain_completion(session, one, at) for one in calls if one.service not in ("", "none")
    }
    assert {one.id: one.completion(at) for one in service_calls(session, month)} == expected
    table = completion.completion(session, month)
    whole = dict(zip(table.head, table.rows[0], strict=True))
    done = [name for name, of in expected.items() if of == "completed"]
    counted = [name for name, of in expected.items() if of != "undecided"]
    assert set(expected.values()) >= {"completed", "called-again", "not-settled"}
    assert (whole["settled"], whole["counted"]) == (str(len(done)), str(len(counted)))
    assert whole["completion"] == f"{len(done) / len(counted):.1%}"
    assert whole["untagged"] == str(sum(not one.service for one in calls))
    assert whole["undecided"] == str(len(expected) - len(counted)) and (whole["undecided"] == "0") == (
        at == EIGHTH
    )
    assert sorted(completion.behind(session, month, "settled")) == sorted(done)


def some_cases(session: Session, draw: Random, count: int = 150) -> None:
    """Cases of every kind and state around the month, some signed, replied to, late, attached."""
    states = [one for one in CaseState if one not in (CaseState.DRAFT, CaseState.NOT_FILED)]
    lead: int | None = None
    for number in range(count):
        at = SINCE - WEEK + draw.random() * (UNTIL - SINCE + 2 * WEEK)
        state, due = draw.choice(states), at + draw.randrange(1, 300) * HOUR
        row = a_case(
            f"1151030{number:05}",
            at,
            kind=draw.choice(tuple(CaseKind)),
            state=state,
            agency=draw.choice(("pwd", "police")),
            category=draw.choice(("3003", "9001")),
            due_at=None if state is CaseState.EXTERNAL else due,
            overdue_at=due + MINUTE if draw.random() < 0.2 else None,
            late_ground=draw.choice(("", "weather")),
            stage=draw.choice((1, 2, 3)) if draw.random() < 0.1 else 1,
            signed_at=at + draw.randrange(1, 20) * MINUTE if draw.random() < 0.5 else None,
            is_defect=False,
        )
        if state not in OWED:
            row.replied_at = at + draw.randrange(1, 200) * HOUR if draw.random() < 0.7 else None
            row.closed_at = (row.replied_at or at) + HOUR
        if state is CaseState.CANCELLED:
            row.cancelled_at = row.closed_at
        row.lead_id = lead if draw.random() < 0.1 else None
        session.add(row)
        session.flush()
        lead = lead or row.id
        for sign in range(draw.randrange(1, 3)):
            made = CaseDeadline(
                case_id=row.id, kind=DeadlineKind.SIGN, clause="P5.4.2", begins_at=at, clock="CAL"
            )
            made.amount, made.set_at, made.due_at = 10, at, at + (sign + 1) * 10 * MINUTE
            session.add(made)
        for reopened in range(draw.randrange(3) if draw.random() < 0.2 else 0):
            told = {"by": "rdec-1", "before": "CLOSED", "after": "IN_PROGRESS"}
            session.add(CaseEvent(case_id=row.id, at=at + reopened * DAY, kind="reopen", **told))
    session.flush()


def by_place(rows: list[Case]) -> dict[tuple[str, str], list[Case]]:
    found: dict[tuple[str, str], list[Case]] = {}
    for row in rows:
        found.setdefault((row.agency, row.category), []).append(row)
    return {**dict(sorted(found.items())), ("all", ""): rows}


def filed_in_month(session: Session) -> list[Case]:
    rows = session.scalars(select(Case)).all()
    return [
        one
        for one in rows
        if one.number and not one.lead_id and one.filed_at and SINCE <= one.filed_at < UNTIL
    ]


def plain_timely(row: Case) -> str:
    if row.state in ("CANCELLED", "EXTERNAL"):
        return "outside"
    owed, done = row.state in OWED, row.state == "DONE"
    if row.overdue_at or row.stage == 3 or (row.due_at and owed and not done and row.due_at < EIGHTH):
        return "late"
    if row.due_at and row.replied_at and row.replied_at > row.due_at:
        return "late"
    return "inside limit" if owed else "on time"


def rows_of(table: MonthTable) -> dict[str, dict[str, str]]:
    """The rows of a table by their first name."""
    return {row[0]: dict(zip(table.head, row, strict=True)) for row in table.rows}


def told(table: MonthTable) -> dict[tuple[str, str], dict[str, str]]:
    return {(row[0], row[1]): dict(zip(table.head, row, strict=True)) for row in table.rows}


def test_P10_2_states_and_times_of_cases_are_what_the_rows_say(session: Session) -> None:
    """Agency by agency and category by category, and all of them; every number leads to its cases."""
    some_cases(session, Random(7))
    states, took = told(cases.case_states(session, OCTOBER)), told(cases.case_times(session, OCTOBER))
    groups = by_place(filed_in_month(session))
    assert set(states) == set(took) == set(groups)
    for place, rows in groups.items():
        counts, found = states[place], took[place]
        assert counts["filed"] == found["filed"] == str(len(rows))
        for state in cases.STATES:
            assert counts[f"state {state}"] == str(sum(row.state == state for row in rows))
        judged = [plain_timely(row) for row in rows]
        for name in ("on time", "late", "inside limit", "outside"):
            assert found[name] == str(judged.count(name))
        signed = [(row.signed_at - row.filed_at) / MINUTE for row in rows if row.signed_at and row.filed_at]
        assert found["signed"] == str(len(signed))
        assert found["sign mean min"] == (f"{mean(signed):.1f}" if signed else "")
        replied = sorted(
            (row.replied_at - row.filed_at) / HOUR for row in rows if row.replied_at and row.filed_at
        )
        assert found["reply median h"] == (f"{median(replied):.1f}" if replied else "")
        if replied:
            assert float(found["reply 95 % h"]) == round(replied[-(-len(replied) * 95 // 100) - 1], 1)
    late = [row.number for row in groups["all", ""] if plain_timely(row) == "late"]
    assert sorted(cases.behind(session, OCTOBER, "late")) == sorted(late) != []


def test_P10_2_a_case_is_signed_in_time_by_the_clock_that_ran_last(session: Session) -> None:
    """Given to another agency it has ten minutes anew."""
    some_cases(session, Random(11))
    in_time = 0
    for row in filed_in_month(session):
        limits = session.scalars(select(CaseDeadline).where(CaseDeadline.case_id == row.id)).all()
        in_time += bool(row.signed_at and row.signed_at <= max(one.due_at for one in limits))
    assert told(cases.case_times(session, OCTOBER))["all", ""]["signed in time"] == str(in_time) != "0"


def test_P12_3_petitions_in_time_are_those_alone(session: Session) -> None:
    """The rate is of what is decided."""
    some_cases(session, Random(13))
    judged = [plain_timely(row) for row in filed_in_month(session) if row.kind == "petition"]
    found = told(cases.petitions(session, OCTOBER))["all", ""]
    on_time, late = judged.count("on time"), judged.count("late")
    assert (found["filed"], found["on time"], found["late"]) == (str(len(judged)), str(on_time), str(late))
    assert found["rate"] == f"{on_time / (on_time + late):.1%}"


def test_P5_4_8_late_cases_of_the_month_and_their_grounds(session: Session) -> None:
    """Those that were late in it, whenever they were filed; none that was answered before it."""
    some_cases(session, Random(17))
    expected = []
    for row in session.scalars(select(Case).order_by(Case.due_at, Case.id)):
        owed = row.state in OWED
        is_late = (row.overdue_at and row.overdue_at < UNTIL) or (owed and row.due_at and row.due_at < UNTIL)
        over_at = row.replied_at or row.closed_at or row.cancelled_at
        if row.number and not row.lead_id and is_late and (owed or (over_at and over_at >= SINCE)):
            expected.append((row.number, row.late_ground))
    table = overdue(session, OCTOBER)
    assert [(row[2], row[5]) for row in table.rows] == expected != []


def test_P5_4_8_late_cases_whose_due_time_is_no_more_come_last(session: Session) -> None:
    """Forwarded outside the city after it was late, then over; alike on both databases."""
    at = SINCE + DAY
    late = {"overdue_at": at + HOUR, "closed_at": at + DAY}
    for number, due in ((1, None), (2, at + 2 * HOUR), (3, at)):
        session.add(a_case(f"11510020000{number}", at, due_at=due, **late))
    session.flush()
    assert [row[2][-1] for row in overdue(session, OCTOBER).rows] == ["3", "2", "1"]


def test_P14_a_case_reopened_over_a_months_end_is_a_defect_of_the_month_of_reopening(
    session: Session,
) -> None:
    """Filed and closed in October, reopened in November: October has it among its cases alone."""
    row = a_case("115102000001", SINCE + DAY, state=CaseState.IN_PROGRESS, due_at=UNTIL + DAY)
    session.add(row)
    session.flush()
    told = {"by": "rdec-1", "before": "UNDER_AUDIT", "after": "IN_PROGRESS"}
    session.add(CaseEvent(case_id=row.id, at=UNTIL, kind="reopen", **told))
    session.flush()
    assert defects(session, OCTOBER).rows == []
    (found,) = defects(session, KnownMonth(date(2026, 11, 1), EIGHTH)).rows
    assert (found[1], found[-1]) == ("1", "115102000001")
    assert told_all(cases.case_states(session, OCTOBER))["state IN_PROGRESS"] == "1"


def told_all(table: MonthTable) -> dict[str, str]:
    """The row of all."""
    return dict(zip(table.head, table.rows[-1], strict=True))


def test_P14_defects_of_the_month_and_of_the_year_up_to_it(session: Session) -> None:
    """Each reopening is one."""
    some_cases(session, Random(19))
    counts: dict[str, list[int]] = {}
    for event in session.scalars(select(CaseEvent).where(CaseEvent.kind == "reopen")):
        row = session.get_one(Case, event.case_id)
        if not row.lead_id and event.at < UNTIL:
            here, year = counts.setdefault(row.agency, [0, 0])
            counts[row.agency] = [here + (event.at >= SINCE), year + 1]
    found = rows_of(defects(session, OCTOBER))
    assert {
        one: [int(row["defects"]), int(row["defects of the year"])] for one, row in found.items()
    } == counts
    assert {one: len(row["cases"].split()) for one, row in found.items()} == {
        one: here for one, (here, _year) in counts.items()
    }


def test_P14_reviews_complaints_and_commendations_by_agency(session: Session) -> None:
    """Of the month and of the year up to it; what was said of an agency after it is not there."""
    some_cases(session, Random(29), 3)
    case = session.scalars(select(Case.id)).first()
    for days, agency, kind in (
        (3, "pwd", "complaint"),
        (-40, "pwd", "complaint"),
        (5, "epb", "commendation"),
    ):
        session.add(Feedback(kind=kind, agency=agency, words="好", at=SINCE + days * DAY, by="agent-1"))
    session.add(Feedback(kind="complaint", agency="fire", words="不好", at=UNTIL, by="agent-1"))
    asked = {"case_id": case, "ground": "complaint", "reason": "再看", "asked_by": "rdec-1"}
    session.add(CaseReview(agency="pwd", asked_at=SINCE + DAY, due_at=SINCE + 2 * DAY, **asked))
    session.flush()
    found = rows_of(defects(session, OCTOBER))
    columns = ("reviews", "late reviews", "complaints", "complaints of the year", "commendations")
    assert [found["pwd"][one] for one in columns] == ["1", "1", "1", "2", "0"]
    assert found["epb"]["commendations of the year"] == "1" and "fire" not in found


def test_P5_3_minutes_from_the_call_to_who_acts(session: Session) -> None:
    """By agency and all; who was not reached is named."""
    for number, minutes in enumerate((2, 4, 9)):
        session.add(CallRow(id=f"c-{number}", started_at=SINCE))
        at = SINCE + minutes * MINUTE
        more = {"kind": "notify", "call_id": f"c-{number}", "notified_at": at, "not_reached": minutes == 9}
        session.add(a_case(f"11510010000{number}", at, **more))
    session.flush()
    assert [list(row) for row in notified(session, OCTOBER).rows] == [
        ["pwd", "3", "1", "5.0", "4.0", "9.0"],
        ["all", "3", "1", "5.0", "4.0", "9.0"],
    ]


def test_P4_7_calls_before_the_agency_told_of_it(session: Session) -> None:
    """A message by its own topic, a surge by the entries that it names; at the same instant is not before."""
    posted = SINCE + 10 * DAY
    said = {"agency": "pwd", "posted_at": posted, "posted_by": "x", "starts_at": posted, "text": ""}
    session.add(MessageRow(id=3, title="停水", **said))
    first = posted.astimezone(TAIPEI).date()
    surge = {"first": first, "last": first, "calls": 9, "staff": "", "told_at": posted, "told_by": "x"}
    session.add(SurgeRow(id=4, agency="police", topic="帳單", entries=["12", "13"], **surge))
    for number, (topic, hours) in enumerate(
        (("message:3", -1), ("message:3", 0), ("entry:12", -2), ("entry:13", 5), ("entry:14", -9))
    ):
        session.add(CallRow(id=f"c-{number}", topic=topic, started_at=posted + hours * HOUR))
    session.flush()
    assert [(row[1], row[4], row[5]) for row in early(session, OCTOBER).rows] == [
        ("surge", "2", "1"),
        ("message", "2", "1"),
    ]


def test_P13_calls_minutes_texts_and_mails(session: Session) -> None:
    """Minutes of open lines and as begun; what was sent in the month, and nothing that waits."""
    some_calls(session, Random(23), 120)
    for number in range(30):
        channel, state = ("sms", "email")[number % 2], OutboxState.SENT if number % 5 else OutboxState.WAITING
        at = SINCE + (number - 3) * DAY
        session.add(
            OutboxMessage(
                event=f"e:{number}",
                template="N-20",
                recipient=f"r{number}",
                channel=channel,
                text="t",
                state=state,
                written_at=at,
                next_try_at=at,
                done_at=at if state == OutboxState.SENT else None,
            )
        )
    session.flush()
    rows = {row[0]: list(row[1:]) for row in costs(session, OCTOBER).rows}
    calls = session.scalars(select(CallRow)).all()
    for name, is_one in (
        ("calls", lambda one: one.line != OUTGOING),
        ("placed", lambda one: one.line == OUTGOING),
    ):
        assert rows[name] == plain_minutes(calls, is_one)
    sent = [
        one for one in session.scalars(select(OutboxMessage)) if one.done_at and SINCE <= one.done_at < UNTIL
    ]
    for channel in ("sms", "email"):
        assert rows[channel][0] == str(sum(one.channel == channel for one in sent)) != "0"


def plain_minutes(calls: Any, is_one: Callable[[CallRow], bool]) -> list[str]:
    found = [one for one in calls if is_one(one) and SINCE <= one.started_at < UNTIL]
    seconds = [(min(one.ended_at, EIGHTH) - one.answered_at).total_seconds() for one in found]
    seconds = [one for one in seconds if one > 0]
    return [
        str(len(found)),
        f"{sum(seconds) / 60:.1f}",
        str(sum(-(-one // 60) for one in seconds)).removesuffix(".0"),
    ]


def test_P5_4_3_outages_count_by_what_of_them_lies_in_the_month(session: Session) -> None:
    """One that began before, one inside, one that lasts, one of the month after."""
    for began, ended in (
        (SINCE - HOUR, SINCE + HOUR),
        (SINCE + DAY, SINCE + DAY + 5 * MINUTE),
        (UNTIL - 2 * HOUR, None),
        (UNTIL, UNTIL + HOUR),
        (SINCE - DAY, SINCE),
    ):
        session.add(Outage(node="ntpc1", part="system", began_at=began, ended_at=ended))
    session.flush()
    assert [row[4] for row in outages(session, OCTOBER).rows] == ["60.0", "5.0", "120.0"]
    to_come = KnownMonth(date(2027, 1, 1), EIGHTH)
    assert outages(session, to_come).rows == []


def test_P12_1_satisfaction_is_of_valid_answers_with_its_interval(session: Session) -> None:
    """By how they were asked and all together; who did not answer is named."""
    draw = Random(31)
    for number in range(120):
        at = SINCE - WEEK + draw.random() * (UNTIL - SINCE + 2 * WEEK)
        score = draw.choice((None, 1, 2, 3, 4, 5, 5))
        row = SurveyRow(channel=draw.choice(("talk", "mail")), asked_at=at, first=score, questions=1)
        row.call_id = f"c-{number}"
        session.add(row)
    session.flush()
    asked = [one for one in session.scalars(select(SurveyRow)) if SINCE <= one.asked_at < UNTIL]
    found = rows_of(satisfaction(session, OCTOBER))
    for name in ("all", "talk", "mail", "callback"):
        of = [one.first for one in asked if name in ("all", one.channel)]
        valid = [one for one in of if one is not None]
        good = sum(one >= 4 for one in valid)
        told = (str(len(of)), str(len(valid)), str(len(of) - len(valid)), str(good))
        assert tuple(found[name][one] for one in ("invited", "valid", "no answer", "satisfied")) == told
        assert found[name]["satisfaction"] == (f"{good / len(valid):.1%}" if valid else "")
        assert found[name]["score 5"] == str(valid.count(5))
    low, high = (float(one.rstrip("%")) for one in found["all"]["interval"].split(" – "))
    assert low < float(found["all"]["satisfaction"].rstrip("%")) < high
    assert found["callback"]["interval"] == ""
