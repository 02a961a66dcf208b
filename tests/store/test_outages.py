"""Outage log and contact sheet: what was down and when, and whom agents phone meanwhile (P5.4.3)."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from hotline import outages
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.outages import OutagePart
from ops.jobs.contact_sheet import FILE, keep
from ops.jobs.outages import SILENCE, OutageWatch

pytestmark = pytest.mark.dialects

TEN = taipei("2026-11-24T10:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def log(factory: Sessions) -> list[tuple[str, object, object]]:
    with transaction(factory) as session:
        return [(one.part, one.began_at, one.ended_at) for one in outages.outages(session)]


def watch(factory: Sessions, folder: Path, *, answer: bool = True) -> OutageWatch:
    """A jobs process as it starts."""
    return OutageWatch(factory, "n1", folder / "seen", lambda: answer)


def test_P5_4_3_a_time_without_jobs_is_an_outage_once_they_run_again(
    factory: Sessions, tmp_path: Path
) -> None:
    """From the last look to the first one after; a first start and a restart are none."""
    assert watch(factory, tmp_path).run(TEN) == 0
    assert watch(factory, tmp_path).run(TEN + SILENCE) == 0
    back = TEN + SILENCE + 2 * HOUR
    assert watch(factory, tmp_path).run(back) == 1
    assert watch(factory, tmp_path).run(back) == 0
    assert log(factory) == [(OutagePart.SYSTEM, TEN + SILENCE, back)]


def test_P5_4_3_pages_that_are_silent_twice_are_down_since_the_first_time(
    factory: Sessions, tmp_path: Path
) -> None:
    """One look in vain may have been a restart; the outage lasts until they answer."""
    answers = iter((True, False, True, False, False, False, True))
    looks = OutageWatch(factory, "n1", tmp_path / "seen", lambda: next(answers))
    for minute in range(3):
        looks.run(TEN + minute * MINUTE)
    assert log(factory) == []
    for minute in range(3, 6):
        looks.run(TEN + minute * MINUTE)
    assert log(factory) == [(OutagePart.PAGES, TEN + 3 * MINUTE, None)]
    looks.run(TEN + 6 * MINUTE)
    assert log(factory) == [(OutagePart.PAGES, TEN + 3 * MINUTE, TEN + 6 * MINUTE)]


def test_P5_4_3_the_contact_sheet_is_readable_by_its_group_only(tmp_path: Path) -> None:
    """Rewritten whole; nobody else enters its folder."""
    folder = tmp_path / "contacts"
    keep(folder, "一")
    assert keep(folder, "二").read_text("utf-8") == "二"
    assert [one.name for one in folder.iterdir()] == [FILE]
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE((folder / FILE).stat().st_mode)) == (
        0o750,
        0o640,
    )
