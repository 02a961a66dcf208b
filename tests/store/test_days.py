"""Each day's calls, recordings, promises and cases are anchored in the audit log: what was changed is
named.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text, update

from administration.day_anchors import ANCHORED, verify_log
from calls.store import CallRow
from hotline.callbacks.store import Callback, CallbackEvent
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger import days
from hotline.ledger.audit import audit_rows
from hotline.ledger.days import DAY, DayAnchors
from recordings.retrieval_store import Play
from recordings.store import Recording

pytestmark = pytest.mark.dialects

START = taipei("2026-11-24T10:00")
NEXT, ONE_DAY = taipei("2026-11-25T00:10"), timedelta(days=1)


def called(factory: Sessions, *numbers: int, ended_at: Any = START, checked_at: Any = START) -> None:
    """Calls that ended, each with two files."""
    with transaction(factory) as session:
        for one in numbers:
            call = f"ntpc1-{one}.1"
            session.add(CallRow(id=call, caller="+886912345678", started_at=START, ended_at=ended_at))
            for direction in ("caller", "agent"):
                about = {"call_id": call, "direction": direction, "path": f"{call}-{direction}.wav"}
                kept = {
                    "state": "WHOLE",
                    "started_at": START,
                    "checked_at": checked_at,
                    "sha256": f"{one:064}",
                }
                session.add(Recording(**about, **kept))


@pytest.fixture
def anchored(factory: Sessions) -> DayAnchors:
    """A day of three calls and a promise with two events."""
    called(factory, 1, 2, 3)
    with transaction(factory) as session:
        of_promise = {"number": "+886912345678", "language": "zh-TW", "origin": "desk"}
        times = dict.fromkeys(("registered_at", "due_at", "remind_at"), START)
        session.execute(insert(Callback).values(id=1, **of_promise, **times))
        for kind in ("opened", "claimed"):
            states = {"before": "", "after": "OPEN"}
            session.add(CallbackEvent(callback_id=1, at=START, by="agent-1", kind=kind, **states))
        heard = {"by": "supervisor-1", "ground": "retrieval:1", "how": "heard", "track": "talk"}
        session.add(Play(at=START, call_id="ntpc1-1.1", begins=0.0, ends=10.5, **heard))
    return DayAnchors(factory, ANCHORED)


def told(factory: Sessions) -> dict[str, dict[str, Any]]:
    with transaction(factory) as session:
        return {row.subject: row.after or {} for row in audit_rows(session) if row.action == DAY}


def faults(anchored: DayAnchors) -> list[str]:
    return [str(one) for one in anchored.verify()]


def test_a_day_is_a_row_of_the_log_once(factory: Sessions, tmp_path: Path, anchored: DayAnchors) -> None:
    """How many of each kind, and one digest of them all; again on that day there is nothing to do."""
    assert anchored.run(NEXT) == 3 + 6 + 1 + 1 + 2 and anchored.run(NEXT + timedelta(hours=1)) == 0
    (day,) = told(factory).items()
    assert day[0] == "audit:2026-11-24"
    assert {name: words.split()[0] for name, words in day[1].items()} == {
        "calls": "3",
        "recordings": "6",
        "plays": "1",
        "callbacks": "1",
        "callback-events": "2",
    }
    assert list(verify_log(factory, tmp_path)) == []


def test_what_is_up_or_not_looked_at_belongs_to_a_later_day(factory: Sessions, anchored: DayAnchors) -> None:
    """A call over midnight, and sound whose check came late, each with the day on which it was seen."""
    called(factory, 4, ended_at=None, checked_at=None)
    anchored.run(NEXT)
    with transaction(factory) as session:
        for table, name in ((CallRow, "ended_at"), (Recording, "checked_at")):
            column = CallRow.ended_at if table is CallRow else Recording.checked_at
            session.execute(update(table).where(column.is_(None)).values({name: NEXT}))
    assert anchored.run(NEXT + ONE_DAY) == 3
    assert told(factory)["audit:2026-11-25"]["calls"].startswith("1 ") and faults(anchored) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE call SET ended_at = NULL WHERE id = 'ntpc1-2.1'",
            "calls ntpc1-2.1 is not what it was when 2026-11-24",
        ),
        ("DELETE FROM call WHERE id = 'ntpc1-2.1'", "calls ntpc1-2.1 of 2026-11-24 was removed"),
        (
            "UPDATE recording SET sha256 = 'x' WHERE call_id = 'ntpc1-3.1' AND direction = 'agent'",
            "recordings ntpc1-3.1/agent is not what it was",
        ),
        ("UPDATE callback SET origin = 'caller'", "callbacks 1 is not what it was"),
    ],
)
def test_what_was_changed_past_us_is_named(
    factory: Sessions, database: Engine, anchored: DayAnchors, statement: str, fault: str
) -> None:
    """A call's end, a call, the hash of a file, a promise."""
    anchored.run(NEXT)
    with database.begin() as connection:
        connection.execute(text(statement))
    (found,) = faults(anchored)
    assert found.startswith(fault)


def test_what_a_person_is_told_of_may_go(factory: Sessions, anchored: DayAnchors) -> None:
    """A number that was masked after its time changes nothing that was anchored."""
    anchored.run(NEXT)
    with transaction(factory) as session:
        session.execute(update(CallRow).values(caller="anonymous"))
        session.execute(update(Callback).values(number="", name="", matter=""))
    assert faults(anchored) == []


def test_digests_made_anew_contradict_the_log(
    factory: Sessions, database: Engine, anchored: DayAnchors
) -> None:
    """Who owns the database and changes both row and digest still has the log, and its anchors, against
    him.
    """
    anchored.run(NEXT)
    with database.begin() as connection:
        if database.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER audit_anchored_no_delete"))
        else:
            connection.execute(text("ALTER TABLE audit_anchored DISABLE TRIGGER ALL"))
        connection.execute(text("DELETE FROM audit_anchored WHERE kind = 'calls' AND key = 'ntpc1-2.1'"))
        connection.execute(text("DELETE FROM call WHERE id = 'ntpc1-2.1'"))
    assert faults(anchored) == ["what was anchored of 2026-11-24 is not what the log says of it"]


def test_a_run_that_is_killed_is_finished_by_the_next(
    factory: Sessions, anchored: DayAnchors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two steps, and before the row of the day, also when the next run is another day's."""
    monkeypatch.setattr(days, "STEP", 2)
    whole, steps = days._kept, list[int]()

    def dies(*given: Any) -> Any:
        steps.append(1)
        if len(steps) == 5:
            raise RuntimeError("killed")
        return whole(*given)

    monkeypatch.setattr(days, "_kept", dies)
    with pytest.raises(RuntimeError):
        anchored.run(NEXT)
    assert told(factory) == {}
    called(factory, 7, ended_at=NEXT, checked_at=NEXT)
    anchored.run(NEXT + ONE_DAY)
    assert list(told(factory)) == ["audit:2026-11-24", "audit:2026-11-25"] and faults(anchored) == []
