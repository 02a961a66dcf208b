"""Changes of one row of a simulated October, after which the recount of some tables must be otherwise."""

from typing import Any, Final

from sqlalchemy import Update, select, update

from calls.store import CallRow, Leg
from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.knowledge.store import FaqRequest
from hotline.news.store import MessageRow
from hotline.outages import Outage
from hotline.survey.store import SurveyRow
from hotline.video.store import VideoSession

END: Final = taipei("2026-11-12T12:00")
"""When the simulated months are over."""


def _one(table: Any, changed: dict[Any, Any], *which: Any) -> Update:
    """One row of October, changed."""
    key = table.__table__.primary_key.columns[0]
    chosen = select(key).where(*which).order_by(key).limit(1).scalar_subquery()
    return update(table).where(key == chosen).values({one.key: value for one, value in changed.items()})


WITHIN: Final = taipei("2026-10-03"), taipei("2026-10-29")
CONTROLS: Final[dict[str, tuple[tuple[str, ...], Any]]] = {
    "a call was for nothing": (
        ("calls", "completion"),
        _one(
            CallRow, {CallRow.service: "none"}, CallRow.started_at.between(*WITHIN), CallRow.service == "P3.1"
        ),
    ),
    "a call was about something else": (
        ("topics",),
        _one(
            CallRow,
            {CallRow.topic: "word:tax"},
            CallRow.started_at.between(*WITHIN),
            CallRow.topic != "",
            CallRow.topic != "word:tax",
        ),
    ),
    "a call was longer": (
        ("costs",),
        _one(
            CallRow,
            {CallRow.ended_at: taipei("2026-10-31")},
            CallRow.started_at.between(*WITHIN),
            CallRow.line != "placed",
        ),
    ),
    "an answer was worse": (
        ("satisfaction",),
        _one(SurveyRow, {SurveyRow.first: 1}, SurveyRow.asked_at.between(*WITHIN), SurveyRow.first == 5),
    ),
    "a petition was answered later": (
        ("petitions", "times"),
        _one(
            Case,
            {Case.replied_at: END},
            Case.filed_at.between(*WITHIN),
            Case.kind == "petition",
            Case.replied_at.is_not(None),
            Case.lead_id.is_(None),
        ),
    ),
    "a case stands elsewhere": (
        ("states",),
        _one(
            Case,
            {Case.state: "EXTERNAL"},
            Case.filed_at.between(*WITHIN),
            Case.state == "CLOSED",
            Case.lead_id.is_(None),
        ),
    ),
    "a case was never late": (
        ("overdue",),
        _one(
            Case,
            {Case.overdue_at: None},
            Case.overdue_at.between(*WITHIN),
            Case.state == "CLOSED",
            Case.lead_id.is_(None),
        ),
    ),
    "an agency heard of it later": (
        ("notified",),
        _one(Case, {Case.notified_at: END}, Case.filed_at.between(*WITHIN), Case.notified_at.is_not(None)),
    ),
    "a reply came later": (
        ("agencies",),
        _one(
            FaqRequest,
            {FaqRequest.replied_at: END},
            FaqRequest.due_at.between(*WITHIN),
            FaqRequest.replied_at < FaqRequest.due_at,
        ),
    ),
    "an office did not answer": (
        ("rings-extension", "rings-section", "rings-agency"),
        _one(
            Leg,
            {Leg.outcome: "busy"},
            Leg.started_at.between(*WITHIN),
            Leg.kind == "desk",
            Leg.outcome == "answered",
        ),
    ),
    "an office was not busy": (
        ("busy-extension",),
        _one(
            Leg,
            {Leg.outcome: "answered"},
            Leg.started_at.between(*WITHIN),
            Leg.kind == "desk",
            Leg.outcome == "busy",
        ),
    ),
    "somebody told earlier": (
        ("early",),
        _one(MessageRow, {MessageRow.posted_at: WITHIN[0]}, MessageRow.posted_at.between(*WITHIN)),
    ),
    "somebody was not served": (
        ("video",),
        _one(
            VideoSession,
            {VideoSession.accepted_at: None},
            VideoSession.requested_at.between(*WITHIN),
            VideoSession.accepted_at.is_not(None),
        ),
    ),
    "an outage was longer": (
        ("outages",),
        _one(Outage, {Outage.ended_at: taipei("2026-10-31")}, Outage.began_at.between(*WITHIN)),
    ),
}
"""One row of each kind changed, and the tables whose recount must be otherwise then."""
