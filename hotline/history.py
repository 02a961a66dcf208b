"""Rows with a history (design law 7): what holds from when until when, who said so, when and why.

A row is never deleted and its words never change. A change replaces the rows it touches: each gets
``replaced_at``, what is left of its period is written anew, then the new row. Rows that were not replaced
never overlap, so one instant has one truth; and what was known at an earlier moment can still be read.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import DDL, ColumnElement, Index, String, Table, Text, event, inspect, select, text
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from hotline.db import Instant
from hotline.errors import HotlineError
from hotline.periods import Period

KEPT: Final = "rows with a history are replaced, never changed"


class EmptyPeriod(HotlineError):
    """A fact that would hold at no instant."""

    def __init__(self, period: Period) -> None:
        self.period = period
        super().__init__(
            f"The end {period.until} is not after the beginning {period.since}; give a later end"
        )


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


class Dated:
    """The columns of every table with a history. ``key`` names the thing, under its own name in the table."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(Instant, comment="holds from here")
    valid_to: Mapped[datetime | None] = mapped_column(Instant, comment="to before here; null = open")
    author: Mapped[str] = mapped_column(String(64), comment="login of who wrote this row")
    reason: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    replaced_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = this row counts")

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Index, ...]:
        counts = text("replaced_at IS NULL")
        table: str = cls.__tablename__  # type: ignore[attr-defined]
        key = str(cls.__dict__["key"].column.name)
        return (
            Index(f"uq_{table}_in_force", key, "valid_from", unique=True,
                  sqlite_where=counts, postgresql_where=counts),
            Index(f"ix_{table}_{key}", key),
        )  # fmt: skip

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)  # makes the table
        for dialect, statements in keeping(cls.__table__).items():  # type: ignore[attr-defined]
            for statement in statements:
                kept = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
                event.listen(cls.__table__, "after_create", kept)  # type: ignore[attr-defined]

    @property
    def period(self) -> Period:
        """When the row holds."""
        return Period(self.valid_from, self.valid_to)

    @classmethod
    def words(cls) -> tuple[str, ...]:
        """Names of what a row says of its key."""
        return tuple(name for name in inspect(cls).column_attrs.keys() if name not in _HISTORY)

    def says(self) -> dict[str, Any]:
        """What the row says of its key."""
        return {name: getattr(self, name) for name in self.words()}


_HISTORY = frozenset(
    ("id", "key", "valid_from", "valid_to", "author", "reason", "recorded_at", "replaced_at")
)
Row = TypeVar("Row", bound=Dated)


def counting(session: Session, table: type[Row], key: str) -> list[Row]:
    """The rows of a key that were not replaced, by their beginning."""
    chosen = select(table).where(table.key == key, table.replaced_at.is_(None))
    return list(session.scalars(chosen.order_by(table.valid_from)))


def by_key(session: Session, table: type[Row]) -> dict[str, list[Row]]:
    """All rows that were not replaced, as ``counting`` gives them, for many changes at once."""
    found: dict[str, list[Row]] = {}
    for row in session.scalars(select(table).where(table.replaced_at.is_(None)).order_by(table.valid_from)):
        found.setdefault(row.key, []).append(row)
    return found


def in_force(session: Session, table: type[Row], key: str, at: datetime) -> Row | None:
    """What holds for a key at an instant."""
    return next((row for row in counting(session, table, key) if row.period.holds(at)), None)


def all_in_force(session: Session, table: type[Row], at: datetime, *which: ColumnElement[bool]) -> list[Row]:
    """What holds at an instant, by key; of all rows, or of those for which all of ``which`` is true."""
    open_then = (table.valid_to.is_(None)) | (table.valid_to > at)
    chosen = select(table).where(table.replaced_at.is_(None), table.valid_from <= at, open_then, *which)
    return list(session.scalars(chosen.order_by(table.key)))


def history(session: Session, table: type[Row], key: str) -> list[Row]:
    """Everything ever written of a key, in the order of writing."""
    chosen = select(table).where(table.key == key)
    return list(session.scalars(chosen.order_by(table.recorded_at, table.id)))


def record(
    session: Session,
    table: type[Row],
    key: str,
    says: Mapping[str, Any],
    period: Period,
    *,
    at: datetime,
    by: str,
    reason: str = "",
    rows: list[Row] | None = None,
) -> Row | None:
    """Write what holds of ``key`` in a period; None when that is so already.

    With an open end it holds until the next change that is already planned. ``rows`` are those of
    ``counting``, if they are known. Raises EmptyPeriod.
    """
    if period.is_empty:
        raise EmptyPeriod(period)
    if rows is None:
        rows = counting(session, table, key)
    if period.until is None:
        planned = (row.valid_from for row in rows if row.valid_from > period.since)
        period = Period(period.since, min(planned, default=None))
    if any(row.period.covers(period) and row.says() == {**row.says(), **says} for row in rows):
        return None
    _clear(session, table, rows, period, at=at, by=by, reason=reason)
    return _written(session, table, key, says, period, at=at, by=by, reason=reason)


def end(
    session: Session, table: type[Row], key: str, since: datetime, *, at: datetime, by: str, reason: str = ""
) -> bool:
    """From ``since`` on nothing holds of ``key``, planned changes neither; False when that is so already."""
    hole = Period(since)
    rows = counting(session, table, key)
    _clear(session, table, rows, hole, at=at, by=by, reason=reason)
    return any(row.period.meets(hole) for row in rows)


def _clear(
    session: Session, table: type[Row], rows: list[Row], hole: Period, *, at: datetime, by: str, reason: str
) -> None:
    touched = [row for row in rows if row.period.meets(hole)]
    for row in touched:
        row.replaced_at = at
    session.flush()  # before the rows that take their place: the index allows one of each
    for row in touched:
        for left in row.period.without(hole):
            _written(session, table, row.key, row.says(), left, at=at, by=by, reason=reason)


def _written(
    session: Session,
    table: type[Row],
    key: str,
    says: Mapping[str, Any],
    period: Period,
    *,
    at: datetime,
    by: str,
    reason: str,
) -> Row:
    row = table()
    row.key, row.valid_from, row.valid_to = key, period.since, period.until
    row.author, row.reason, row.recorded_at = by, reason, at
    for name, value in says.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row
