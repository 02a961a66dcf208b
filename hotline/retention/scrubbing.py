"""Scrubbing: what was emptied, destroyed or sealed since leaves the files of the database, too.

A row that is written anew leaves its former bytes in pages that are used again some day. SQLite fills them
with zeros as it goes (``secure_delete``), but what releases before had freed stays; PostgreSQL fills nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from hotline.db import Base
from hotline.keys.resealing import sealed_tables
from hotline.keys.store import DataKey
from hotline.retention.assignments import TABLES
from hotline.retention.kinds import RetentionKind

LOCK_SECONDS: Final = 2.0
"""So long a table that others use is waited for, for whoever comes meanwhile waits behind."""
TRIES: Final = 5
WRITER_SECONDS: Final = 60.0
"""So long SQLite's one writer of the moment is waited for."""
STATISTICS: Final = "pg_statistic"
"""Where PostgreSQL keeps frequent values of columns, to plan by."""
KEYS: Final = (DataKey.__tablename__,)
EMBEDDED: Final = "hotline.db"
READ: Final = "somebody reads from its log; run it again"


@dataclass(frozen=True, slots=True)
class ScrubbedTable:
    """A table that was written anew, or the reason why it was not."""

    name: str
    fault: str = ""


def personal_tables() -> list[str]:
    """The tables in whose unused pages personal data or wrapped keys may stand."""
    of_kinds = {name for name, kind in TABLES.items() if isinstance(kind, RetentionKind)}
    sealed = {one.name for one in sealed_tables()}
    chosen = of_kinds | sealed | set(KEYS)
    return [one.name for one in Base.metadata.sorted_tables if one.name in chosen]


def scrub(engine: Engine) -> Iterator[ScrubbedTable]:
    """Write tables anew, a step each. ``engine``: one whose statements may take as long as they need.

    SQLite writes its whole file anew; who writes meanwhile waits, who reads does not. PostgreSQL takes one
    table after the other away from everybody while it does. Calls go on: what they tell waits in the journal.
    """
    if engine.dialect.name == "postgresql":
        yield from _tables(engine, (*personal_tables(), STATISTICS))
    else:
        yield _embedded(engine)


def scrub_keys(engine: Engine) -> list[ScrubbedTable]:
    """Do the same with destroyed keys alone, which no call waits for; SQLite has zeros there already."""
    if engine.dialect.name == "postgresql":
        return list(_tables(engine, KEYS))
    return [] if empty_log(engine) else [ScrubbedTable(EMBEDDED, READ)]


def empty_log(engine: Engine) -> bool:
    """Bring the embedded database's own log into its file, and empty it: pages of before stand in it.

    False while somebody reads from it.
    """
    if engine.dialect.name == "postgresql":
        return True
    connection = engine.raw_connection()  # outside of a transaction
    try:
        is_busy, *_pages = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy
    finally:
        connection.close()


def _embedded(engine: Engine) -> ScrubbedTable:
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(WRITER_SECONDS * 1000)}")
        cursor.execute("VACUUM")
        is_busy, *_pages = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return ScrubbedTable(EMBEDDED, READ if is_busy else "")
    except Exception as error:
        return ScrubbedTable(EMBEDDED, str(error))
    finally:
        connection.invalidate()  # it waits longer than others may
        connection.close()


def _tables(engine: Engine, names: tuple[str, ...]) -> Iterator[ScrubbedTable]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        for name in names:
            yield _written_anew(connection, name)
        connection.invalidate()


def _written_anew(connection: Connection, name: str) -> ScrubbedTable:
    analyse = "" if name == STATISTICS else ", ANALYZE"
    for left in reversed(range(TRIES)):
        try:
            connection.exec_driver_sql(f'VACUUM (FULL{analyse}) "{name}"')
            break
        except DBAPIError as error:
            if not left or connection.invalidated:
                return ScrubbedTable(name, str(error.orig).partition("\n")[0])
    return ScrubbedTable(name)
