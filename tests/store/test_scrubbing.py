"""Scrubbing: bytes that rows had once are gone from the files of the database, while others work with it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from calls.store import CallRow
from hotline.clock import taipei
from hotline.db import Sessions, connect, looking, transaction
from hotline.keys.store import DataKey
from hotline.retention import scrubbing
from hotline.retention.scrubbing import ScrubbedTable, personal_tables, scrub, scrub_keys
from tests.keys import RING
from tests.store.files import files_of

pytestmark = pytest.mark.dialects
TEN = taipei("2026-11-24T10:00")
NUMBER, CALLS = "+886912345678", 200


@pytest.fixture
def patient(database_url: str) -> Iterator[Engine]:
    """An engine as the command has it."""
    engine = connect(database_url, wait=timedelta(minutes=5), pool=1, keys=RING)
    yield engine
    engine.dispose()


def lived(database: Engine, factory: Sessions) -> None:
    """A release without keys kept numbers in clear; then they were emptied, and some rows went."""
    with transaction(factory) as session:
        session.add_all(CallRow(id=f"ntpc1-{number}.1", node="ntpc1") for number in range(CALLS))
    steps = [f"UPDATE call SET caller = '{NUMBER}'", "UPDATE call SET caller = ''"]
    steps.append("DELETE FROM call WHERE id LIKE '%0.1'")
    if database.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as plain:
            for step in ("PRAGMA secure_delete=OFF", *steps):
                plain.execute(step)
        return
    for step in steps:
        with database.begin() as connection:
            connection.execute(text(step))


def rows(factory: Sessions) -> int:
    with looking(factory) as session:
        return session.query(CallRow).count()


def test_what_once_stood_in_clear_is_in_no_file_any_more(
    database: Engine, factory: Sessions, patient: Engine
) -> None:
    """Another process is connected and goes on; every row that is there stays."""
    lived(database, factory)
    before = rows(factory)
    assert files_of(database, NUMBER.encode())
    assert [one for one in scrub(patient) if one.fault] == []
    assert files_of(database, NUMBER.encode()) == []
    assert rows(factory) == before == CALLS * 9 // 10
    with transaction(factory) as session:
        session.add(CallRow(id="ntpc1-new.1", caller=NUMBER, started_at=TEN))


def test_a_table_that_somebody_holds_is_named_and_the_others_are_done(
    database: Engine, patient: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for long behind it; SQLite has one file and one writer."""
    monkeypatch.setattr(scrubbing, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(scrubbing, "WRITER_SECONDS", 0.1)
    with database.begin() as connection:
        connection.execute(text("UPDATE call SET node = node"))
        faults = [one for one in scrub(patient) if one.fault]
    names = [one.name for one in faults]
    assert names == (["call"] if database.dialect.name == "postgresql" else ["hotline.db"])
    assert all("lock" in one.fault for one in faults)
    assert [one for one in scrub(patient) if one.fault] == []


def test_who_reads_meanwhile_is_told_of(
    database: Engine, factory: Sessions, patient: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as somebody reads, former pages may stand in the log of SQLite, or in a table of PostgreSQL."""
    lived(database, factory)
    monkeypatch.setattr(scrubbing, "LOCK_SECONDS", 0.1)
    with looking(factory) as session:
        assert session.query(CallRow).count()
        assert session.query(DataKey).count() == 0
        tables = [one for one in scrub(patient) if one.fault]
        keys = scrub_keys(patient)
    if database.dialect.name == "postgresql":
        assert [one.name for one in (*tables, *keys)] == ["call", "data_key", "data_key"]
    else:
        assert [*tables, *keys] == [ScrubbedTable("hotline.db", scrubbing.READ)] * 2
    assert [one for one in (*scrub(patient), *scrub_keys(patient)) if one.fault] == []
    assert files_of(database, NUMBER.encode()) == []


def test_every_table_with_personal_data_or_keys_is_among_them() -> None:
    """By its kind of retention, or since a column of it is sealed."""
    assert {"call", "call_event", "case_file", "case_photo", "retrieval", "data_key"} <= set(
        personal_tables()
    )
    assert "closure" not in personal_tables()
