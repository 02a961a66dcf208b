"""Each day's rows of other rooms, anchored in the audit log: a row of it covers what never changes of them.

Of each row a digest is kept, once, when its day is over; the log's row of the day has how many there are and
one digest of them all. So a row that was changed, removed or put into another day's place is named, long
after what it told of a person is gone from it. What is known late belongs to the day on which it was first
seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ColumnElement, String, cast, exists, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from hotline.clock import TAIPEI, midnight
from hotline.db import Sessions, add_once, looking, one_at_a_time, transaction
from hotline.ledger.audit import SYSTEM, audit
from hotline.ledger.chain import ChainFault, digest
from hotline.ledger.store import AnchoredRow, AuditRow

DAY: Final = "audit.day"
"""Action of the row of a day."""
STEP: Final = 500
"""Rows of one transaction."""
PAGE: Final = 1000
LATE: Final = timedelta(days=40)
"""What is known later than that has no day; so long a journal is kept."""
Column = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class AnchoredKind:
    """Rows of a kind: the columns of their key, those that never change, and when a row is complete."""

    name: str
    key: tuple[Column, ...]
    words: tuple[Column, ...]
    when: Column
    only: ColumnElement[bool] = true()

    def digest_of(self, values: Sequence[Any]) -> str:
        """Digest of a row, given as its key and its words."""
        return digest({one.key: value for one, value in zip((*self.key, *self.words), values, strict=True)})

    def text_of(self, values: Sequence[Any]) -> str:
        """The key of a row as text."""
        return "/".join(str(one) for one in values[: len(self.key)])

    def key_of(self, text: str) -> tuple[Any, ...]:
        """The key of a row from its text."""
        parts = text.split("/", len(self.key) - 1)
        return tuple(one.type.python_type(part) for one, part in zip(self.key, parts, strict=True))


class DayAnchors:
    """Anchors days, and verifies what was anchored."""

    def __init__(self, factory: Sessions, kinds: Sequence[AnchoredKind]) -> None:
        self._factory, self._kinds = factory, kinds

    def run(self, at: datetime) -> int:
        """Anchor what was complete when this day began; how many rows. Harmless to repeat, and to be
        killed.
        """
        today = at.astimezone(TAIPEI).date()
        day, until = today - timedelta(days=1), midnight(today)
        done = sum(self._keep(kind, day, until) for kind in self._kinds)
        with transaction(self._factory) as session:
            if _is_free(session, day):
                for one in _uncovered(session):
                    audit(session, at, SYSTEM, DAY, _subject(one), after=self._told(session, one))
        return done

    def verify(self) -> Iterator[ChainFault]:
        """Each place where rows, their digests and the log contradict each other."""
        for day, told in self._days():
            with looking(self._factory) as session:
                if told != self._told(session, day):
                    yield ChainFault(f"what was anchored of {day} is not what the log says of it")
        for kind in self._kinds:
            yield from self._changed(kind)

    def _keep(self, kind: AnchoredKind, day: date, until: datetime) -> int:
        done, last = 0, tuple[Any, ...]()
        while True:
            with looking(self._factory) as session:
                rows = session.execute(_new(session, kind, until, last)).all()
            with transaction(self._factory) as session:
                if not _is_free(session, day):
                    return done
                done += add_once(session, AnchoredRow, [_kept(kind, day, row) for row in rows])
            if len(rows) < STEP:
                return done
            last = tuple(rows[-1][: len(kind.key)])

    def _told(self, session: Session, day: date) -> dict[str, str]:
        """How many rows of each kind there are of a day, and the digest of them all."""
        return {kind.name: told for kind in self._kinds if (told := _all_of(session, day, kind.name))}

    def _days(self) -> Iterator[tuple[date, dict[str, str]]]:
        last = 0
        while True:
            chosen = select(AuditRow.id, AuditRow.subject, AuditRow.after).order_by(AuditRow.id).limit(PAGE)
            with looking(self._factory) as session:
                page = session.execute(chosen.where(AuditRow.action == DAY, AuditRow.id > last)).all()
            known = {kind.name for kind in self._kinds}
            for _id, subject, after in page:
                yield _day_of(subject), {name: told for name, told in (after or {}).items() if name in known}
            if not page:
                return
            last = page[-1][0]

    def _changed(self, kind: AnchoredKind) -> Iterator[ChainFault]:
        last = ""
        while True:
            with looking(self._factory) as session:
                chosen = select(AnchoredRow.key, AnchoredRow.digest, AnchoredRow.day).order_by(
                    AnchoredRow.key
                )
                chosen = chosen.where(AnchoredRow.kind == kind.name, AnchoredRow.key > last).limit(PAGE)
                page = session.execute(chosen).all()
                now = _now(session, kind, [kind.key_of(key) for key, _digest, _day in page])
            for key, before, day in page:
                if key not in now:
                    yield ChainFault(f"{kind.name} {key} of {day} was removed")
                elif now[key] != before:
                    yield ChainFault(f"{kind.name} {key} is not what it was when {day} was anchored")
            if not page:
                return
            last = page[-1][0]


def _is_free(session: Session, day: date) -> bool:
    """Tell whether a day has no row yet; until this transaction ends nobody else anchors."""
    one_at_a_time(session, DAY)
    chosen = select(AuditRow.id).where(AuditRow.subject == _subject(day), AuditRow.action == DAY)
    return session.scalar(chosen.limit(1)) is None


def _new(session: Session, kind: AnchoredKind, until: datetime, last: tuple[Any, ...]) -> Any:
    """Rows that are complete and have no day yet."""
    is_kept = exists().where(AnchoredRow.kind == kind.name, AnchoredRow.key == _as_text(kind.key))
    chosen = select(*kind.key, *kind.words).where(kind.when < until, kind.only, ~is_kept).order_by(*kind.key)
    if session.scalar(select(AnchoredRow.key).where(AnchoredRow.kind == kind.name).limit(1)) is not None:
        chosen = chosen.where(kind.when >= until - LATE)
    if last:
        chosen = chosen.where(tuple_(*kind.key) > last)
    return chosen.limit(STEP)


def _as_text(key: Sequence[Column]) -> ColumnElement[str]:
    first, *others = (cast(one, String) for one in key)
    return reduce(lambda text, one: text + "/" + one, others, first)


def _kept(kind: AnchoredKind, day: date, row: Sequence[Any]) -> dict[str, Any]:
    return {"kind": kind.name, "key": kind.text_of(row), "day": day, "digest": kind.digest_of(row)}


def _uncovered(session: Session) -> list[date]:
    """Days with anchored rows that the log says nothing of: that of this run, and one whose run was
    killed.
    """
    chosen = select(AuditRow.subject).where(AuditRow.action == DAY).order_by(AuditRow.id.desc())
    latest = session.scalar(chosen.limit(1))
    days = select(AnchoredRow.day).distinct().order_by(AnchoredRow.day)
    return list(session.scalars(days.where(AnchoredRow.day > _day_of(latest)) if latest else days))


def _all_of(session: Session, day: date, kind: str) -> str:
    """Number and digest of the rows of a day and kind; empty where there is none."""
    told, rows, last = sha256(), 0, ""
    chosen = select(AnchoredRow.digest).where(AnchoredRow.day == day, AnchoredRow.kind == kind)
    while True:
        page = session.scalars(
            chosen.where(AnchoredRow.digest > last).order_by(AnchoredRow.digest).limit(PAGE)
        ).all()
        for one in page:
            told.update(one.encode())
        if not page:
            return f"{rows} {told.hexdigest()}" if rows else ""
        rows, last = rows + len(page), page[-1]


def _now(session: Session, kind: AnchoredKind, keys: Sequence[tuple[Any, ...]]) -> dict[str, str]:
    """Digest of each row of these keys as it is now."""
    if not keys:
        return {}
    of = kind.key[0].in_([one for (one,) in keys]) if len(kind.key) == 1 else tuple_(*kind.key).in_(keys)
    rows = session.execute(select(*kind.key, *kind.words).where(of))
    return {kind.text_of(row): kind.digest_of(row) for row in rows}


def _subject(day: date) -> str:
    return f"audit:{day.isoformat()}"


def _day_of(subject: str) -> date:
    return date.fromisoformat(subject.partition(":")[2])
