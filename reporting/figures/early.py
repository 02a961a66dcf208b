"""Calls about something before its agency told of it: messages and surges (P4.3, P4.7).

A call is about a message by its topic, and about a surge by an entry of the book that the notice names.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import OUTGOING, CallRow
from calls.topics import Topic, TopicKind
from hotline.news.store import MessageRow, SurgeRow
from reporting.answer_times import MonthTable
from reporting.figures.names import agencies
from reporting.figures.spans import KnownMonth, moment

AT_ONCE: Final = 500
"""So many topics are asked for at once."""
HEAD: Final = ("agency", "news", "title", "told", "calls", "calls before")


def early(session: Session, month: KnownMonth) -> MonthTable:
    """A row a message or surge that was told in the month, or that calls of the month came before."""
    rows = [
        (*names, str(len(calls)), str(before))
        for names, told_at, calls in _told(session, month)
        if (before := sum(at < told_at for at, _ in calls)) or month.since <= told_at < month.end
    ]
    title = f"{month} calls before they were told of: {sum(int(row[-1]) for row in rows)}"
    return MonthTable(title, HEAD, 4, sorted(rows))


def behind(session: Session, month: KnownMonth, head: str, names: Sequence[str]) -> list[str]:
    """Ids of the calls behind a number of the row of these names."""
    return [
        call
        for of, told_at, calls in _told(session, month)
        if of == tuple(names)
        for at, call in calls
        if head == "calls" or at < told_at
    ]


def _told(
    session: Session, month: KnownMonth
) -> Iterator[tuple[tuple[str, ...], datetime, list[tuple[datetime, str]]]]:
    """The names of each row, when it was told, and the calls of the month about it."""
    news, named = list(_news(session)), agencies(session, month)
    calls = _by_topic(session, month, {topic for *_, topics in news for topic in topics})
    for kind, agency, title, told_at, topics in news:
        of = [one for topic in topics for one in calls.get(topic, ())]
        yield (named(agency), kind, title, moment(told_at)), told_at, of


def _by_topic(session: Session, month: KnownMonth, topics: Set[str]) -> dict[str, list[tuple[datetime, str]]]:
    """Calls of the month about these topics, with when they began."""
    wanted = select(CallRow.topic, CallRow.started_at, CallRow.id).where(
        CallRow.started_at >= month.since,
        CallRow.started_at < month.end,
        CallRow.line != OUTGOING,
    )
    found = defaultdict[str, list[tuple[datetime, str]]](list)
    known = sorted(topics)
    for first in range(0, len(known), AT_ONCE):
        some = known[first : first + AT_ONCE]
        for topic, at, call in session.execute(wanted.where(CallRow.topic.in_(some))):
            if at:
                found[topic].append((at, call))
    return found


News = tuple[str, str, str, datetime, Sequence[str]]
"""Kind, agency, title, when it was told, and the topics of calls about it."""


def _news(session: Session) -> Iterator[News]:
    of = MessageRow
    posted = select(of.id, of.agency, of.title, of.posted_at).order_by(of.id)
    for id, agency, title, at in session.execute(posted):
        yield "message", agency, title, at, (str(Topic(TopicKind.MESSAGE, str(id))),)
    surges = select(SurgeRow.agency, SurgeRow.topic, SurgeRow.told_at, SurgeRow.entries)
    for agency, topic, at, entries in session.execute(surges.order_by(SurgeRow.id)):
        topics = [str(Topic(TopicKind.ENTRY, one)) for one in dict.fromkeys(entries)]
        yield "surge", agency, topic, at, topics
