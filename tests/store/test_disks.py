"""A disk that fails is told as it fails: a metric, a line in the log, one ticket."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from hotline import metrics
from hotline.db import Sessions, connect, sessions, transaction
from hotline.settings import Settings
from hotline.tickets.store import FaultRow
from ops.jobs import disks, places
from ops.jobs.disks import DiskWatch
from tests.faults.disks import fill, needs_root, small_disk
from tests.keys import RING

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A node whose folders are there."""
    one = Settings(home=tmp_path / "home", recording_minimum_free=1 << 20)
    for place in places.places(one):
        place.folder.mkdir(parents=True, exist_ok=True)
        place.folder.chmod(0o777)
    return one


def tickets(factory: Sessions) -> list[FaultRow]:
    with transaction(factory) as session:
        return list(session.scalars(select(FaultRow).order_by(FaultRow.id)))


def unwritable(place: str) -> float:
    return metrics.unwritable.labels(place)._value.get()  # type: ignore[no-any-return]


@needs_root
def test_a_full_disk_alarms_once_and_is_mended(settings: Settings, factory: Sessions) -> None:
    """Looked at every 15 s; while it lasts nothing is repeated, and the ticket says when it works again."""
    watch = DiskWatch(factory, settings)
    assert watch.run(AT) == 0 and not tickets(factory)
    with small_disk(settings.cel, 64), capture_logs() as logs:
        fill(settings.cel)
        assert watch.run(AT + disks.EVERY) == 2
        assert unwritable("event log") == 1
        watch.run(AT + 2 * disks.EVERY)
    assert [one["place"] for one in logs if one["event"] == "disk.fault"].count("disk:event log") == 1
    assert any("No space left" in one["why"] for one in logs if one["event"] == "disk.fault")
    assert {one.open_key for one in tickets(factory)} == {"disk:event log@ntpc1", "disk-free:event log@ntpc1"}
    assert all("通話事件紀錄" in one.fault and str(settings.cel) in one.fault for one in tickets(factory))
    watch.run(AT + 3 * disks.EVERY)
    assert unwritable("event log") == 0
    assert all(row.recovered_at for row in tickets(factory))


def test_the_alarm_comes_within_a_minute() -> None:
    """A look each 15 s, and no second one is waited for."""
    assert disks.EVERY <= timedelta(seconds=60) / 2


@needs_root
def test_a_disk_that_holds_the_database_too_still_alarms(settings: Settings, tmp_path: Path) -> None:
    """No ticket can be written then; metric and log can."""
    gone = sessions(
        connect(f"sqlite:///{tmp_path / 'gone' / 'hotline.db'}", wait=timedelta(seconds=0.2), keys=RING)
    )
    with small_disk(settings.recordings, 64), capture_logs() as logs:
        fill(settings.recordings)
        assert DiskWatch(gone, settings).run(AT) == 2
    assert {"disk.fault", "disk.no_ticket"} <= {one["event"] for one in logs}
    assert unwritable("recordings") == 1
