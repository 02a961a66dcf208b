"""Rows brought under the current key, a few at a time, while calls go on: those from before there were keys,
and after a rotation those of older keys.

A pass goes through a table in the order of its primary key. How far it came is written down with what it
changed, so that any process goes on where the last one was killed. A row that somebody else holds is passed
over; the next pass finds it. So does what processes of the release before, or with the keys from before a
rotation, wrote behind a pass: a table rests when a pass that began an hour after the first found nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import structlog
from sqlalchemy import JSON, Column, Row, String, Table, Text, bindparam, cast, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import Base, Instant, Sessions, locked, looking, numbered, rewriting, transaction
from hotline.keys.columns import Hashed, KeyedHash, Sealed, SealedJSON
from hotline.keys.finding import hashes, is_digest
from hotline.keys.ring import KeyRing, sealed_by

log = structlog.get_logger()
AT_ONCE: Final = 10
"""Rows of one step: a decision waits no longer than for these."""
STEPS: Final = 200
"""Steps of one run."""
_NOTHING: Final = frozenset((None, "", "{}", "[]", "null", '""'))
"""What is empty stays so, as JSON too."""
AGAIN: Final = timedelta(hours=1)
"""From the beginning of a pass to that of the next."""
RESTS: Final = timedelta(minutes=1)
"""So long nobody asks how far the passes are, once all tables rest."""


class ResealingPass(Base):
    """How far the rows of a table are brought under a key."""

    __tablename__ = "resealing"

    name: Mapped[str] = mapped_column(String(64), primary_key=True, comment="of the table")
    key: Mapped[str] = mapped_column(String(32), comment="id of the key")
    place: Mapped[list[Any]] = mapped_column(JSON, comment="key of the last row looked at; [] = none")
    changed: Mapped[int] = mapped_column(comment="rows that this pass has changed")
    first_at: Mapped[datetime] = mapped_column(Instant, comment="when the first pass for this key began")
    began_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def is_last(self) -> bool:
        """Tell whether all rows are known to be under its key."""
        return bool(self.ended_at) and not self.changed and self.began_at >= self.first_at + AGAIN

    def rests(self, at: datetime) -> bool:
        """Tell whether there is nothing to be done now."""
        return self.is_last or (self.ended_at is not None and at < self.began_at + AGAIN)

    def begin(self, at: datetime) -> None:
        """Begin the next pass."""
        self.place, self.changed, self.began_at, self.ended_at = [], 0, at, None


class Resealing:
    """Brings the rows of every table under the current key; ``rest`` comes after each step."""

    def __init__(self, factory: Sessions, ring: KeyRing, rest: Callable[[], object] = lambda: None) -> None:
        self._factory, self._ring, self._rest = factory, ring, rest
        self._rested: tuple[str, datetime] | None = None

    def run(self, at: datetime, steps: int = STEPS) -> int:
        """Go on with what is to be done now, at most so many steps; how many rows were changed."""
        if self._is_resting(at):
            return 0
        changed = 0
        resting = {name for name, one in self._passes().items() if one.rests(at)}
        if resting.issuperset(table.name for table in sealed_tables()):
            self._rested = self._ring.current, at
        for table in sealed_tables():
            is_over = table.name in resting
            while steps > 0 and not is_over:
                with transaction(self._factory) as session:
                    many, is_over = self._step(session, table, at)
                changed, steps = changed + many, steps - 1
                self._rest()
        return changed

    def _is_resting(self, at: datetime) -> bool:
        """Tell whether all tables rested a moment ago, and under the key that is still the current one."""
        if self._rested is None:
            return False
        key, since = self._rested
        return key == self._ring.current and since <= at < since + RESTS

    def unfinished(self) -> list[str]:
        """The tables that may hold rows that are not under the current key."""
        known = self._passes()
        return [one.name for one in sealed_tables() if one.name not in known or not known[one.name].is_last]

    def _passes(self) -> dict[str, ResealingPass]:
        """The passes for the current key, by table."""
        with looking(self._factory) as session:
            chosen = select(ResealingPass).where(ResealingPass.key == self._ring.current)
            return {one.name: one for one in session.scalars(chosen)}

    def _step(self, session: Session, table: Table, at: datetime) -> tuple[int, bool]:
        """Bring the next rows of a table under the key; how many were not, and whether the pass is over."""
        one = self._pass(session, table, at)
        seen = session.execute(_next(table, one.place).limit(AT_ONCE)).all()
        changed = _reseal(session, table, [row for row in seen if self._is_to_do(table, row)])
        one.changed += changed
        if seen:
            one.place = list(seen[-1][: len(table.primary_key)])
        if len(seen) < AT_ONCE:
            one.ended_at = at
            log.info("resealing.passed", table=table.name, rows=one.changed)
        return changed, one.ended_at is not None

    def _pass(self, session: Session, table: Table, at: datetime) -> ResealingPass:
        """The pass that goes on, or begins now; locked."""
        one = locked(session, ResealingPass, table.name)
        if one is None:
            one = ResealingPass(name=table.name, key=self._ring.current, first_at=at)
            one.begin(at)
            return numbered(session, one)
        if one.key != self._ring.current:
            one.key, one.first_at = self._ring.current, at
            one.begin(at)
        elif one.ended_at:
            one.begin(at)
        return one

    def _is_to_do(self, table: Table, row: Row[Any]) -> bool:
        """Tell whether a row has a text that the current key did not seal, or that has no hash yet."""
        kept = row._mapping
        for one in _sealed(table):
            if (text := kept[one.name]) not in _NOTHING and not self._is_current(one, text):
                return True
        return any(kept[of] and not kept[hashed] for hashed, of in hashes(table).items())

    def _is_current(self, one: Column[Any], text: str) -> bool:
        if isinstance(one.type, Hashed):
            return is_digest(text)
        return sealed_by(text.strip('"')) == self._ring.current  # in JSON it stands as a word of it


@cache
def sealed_tables() -> tuple[Table, ...]:
    """The tables that hold anything sealed."""
    return tuple(table for table in Base.metadata.sorted_tables if _sealed(table))


def _sealed(table: Table) -> list[Column[Any]]:
    """The columns of a table that are sealed, or that are hashes of no other column."""
    return [one for one in table.columns if isinstance(one.type, Sealed | SealedJSON) or _is_alone(one)]


def _is_alone(one: Column[Any]) -> bool:
    return isinstance(one.type, Hashed) and not one.type.of and not one.primary_key


def _next(table: Table, place: Sequence[Any]) -> Any:
    """The rows behind a place as they are kept: primary key, texts, hashes."""
    texts = [cast(one, Text).label(one.name) for one in _sealed(table)]
    hashed = [cast(table.c[one], Text).label(one) for one in hashes(table)]
    keys = list(table.primary_key)
    chosen = select(*keys, *texts, *hashed).order_by(*keys)
    return chosen.where(tuple_(*keys) > tuple_(*place)) if place else chosen


def _reseal(session: Session, table: Table, rows: Sequence[Row[Any]]) -> int:
    """Write the values of rows once more, as the columns seal and hash them now; how many rows."""
    if not rows:
        return 0
    keys, sealed = list(table.primary_key), _sealed(table)
    these = tuple_(*keys).in_([tuple(row[: len(keys)]) for row in rows])
    read = select(*keys, *sealed).where(these).with_for_update(skip_locked=True)
    values = [_values(table, row) for row in session.execute(read)]
    if not values:
        return 0
    changing = update(table).where(*(key == bindparam(f"key_{key.name}") for key in keys))
    with rewriting(session, "resealing"):
        session.connection().execute(changing, values)
    return len(values)


def _values(table: Table, row: Row[Any]) -> dict[str, Any]:
    kept = row._mapping
    keys = {f"key_{key.name}": kept[key.name] for key in table.primary_key}
    texts = {one.name: _text(kept[one.name]) for one in _sealed(table)}
    return {**keys, **texts, **{hashed: texts[of] for hashed, of in hashes(table).items()}}


def _text(value: Any) -> Any:
    """A value as it is to be written; what stands where a hash belongs, as the text that it is."""
    return str(value) if isinstance(value, KeyedHash) and not is_digest(value) else value
