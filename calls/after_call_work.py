"""After-call work: an agent gets no call until it is said what the last one was for, by page or by keys.

After a special call or an emergency the work is a recovery pause: the same, with a longer limit.

The talks are the legs of the record. A phone that was lost in the talk has no work:
its caller is with somebody else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.dispositions import NoServiceType, call_row
from calls.special_calls import was_hard
from calls.store import CallRow, Leg
from hotline.ledger.audit import SYSTEM, audit
from hotline.outbound_calls.rules import OWN_CALL
from hotline.permissions import Action
from hotline.staff.browsers import agent_of, is_browser
from hotline.staff.rules import Staff
from hotline.staff.store import AFTER_CALL, RECOVERY, Agent, agents
from transfer.outcome import LOST

LONGEST_TALK: Final = timedelta(hours=3)
"""Legs that began earlier are not looked at."""


@dataclass(frozen=True, slots=True)
class WrapUpLimits:
    """Longest after-call work (settings ``after_call`` and ``recovery``); 0 is none of it."""

    after_call: timedelta
    recovery: timedelta = timedelta()

    @property
    def longest(self) -> timedelta:
        return max(self.after_call, self.recovery)


@dataclass(frozen=True, slots=True)
class WrapUp:
    """After-call work that begins for an agent, with the talk it is for."""

    agent: Agent
    leg: Leg
    until: datetime
    why: str


def bring(session: Session, limits: WrapUpLimits, at: datetime) -> bool:
    """Begin what is due and end what reached its limit; whether anybody's state changed."""
    everybody = agents(session)
    changed = [_over(session, one, at) for one in everybody if one.after_until and one.after_until <= at]
    for work in _begins(session, everybody, limits, at):
        agent = work.agent
        agent.after_leg, agent.after_until, agent.after_why = work.leg.channel, work.until, work.why
        agent.state_since = work.leg.ended_at
        _audit(session, agent, "begun", SYSTEM, at)
        changed.append(agent)
    return bool(changed)


def is_due(session: Session, limits: WrapUpLimits, at: datetime) -> bool:
    """True if ``bring`` would change anything; only reads, for it is asked each second."""
    everybody = agents(session)
    return any(one.after_until and one.after_until <= at for one in everybody) or any(
        _begins(session, everybody, limits, at)
    )


def _begins(
    session: Session, everybody: Sequence[Agent], limits: WrapUpLimits, at: datetime
) -> Iterator[WrapUp]:
    ended = _ended_since(session, at - limits.longest, at) if limits.longest and everybody else {}
    for agent in everybody:
        leg = ended.get(agent.phone)
        if leg and leg.channel != agent.after_leg:
            work = _work(session, limits, agent, leg)
            if work.until > at and not _is_said(session, work, at):
                yield work


def _is_said(session: Session, work: WrapUp, at: datetime) -> bool:
    """Tell whether a telephone's keys have said what the call was for already: it has no button for more."""
    if work.why == RECOVERY or is_browser(work.agent, at):
        return False
    row = session.get(CallRow, work.leg.call_id)
    return row is not None and bool(row.service)


def _work(session: Session, limits: WrapUpLimits, agent: Agent, leg: Leg) -> WrapUp:
    assert leg.ended_at  # noqa: S101 - only talks that ended are looked at
    if limits.recovery > limits.after_call and was_hard(session, leg.call_id):
        return WrapUp(agent, leg, leg.ended_at + limits.recovery, RECOVERY)
    return WrapUp(agent, leg, leg.ended_at + limits.after_call, AFTER_CALL)


def ready(session: Session, member: Staff, at: datetime) -> Agent:
    """The agent is ready for the next call. Raises NoAgent, NoServiceType."""
    agent = agent_of(session, member)
    row = of_agent(session, agent)
    if row and not row.service:
        raise NoServiceType
    if agent.after_until:
        agent.after_until, agent.state_since = None, at
        _audit(session, agent, "ready", member.login, at)
    return agent


def of_agent(session: Session, agent: Agent) -> CallRow | None:
    """The call that the agent's work is for, while there is any."""
    leg = session.get(Leg, agent.after_leg) if agent.after_until else None
    return call_row(session, leg.call_id) if leg else None


def latest_talk(session: Session, phone: str, at: datetime) -> Leg | None:
    """The latest talk of an agent's phone that ended before an instant; none that ended long before."""
    return _ended_since(session, at - LONGEST_TALK, at).get(phone)


def _ended_since(session: Session, since: datetime, at: datetime) -> dict[str, Leg]:
    """The latest talk of each agent's phone that ended after an instant."""
    chosen = select(Leg).where(
        Leg.extension == "",
        Leg.started_at > at - LONGEST_TALK,
        Leg.kind == "agent",
        ~Leg.call_id.startswith(OWN_CALL),  # a relayed call is the interpreter's to note
        Leg.answered_at.is_not(None),
        Leg.ended_at > since,
        Leg.ended_at <= at,
    )
    return {leg.phone: leg for leg in session.scalars(chosen.order_by(Leg.ended_at)) if leg.cause != LOST}


def _over(session: Session, agent: Agent, at: datetime) -> Agent:
    agent.after_until, agent.state_since = None, at
    _audit(session, agent, "limit", SYSTEM, at)
    return agent


def _audit(session: Session, agent: Agent, became: str, by: str, at: datetime) -> None:
    subject, after = f"agent:{agent.phone}", {"after_call": became}
    audit(session, at, by, Action.AGENT_BREAK, subject, before={}, after=after, reason=agent.after_why)
