"""Which backups stay, when the last one is too old, and that every folder of the house is decided."""

from datetime import datetime, timedelta

import pytest

from hotline.clock import taipei
from hotline.retention.assignments import FOLDERS
from ops.backup import contents
from ops.backup.rules import instant_of, is_ahead, is_late, may_share, name_of, superfluous

NOW = taipei("2026-11-24T10:00")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEEP = 35 * DAY


def test_a_name_is_its_instant() -> None:
    """In UTC and to the second; what is being written is no backup."""
    assert name_of(NOW) == "20261124T020000Z" and instant_of("20261124T020000Z") == NOW
    assert instant_of("20261124T020000Z.part") is instant_of("deletions") is None


@pytest.mark.parametrize(("age", "goes"), [(KEEP - MINUTE, False), (KEEP, True), (KEEP + DAY, True)])
def test_a_backup_expires_though_it_is_the_only_one(age: timedelta, goes: bool) -> None:
    """What was deleted since is gone from all of them by then."""
    assert superfluous([NOW - age], NOW, KEEP) == ({NOW - age} if goes else set())


def test_of_the_last_hour_all_stay_of_a_day_one_an_hour_and_else_one_a_day() -> None:
    """The last of each span; run after run the same ones stay."""
    made = {NOW - number * 5 * MINUTE for number in range(40 * 24 * 12)}
    stay = made - superfluous(made, NOW, KEEP)
    assert superfluous(stay, NOW, KEEP) == set()
    ages = sorted(NOW - one for one in stay)
    assert ages[:12] == [number * 5 * MINUTE for number in range(12)]
    assert sum(HOUR <= age < DAY for age in ages) == 24
    assert sum(age >= DAY for age in ages) in (34, 35) and max(ages) < KEEP


def test_a_year_of_runs_leaves_one_a_day_and_never_an_older_one() -> None:
    """As it goes: each run looks at what the one before left."""
    kept, at = set[datetime](), NOW
    for _ in range(60 * 8):
        at += 3 * HOUR
        kept.add(at)
        kept -= superfluous(kept, at, KEEP)
    assert len({one.date() for one in kept}) >= 34 and min(kept) > at - KEEP


def test_the_first_of_a_day_shares_nothing() -> None:
    """A day is one in Taipei."""
    midnight = taipei("2026-11-25T00:00")
    assert may_share(NOW, midnight - MINUTE) and not may_share(NOW, midnight)


@pytest.mark.parametrize(("age", "late"), [(15 * MINUTE, False), (16 * MINUTE, True)])
def test_three_times_in_vain_is_late(age: timedelta, late: bool) -> None:
    """None at all is."""
    assert is_late(NOW - age, NOW, 5 * MINUTE) is late and is_late(None, NOW, 5 * MINUTE)


@pytest.mark.parametrize(("ahead", "told"), [(5 * MINUTE, False), (6 * MINUTE, True)])
def test_a_backup_of_a_clock_that_was_wrong_is_told(ahead: timedelta, told: bool) -> None:
    """Clocks that differ a little are not."""
    assert is_ahead(NOW + ahead, NOW) is told


def test_every_folder_of_the_house_is_in_a_backup_or_has_a_reason_not_to_be() -> None:
    """A new one gets its line in ``ops/backup/contents.py``."""
    decided = [*contents.FIRST, "journal", *contents.FOLDERS, *contents.BESIDE, *contents.LEFT]
    assert sorted(decided) == sorted(FOLDERS)
