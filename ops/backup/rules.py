"""Rules of backups: their names, which of them stay, and when the last one is too old."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from hotline.clock import TAIPEI

FORM: Final = "%Y%m%dT%H%M%SZ"
ALL_OF: Final = timedelta(hours=1)
"""Of the last hour every backup stays."""
HOURLY_OF: Final = timedelta(days=1)
"""Of the last day the last of each hour; before that the last of each day."""
LATE: Final = 3
"""So many times in vain, and the backup is late."""
AHEAD: Final = timedelta(minutes=5)
"""Clocks of two machines that are set differ by less."""


def name_of(at: datetime) -> str:
    """The name of the backup of an instant."""
    return at.astimezone(UTC).strftime(FORM)


def instant_of(name: str) -> datetime | None:
    """The instant of a backup by its name; None for what is named otherwise."""
    with suppress(ValueError):
        return datetime.strptime(name, FORM).replace(tzinfo=UTC)
    return None


def superfluous(made: Iterable[datetime], at: datetime, keep: timedelta) -> set[datetime]:
    """Backups that go now: those that have expired, and those between which others stay."""
    known = sorted(made)
    stay = {max(ones) for _, ones in groupby(known, lambda one: _span(one, at))}
    return {one for one in known if one not in stay or at - one >= keep}


def _span(made: datetime, at: datetime) -> tuple[object, ...]:
    """The span of which one backup stays; of spans the older come first."""
    local = made.astimezone(TAIPEI)
    if at - made < ALL_OF:
        return (2, made)
    if at - made < HOURLY_OF:
        return (1, local.date(), local.hour)
    return (0, local.date())


def may_share(made: datetime, at: datetime) -> bool:
    """Tell whether a backup may share unchanged files with an earlier one: the first of a day has all its
    own, so that no damage is in all of them.
    """
    return made.astimezone(TAIPEI).date() == at.astimezone(TAIPEI).date()


def is_late(latest: datetime | None, at: datetime, every: timedelta) -> bool:
    """Tell whether the last whole backup is older than it should be."""
    return latest is None or at - latest > every * LATE


def is_ahead(made: datetime, at: datetime) -> bool:
    """Tell whether a backup was dated by a wrong clock: it stands for the newest until its time comes."""
    return made - at > AHEAD


def times(names: Iterable[str]) -> Iterator[datetime]:
    """Instants of what is named as a backup."""
    return (made for name in names if (made := instant_of(name)))
