"""Pauses of a recording are events of the call: one at a time, ended once, found while they hold (P4.12)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from calls import recording_pause
from calls.recording_pause import AlreadyPaused
from calls.store import CallEvent, CallRow
from hotline.clock import taipei
from hotline.db import Sessions, transaction

pytestmark = pytest.mark.dialects

NOON = taipei("2026-11-24T12:00")
UNTIL = NOON + timedelta(minutes=1)


def test_P4_12_a_pause_holds_until_its_one_end(factory: Sessions) -> None:
    """A second one is refused meanwhile; afterwards there may be another."""
    with transaction(factory) as session:
        first = recording_pause.begin(session, "c.1", until=UNTIL, by="agent-1", at=NOON)
        with pytest.raises(AlreadyPaused):
            recording_pause.begin(session, "c.1", until=UNTIL, by="agent-2", at=NOON)
        recording_pause.begin(session, "c.2", until=UNTIL, by="agent-2", at=NOON)
        assert recording_pause.of_call(session, "c.1") == first
        assert [one.call_id for one in recording_pause.held(session, UNTIL)] == ["c.1", "c.2"]
        recording_pause.end(session, first, by=recording_pause.BY_LIMIT, at=UNTIL)
        recording_pause.end(session, first, by="agent-1", at=UNTIL)
        assert recording_pause.of_call(session, "c.1") is None
        assert [one.call_id for one in recording_pause.held(session, UNTIL)] == ["c.2"]
        again = recording_pause.begin(session, "c.1", until=UNTIL, by="agent-1", at=UNTIL)
        assert recording_pause.of_call(session, "c.1") == again
    with transaction(factory) as session:
        kept = [(row.kind, row.detail["by"]) for row in session.query(CallEvent).filter_by(call_id="c.1")]
    assert sorted(kept) == [
        ("RecordingPaused", "agent-1"),
        ("RecordingPaused", "agent-1"),
        ("RecordingResumed", "limit"),
    ]


def test_P4_12_two_at_the_same_time_make_one_pause(factory: Sessions) -> None:
    """The second waits for the first, and is refused."""
    with transaction(factory) as session:
        session.add(CallRow(id="c.1"))

    def begins(second: int) -> bool:
        at = NOON + timedelta(seconds=second)
        try:
            with transaction(factory) as session:
                recording_pause.begin(session, "c.1", until=UNTIL, by="agent-1", at=at)
        except AlreadyPaused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begins, range(8))) == 1
    with transaction(factory) as session:
        (one,) = recording_pause.held(session, UNTIL)
        assert recording_pause.end(session, one, by="agent-1", at=UNTIL)
        assert not recording_pause.end(session, one, by=recording_pause.BY_LIMIT, at=UNTIL)


def test_P4_12_pauses_are_found_however_a_database_sorts_its_signs(factory: Sessions) -> None:
    """Many sort a colon behind a semicolon."""
    with transaction(factory) as session:
        if session.get_bind().dialect.name == "postgresql":
            other = text('alter table call_event alter column key type varchar(96) collate "und-x-icu"')
            session.execute(other)
        recording_pause.begin(session, "c.1", until=UNTIL, by="agent-1", at=NOON)
        assert [one.call_id for one in recording_pause.held(session, UNTIL)] == ["c.1"]
