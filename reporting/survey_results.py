"""Results of the survey in a quarter: by the way of asking, and by agent from ten answers on (P10.3, P12.1).

Agents are listed by their phones, never by their results; decisions stay with people.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.rings import AGENT
from calls.store import CallRow, Leg
from hotline.clock import midnight
from hotline.survey.figures import SurveyAnswer, SurveyCount, answers, counted
from hotline.survey.rules import SurveyChannel, TalkedWith, shown
from hotline.survey.store import SurveyRow
from reporting.rows_behind import Known

UNKNOWN = ""
"""Stands for the agent of a talk that has no record of one yet."""


@dataclass(frozen=True, slots=True)
class AgentResult:
    """The answers behind talks that ended with an agent; an officer's callers are not among them."""

    phone: str
    count: SurveyCount


@dataclass(frozen=True, slots=True)
class SurveyResults:
    """What a time found. ``held``: so many agents have too few answers to be told apart."""

    channels: Mapping[SurveyChannel, SurveyCount]
    agents: Sequence[AgentResult]
    held: int


def quarter_of(day: date) -> date:
    """The first day of the quarter of a day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_after(first: date) -> date:
    """The first day of the next quarter."""
    return date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)


def quarter_bounds(first: date) -> tuple[datetime, datetime]:
    """Its first instant in Taipei, and the first of the next quarter."""
    return midnight(first), midnight(quarter_after(first))


def results(session: Session, since: datetime, until: datetime) -> SurveyResults:
    """What whoever was asked in a time answered until now."""
    found = answers(session, since, until)
    channels = {one: counted(row for row in found if row.channel is one) for one in SurveyChannel}
    of = _by_agent(session, found, since, until)
    counts = {phone: counted(rows) for phone, rows in of.items()}
    told = shown({phone: count.answered for phone, count in counts.items()})
    listed = [AgentResult(phone, counts[phone]) for phone in sorted(told - {UNKNOWN})]
    return SurveyResults(channels, listed, len(counts.keys() - told - {UNKNOWN}))


def scores_of(found: Iterable[SurveyAnswer]) -> list[Known]:
    """The scores of answers, in their order, the best first.

    Neither call nor case, time nor agent: an agent's few answers could be picked out by them.
    """
    several = sorted((tuple(one or 0 for one in answer.scores) for answer in found), reverse=True)
    return [
        (str(place), " ".join(str(score or "–") for score in scores))
        for place, scores in enumerate(several, 1)
    ]


def _by_agent(
    session: Session, found: Sequence[SurveyAnswer], since: datetime, until: datetime
) -> Mapping[str, list[SurveyAnswer]]:
    """The answers behind talks with agents, by the phone of the agent who talked last.

    Both witnesses must say so: the line that asked, and the record of whose phone the caller left last. Of a
    call without such a record the agent who answered it counts.
    """
    asked = SurveyRow.asked_at >= since, SurveyRow.asked_at < until, SurveyRow.talked_with == TalkedWith.AGENT
    first = select(SurveyRow.id, CallRow.agent).join(CallRow, CallRow.id == SurveyRow.call_id).where(*asked)
    last = select(SurveyRow.id, Leg.phone, Leg.kind).join(Leg, Leg.call_id == SurveyRow.call_id)
    last = last.where(*asked, Leg.talk_seconds > 0).order_by(Leg.ended_at)
    agents: dict[int, str | None] = {row.id: row.agent for row in session.execute(first)}
    agents |= {row.id: row.phone if row.kind == AGENT else None for row in session.execute(last)}
    of = defaultdict[str, list[SurveyAnswer]](list)
    for one in found:
        phone = agents.get(one.id, UNKNOWN)
        if one.talked_with == TalkedWith.AGENT and phone is not None:
            of[phone].append(one)
    return of
