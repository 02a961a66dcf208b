"""Topics of calls: what a closed call was about, proposed from what was done in it (P3, P4.3, P4.7, P12.2).

A topic is a reference, never a text: to the category of a case, an entry of the book, an extension, a
message to agents, or a word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import CallEvent, Leg
from hotline.callbacks.find import all_of_call
from hotline.cases import find as cases
from hotline.categories.service import category
from hotline.categories.store import CategoryRow
from hotline.directory.service import known
from hotline.directory.store import DeskRow, PersonRow
from hotline.errors import HotlineError, existing
from hotline.knowledge.service import entry
from hotline.knowledge.store import FaqRow
from hotline.ledger import history
from hotline.news.linked import NoNews
from hotline.news.messages import KIND as MESSAGE
from hotline.news.store import MessageRow
from hotline.outbound_calls.service import of_call
from hotline.terms import named

CONSULTED: Final = "Consulted"
"""Kind of the event that says whether the book answered a caller's question."""


class TopicKind(StrEnum):
    """Kind of a topic: a category of cases, an entry of the book, an extension, a message, or a word of the
    short list.
    """

    CATEGORY = "category"
    ENTRY = "entry"
    EXTENSION = "extension"
    MESSAGE = "message"
    WORD = "word"


@named("topic")
class TopicWord(StrEnum):
    """The short list, for calls about nothing that was looked up, filed or transferred."""

    CLEANING = "cleaning"
    NOISE = "noise"
    TRAFFIC = "traffic"
    ROADS = "roads"
    UTILITIES = "utilities"
    TAX = "tax"
    WELFARE = "welfare"
    HEALTH = "health"
    SCHOOLS = "schools"
    REGISTERS = "registers"
    BUILDING = "building"
    CULTURE = "culture"
    OTHER_AUTHORITY = "other-authority"
    OTHER = "other"


TOPIC: Final = r"^(category|entry|extension|message|word):[a-z0-9-]{1,16}$"
"""The form of a topic as it is kept."""


def is_topic(text: str) -> bool:
    """Tell whether a text has the form of a topic."""
    return re.fullmatch(TOPIC, text) is not None


class UnknownTopic(HotlineError, code="unknown-topic"):
    """A topic that refers to nothing."""

    topic: str


@dataclass(frozen=True, slots=True)
class Topic:
    """``key``: code of the category, number of the entry or message, the extension, or the word."""

    kind: TopicKind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    @classmethod
    def of(cls, text: str) -> "Topic":
        """Read a topic as it is kept. Raises UnknownTopic."""
        kind, _, key = text.partition(":")
        if not is_topic(text):
            raise UnknownTopic(text)
        return cls(TopicKind(kind), key)


def refuse_unknown(session: Session, topic: Topic, at: datetime) -> None:
    """Let only a topic pass that refers to something at an instant.

    Raises UnknownTopic, UnknownCategory, UnknownFaq, Unknown, NoNews.
    """
    match topic.kind:
        case TopicKind.CATEGORY:
            category(session, topic.key, at)
        case TopicKind.ENTRY:
            entry(session, topic.key, at)
        case TopicKind.EXTENSION:
            known(session, "desk", topic.key, at)
        case TopicKind.MESSAGE:
            number = int(topic.key) if topic.key.isdecimal() and len(topic.key) < 10 else 0
            existing(session.get(MessageRow, number), NoNews(MESSAGE, number))
        case TopicKind.WORD:
            if topic.key not in set(TopicWord):
                raise UnknownTopic(str(topic))


def proposed(session: Session, call_id: str) -> list[Topic]:
    """Topics of what was done in a call, the likeliest first.

    That is what a case was filed about, what answered the caller, then to whom they were put through, was
    promised to them or reported for them, then what was read in vain; the latest of each first.
    """
    return list(dict.fromkeys(_done(session, call_id)))


def _done(session: Session, call_id: str) -> Iterator[Topic]:
    filed = [row.category for row in cases.of_call(session, call_id) if row.number and row.category]
    yield from (Topic(TopicKind.CATEGORY, code) for code in reversed(filed))
    events = select(CallEvent).where(CallEvent.call_id == call_id, CallEvent.kind == CONSULTED)
    read = [
        row.detail for row in session.scalars(events.order_by(CallEvent.at.desc())) if row.detail["entry"]
    ]
    yield from (Topic(TopicKind.ENTRY, one["entry"]) for one in read if one["answered"])
    asked = select(Leg.asked).where(Leg.call_id == call_id, Leg.asked != "")
    yield from (
        Topic(TopicKind.EXTENSION, one) for one in session.scalars(asked.order_by(Leg.started_at.desc()))
    )
    promises = [one.extension for one in all_of_call(session, call_id)]
    reports = [one.extension for one in of_call(session, call_id)]
    yield from (Topic(TopicKind.EXTENSION, one) for one in reversed(promises + reports) if one)
    yield from (Topic(TopicKind.ENTRY, one["entry"]) for one in read)


def book_answered(session: Session, call_id: str) -> bool | None:
    """Tell whether the book answered at any time of a call; None when it was not asked."""
    events = select(CallEvent).where(CallEvent.call_id == call_id, CallEvent.kind == CONSULTED)
    told = [bool(row.detail["answered"]) for row in session.scalars(events)]
    return any(told) if told else None


def title(session: Session, topic: Topic, at: datetime) -> str:
    """Name of a topic: category, question, desk with its duties, message; empty for a word, or unknown."""
    match topic.kind:
        case TopicKind.CATEGORY:
            of = history.in_force(session, CategoryRow, topic.key, at)
            return of.name if of else ""
        case TopicKind.ENTRY:
            read = history.in_force(session, FaqRow, topic.key, at)
            return read.question if read else ""
        case TopicKind.EXTENSION:
            return _desk(session, topic.key, at)
        case TopicKind.MESSAGE:
            posted = session.get(MessageRow, int(topic.key)) if topic.key.isdecimal() else None
            return posted.title if posted else ""
        case TopicKind.WORD:
            return ""


def _desk(session: Session, extension: str, at: datetime) -> str:
    desk = history.in_force(session, DeskRow, extension, at)
    person = history.in_force(session, PersonRow, desk.person, at) if desk and desk.person else None
    name = (person.name if person else "") or (desk.name if desk else "")
    duties = person.duties if person else ""
    return f"{name}（{duties}）" if name and duties else name or duties
