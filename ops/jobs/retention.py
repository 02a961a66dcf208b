"""Retention, wired: its daily run, and what it does before a node serves."""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Engine

from administration.retention import OldFiles, Retention, make_good
from administration.sound_retention import SoundRetention
from hotline import clock, metrics
from hotline.retention.kinds import RetentionKind
from hotline.settings import Settings
from ops.wiring import House

log = structlog.get_logger()
LONGEST_REST: Final = 0.2
"""Seconds: a batch that waited for somebody else's lock is no reason to wait as long again."""


def retention_of(house: House) -> Retention:
    """The retention of this node."""
    return Retention(
        house.factory,
        house.eraser,
        lambda: house.periods,
        files_of(house.settings),
        clock.monotonic,
        lambda took: time.sleep(min(took, LONGEST_REST)),
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
    """Run once a day; afterwards nothing of what went is left in the embedded database's own log."""
    done = retention.run(at)
    for kind, how_many in done.items():
        metrics.retention_deleted.labels(kind).inc(how_many)
    if done:
        scrub(house.engine, house.settings.database_file)
    return done


def scrub(engine: Engine, file: Path | None) -> None:
    """Bring an embedded database's log into its file, and empty it: pages of before stand in it."""
    if file is None:
        return
    connection = engine.raw_connection()  # outside of a transaction
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def make_deletions_good(house: House, at: datetime) -> int:
    """Do the deletions again that a copy of the database which was put back does not know."""
    return make_good(house.factory, house.eraser, at, sound_of(house))
