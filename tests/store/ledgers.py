"""A ledger in tests: the turn it writes, the clock of its rest, and what waits in its journal."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from calls.store import CallEvent, CallRow
from calls.turn_facts import IS_ROW, Ledger
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.db import sessions, transaction
from hotline.journal import Journal, pending
from ivr.call import Call, InMenu
from ivr.steps import (
    CallArrived,
    CallbackPromised,
    Fact,
    MenuHeard,
)
from ops.jobs.journal_replay import Replay

CALL = Call("ntpc1-1.1", "0123456789ab", InMenu("language"), caller="0912345678", turn=1)
ARRIVED: tuple[Fact, ...] = (CallArrived("0912345678", "1999"), MenuHeard("language"))
PROMISE = CallbackPromised("0912345678", "zh-TW", "caller", "2026-11-24T16:00:00+08:00")
WAIT = timedelta(milliseconds=700)
MARGIN = 1.0  # for a busy machine


class Clockwork:
    """A clock that a test moves, for the ledger's rest."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def ledger_over(
    engine: Engine, journal: Journal, callbacks: Callbacks, elapsed: Clockwork, **limits: timedelta
) -> Ledger:
    return Ledger(sessions(engine), journal, callbacks, node="ntpc1", elapsed=elapsed, **limits)


def journalled(tmp_path: Path) -> list[str]:
    """Keys of what waits in the journal; copies of what is a row do not wait."""
    return [entry.key for entry in pending(tmp_path / "journal", {}) if IS_ROW not in entry.body]


def replay(engine: Engine, tmp_path: Path, callbacks: Callbacks) -> Callable[[], int]:
    """What the jobs do once a second."""
    return Replay(sessions(engine), tmp_path / "journal", callbacks).run


def count(engine: Engine, table: type[CallRow] | type[CallEvent] | type[Callback]) -> int:
    with transaction(sessions(engine)) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
