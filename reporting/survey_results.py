"""Results of the survey in a quarter: by the way of asking, and by agent from ten answers on (P10.3, P12.1).

Agents are listed by their phones, never by their results; decisions stay with people.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import CallRow
from hotline.clock import midnight
from hotline.survey.figures import SurveyAnswer, SurveyCount, answers, counted
from hotline.survey.rules import SurveyChannel, TalkedWith, shown
from hotline.survey.store import SurveyRow

UNKNOWN = ""
"""Stands for the agent of a call that has no record of one."""


@dataclass(frozen=True, slots=True)
class AgentResult:
    """The answers behind an agent's own talks; not those behind a transfer, which are of the officer too."""

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


def _by_agent(
    session: Session, found: Sequence[SurveyAnswer], since: datetime, until: datetime
) -> Mapping[str, list[SurveyAnswer]]:
    """The answers behind talks with agents, by the phone of the first agent who answered."""
    asked = SurveyRow.asked_at >= since, SurveyRow.asked_at < until
    chosen = select(SurveyRow.id, CallRow.agent).join(CallRow, CallRow.id == SurveyRow.call_id).where(*asked)
    agents = {row.id: row.agent for row in session.execute(chosen)}
    of = defaultdict[str, list[SurveyAnswer]](list)
    for one in found:
        if one.talked_with == TalkedWith.AGENT:
            of[agents.get(one.id, UNKNOWN)].append(one)
    return of
