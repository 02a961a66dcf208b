"""Rows with a history (design law 7): what holds from when until when, who said so, when and why.

A row is never deleted and its words never change. A change replaces the rows it touches: each gets
``replaced_at``, what is left of its period is written anew, then the new row. Rows that were not replaced
never overlap, so one instant has one truth; and what was known at an earlier moment can still be read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy import (
    DDL,
    ColumnElement,
    Index,
    String,
    Table,
    Text,
    bindparam,
    event,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from hotline.db import Instant
from hotline.errors import HotlineError
from hotline.ledger.periods import Period

KINDS: Final = (
    "agency", "section", "person", "desk", "forward", "absence", "duty", "switchboard", "calendar", "hours", "booking",
    "business", "contact", "staff", "faq", "setting", "menus", "category", "counter",
)  # fmt: skip
"""Every kind of row with a history, as commands, files and the audit log name it, in the order of entries."""
TABLES: Final = dict[str, "type[DatedRow]"]()
"""The table of each kind, once the store that declares it is imported (``hotline.tables`` imports all)."""
Words = Mapping[str, Any]
"""Values of a row, by the name of the column."""
KEPT: Final = "rows with a history are replaced, never changed"


class EmptyPeriod(HotlineError, code="empty-period"):
    """A fact that would hold at no instant."""

    since: datetime
    until: datetime | None


def empty(period: Period) -> list[HotlineError]:
    """Find the fault of a period that holds at no instant."""
    return [EmptyPeriod(period.since, period.until)] if period.is_empty else []


def keeping(table: Table) -> dict[str, tuple[str, ...]]:
    """Statements, by dialect, after which nobody deletes a row or changes its words, not even by hand."""
    words = ", ".join(f'"{column.name}"' for column in table.columns if column.name != "replaced_at")
    name = table.name
    return {
        "sqlite": (
            f"CREATE TRIGGER {name}_kept BEFORE DELETE ON {name} BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
            f"CREATE TRIGGER {name}_unchanged BEFORE UPDATE OF {words} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
        ),
        "postgresql": (
            "CREATE OR REPLACE FUNCTION history_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{KEPT}'; END $$",
            f"CREATE TRIGGER {name}_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF {words} ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION history_refuse()",
        ),
    }


class DatedRow:
    """The columns of every table with a history. ``key`` names the thing, under its own name in the table."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(Instant, comment="holds from here")
    valid_to: Mapped[datetime | None] = mapped_column(Instant, comment="to before here; null = open")
    author: Mapped[str] = mapped_column(String(64), comment="login of who wrote this row")
    reason: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    replaced_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = this row counts")
    of_kind: ClassVar[str]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Index, ...]:
        where: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text("replaced_at IS NULL"))
        table: str = cls.__tablename__  # type: ignore[attr-defined]
        key = str(cls.__dict__["key"].column.name)
        return (
            Index(f"uq_{table}_in_force", key, "valid_from", unique=True, **where),
            Index(f"ix_{table}_{key}", key),
        )

    def __init_subclass__(cls, kind: str, **more: Any) -> None:
        super().__init_subclass__(**more)  # makes the table
        TABLES[kind], cls.of_kind = cls, kind
        for dialect, statements in keeping(cls.__table__).items():  # type: ignore[attr-defined]
            for statement in statements:
                kept = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
                event.listen(cls.__table__, "after_create", kept)  # type: ignore[attr-defined]

    @property
    def period(self) -> Period:
        """The period in which the row holds."""
        return Period(self.valid_from, self.valid_to)

    @classmethod
    def words(cls) -> tuple[str, ...]:
        """Names of what a row says of its key."""
        table: Any = cls
        return _words(table)

    @classmethod
    def silent(cls) -> Mapping[str, Any]:
        """Default words of a row where nobody says otherwise."""
        table: Any = cls
        return _silent(table)

    def says(self) -> dict[str, Any]:
        """The words of the row about its key."""
        return {name: getattr(self, name) for name in self.words()}


@cache
def _words(table: Any) -> tuple[str, ...]:
    return tuple(name for name in inspect(table).column_attrs.keys() if name not in _HISTORY)


@cache
def _silent(table: Any) -> Mapping[str, Any]:
    defaults = {name: inspect(table).column_attrs[name].columns[0].default for name in _words(table)}
    return {name: getattr(default, "arg", None) for name, default in defaults.items()}


_HISTORY = frozenset(
    ("id", "key", "valid_from", "valid_to", "author", "reason", "recorded_at", "replaced_at")
)
Row = TypeVar("Row", bound=DatedRow)


def counting(session: Session, table: type[Row], key: str) -> list[Row]:
    """The rows of a key that were not replaced, by their beginning."""
    chosen = select(table).where(table.key == key, table.replaced_at.is_(None))
    return list(session.scalars(chosen.order_by(table.valid_from)))


def by_key(session: Session, table: type[Row]) -> dict[str, list[Row]]:
    """List all rows that were not replaced, as ``counting`` gives them, for many changes at once."""
    found: dict[str, list[Row]] = {}
    for row in session.scalars(select(table).where(table.replaced_at.is_(None)).order_by(table.valid_from)):
        found.setdefault(row.key, []).append(row)
    return found


def in_force(session: Session, table: type[Row], key: str, at: datetime) -> Row | None:
    """Find the row that holds for a key at an instant."""
    return next((row for row in counting(session, table, key) if row.period.holds(at)), None)


def all_in_force(session: Session, table: type[Row], at: datetime, *which: ColumnElement[bool]) -> list[Row]:
    """List the rows that hold at an instant, by key; only those for which all of ``which`` is true."""
    open_then = (table.valid_to.is_(None)) | (table.valid_to > at)
    chosen = select(table).where(table.replaced_at.is_(None), table.valid_from <= at, open_then, *which)
    return list(session.scalars(chosen.order_by(table.key)))


