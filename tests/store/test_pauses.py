"""Pauses of a recording are events of the call: one at a time, ended once, found while they hold (P4.12)."""

from datetime import timedelta

import pytest

from hotline.clock import taipei
from hotline.db import Sessions, transaction
from ivr import pauses
from ivr.pauses import AlreadyPaused
from ivr.store import CallEvent

NOON = taipei("2026-11-24T12:00")
UNTIL = NOON + timedelta(minutes=1)


def test_P4_12_a_pause_holds_until_its_one_end(factory: Sessions) -> None:
    """A second one is refused meanwhile; afterwards there may be another."""
    with transaction(factory) as session:
        first = pauses.begin(session, "c.1", until=UNTIL, by="agent-1", at=NOON)
        with pytest.raises(AlreadyPaused):
            pauses.begin(session, "c.1", until=UNTIL, by="agent-2", at=NOON)
        pauses.begin(session, "c.2", until=UNTIL, by="agent-2", at=NOON)
        assert pauses.of_call(session, "c.1") == first
        assert [one.call_id for one in pauses.held(session, UNTIL)] == ["c.1", "c.2"]
        pauses.end(session, first, by=pauses.BY_LIMIT, at=UNTIL)
        pauses.end(session, first, by="agent-1", at=UNTIL)
        assert pauses.of_call(session, "c.1") is None
        assert [one.call_id for one in pauses.held(session, UNTIL)] == ["c.2"]
        again = pauses.begin(session, "c.1", until=UNTIL, by="agent-1", at=UNTIL)
        assert pauses.of_call(session, "c.1") == again
    with transaction(factory) as session:
        kept = [(row.kind, row.detail["by"]) for row in session.query(CallEvent).filter_by(call_id="c.1")]
    assert sorted(kept) == [
        ("RecordingPaused", "agent-1"), ("RecordingPaused", "agent-1"), ("RecordingResumed", "limit"),
    ]  # fmt: skip
