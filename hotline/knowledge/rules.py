"""Rules of entries: their texts, the dates of review, and late replies (P4.1.1, P4.4, P4.5). Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from hotline.clock import TAIPEI, midnight, month_of
from hotline.errors import HotlineError, faults
from hotline.terms import named
from hotline.texts import fit
from hotline.worktime import CalendarTime, Limit, WorkingDays

LONGEST: Final = {"question": 200, "answer": 2000, "keywords": 400}
"""Characters of each text; an answer is read to somebody who waits."""
REMINDER_DAY: Final = 20
OPENING: Final = time(8, 30)
"""Lists and reminders of a month are there when offices open (§20)."""
LONGEST_SENTENCE: Final = 60


class NotYet(HotlineError, code="not-yet"):
    """A call or a mail that was not made yet."""

    field: str


@dataclass(frozen=True, slots=True)
class Faq:
    """An entry: the citizen's question, the answer as one speaks (口語化), whose it is.

    ``section`` and ``business`` name who is in charge of the matter; ``aloud``:
    can be read to a caller as it is.
    """

    agency: str
    question: str
    answer: str
    keywords: str = ""
    section: str = ""
    business: str = ""
    aloud: bool = False

    def faults(self) -> list[HotlineError]:
        """All that is wrong with the texts: UnfitText."""
        return faults(
            lambda: fit("question", self.question, LONGEST["question"]),
            lambda: fit("answer", self.answer, LONGEST["answer"]),
            lambda: fit("keywords", self.keywords, LONGEST["keywords"], needed=False),
        )

    def fitted(self) -> "Faq":
        """Remove blanks around the texts. Raises UnfitText for what nobody could read or keep."""
        return replace(
            self,
            question=fit("question", self.question, LONGEST["question"]),
            answer=fit("answer", self.answer, LONGEST["answer"]),
            keywords=fit("keywords", self.keywords, LONGEST["keywords"], needed=False),
        )


@named("hindrance")
class Hindrance(StrEnum):
    """Fault that makes an answer hard to read aloud (P4.4: spoken style)."""

    LINK = "link"
    LIST = "list"
    BRACKETS = "brackets"
    LONG_SENTENCE = "long-sentence"


_LINK: Final = re.compile(r"https?://|www\.|\S+@\S+\.\S+", re.IGNORECASE)
_LIST: Final = re.compile(r"^\s*(?:[-*•·●]|\d+[.)、]|[一二三四五六七八九十]+、)", re.MULTILINE)
_BRACKETS: Final = re.compile(r"[(（【〔].{4,}?[)）】〕]")
_SENTENCE: Final = re.compile(r"[。！？!?；;，,、：:\n]+")


def hindrances(answer: str) -> Iterator[Hindrance]:
    """Find what a person who reads the answer aloud would stumble over; advice, never a refusal."""
    if _LINK.search(answer):
        yield Hindrance.LINK
    if _LIST.search(answer):
        yield Hindrance.LIST
    if _BRACKETS.search(answer):
        yield Hindrance.BRACKETS
    if any(len(part.strip()) > LONGEST_SENTENCE for part in _SENTENCE.split(answer)):
        yield Hindrance.LONG_SENTENCE


@named("review")
class ReviewState(StrEnum):
    """State of an entry in the month's review (P4.4)."""

    DONE = "done"
    DUE = "due"
    LATE = "late"
    """The whole of a month has passed without one."""


def review_of(last: datetime, at: datetime) -> ReviewState:
    """Judge a review by the last time somebody looked at the entry; writing it is looking at it."""
    this, seen = month_of(at), month_of(last)
    if seen >= this:
        return ReviewState.DONE
    return ReviewState.DUE if seen == month_of(midnight(this) - timedelta(days=1)) else ReviewState.LATE


def reminder_at(month: date) -> datetime:
    """Instant when N-10 goes out for a month."""
    return datetime.combine(month.replace(day=REMINDER_DAY), OPENING, TAIPEI)


@named("channel")
class Channel(StrEnum):
    """Channel by which the call centre asked (P4.5)."""

    PHONE = "phone"
    EMAIL = "email"


class RequestState(StrEnum):
    """The states of a request: open until it is replied to; that it is late is a flag beside."""

    REQUESTED = "REQUESTED"
    REPLIED = "REPLIED"


class ReplyClock(StrEnum):
    """The clock that a reply is counted on (``faq.clock``)."""

    WORKING_DAYS = "WD"
    CALENDAR = "CAL"


def reply_limit(days: int, clock: ReplyClock = ReplyClock.WORKING_DAYS) -> Limit:
    """The limit within which an agency has to reply."""
    return WorkingDays(days) if clock is ReplyClock.WORKING_DAYS else CalendarTime(timedelta(days=days))


def is_late(due_at: datetime, replied_at: datetime | None, at: datetime) -> bool:
    """Tell whether the reply came, or is still missing, after its time; met at equality."""
    return (replied_at or at) > due_at
