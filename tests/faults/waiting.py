"""What waits in the journal of a running system."""

from hotline.db import is_away
from hotline.journal import lag
from ops.jobs.journal_replay import Replay
from tests.live.system import System

LAST = 4000
"""Bytes of a log that a failure shows."""


def journalled(system: System) -> int:
    """Entries that are not in the database yet; all of the journal while it cannot be asked."""
    try:
        return Replay(system.house.factory, system.settings.journal, system.house.callbacks).lag().entries
    except Exception as error:
        if not is_away(error):
            raise
        return lines_in_the_journal(system)


def await_replay(system: System, seconds: float = 30) -> None:
    """Wait until the database has all of the journal; a failure says what waits, and what the jobs said."""
    try:
        system.until(lambda: journalled(system) == 0, seconds, "the journal is replayed")
    except AssertionError as error:
        replay = Replay(system.house.factory, system.settings.journal, system.house.callbacks)
        log = (system.settings.home / "log" / "jobs.log").read_bytes()[-LAST:].decode(errors="replace")
        state = "up" if system.supervisor.is_running("jobs") else "down"
        raise AssertionError(f"{error}: {replay.lag()}, {replay.positions()}; jobs {state}:\n{log}") from None


def lines_in_the_journal(system: System) -> int:
    """Everything that its files hold, replayed or not; only to be compared while nobody replays."""
    return lag(system.settings.journal, {}).entries
