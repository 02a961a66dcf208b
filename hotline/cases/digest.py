"""The digest of 18:00 (N-42): quick cases past their limit whose citizens nobody has answered (P5.4.5)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases import recipients
from hotline.cases.deadlines import CaseLimits
from hotline.cases.numbers import shown
from hotline.cases.overdue import is_late
from hotline.cases.rules import CaseKind
from hotline.cases.store import Case
from hotline.categories.proposals import Categories
from hotline.clock import TAIPEI
from hotline.db import Sessions, looking, transaction
from hotline.outbox import service as notices
from hotline.outbox.rules import spoken_instant
from hotline.outbox.store import OutboxMessage
from hotline.worktime import Calendar

MOST_LINES: Final = 300
"""Cases that a digest names; how many more there are is said under them."""
LONGEST_CODES, LONGEST_PLACE = 44, 60
MORE: Final = "其餘{count}件請至案件清單查看。"


@dataclass(frozen=True, slots=True)
class LateCase:
    """A line of a digest."""

    number: str
    place: str
    due_at: datetime

    def __str__(self) -> str:
        return f"案號{shown(self.number)} {self.place[:LONGEST_PLACE]} 時限{spoken_instant(self.due_at)}"


@dataclass(frozen=True, slots=True)
class DailyDigest:
    """A digest as it is sent: its name in the outbox, its people, and what it says."""

    event: str
    people: Sequence[str]
    facts: Mapping[str, str]


Business = tuple[str, str]
"""An agency and a category: what one digest is about."""


class Digest:
    """The daily mail of late quick cases: one an agency and business, to its three people, once a day.

    It may be run at any time, by several at once and again: it is written from the hour set on, also late the
    same day after a missed run, and tells of what was late at that hour.
    """

    def __init__(
        self,
        factory: Sessions,
        categories: Categories,
        limits: Callable[[], CaseLimits],
        calendar: Callable[[], Calendar],
    ) -> None:
        self._factory, self._categories = factory, categories
        self._limits, self._calendar = limits, calendar
        self._finished: datetime | None = None

    def run(self, at: datetime) -> int:
        """Write today's digests if it is time and they are not written; how many messages are new."""
        hour = self.hour(at)
        if hour is None or self._finished == hour:
            return 0
        with looking(self._factory) as session:
            digests = [*self._digests(session, late(session, hour), hour, at)]
        written = sum(self._write(one, at) for one in digests)
        self._finished = hour
        return written

    def hour(self, at: datetime) -> datetime | None:
        """The hour of today's digests, once it has come; None before it, and on a day without."""
        today, limits = at.astimezone(TAIPEI).date(), self._limits()
        hour = datetime.combine(today, limits.overdue_mail_at, TAIPEI)
        if at < hour or (limits.overdue_workdays_only and not self._calendar().is_working(today)):
            return None
        return hour

    def _digests(
        self, session: Session, found: Mapping[Business, Sequence[LateCase]], hour: datetime, at: datetime
    ) -> Iterator[DailyDigest]:
        """Compose the digests; whom an agency's reach is looked up once."""
        known, people = self._categories.at(session, at), dict[Business, Sequence[str]]()
        for (agency, code), cases in sorted(found.items()):
            category = known.get(code)
            of = agency, category.manager if category else ""
            if of not in people:
                people[of] = recipients.three_people(session, *of, at)
            facts = facts_of(category.name if category else code, cases, hour)
            yield DailyDigest(event_of((agency, code), hour), people[of], facts)

    def _write(self, digest: DailyDigest, at: datetime) -> int:
        """Write one digest, in a transaction of its own; one that is there already stays as it is."""
        with transaction(self._factory) as session:
            there = select(OutboxMessage.id).where(OutboxMessage.event == digest.event).limit(1)
            if session.scalar(there):
                return 0
            return notices.write(session, "N-42", digest.event, digest.people, digest.facts, at)


def event_of(business: Business, hour: datetime) -> str:
    """Name of a digest in the outbox: day, agency and category; of codes too long for it, their digest."""
    day, codes = f"{hour.astimezone(TAIPEI):%Y-%m-%d}", ":".join(business)
    named = codes if len(codes) <= LONGEST_CODES else sha256(codes.encode()).hexdigest()[:LONGEST_CODES]
    return f"digest:{day}:{named}"


def late(session: Session, hour: datetime) -> Mapping[Business, list[LateCase]]:
    """Quick cases whose limit had passed at an hour and whose citizen is not answered yet, by due time.

    A completed one counts until the citizen is answered (§13); what several reported is one case.
    """
    chosen = select(Case.agency, Case.category, Case.number, Case.place, Case.due_at).where(
        *is_late(hour), Case.kind == CaseKind.QUICK, Case.lead_id.is_(None)
    )
    found = defaultdict[Business, list[LateCase]](list)
    for agency, category, number, place, due_at in session.execute(chosen.order_by(Case.due_at, Case.id)):
        if due_at:
            found[agency, category].append(LateCase(number or "", place, due_at))
    return found


def facts_of(business: str, cases: Sequence[LateCase], hour: datetime) -> dict[str, str]:
    """Facts of a digest: the day, how many, and each case, the first due first."""
    lines = [str(one) for one in cases[:MOST_LINES]]
    if more := len(cases) - len(lines):
        lines.append(MORE.format(count=more))
    day = hour.astimezone(TAIPEI)
    return {
        "date": f"{day.month}月{day.day}日",
        "category": business,
        "count": str(len(cases)),
        "list": "\n".join(lines),
    }
