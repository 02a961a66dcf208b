"""Sums of hours as rows, which the database throws away when a row that they count changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import DDL, JSON, event
from sqlalchemy.orm import Mapped, mapped_column

from calls.store import CallEvent, CallRow, Leg
from calls.topics import CONSULTED
from calls.transfer_reasons import KINDS
from hotline.db import Base, Instant
from hotline.special_callers.store import SpecialCall, SpecialEvent
from reporting.hour_sums.rows import FLAGGED
from transfer.reasons import RungKind


class HourSum(Base):
    """The sum of the calls that began in an hour; a mark that it is being counted while it has no figures.

    A row that is changed while its hour is counted takes the mark away, and so the sum is not written.
    """

    __tablename__ = "hour_sum"

    hour: Mapped[datetime] = mapped_column(Instant, primary_key=True, comment="its first instant")
    marked_at: Mapped[datetime] = mapped_column(Instant)
    figures: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), comment="counts, waits in milliseconds; null = being counted"
    )


@dataclass(frozen=True, slots=True)
class SummedTable:
    """A table whose rows are counted: the columns that tell, and which of its rows count."""

    table: type[Base]
    columns: str
    which: str = ""
    """Condition of a row ``{row}``; empty = all."""


def _among(column: str, values: Iterator[str]) -> str:
    return f"{{row}}.{column} IN ({', '.join(repr(one) for one in sorted(values))})"


TABLES: Final = (
    SummedTable(
        CallRow,
        "started_at, line, queued_at, agent_at, ended_at, queue_seconds, talk_seconds, "
        "outcome, service, topic",
    ),
    SummedTable(Leg, "call_id, kind, asked, started_at, outcome", _among("kind", map(str, RungKind))),
    # Words of an event are emptied or sealed anew, its meaning stays: that need not be counted again.
    SummedTable(CallEvent, "call_id, at, kind", _among("kind", iter((*KINDS, CONSULTED)))),
    SummedTable(SpecialEvent, "call_id, to_state", _among("to_state", iter((FLAGGED,)))),
    SummedTable(SpecialCall, "call_id, ended_by"),
)
_GIVEN: Final = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
"""The rows that a change has, by its verb."""
FUNCTIONS: Final = {
    "hour_sum_of_call": "DELETE FROM hour_sum WHERE hour = date_trunc('hour', {row}.started_at, 'UTC');",
    "hour_sum_of_part": "DELETE FROM hour_sum USING call WHERE call.id = {row}.call_id "
    "AND hour = date_trunc('hour', call.started_at, 'UTC');",
}
"""What PostgreSQL does for a row of a call, and for one that tells of a call."""


def functions() -> Iterator[str]:
    """The functions of PostgreSQL."""
    for name, forget in FUNCTIONS.items():
        old, new = forget.format(row="OLD"), forget.format(row="NEW")
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'INSERT' THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF; "
            "RETURN NULL; END $$"
        )


def triggers(of: SummedTable, dialect: str) -> Iterator[str]:
    """What a table has so that its changes throw sums away."""
    name = of.table.__tablename__
    for verb, given in _GIVEN.items():
        when = " OR ".join(of.which.format(row=row) for row in given) if of.which else ""
        head = (
            f"CREATE TRIGGER {name}_hour_sum_{verb.lower()} AFTER "
            f"{f'UPDATE OF {of.columns}' if verb == 'UPDATE' else verb} ON {name} FOR EACH ROW"
            f"{f' WHEN ({when})' if when else ''}"
        )
        is_call = of.table is CallRow
        if dialect == "postgresql":
            yield f"{head} EXECUTE FUNCTION hour_sum_of_{'call' if is_call else 'part'}()"
            continue
        hours = ", ".join(_hour(f"{row}.started_at") if is_call else _hour_of(row) for row in given)
        yield f"{head} BEGIN DELETE FROM hour_sum WHERE hour IN ({hours}); END"


def _hour(column: str) -> str:
    """The first instant of its hour, as SQLite keeps instants."""
    return f"substr({column}, 1, 13) || ':00:00.000000'"


def _hour_of(row: str) -> str:
    return f"(SELECT {_hour('started_at')} FROM call WHERE id = {row}.call_id)"


def _attach() -> None:
    """Make these wherever the tables are created; PostgreSQL's functions before any trigger."""
    for statement in functions():
        for one in TABLES:
            made = DDL(statement).execute_if(dialect="postgresql")  # type: ignore[no-untyped-call]
            event.listen(one.table.__table__, "after_create", made)
    for one in TABLES:
        for dialect in ("sqlite", "postgresql"):
            for statement in triggers(one, dialect):
                made = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
                event.listen(one.table.__table__, "after_create", made)


_attach()
