"""The database: one engine a process, short transactions, UTC instants.

Embedded default is SQLite (WAL, ``synchronous=FULL``); PostgreSQL is one URL
apart. How long to wait for either is the caller's choice, never the driver's.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Event
from typing import Any, Final, TypeVar, cast

from sqlalchemy import (
    DDL,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    String,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from hotline import clock

BEGIN = "BEGIN IMMEDIATE"
PRAGMAS: Final = (
    *("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=0"),
    "secure_delete=ON",  # what was emptied is zeros in the file, too (P4.12)
)
LOOKS = "hotline_looks"
KEYS = "hotline_keys"
"""Attribute of a dialect: the ring by which its sealed columns are read and written (``hotline.keys``)."""
RETRY_SECONDS = 0.0007
"""Between two looks whether a locked SQLite is free: less than a transaction of a decision takes."""
PAUSE = Event()
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


CODE, WHO = String(32), String(64)
"""Columns of the code of an agency or section, and of a login."""


class Base(DeclarativeBase):
    """The base of all tables of the house."""

    metadata = MetaData(naming_convention=NAMES)


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored in UTC; a naive one is refused at the border."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}: give a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def connect(url: str, *, wait: timedelta, pool: int = 8, keys: object = None) -> Engine:
    """An engine whose every statement ends within ``wait``, and so does getting a connection.

    ``keys``: the ring for sealed columns.
    """
    is_embedded = url.startswith("sqlite")
    engine = _sqlite(url, wait, pool) if is_embedded else _postgresql(url, wait, pool)
    setattr(engine.dialect, KEYS, keys)
    return engine


def _postgresql(url: str, wait: timedelta, pool: int) -> Engine:
    from hotline import postgres  # its driver takes a while, and an embedded database needs none

    return postgres.engine(url, wait=wait, pool=pool)


def _sqlite(url: str, wait: timedelta, pool: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=wait.total_seconds(),
        connect_args={"timeout": wait.total_seconds(), "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get(LOOKS):
            connection.exec_driver_sql(
                "BEGIN"
            )  # WAL: who only reads and who writes do not wait for each other
            return
        # A write lock taken at once can be waited for; one upgraded later fails at once.
        if not _locked(connection.connection.driver_connection, wait):
            connection.exec_driver_sql(BEGIN)

    return engine


def _locked(connection: sqlite3.Connection, wait: timedelta) -> bool:
    """Take the write lock within ``wait``; SQLite's own wait sleeps ever longer, up to 0.1 s, and starves."""
    until = clock.monotonic() + wait.total_seconds()
    while clock.monotonic() <= until:
        try:
            connection.execute(BEGIN)
            return True
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
        PAUSE.wait(RETRY_SECONDS)
    return False


Sessions = sessionmaker[Session]


def sessions(engine: Engine) -> Sessions:
    """The factory of sessions that services are given."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(factory: Sessions) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back by an exception, never left open."""
    with factory() as session, session.begin():
        yield session


@contextmanager
def looking(factory: Sessions) -> Iterator[Session]:
    """Open a read-only transaction on one committed moment; it neither waits for a writer nor blocks one."""
    with factory() as session, session.begin():
        session.connection(execution_options={LOOKS: True})
        yield session


Row = TypeVar("Row", bound=Base)


def locked(session: Session, table: type[Row], key: Any) -> Row | None:
    """Look a row up as it is now, and lock it until the end of the transaction."""
    return session.get(table, key, with_for_update=True, populate_existing=True)


def numbered(session: Session, row: Row) -> Row:
    """Add a row at once, so that it has its number."""
    session.add(row)
    session.flush()
    return row


def execute(session: Session, statement: Executable) -> int:
    """Execute a statement; returns how many rows it changed."""
    return int(getattr(session.execute(statement), "rowcount", 0) or 0)


def one_at_a_time(session: Session, name: str) -> None:
    """Wait until no other transaction that asked for the same name is open; SQLite's writers do at BEGIN."""
    if session.connection().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def is_away(error: BaseException) -> bool:
    """Tell whether the database could not take a statement now, so that the journal must."""
    return isinstance(error, DBAPIError | PoolTimeout)


def add_once(session: Session, table: type[Base], values: list[dict[str, Any]]) -> int:
    """Insert rows whose unique keys are not there yet; how many were new. Replays are harmless."""
    if not values:
        return 0
    connection = session.connection()
    result = connection.execute(_insert_once(connection.dialect.name, table.__tablename__), values)
    return result.rowcount


@cache
def _insert_once(dialect: str, table: str) -> Any:
    """Made once, and into the table, not its class: the ORM's way through it costs several times the CPU."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    rows = Base.metadata.tables[table]
    return insert(rows).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


class EventRewriting(Base):
    """A transaction's leave to empty or seal words of events that are else only added to; never committed."""

    __tablename__ = "event_rewriting"

    why: Mapped[str] = mapped_column(String(16), primary_key=True)


@contextmanager
def rewriting(session: Session, why: str) -> Iterator[None]:
    """Let this transaction write the words of events anew: to empty them (P4.12), or under another key."""
    row = EventRewriting(why=why)
    session.add(row)
    session.flush()
    yield
    session.delete(row)
    session.flush()


def refusing_changes(table: str, refusal: str, *, rewritable: bool = False) -> dict[str, tuple[str, ...]]:
    """Statements, by dialect, after which nobody can change or delete a row of a table (P0-a).

    ``rewritable``: a transaction that says so (``rewriting``) can change rows, and nobody can delete any.
    """
    leave = f" WHEN NOT EXISTS (SELECT 1 FROM {EventRewriting.__tablename__})" if rewritable else ""
    given = (
        f"IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM {EventRewriting.__tablename__}) THEN RETURN NULL; "
        "END IF; "
        if rewritable
        else ""
    )
    return {
        "sqlite": tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            f"{leave if verb == 'UPDATE' else ''} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            for verb in ("UPDATE", "DELETE")
        ),
        "postgresql": (
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {given}RAISE EXCEPTION '{refusal}'; END $$",
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
        ),
    }


def either(value: datetime | None, otherwise: datetime) -> datetime:
    """``value``, or ``otherwise`` where there is none; for hybrid methods, so in SQL too, of columns."""
    if value is None or isinstance(value, datetime):
        return otherwise if value is None else value
    known = literal(otherwise, Instant) if isinstance(otherwise, datetime) else otherwise
    return cast(datetime, func.coalesce(value, known))


def only_added_to(table: type[Base], refusal: str, *, rewritable: bool = False) -> None:
    """Make the table so that its rows stay as they were written, wherever it is created; of those that are
    ``rewritable`` a transaction may write the words anew.
    """
    kept = refusing_changes(table.__tablename__, refusal, rewritable=rewritable)
    for dialect, statements in kept.items():
        for statement in statements:
            refusing = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table.__table__, "after_create", refusing)
