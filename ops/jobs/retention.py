"""Retention, wired: its daily run, and what it does before a node serves."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Engine

from administration.retention import OldFiles, Retention, make_good
from administration.sound_retention import SoundRetention
from hotline import clock, disk, metrics
from hotline.db import connect, looking
from hotline.retention import scrubbing, store
from hotline.retention.kinds import RetentionKind
from hotline.retention.rules import is_night
from hotline.settings import Settings
from ops.jobs.scheduler import give_way
from ops.wiring import House
from recordings import sealed_trace

log = structlog.get_logger()
LONGEST_SCRUB: Final = timedelta(hours=6)


def retention_of(house: House) -> Retention:
    """The retention of this node."""
    return Retention(
        house.factory,
        house.eraser,
        lambda: house.periods,
        files_of(house.settings),
        clock.monotonic,
        give_way,
        sound_of(house),
    )


def sound_of(house: House) -> SoundRetention:
    """The sound of this node."""
    return SoundRetention(house.factory, house.archive, house.eraser.log)


def files_of(settings: Settings) -> tuple[OldFiles, ...]:
    """The files that go by their age; uploads have a job of their own, and of logs only those that were
    turned.
    """
    home = settings.home
    return (
        OldFiles(RetentionKind.OUTBOX, settings.outbox),
        OldFiles(RetentionKind.EXPORTS, home / "exports"),
        OldFiles(RetentionKind.LOGS, home / "log", "*.log.*"),
        OldFiles(RetentionKind.LOGS, home / "asterisk" / "log", "*.*"),
    )


def run(house: House, retention: Retention, at: datetime) -> Mapping[str, int]:
    """Run once a day; afterwards, and after every other deletion, what is left of it goes, too."""
    done = retention.run(at)
    for kind, how_many in done.items():
        metrics.retention_deleted.labels(kind).inc(how_many)
    finish_deletions(house, at)
    return done


def finish_deletions(house: House, at: datetime) -> None:
    """Take what was deleted since the last time out of this node's journals, and by night out of unused pages
    of the database, for which PostgreSQL takes the table of keys away from who hears sound.
    """
    with looking(house.factory) as session:
        positions = store.positions(session)
    place = house.settings.home / "run" / "deletions.json"
    finished = _finished(place)
    if positions != finished.get("journals", {}):
        traces = forget_traces(house)
        log.info("deletions.forgotten", traces=traces)
        finished["journals"] = positions
        disk.keep(place, json.dumps(finished))
    if positions != finished.get("keys", {}) and is_night(at):
        with patient_engine(house) as engine:
            faults = [f"{one.name}: {one.fault}" for one in scrubbing.scrub_keys(engine) if one.fault]
        log.info("deletions.scrubbed", faults=faults)
        if not faults:
            disk.keep(place, json.dumps({**finished, "keys": positions}))


def forget_traces(house: House) -> int:
    """Take keys of destroyed sound out of this node's journal and its second copy; how many."""
    folders = filter(None, (house.settings.journal, house.settings.journal_second))
    return sum(sealed_trace.forget(folder, house.factory) for folder in folders)


def _finished(place: Path) -> dict[str, dict[str, int]]:
    """The deletions of which nothing is left here, in journals and among keys."""
    with suppress(OSError, ValueError):
        return dict(json.loads(place.read_text("utf-8")))
    return {}


@contextmanager
def patient_engine(house: House) -> Iterator[Engine]:
    """An engine whose statements may take as long as a table needs to be written anew."""
    engine = connect(house.base.database, wait=LONGEST_SCRUB, pool=1, keys=house.keys)
    try:
        yield engine
    finally:
        engine.dispose()


def make_deletions_good(house: House, at: datetime) -> int:
    """Do the deletions again that a copy of the database which was put back does not know."""
    return make_good(house.factory, house.eraser, at, sound_of(house))
