"""A supervisor brought to a talk, as rows:
what became of it is on record whoever dies meanwhile (decision 0023).
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from calls.monitor import MISSED, SHOWN, SUPERVISED, TOLD, AttemptOutcome, MonitorAttempt, attempts, begin
from calls.store import CallEvent
from hotline.callbacks.service import Callbacks
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from tests.store.test_cel import Log, follow

NOW = taipei("2026-11-24T10:00")
PATIENCE = timedelta(seconds=35)


def asked(factory: Sessions, seconds: float = 0.0) -> MonitorAttempt:
    with transaction(factory) as session:
        at = NOW + timedelta(seconds=seconds)
        return begin(session, "ntpc1-7.1", by="supervisor-1", agent="agent-1", mode="listen", at=at)


def seen(factory: Sessions, seconds: float) -> list[AttemptOutcome]:
    with transaction(factory) as session:
        return [one.came for one in attempts(session, NOW + timedelta(seconds=seconds), PATIENCE)]


@pytest.mark.parametrize(
    ("word", "came"),
    [
        ("ANSWER", AttemptOutcome.THERE),
        ("BUSY|17|", AttemptOutcome.BUSY),
        ("NOANSWER|0|300", AttemptOutcome.NO_ANSWER),
        ("CHANUNAVAIL|21|300", AttemptOutcome.NO_ANSWER),
        ("CHANUNAVAIL|3|", AttemptOutcome.UNREACHABLE),
        ("NOANSWER|0|", AttemptOutcome.UNREACHABLE),
        ("GONE", AttemptOutcome.TALK_OVER),
        ("CONGESTION|34|", AttemptOutcome.NOT_RUNG),
        ("", AttemptOutcome.NOT_RUNG),
    ],
)
def test_the_event_log_tells_what_became_of_it(
    word: str, came: AttemptOutcome, tmp_path: Path, factory: Sessions, callbacks: Callbacks
) -> None:
    """Loaded by whichever process follows the log; told twice it is on record once;
    of an unknown deed nothing is.
    """
    attempt, log = asked(factory), Log(tmp_path / "cel")
    for token in (attempt.token, attempt.token, "0" * 28):
        log.event(9, 3.0, TOLD, "supervisor-1", eventextra=json.dumps({"extra": f"{token}|{word}"}))
    assert follow(factory, log, callbacks).load(NOW).unreadable == 0
    assert seen(factory, 4) == [came]
    with transaction(factory) as session:
        (end,) = session.scalars(select(CallEvent).where(CallEvent.key.startswith("supervised:")))
    assert (end.call_id, end.at) == ("ntpc1-7.1", NOW + timedelta(seconds=3))
    assert end.kind == (SUPERVISED if came is AttemptOutcome.THERE else MISSED)


def test_a_deed_of_which_no_word_came_rings_no_longer_than_a_telephone_does(factory: Sessions) -> None:
    """The process or Asterisk died in between: ringing, then unknown, then no longer shown;
    the newest is last.
    """
    asked(factory)
    assert seen(factory, 0) == seen(factory, PATIENCE.total_seconds()) == [AttemptOutcome.RINGING]
    assert seen(factory, PATIENCE.total_seconds() + 0.001) == [AttemptOutcome.UNKNOWN]
    asked(factory, 60)
    assert seen(factory, 60) == [AttemptOutcome.UNKNOWN, AttemptOutcome.RINGING]
    assert seen(factory, (PATIENCE + SHOWN).total_seconds() + 1) == [AttemptOutcome.UNKNOWN]
