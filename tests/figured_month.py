"""October with something in nearly every table of a pack, and names that a spreadsheet would compute."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from calls.store import CallRow, Leg
from hotline.cases.store import Case, CaseEvent
from hotline.clock import taipei
from hotline.news.store import MessageRow, SurgeRow
from hotline.outages import Outage
from hotline.reviews.store import CaseReview, Feedback

OCTOBER = date(2026, 10, 1)
TEN = taipei("2026-10-20T10:00")
"""A Tuesday in office hours."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NUMBER = re.compile(r"-?[0-9]{1,10}([.][0-9]+)?%?")
SIGNS = ("=", "+", "-", "@", "＝")
Rows = Sequence[Sequence[str]]
TOPICS = ("word:noise", "extension:5112", "category:3003", "message:1")
SERVICES = ("P3.1", "P3.2", "P3.5", "")
LEGS = (
    ("=5112", "epb", "epb-clean", "answered", 3.0),
    ("+5113", "epb", "epb-air", "busy", 0.0),
    ("@5301", "pwd", "pwd-road", "noanswer", 15.5),
)
CASES = (
    ("quick", "3003", "CLOSED", "epb", 4),
    ("petition", "9001", "IN_PROGRESS", "pwd", None),
    ("petition", "9001", "CLOSED", "pwd", 400),
    ("quick", "＝3002", "CANCELLED", "pwd", None),
)
"""Kind, category, state, agency, and after how many hours it was answered."""


def figured_month(session: Session) -> None:
    """Calls, legs, cases, reviews, news and an outage."""
    for number in range(8):
        _call(session, number)
    for number, of in enumerate(CASES):
        _case(session, number, *of)
    session.flush()
    said = {"agency": "epb", "at": TEN, "by": "agent-1"}
    session.add(Feedback(kind="complaint", words="沒有修", **said))
    session.add(Feedback(kind="commendation", words="很快", **said))
    asked = {"case_id": 3, "ground": "complained", "reason": "再看", "asked_by": "rdec-1", "agency": "pwd"}
    session.add(CaseReview(asked_at=TEN, due_at=TEN + DAY, **asked))
    session.add(CaseEvent(case_id=3, at=TEN, kind="reopen", by="rdec-1", before="CLOSED", after="SIGNED"))
    session.add(CaseEvent(case_id=1, at=TEN, kind="reopen", by="rdec-1", before="CLOSED", after="SIGNED"))
    told = {"agency": "epb", "title": "-停水", "text": "t", "posted_by": "liaison-epb"}
    session.add(MessageRow(posted_at=TEN + HOUR, starts_at=TEN, **told))
    surge = {"first": OCTOBER, "last": OCTOBER, "calls": 9, "staff": "", "entries": []}
    session.add(SurgeRow(agency="pwd", topic="@帳單", told_at=TEN, told_by="liaison-pwd", **surge))
    session.add(Outage(node="ntpc1", part="pages", began_at=TEN, ended_at=TEN + 90 * MINUTE))


def _call(session: Session, number: int) -> None:
    at = TEN + number * 3 * HOUR
    call = CallRow(id=f"call-{number}", caller=f"+88691200000{number % 3}", started_at=at, queued_at=at)
    call.answered_at, call.agent_at, call.ended_at = at, at + MINUTE, at + (3 + number) * MINUTE
    call.queue_seconds, call.talk_seconds, call.agent = 7.5 * number, 120.0, "agent-1"
    call.service, call.topic = SERVICES[number % 4], TOPICS[number % 4]
    session.add(call)
    session.flush()
    extension, agency, section, outcome, ring = LEGS[number % 3]
    leg = Leg(channel=f"leg-{number}", call_id=call.id, phone="officers", kind="desk", started_at=at)
    leg.extension, leg.agency, leg.section, leg.outcome = extension, agency, section, outcome
    leg.ring_seconds = ring
    session.add(leg)


def _case(
    session: Session, number: int, kind: str, category: str, state: str, agency: str, hours: int | None
) -> None:
    at = TEN + number * HOUR
    over: dict[str, Any] = {} if hours is None else {"replied_at": at + hours * HOUR}
    over |= {} if hours is None else {"done_at": at + hours * HOUR, "closed_at": at + hours * HOUR}
    row = Case(
        number=f"11510200000{number}", kind=kind, category=category, state=state, agency=agency, **over
    )
    row.id, row.filed_at, row.drafted_at, row.drafted_by = number + 1, at, at - MINUTE, "agent-1"
    row.signed_at, row.due_at, row.call_id = at + 7 * MINUTE, at + DAY, f"call-{number}"
    row.notified_at = at + 9 * MINUTE
    if agency == "pwd":
        row.overdue_at, row.late_ground = at + DAY, "weather" if hours else ""
    session.add(row)


def guarded(rows: Rows) -> list[list[str]]:
    """What page and program tell, as a file has it: nothing that a spreadsheet would compute."""
    return [
        [f"'{cell}" if cell.startswith(SIGNS) and not NUMBER.fullmatch(cell) else cell for cell in row]
        for row in rows
    ]
