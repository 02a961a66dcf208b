"""The figures of days that went by, against the database's own count of the same rows."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from calls.cdr import CallResult
from calls.store import CallRow, Leg
from hotline.callbacks.rules import CallbackState
from hotline.callbacks.store import Callback
from hotline.db import Sessions, transaction
from hotline.special_callers.store import SpecialCall, SpecialEvent
from reporting.call_history import Span, bounds, measure
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rules import total
from reporting.hour_sums.service import sums

pytestmark = pytest.mark.dialects

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SINCE, UNTIL = bounds(Span.DAY, NOON.date())


def a_day(sessions: Sessions) -> None:
    """Sixty calls around a day, of which every third waits too long,
    every fifth gives up or is promised a callback, every seventh is put through.
    """
    with transaction(sessions) as session:
        for number in range(60):
            at = SINCE + number * 30 * MINUTE - 180 * MINUTE
            row = CallRow(id=f"c-{number}", started_at=at, queued_at=at, ended_at=at + 9 * MINUTE)
            if number % 5:
                row.queue_seconds = 45.0 if number % 3 == 0 else 5.0
                row.agent_at, row.talk_seconds = at + timedelta(seconds=row.queue_seconds), 60.0 + number
            elif number % 10:
                row.outcome = CallResult.PROMISED
            session.add(row)
            session.flush()
            if number % 7 == 0:
                outcome = "answered" if number % 2 else "busy"
                for place, kind in enumerate(("agent", "desk", "neighbour")):
                    session.add(
                        Leg(
                            channel=f"{number}-{kind}",
                            call_id=row.id,
                            phone=kind,
                            kind=kind,
                            started_at=at + place * MINUTE,
                            outcome="answered" if (number, kind) == (14, "neighbour") else outcome,
                        )
                    )
            if number % 11 == 0:
                steps = {"call_id": row.id, "at": at, "who": "supervisor-1"}
                for kind, before, after in (
                    ("asked", "NORMAL", "REVIEW"),
                    ("authorised", "REVIEW", "SPECIAL"),
                ):
                    session.add(
                        SpecialEvent(
                            key=f"{number}-{kind}", kind=kind, from_state=before, to_state=after, **steps
                        )
                    )
                session.add(
                    SpecialCall(call_id=row.id, state="ENDED", ended_by="cap" if number % 2 else "longest")
                )


def test_calls_are_what_the_database_counts(factory: Sessions) -> None:
    """Of the day and no other: its first instant is in it, its end is not."""
    a_day(factory)
    within = (CallRow.started_at >= SINCE, CallRow.started_at < UNTIL)
    with transaction(factory) as session:
        found = measure(total(sums(session, SINCE, UNTIL).values()))

        def counted(*which: object, of: object = CallRow.id) -> int:
            query = select(func.count(of.distinct())).select_from(CallRow)  # type: ignore[attr-defined]
            return session.scalar(query.outerjoin(Leg, Leg.call_id == CallRow.id).where(*within, *which)) or 0  # type: ignore[arg-type]

        assert found.calls == counted() == 48
        assert found.answered == counted(CallRow.agent_at.is_not(None))
        assert found.abandoned == counted(CallRow.agent_at.is_(None), CallRow.outcome == "")
        assert found.called_back == counted(CallRow.outcome == CallResult.PROMISED) > 0
        assert found.soon == counted(CallRow.queue_seconds == 5.0)
        assert found.put_through == counted(Leg.kind == "desk") > found.connected > 0
        assert found.connected == counted(Leg.kind.in_(("desk", "neighbour")), Leg.outcome == "answered")
        assert found.taken == {"desk": found.connected - 1, "neighbour": 1, "others": 0}
        waits = session.execute(
            select(
                func.avg(CallRow.queue_seconds),
                func.max(CallRow.queue_seconds),
                func.sum(CallRow.talk_seconds),
            ).where(*within)
        ).one()
    assert (round(found.mean_wait or 0, 6), found.longest_wait, found.talk) == (
        round(waits[0], 6),
        waits[1],
        waits[2],
    )
    assert (found.special, found.ended_by_rule) == (4, 2)


def test_promises_stand_as_they_stand_now(factory: Sessions) -> None:
    """Kept in time, called too late, never called, withdrawn in time, still open."""
    due = NOON + 240 * MINUTE
    stories = {
        "kept": {"first_attempt_at": due},
        "late": {"first_attempt_at": due + MINUTE},
        "never": {},
        "withdrawn": {"state": CallbackState.CANCELLED, "closed_at": due - MINUTE},
        "open": {"due_at": due + 600 * MINUTE},
        "tomorrow's": {"registered_at": UNTIL, "due_at": UNTIL + 240 * MINUTE},
    }
    with transaction(factory) as session:
        for name, more in stories.items():
            told = {
                "registered_at": NOON,
                "due_at": due,
                "remind_at": due,
                "state": CallbackState.OPEN,
                **more,
            }
            session.add(Callback(number=name, language="zh-TW", origin="agent", **told))
    with transaction(factory) as session:
        found = measure(total(promised(session, SINCE, UNTIL, due + 2 * MINUTE).values()))
    assert (found.promised, found.kept, found.broken, found.withdrawn, found.open) == (5, 1, 2, 1, 1)
