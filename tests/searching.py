"""A whole installation searched for a citizen: every file of its home, the embedded database too, and every
table.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

import hotline.tables  # noqa: F401 - every table
from calls.cdr_writer import Records
from hotline import clock
from hotline.db import Base
from hotline.retention.rules import DAY
from ops.jobs.cel_follower import Follower
from ops.jobs.cel_kept import KeptEvents
from ops.jobs.journal_replay import Replay
from ops.jobs.retention import retention_of, run
from ops.wiring import House


def written(number: str) -> tuple[str, ...]:
    """A mobile number as people and programs write it; with and without the country it ends alike."""
    return number, number[1:], f"{number[:4]}-{number[4:7]}-{number[7:]}", f"{number[1:4]}-{number[4:7]}"


def hashes(house: House, number: str) -> tuple[str, ...]:
    """The keyed hashes by which rows of a mobile number are found."""
    sent, ring = f"+886{number[1:]}", house.keys
    return *ring.digests("number", sent), *ring.digests("number.last4", sent[-4:])


def found(house: House, sought: Sequence[str]) -> set[str]:
    """Where any of the words stands, each with the word."""
    house.engine.dispose()  # the last connection brings the embedded database's log into its file
    places = {str(path.relative_to(house.settings.home)): path for path in house.settings.home.rglob("*")}
    files = {
        f"{name}: {needle}"
        for name, path in places.items()
        if path.is_file() and not path.is_symlink()
        for raw in (path.read_bytes(),)
        for needle in sought
        if needle.encode() in raw
    }
    return files | set(_in_tables(house, sought))


def _in_tables(house: House, sought: Sequence[str]) -> Iterator[str]:
    with house.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                yield from (f"{table.name}: {needle}" for needle in sought if needle in repr(tuple(row)))


def nights(house: House, until: datetime) -> None:
    """The job of retention as it is declared, in two nights."""
    retention = retention_of(house)
    for at in (until - DAY, until):
        run(house, retention, at)


def outlive_the_journal(house: House) -> None:
    """Journal and event log go by their own jobs, after their own time."""
    settings, later = house.settings, clock.now() + 2 * house.settings.journal_keep
    replay = Replay(house.factory, settings.journal, house.callbacks, keys=house.keys)
    house.journal.close()
    replay.run()
    replay.tidy(later, 0)
    records, kept = (
        Records(settings.node, house.callbacks),
        KeptEvents(settings.journal / "events", house.keys),
    )
    follower = Follower(
        house.factory, settings.cel, settings.node, records, keep=settings.journal_keep, kept=kept
    )
    follower.load(later)
    follower.tidy(later)
