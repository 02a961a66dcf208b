"""Masking: of rows whose period is over the personal columns are emptied, and the rows stay (P0-a).

Batches are short transactions under one lock, so that calls, another node and whoever holds a record are
never long in the way. Each is done whole with its lines in the deletion log or not at all, and once.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, String, bindparam, func, select, true, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import InstrumentedAttribute, Session

from hotline.db import Base, Sessions, execute, one_at_a_time, rewriting, transaction
from hotline.legal_holds import TURNS
from hotline.retention import store
from hotline.retention.deletion_log import Deletion, DeletionLog
from hotline.retention.kinds import DeletionGround, RetentionKind

BATCH: Final = 100
"""Records of one transaction: with all that comes with them they are written within hundredths of a
second.
"""

GROUND: Final = "masked_ground"
WORDS: Final = frozenset(
    (
        *"analysis caller given_by holder late_analysis late_reason matter name no_photo note number".split(),
        *"officer_phone phone place prevention result".split(),
    )
)
"""Facts of events that are a citizen's, or in somebody's own words."""
CLEAR: Final = frozenset(
    (
        *"agent asked by call case channel due_at extension external_ref lead letter".split(),
        *"registered_at sha256 until".split(),
    )
)
"""Facts of events that tell of no citizen, whatever digits they have."""
_NUMBER: Final = re.compile(r"\d{7}")
Column = InstrumentedAttribute[Any]
Empty = Callable[[Session, Sequence[Any], datetime], object]


@dataclass(frozen=True, slots=True)
class MaskRule:
    """How records of a kind are masked.

    ``over``: since when a record is over, null while it is not. ``needed``: it is held, or of an open matter.
    ``empty`` empties all that belongs to records of these keys. ``named``: what a record is called outside
    the database, where its key would not do; ``since`` tells two of one name apart.
    """

    kind: RetentionKind
    key: Column
    over: ColumnElement[Any] | Column
    masked_at: Column
    needed: Callable[[Session], ColumnElement[bool]]
    empty: Empty
    since: Column | None = None
    named: Column | None = None

    @property
    def table(self) -> type[Base]:
        """The table of the records."""
        return cast(type[Base], self.key.class_)

    @property
    def record(self) -> str:
        """The name of its records in the deletion log."""
        return str(self.table.__tablename__)

    def is_due(self, session: Session, until: datetime) -> tuple[ColumnElement[bool], ...]:
        """Conditions that a record was over before an instant, is whole, and nothing needs it."""
        return self.masked_at.is_(None), self.over < until, ~self.needed(session)


@dataclass(frozen=True, slots=True)
class DueCount:
    """How many records of a kind are due, and how many would be if nothing needed them."""

    due: int
    needed: int


def count(session: Session, rule: MaskRule, until: datetime) -> DueCount:
    """Count what is due by an instant, and what is needed still."""
    whole = select(func.count()).select_from(rule.table).where(rule.masked_at.is_(None), rule.over < until)
    needed = session.scalar(whole.where(rule.needed(session))) or 0
    return DueCount((session.scalar(whole) or 0) - needed, needed)


@dataclass(frozen=True, slots=True)
class Eraser:
    """Masks records by rules and tells a node's deletion log of each."""

    factory: Sessions
    log: DeletionLog

    def mask(
        self, rule: MaskRule, until: datetime, at: datetime, did: Callable[[Session, int], object]
    ) -> Iterator[int]:
        """Mask what is due, a batch a step; ``did`` is told of each in its transaction. Raises
        NoDeletionLog.
        """
        last: datetime | None = None
        while True:
            with transaction(self.factory) as session:
                one_at_a_time(session, TURNS)
                onwards = rule.over >= last if last else true()
                rows = _chosen(session, rule, (*rule.is_due(session, until), onwards))
                if not rows:
                    return
                last = rows[-1].over
                self._mask(session, rule, rows, at, DeletionGround.PERIOD)
                did(session, len(rows))
            yield len(rows)

    def erase(self, session: Session, rule: MaskRule, keys: Sequence[Any], at: datetime) -> int:
        """Mask records that a person wants erased, but for those that are needed; how many.

        Raises NoDeletionLog.
        """
        one_at_a_time(session, TURNS)
        which = rule.masked_at.is_(None), rule.over.is_not(None), rule.key.in_(keys), ~rule.needed(session)
        rows = _chosen(session, rule, which, most=len(keys))
        if rows:
            self._mask(session, rule, rows, at, DeletionGround.ERASURE)
        return len(rows)

    def again(self, session: Session, rule: MaskRule, deletions: Sequence[Deletion], at: datetime) -> int:
        """Mask anew the records of which the log tells: a copy of the database that was put back has them
        whole.
        """
        return sum(_again(session, rule, told, at) for told in _parts(deletions))

    def _mask(
        self, session: Session, rule: MaskRule, rows: Sequence[Any], at: datetime, ground: DeletionGround
    ) -> None:
        """Empty records and tell the log: its lines are on the disk before the commit."""
        _empty(session, rule, rows, at, ground)
        told = [Deletion(rule.record, rule.kind, row.subject, row.since, at, ground) for row in rows]
        store.move(session, self.log.node, self.log.append(told), at)


