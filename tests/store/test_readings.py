"""Readings of citizens' data on both databases:
once where a page asks again and again, and found within a second.
"""

from datetime import timedelta
from threading import Barrier, Thread
from time import monotonic

from sqlalchemy import Engine, insert, text

from administration.personal_data import about_citizen
from calls.store import CallRow
from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.ledger.looks import IN_HAND, LOOKED, already, look, look_once, looks_at, name, number
from hotline.ledger.store import AuditRow

START = taipei("2026-11-24T10:00")
CALL, NUMBER = "ntpc1-1795600000.12", "+886933218765"


def test_what_is_shown_whole_asks_for_a_reading(factory: Sessions) -> None:
    """Without one a number and a name are masked; of a name nobody sees how long it is."""
    with transaction(factory) as session:
        reading = look(session, START, "agent-1", f"call:{CALL}", IN_HAND, "number")
    assert (number(NUMBER, reading), name("歐陽可辨", reading)) == (NUMBER, "歐陽可辨")
    assert (number(NUMBER, None), name("歐陽可辨", None), name("", None)) == ("+886933***765", "歐○○", "")


def test_two_requests_at_a_time_are_one_reading(factory: Sessions) -> None:
    """Two tabs of a desk ask for the same card together: one row, whoever is first."""
    together = Barrier(4)

    def asks() -> None:
        together.wait(10)
        with transaction(factory) as session:
            look_once(session, START, "agent-1", f"call:{CALL}", IN_HAND, "number")

    tabs = [Thread(target=asks) for _tab in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(30)
    with looking(factory) as session:
        assert [one.by for one in looks_at(session, f"call:{CALL}")] == ["agent-1"]
        assert already(session, "agent-1", f"call:{CALL}") and not already(session, "agent-2", f"call:{CALL}")


def test_who_read_a_citizen_is_told_within_a_second(factory: Sessions, database: Engine) -> None:
    """Among 60,000 rows of the log, of a citizen who called 600 times;
    by an index, and not by reading it all.
    """
    rows = [
        {
            "at": START + timedelta(seconds=place),
            "by": f"agent-{place % 40}",
            "action": LOOKED,
            "subject": f"call:ntpc1-{place}.1",
            "after": {"what": "number"},
            "reason": IN_HAND,
        }
        for place in range(60_000)
    ]
    calls = [
        {"id": f"ntpc1-{place}.1", "caller": NUMBER, "started_at": START} for place in range(0, 60_000, 100)
    ]
    with database.begin() as connection:
        connection.execute(insert(AuditRow), rows)
        connection.execute(insert(CallRow), calls)
    began = monotonic()
    with looking(factory) as session:
        found = looks_at(session, *about_citizen(session, "0933-218-765"))
    assert monotonic() - began < 1
    assert [one.subject for one in found] == [f"call:{call['id']}" for call in calls]
    if database.dialect.name == "sqlite":
        asked = "EXPLAIN QUERY PLAN SELECT * FROM audit_log WHERE subject IN ('call:x') AND action = 'y'"
        with database.begin() as connection:
            plan = " ".join(str(row) for row in connection.execute(text(asked)))
        assert "USING INDEX ix_audit_log_subject_at" in plan
