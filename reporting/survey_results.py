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
from hotline.survey.rules import SurveyChannel, SurveyOutcome, TalkedWith, shown
from hotline.survey.store import SurveyRow
from reporting.rows_behind import CountedKind, Known, RowsBehind, rows_behind

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


@dataclass(frozen=True, slots=True)
class AnswersAsked:
    """A number of the results: of an agent, a way of asking, how far they went, a score of a question (from
    1); empty, or 0, is any.
    """

    agent: str = ""
    way: SurveyChannel | None = None
    outcome: SurveyOutcome | None = None
    question: int = 0
    score: int = 0

    def counts(self, one: SurveyAnswer) -> bool:
        """Tell whether an answer is among those."""
        if self.question:
            given = one.scores[self.question - 1 : self.question]
            if not any(given) or self.score and given != (self.score,):
                return False
        return self.way in (None, one.channel) and self.outcome in (None, one.outcome)


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
    of, held = _told(_by_agent(session, found, since, until))
    return SurveyResults(channels, [AgentResult(one, counted(of[one])) for one in sorted(of)], held)


def behind_results(session: Session, since: datetime, until: datetime, asked: AnswersAsked) -> RowsBehind:
    """The scores behind a number of the results; none of an agent who is not told apart."""
    found = answers(session, since, until)
    if asked.agent:
        found = _told(_by_agent(session, found, since, until))[0].get(asked.agent, [])
    return rows_behind(CountedKind.ANSWER, scores_of(one for one in found if asked.counts(one)))


def scores_of(found: Iterable[SurveyAnswer]) -> list[Known]:
    """The scores of answers, in their order, the best first.

    Neither call nor case, time nor agent: an agent's few answers could be picked out by them.
    """
    several = sorted((tuple(one or 0 for one in answer.scores) for answer in found), reverse=True)
    return [
        (str(place), " ".join(str(score or "–") for score in scores))
        for place, scores in enumerate(several, 1)
    ]


def _told(of: Mapping[str, list[SurveyAnswer]]) -> tuple[dict[str, list[SurveyAnswer]], int]:
    """Agents who are told apart, with their answers; and how many are held back."""
    told = shown({phone: counted(rows).answered for phone, rows in of.items()})
    return {one: of[one] for one in told - {UNKNOWN}}, len(of.keys() - told - {UNKNOWN})


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