def _chosen(
    session: Session, rule: MaskRule, which: Sequence[ColumnElement[bool]], most: int = BATCH
) -> Sequence[Any]:
    """Key, name, end and beginning of some records, the oldest first, locked until the end of the
    transaction.
    """
    since = rule.over if rule.since is None else rule.since
    columns = (
        rule.key.label("key"),
        _name(rule).label("subject"),
        rule.over.label("over"),
        since.label("since"),
    )
    chosen = select(*columns).where(*which).order_by(rule.over, rule.key).limit(most)
    return session.execute(chosen.with_for_update(of=rule.table, skip_locked=True)).all()


def _again(session: Session, rule: MaskRule, told: Mapping[str, Deletion], at: datetime) -> int:
    which = rule.masked_at.is_(None), _name(rule).in_(told), ~rule.needed(session)
    rows = [row for row in _chosen(session, rule, which, most=len(told) * 2) if _is_the_same(rule, row, told)]
    for ground in DeletionGround:
        alike = [row for row in rows if told[row.subject].ground is ground]
        if alike:
            _empty(session, rule, alike, at, ground)
    return len(rows)


def _empty(
    session: Session, rule: MaskRule, rows: Sequence[Any], at: datetime, ground: DeletionGround
) -> None:
    keys = [row.key for row in rows]
    rule.empty(session, keys, at)
    emptied(session, rule.key, keys, {rule.masked_at.key: at, GROUND: ground})


def emptied(session: Session, column: Column, keys: Sequence[Any], values: Mapping[str, Any]) -> int:
    """Write the same values into all rows whose column is one of these keys; how many."""
    changed = update(column.class_).where(column.in_(keys)).values(values)
    return execute(session, changed.execution_options(synchronize_session=False))


def blank(*columns: str) -> dict[str, Any]:
    """Columns of text, each emptied."""
    return dict.fromkeys(columns, "")


def _name(rule: MaskRule) -> ColumnElement[str]:
    key = sql_cast(rule.key, String)
    return key if rule.named is None else func.coalesce(func.nullif(rule.named, ""), key)


def _is_the_same(rule: MaskRule, row: Any, told: Mapping[str, Deletion]) -> bool:
    return rule.since is None or told[row.subject].since == row.since


def _parts(deletions: Sequence[Deletion]) -> Iterator[dict[str, Deletion]]:
    for start in range(0, len(deletions), BATCH):
        yield {one.subject: one for one in deletions[start : start + BATCH]}


def empty_events(session: Session, events: type[Base], column: Column, keys: Sequence[Any]) -> None:
    """Empty the words of events that belong to these keys; who did what and when stays."""
    table = Base.metadata.tables[events.__tablename__]
    chosen = select(table.c.id, table.c.detail).where(table.c[column.key].in_(keys))
    rows = [
        {"of": row.id, "reason_now": "", "detail_now": without(row.detail)} for row in session.execute(chosen)
    ]
    if not rows:
        return
    new = update(table).where(table.c.id == bindparam("of"))
    values: dict[str, Any] = {"reason": bindparam("reason_now"), "detail": bindparam("detail_now")}
    with rewriting(session, events.__tablename__):
        session.connection().execute(new.values(values), rows)


def without(detail: Mapping[str, Any], words: Collection[str] = WORDS) -> dict[str, Any]:
    """The facts of an event, those emptied that are somebody's words or number. Pure."""
    return {name: "" if _is_personal(name, fact, words) else fact for name, fact in detail.items()}


def _is_personal(name: str, fact: object, words: Collection[str]) -> bool:
    if not isinstance(fact, str) or name in CLEAR:
        return False
    return name in words or _NUMBER.search(fact) is not None
