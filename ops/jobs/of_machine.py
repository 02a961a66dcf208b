"""Jobs of every machine: its journal, the house as it is now, its disks and its files."""

from collections.abc import Sequence
from datetime import timedelta

from administration import announcement_rows, menu_phrases
from hotline import clock
from hotline.callbacks import restoring
from hotline.db import looking, transaction
from hotline.journal import second
from hotline.ledger.change_signal import ChangeSignal
from hotline.settings import Settings
from ops.jobs import contact_sheet, outages
from ops.jobs.apart import in_a_process
from ops.jobs.disks import EVERY, DiskWatch
from ops.jobs.journal_replay import Replay
from ops.jobs.node_signs import NodeSigns
from ops.jobs.promise_check import Comparison
from ops.jobs.recordings import verify_recordings
from ops.jobs.retention import make_deletions_good, retention_of
from ops.jobs.retention import run as run_retention
from ops.jobs.scheduler import Job
from ops.parts.reports import release
from ops.wiring import House


def machine_jobs(house: House, replay: Replay) -> Sequence[Job]:
    """Declare what each machine does for itself, whatever else it runs."""
    settings = house.settings
    comparison = Comparison(house.factory, settings.journal, house.callbacks, settings.node, house.keys)
    disks, retention = DiskWatch(house.factory, settings), retention_of(house)
    outage_watch = outages.OutageWatch(
        house.factory,
        settings.node,
        settings.home / "run" / "outages.seen",
        lambda: outages.pages_answer(settings),
    )
    news = ChangeSignal(house.factory)
    signs = NodeSigns(house.factory, house.pbx, settings, release())
    return (
        Job("node", "this machine lives, and takes calls or is drained", timedelta(seconds=1),
            lambda: signs.run(clock.now()), is_due=signs.is_due),
        Job("journal", "what the turns left behind becomes rows", timedelta(seconds=0.5), replay.run),
        Job("promises", "every promise that was given has its row (P5.1.1)", timedelta(minutes=10),
            lambda: replay.is_behind() or comparison.run(clock.now())),
        Job("put-back", "an old copy of the database is brought up to what was promised since, its owners told", timedelta(minutes=1),
            lambda: look_back(house, replay)),
        Job("house", "the directory, the days declared and what is set at run time, as they are now",
            timedelta(seconds=1), house.read_anew, is_due=house.news.is_in),
        Job("announcements", "announcements before the menu, as all machines have them", timedelta(seconds=1),
            lambda: announcement_rows.bring(house.factory, house.announcements, house.bulletins, clock.now()),
            is_due=news.is_in),
        Job("contact-sheet", "whom agents phone while it is down, as a file (P5.4.3)", timedelta(hours=1),
            lambda: contact_sheet.write(house, clock.now())),
        Job("outages", "when jobs or pages were down is written down (P5.4.3)", outages.EVERY,
            lambda: outage_watch.run(clock.now())),
        Job("disks", "what calls are written to can be written, and does not fill up", EVERY,
            lambda: disks.run(clock.now())),
        Job("backup", "database, journals, settings and sound are copied elsewhere", settings.backup_every,
            lambda: in_a_process("ops.backup") if settings.backup_folder else 0),
        Job("second", "the second copy of the journal gets what it lacks", timedelta(minutes=10),
            lambda: keep_second(settings)),
        Job("verify", "every kept file is as it was stored", timedelta(hours=24),
            lambda: verify_recordings(house, clock.now())),
        Job("uploads", "files sent for an import that nobody approved are removed", timedelta(hours=1),
            lambda: house.uploads.sweep(clock.now())),
        Job("retention", "what is kept too long is announced, then deleted (P4.12)", timedelta(minutes=10),
            lambda: replay.is_behind() or run_retention(house, retention, clock.now())),
        Job("phrases", "words of menus that nobody saved are removed", timedelta(hours=1),
            lambda: sweep_phrases(house)),
        Job("tidy", "the journal is turned, old files of it go", timedelta(minutes=10),
            lambda: replay.tidy(clock.now() - settings.journal_keep, settings.journal_kept_most)),
    )  # fmt: skip


def look_back(house: House, replay: Replay) -> None:
    """Look whether an old copy of the database was put back, also while all of us were running."""
    replay.look_back()
    if not replay.is_behind():
        with transaction(house.factory) as session:
            restoring.tell(session, clock.now())
        make_deletions_good(house, clock.now())


def keep_second(settings: Settings) -> int:
    """Bring the second copy of the journal what it lacks, and remove what is old; how many files got longer.

    Raises OSError.
    """
    if not settings.journal_second:
        return 0
    second.expire(settings.journal_second, clock.now() - settings.journal_keep)
    return second.catch_up(settings.journal, settings.journal_second)


def sweep_phrases(house: House) -> None:
    """Remove the phrases on this machine that no menus took."""
    with looking(house.factory) as session:
        menu_phrases.sweep(session, house.announcements, clock.now())
