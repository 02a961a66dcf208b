"""Making packs: by the clock, for who asks, each counted table by table and frozen in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from calls.store import CallRow
from hotline.db import Sessions, add_once, execute, looking, numbered, one_at_a_time, transaction
from hotline.directory.owners import call_centre, holding
from hotline.errors import HotlineError
from hotline.ledger.audit import SYSTEM, audit
from hotline.outbox import service as notices
from hotline.permissions import ANY_OTHER, Action, Role
from hotline.staff.service import permitted
from reporting.answer_times import month as read_legs
from reporting.figures.spans import KnownMonth, whole_month
from reporting.office_reports import LEGS, Yardstick, of_legs, report
from reporting.packs import rules
from reporting.packs.store import PackEdition, PackRun

log = structlog.get_logger()
Told = Callable[[int], object]
"""Is told how many tables are counted."""


class NoSuchPack(HotlineError, code="no-such-pack"):
    """A month without an edition of this number."""

    month: str
    number: int


@dataclass(frozen=True, slots=True)
class CountedPack:
    """The tables of a month, counted and not frozen yet."""

    month: KnownMonth
    tables: dict[str, Any]
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class Packs:
    """Makes packs. ``elapsed``: seconds that never step back."""

    factory: Sessions
    yardstick: Callable[[], Yardstick]
    version: str
    elapsed: Callable[[], float]

    def is_due(self, session: Session, at: datetime) -> bool:
        """Tell whether ``work`` would make any."""
        return waiting(session) is not None or due_month(session, at) is not None

    def work(self, at: datetime) -> int:
        """Make what is due by the clock or asked for; how many editions are new. Harmless when run twice."""
        with looking(self.factory) as session:
            month = due_month(session, at)
        if month:
            with transaction(self.factory) as session:
                _ask(session, month, SYSTEM, at)
        with looking(self.factory) as session:
            run = waiting(session)
        if run is None:
            return 0
        known = KnownMonth(run.month, at)
        return self._finish(self.count(known, lambda step: self._tell(run.id, step)), run)

    def make(self, month: date, by: str, at: datetime, told: Told) -> PackEdition:
        """Make the pack of a month at once; the latest edition if no number is otherwise.

        Raises MonthNotOver.
        """
        counted = self.count(whole_month(month, at), told)
        with transaction(self.factory) as session:
            edition, _is_new = freeze(session, counted, by, self.version)
            return edition

    def count(self, month: KnownMonth, told: Told) -> CountedPack:
        """Count every table; each in a transaction of its own that only reads."""
        tables, seconds = dict[str, Any](), dict[str, float]()
        by, legs = self.yardstick(), None
        for step, (name, part) in enumerate(rules.PARTS.items(), 1):
            began = self.elapsed()
            with looking(self.factory) as session:
                if part.kind in LEGS:  # the same of all of them, and read once
                    legs = legs or read_legs(session, month.first, month.at, by.worktime.hours)
                    found = of_legs(legs, part.kind, part.group, by)
                else:
                    found = report(session, part.kind, month.first, part.group, month.at, by)
            tables[name], seconds[name] = rules.plain(found), round(self.elapsed() - began, 3)
            told(step)
        return CountedPack(month, tables, seconds)

    def _tell(self, run: int, step: int) -> None:
        with transaction(self.factory) as session:
            execute(session, update(PackRun).where(PackRun.id == run).values(step=step))

    def _finish(self, counted: CountedPack, run: PackRun) -> int:
        """Freeze what was counted and close the run, together."""
        with transaction(self.factory) as session:
            edition, is_new = freeze(session, counted, run.asked_by, self.version)
            done = {"done_at": counted.month.at, "edition": edition.number}
            execute(session, update(PackRun).where(PackRun.id == run.id).values(**done))
        log.info("pack.made", month=str(counted.month), edition=edition.number, new=is_new)
        return int(is_new)


def ask(session: Session, month: date, by: str, at: datetime) -> PackRun:
    """Ask for the pack of a month that is over; while one is being made, that one. Audited.

    Raises MonthNotOver, NotPermitted, UnknownStaff.
    """
    permitted(session, by, Action.REPORT_READ, at, ANY_OTHER)
    known = whole_month(month, at)
    run, is_new = _ask(session, known.first, by, at)
    if is_new:
        audit(session, at, by, Action.REPORT_READ, f"pack:{known}", after={"asked": True})
    return run


def _ask(session: Session, month: date, by: str, at: datetime) -> tuple[PackRun, bool]:
    """The open run of a month, or one that was finished at this moment; and whether it is new."""
    row = {"month": month, "asked_at": at, "asked_by": by, "step": 0}
    is_new = add_once(session, PackRun, [row]) > 0
    chosen = select(PackRun).where(PackRun.month == month).order_by(PackRun.id.desc()).limit(1)
    return session.scalars(chosen).one(), is_new


def freeze(session: Session, counted: CountedPack, by: str, version: str) -> tuple[PackEdition, bool]:
    """The edition that has these figures, and whether it is new: then RDEC is told of it (N-50). Audited."""
    month = counted.month
    one_at_a_time(session, f"pack:{month}")
    before = latest(session, month.first)
    if before and before.tables == counted.tables:
        return before, False
    made = PackEdition(month=month.first, number=before.number + 1 if before else 1, counted_at=month.at)
    made.made_by, made.version = by, version
    made.tables, made.seconds = counted.tables, counted.seconds
    made.differences = rules.differences(before.tables, made.tables) if before else []
    numbered(session, made)
    subject = f"pack:{month}"
    audit(session, month.at, by, Action.REPORT_READ, subject, after={"edition": made.number})
    facts = {"month": f"{month.first.year}年{month.first.month}月"}
    people = dict.fromkeys((*holding(session, Role.ADMINISTRATOR, month.at), *call_centre(session, month.at)))
    notices.write(session, "N-50", f"{subject}:{made.number}", people, facts, month.at)
    return made, True


def due_month(session: Session, at: datetime) -> date | None:
    """The month whose pack is due by the clock and not asked for since; None for one that has no call."""
    month, since = rules.due(at)
    if at < since:
        return None
    made = select(PackRun.id).where(
        PackRun.month == month.first, PackRun.asked_by == SYSTEM, PackRun.asked_at >= since
    )
    if session.scalar(made.limit(1)):
        return None
    called = select(CallRow.id).where(CallRow.started_at >= month.since, CallRow.started_at < month.until)
    return month.first if session.scalar(called.limit(1)) else None


def waiting(session: Session) -> PackRun | None:
    """The run that is to be made first."""
    chosen = select(PackRun).where(PackRun.done_at.is_(None)).order_by(PackRun.id).limit(1)
    return session.scalars(chosen).one_or_none()


def runs(session: Session) -> Sequence[PackRun]:
    """Runs that are to be made, the first asked for first."""
    return session.scalars(select(PackRun).where(PackRun.done_at.is_(None)).order_by(PackRun.id)).all()


def latest(session: Session, month: date) -> PackEdition | None:
    """The latest edition of a month."""
    chosen = select(PackEdition).where(PackEdition.month == month).order_by(PackEdition.number.desc())
    return session.scalars(chosen.limit(1)).one_or_none()


def edition(session: Session, month: date, number: int) -> PackEdition:
    """An edition by its number. Raises NoSuchPack."""
    chosen = select(PackEdition).where(PackEdition.month == month, PackEdition.number == number)
    found = session.scalars(chosen).one_or_none()
    if found is None:
        raise NoSuchPack(f"{month:%Y-%m}", number)
    return found


@dataclass(frozen=True, slots=True)
class EditionLine:
    """An edition in a list, without its tables."""

    month: date
    number: int
    counted_at: datetime
    made_by: str
    differences: int


MOST: Final = 200
"""So many editions are listed."""


def editions(session: Session) -> list[EditionLine]:
    """Editions, the latest month and its latest edition first."""
    columns = (
        PackEdition.month,
        PackEdition.number,
        PackEdition.counted_at,
        PackEdition.made_by,
        PackEdition.differences,
    )
    order = PackEdition.month.desc(), PackEdition.number.desc()
    found = session.execute(select(*columns).order_by(*order).limit(MOST))
    return [
        EditionLine(month, number, counted_at, made_by, len(differences))
        for month, number, counted_at, made_by, differences in found
    ]
