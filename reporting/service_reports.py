"""What calls were for in a month: services of each agent's calls, topics of all (P3, P4.3, P4.7, P13)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from calls.dispositions import SERVICES, NoServiceGround
from calls.store import OUTGOING, CallRow
from calls.topics import Topic, title
from hotline.clock import month_bounds
from hotline.staff.store import agents
from reporting.answer_times import MonthTable
from reporting.table import Row


def _is_for(kind: str) -> Callable[[str, str], bool]:
    return lambda service, _ground: kind in service.split()


def _is_none_by(wanted: str) -> Callable[[str, str], bool]:
    return lambda _service, ground: ground == wanted


def services(session: Session, first: date, now: datetime) -> MonthTable:
    """A row an agent whose phone answered first: calls, those not closed yet, and how often each service."""
    of: dict[str, list[tuple[str, str]]] = {}
    for _call, agent, service, ground in session.execute(_answered(first, now)):
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


def _answered(first: date, now: datetime) -> Select[str, str, str, str]:
    since, until = month_bounds(first)
    wanted = select(CallRow.id, CallRow.agent, CallRow.service, CallRow.ground).where(
        CallRow.started_at >= since,
        CallRow.started_at < min(until, now),
        CallRow.agent_at.is_not(None),
        CallRow.line != OUTGOING,
    )
    return wanted.order_by(CallRow.started_at, CallRow.id)


COLUMNS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "answered": lambda _service, _ground: True,
    "untagged": lambda service, _ground: not service,
    **{f"service {one}": _is_for(one) for one in SERVICES},
    **{f"none {one}": _is_none_by(one) for one in NoServiceGround},
}
"""What a column of an agent counts."""


def services_behind(session: Session, first: date, now: datetime, head: str, agent: str) -> list[str]:
    """Ids of the calls behind a number of an agent's row."""
    counts = COLUMNS[head]
    return [
        call
        for call, phone, service, ground in session.execute(_answered(first, now))
        if phone == agent and counts(service, ground)
    ]


def topic_behind(session: Session, first: date, now: datetime, topic: str) -> list[str]:
    """Ids of the calls about a topic."""
    since, until = month_bounds(first)
    began = CallRow.started_at >= since, CallRow.started_at < min(until, now)
    chosen = select(CallRow.id).where(*began, CallRow.topic == topic)
    return list(session.scalars(chosen.order_by(CallRow.started_at, CallRow.id)))


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
