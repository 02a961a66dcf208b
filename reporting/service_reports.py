"""What calls were for in a month: services of each agent's calls, topics of all (P3, P4.3, P4.7, P13)."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calls.dispositions import SERVICES, NoServiceGround
from calls.store import OUTGOING, CallRow
from calls.topics import Topic, title
from hotline.clock import month_bounds
from hotline.staff.store import agents
from reporting.answer_times import MonthTable
from reporting.table import Row


def services(session: Session, first: date, now: datetime) -> MonthTable:
    """A row an agent whose phone answered first: calls, those not closed yet, and how often each service."""
    since, until = month_bounds(first)
    wanted = select(CallRow.agent, CallRow.service, CallRow.ground).where(
        CallRow.started_at >= since,
        CallRow.started_at < min(until, now),
        CallRow.agent_at.is_not(None),
        CallRow.line != OUTGOING,
    )
    of: dict[str, list[tuple[str, str]]] = {}
    for agent, service, ground in session.execute(wanted):
        of.setdefault(agent, []).append((service, ground))
    names = {one.phone: one.name for one in agents(session)}
    head = (
        "agent",
        "answered",
        "untagged",
        *(f"service {one}" for one in SERVICES),
        *(f"none {one}" for one in NoServiceGround),
    )
    rows = [(f"{agent} {names.get(agent, '')}".rstrip(), *_counted(of[agent])) for agent in sorted(of)]
    return MonthTable(f"services {first:%Y-%m}", head, 1, rows)


def _counted(calls: Iterable[tuple[str, str]]) -> Row:
    calls = list(calls)
    kinds = Counter(one for service, _ in calls for one in service.split())
    grounds = Counter(ground for _, ground in calls)
    untagged = sum(not service for service, _ in calls)
    counts = (
        len(calls),
        untagged,
        *(kinds[one] for one in SERVICES),
        *(grounds[one] for one in NoServiceGround),
    )
    return tuple(map(str, counts))


def topics(session: Session, first: date, now: datetime) -> MonthTable:
    """A row a topic, the most frequent first; what is called otherwise now has the name it had last."""
    since, until = month_bounds(first)
    at = min(until, now)
    wanted = select(CallRow.topic, func.count()).where(
        CallRow.started_at >= since, CallRow.started_at < at, CallRow.topic != ""
    )
    found = session.execute(wanted.group_by(CallRow.topic)).all()
    rows = [
        (topic, title(session, Topic.of(topic), at), str(count))
        for topic, count in sorted(found, key=lambda one: (-one[1], one[0]))
    ]
    return MonthTable(f"topics {first:%Y-%m}", ("topic", "title", "calls"), 2, rows)