def from_now_on(session: Session, table: type[Row], at: datetime) -> list[Row]:
    """List the rows that hold at an instant or are planned for later, by key and beginning."""
    later = (table.valid_to.is_(None)) | (table.valid_to > at)
    chosen = select(table).where(table.replaced_at.is_(None), later)
    return list(session.scalars(chosen.order_by(table.key, table.valid_from)))


def over(session: Session, table: type[Row], at: datetime, most: int) -> list[Row]:
    """List the rows that counted until some time before an instant, the latest end first; so many at most."""
    chosen = select(table).where(table.replaced_at.is_(None), table.valid_to <= at)
    return list(session.scalars(chosen.order_by(table.valid_to.desc(), table.id.desc()).limit(most)))


def history(session: Session, table: type[Row], key: str) -> list[Row]:
    """List everything ever written of a key, in the order of writing."""
    chosen = select(table).where(table.key == key)
    return list(session.scalars(chosen.order_by(table.recorded_at, table.id)))


def unbroken(rows: Iterable[DatedRow], at: datetime) -> datetime | None:
    """Since when a key has said something at every instant until ``at``, as was known at that instant;
    None = it says nothing.

    ``rows``: everything ever written of it. What was written later of earlier times closes no gap.
    """
    known = [
        Period(
            max(row.valid_from, row.recorded_at),
            min((end for end in (row.valid_to, row.replaced_at) if end), default=None),
        )
        for row in rows
    ]
    now = [row for row in rows if row.replaced_at is None and row.period.holds(at)]
    since = min((max(row.valid_from, row.recorded_at) for row in now), default=None)
    while since:
        earlier = [
            one.since for one in known if one.since < since and (one.until is None or one.until >= since)
        ]
        if not earlier:
            break
        since = min(earlier)
    return since


def held(period: Period, others: Iterable[Period]) -> Period:
    """The period for which something holds; an open end becomes the next change that is already planned."""
    if period.until is not None:
        return period
    return Period(period.since, min((one.since for one in others if one.since > period.since), default=None))


@dataclass
class RowDraft:
    """Rows under one hand at one moment, changed here first and put down together.

    Lists of rows that are given in (those of ``counting``) are kept true as they change.
    """

    session: Session
    at: datetime
    by: str
    reason: str = ""
    written: list[DatedRow] = field(default_factory=list)
    replaced: list[DatedRow] = field(default_factory=list)

    def record(self, table: type[Row], key: str, says: Words, period: Period, rows: list[Row]) -> Row | None:
        """Record a fact of ``key`` for a period; None when that is so already.

        With an open end it holds until the next change that is already planned. Raises EmptyPeriod.
        """
        if period.is_empty:
            raise EmptyPeriod(period.since, period.until)
        period = held(period, (row.period for row in rows))
        if any(row.period.covers(period) and row.says() == {**row.says(), **says} for row in rows):
            return None
        self._clear(table, rows, period)
        return self._write(table, key, says, period, rows)

    def end(self, table: type[Row], key: str, since: datetime, rows: list[Row]) -> bool:
        """End a key and its planned changes from ``since`` on; False when it has ended already."""
        return self._clear(table, rows, Period(since))

    def restate(
        self, table: type[Row], key: str, facts: Iterable[tuple[Period, Mapping[str, Any]]], rows: list[Row]
    ) -> bool:
        """Set exactly these facts of ``key``; False when that is so already."""
        wanted = list(facts)
        wrong = [row for row in rows if (row.period, row.says()) not in wanted]
        there = [(row.period, row.says()) for row in rows]
        self._replace(wrong, rows)
        lacking = [(period, says) for period, says in wanted if (period, says) not in there]
        for period, says in lacking:
            self._write(table, key, says, period, rows)
        return bool(wrong or lacking)

    def put_down(self) -> None:
        """Into the database, all of it. First what was replaced: the index allows one row of each."""
        for table, numbers in self._numbers().items():
            statement = (
                update(table).where(table.c.id == bindparam("replaced_row")).values(replaced_at=self.at)
            )
            self.session.connection().execute(statement, [{"replaced_row": number} for number in numbers])
        self.session.add_all(self.written)
        self.session.flush()

    def _numbers(self) -> dict[Any, list[int]]:
        """Ids of the rows that were replaced, by their table."""
        found = dict[Any, list[int]]()
        for row in self.replaced:
            found.setdefault(inspect(type(row)).local_table, []).append(row.id)
        return found

    def _clear(self, table: type[Row], rows: list[Row], hole: Period) -> bool:
        touched = [row for row in rows if row.period.meets(hole)]
        self._replace(touched, rows)
        for row in touched:
            for left in row.period.without(hole):
                self._write(table, row.key, row.says(), left, rows)
        return bool(touched)

    def _replace(self, touched: Iterable[Row], rows: list[Row]) -> None:
        for row in touched:
            rows.remove(row)
            if row.id is None:  # of this draft itself: it never held
                self.written.remove(row)
                continue
            set_committed_value(row, "replaced_at", self.at)  # written in one statement by put_down
            self.replaced.append(row)

    def _write(
        self, table: type[Row], key: str, says: Mapping[str, Any], period: Period, rows: list[Row]
    ) -> Row:
        row = table()
        row.key, row.valid_from, row.valid_to = key, period.since, period.until
        row.author, row.reason, row.recorded_at, row.replaced_at = self.by, self.reason, self.at, None
        for name, value in {**table.silent(), **says}.items():
            setattr(row, name, value)
        rows.append(row)
        rows.sort(key=lambda row: row.valid_from)
        self.written.append(row)
        return row
