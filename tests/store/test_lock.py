"""Several processes write to one embedded database: each gets its turn within its wait."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from calls.store import LogPosition
from hotline.db import Base, add_once, connect, looking, one_at_a_time, sessions, transaction
from tests.parts import NOON

pytestmark = pytest.mark.dialects

PATIENT, SHORT = timedelta(seconds=20), timedelta(milliseconds=20)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    engine = connect(f"sqlite:///{tmp_path / 'hotline.db'}", wait=PATIENT)
    Base.metadata.create_all(engine)
    engine.dispose()
    yield tmp_path / "hotline.db"


def write(engine: Engine, name: str) -> None:
    with transaction(sessions(engine)) as session:
        add_once(session, LogPosition, [{"file": name, "offset": 0, "name": "", "at": NOON}])


def test_nobody_starves_among_writers(file: Path) -> None:
    """Eight connections of their own, as eight processes have them, all writing all the time."""
    engines = [connect(f"sqlite:///{file}", wait=PATIENT) for _ in range(8)]
    failed: list[Exception] = []

    def many(number: int) -> None:
        try:
            for n in range(20):
                write(engines[number], f"{number}.{n}")
        except OperationalError as error:
            failed.append(error)

    threads = [Thread(target=many, args=(number,)) for number in range(len(engines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(sessions(engines[0])) as session:
        assert session.scalar(select(func.count()).select_from(LogPosition)) == 160
    for engine in engines:
        engine.dispose()
    assert failed == []


def test_whose_turn_it_is_has_the_database_before_the_first_word(file: Path) -> None:
    """What is asked of the clock then was not asked before others had written."""
    mine, other = connect(f"sqlite:///{file}", wait=PATIENT), connect(f"sqlite:///{file}", wait=SHORT)
    with transaction(sessions(mine)) as session:
        one_at_a_time(session, "line")
        with pytest.raises(OperationalError):
            write(other, "other")
    write(other, "other")
    for engine in (mine, other):
        engine.dispose()


def test_a_lock_that_is_let_go_is_taken(file: Path) -> None:
    """Whoever waits for it goes on without being called."""
    holder = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    engine, begun = connect(f"sqlite:///{file}", wait=PATIENT), Event()

    def wait_for_it() -> None:
        begun.set()
        write(engine, "a")

    waiting = Thread(target=wait_for_it)
    waiting.start()
    assert begun.wait(20) and waiting.is_alive()
    holder.execute("ROLLBACK")
    waiting.join()
    assert holder.execute("SELECT file FROM log_position").fetchall() == [("a",)]
    holder.close()
    engine.dispose()


def test_a_lock_that_is_kept_ends_the_wait(file: Path) -> None:
    """With the database's own word for it, so that the journal takes over."""
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    engine = connect(f"sqlite:///{file}", wait=SHORT)
    with pytest.raises(OperationalError, match="locked"):
        write(engine, "a")
    holder.execute("ROLLBACK")
    write(engine, "a")
    holder.close()
    engine.dispose()


def test_who_only_looks_waits_for_no_writer(file: Path) -> None:
    """Nor does a writer wait for who looks; what is seen is of one moment."""
    engine = connect(f"sqlite:///{file}", wait=SHORT)
    factory, there = sessions(engine), select(LogPosition.file)
    write(engine, "a")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("UPDATE log_position SET file = 'b'")
    with looking(factory) as session:
        assert list(session.scalars(there)) == ["a"]
        holder.execute("COMMIT")
        write(engine, "c")
        assert list(session.scalars(there)) == ["a"]
    with looking(factory) as session:
        assert sorted(session.scalars(there)) == ["b", "c"]
    holder.close()
    engine.dispose()
