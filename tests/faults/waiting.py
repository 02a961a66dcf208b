"""What waits in the journal of a running system."""

from hotline.db import is_away
from hotline.journal import lag
from ops.jobs.journal_replay import Replay
from tests.live.system import System


def journalled(system: System) -> int:
    """Entries that are not in the database yet; all of the journal while it cannot be asked."""
    try:
        return Replay(system.house.factory, system.settings.journal, system.house.callbacks).lag().entries
    except Exception as error:
        if not is_away(error):
            raise
        return lines_in_the_journal(system)


def await_replay(system: System, seconds: float = 30) -> None:
    """Wait until the database has all of the journal."""
    system.until(lambda: journalled(system) == 0, seconds, "the journal is replayed")


def lines_in_the_journal(system: System) -> int:
    """Everything that its files hold, replayed or not; only to be compared while nobody replays."""
    return lag(system.settings.journal, {}).entries
