"""The directory as calls are routed by it:
seen at the next look, and from the last good copy while the database is away.
"""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hotline.db import Sessions, connect, sessions, transaction
from hotline.directory.calendar import DeclaredDays, declare
from hotline.directory.snapshot import Snapshot
from hotline.ledger.revisions import revision
from hotline.worktime.workdays import DayKind, Override
from tests.conftest import WAIT
from tests.keys import RING
from tests.store.small_city import hour, small_city


def test_a_change_is_seen_at_the_next_look(factory: Sessions, tmp_path: Path) -> None:
    """Also by a calendar that was made before: a typhoon declared now counts now."""
    snapshot = Snapshot(factory, tmp_path / "city.json", lambda: hour(1))
    days = DeclaredDays(snapshot.city)
    snapshot.refresh()
    assert not snapshot.city().at(hour(1)).desks and not days
    with transaction(factory) as session:
        small_city(session)
        declare(session, date(2026, 11, 25), Override(DayKind.OFF, "颱風"), at=hour(1), by="admin-1")
    snapshot.refresh()
    assert set(snapshot.city().at(hour(1)).desks) == {"5112", "5113"}
    assert days[date(2026, 11, 25)].reason == "颱風"


def test_without_a_change_nothing_is_read_anew(factory: Sessions, tmp_path: Path) -> None:
    """One look at one row, every second."""
    with transaction(factory) as session:
        small_city(session)
        assert revision(session) == 6
    snapshot = Snapshot(factory, tmp_path / "city.json", lambda: hour(1))
    snapshot.refresh()
    first = snapshot.city()
    snapshot.refresh()
    assert snapshot.city() is first


def test_fault_23_calls_are_routed_from_the_last_good_snapshot(
    database: Engine, factory: Sessions, tmp_path: Path
) -> None:
    """By the process that saw it, and by one that starts while the database is away;
    told once, not each look.
    """
    with transaction(factory) as session:
        small_city(session)
    file, told = tmp_path / "city.json", list[BaseException]()
    looked = list[float]()
    seen = Snapshot(factory, file, lambda: hour(1), seen=looked.append, away=told.append)
    seen.refresh()
    database.dispose()
    away = sessions(connect("postgresql://127.0.0.1:1/nothing", wait=WAIT, keys=RING))
    started = Snapshot(away, file, lambda: hour(1), away=told.append)
    started.refresh()
    started.refresh()
    assert started.city() == seen.city() and started.city().at(hour(1)).desks["5112"].name == "示範一"
    assert len(told) == 1 and looked == [hour(1).timestamp()]


@pytest.mark.parametrize(
    "content", ["", "{}", '{"form": 0, "rows": {}}', '{"form": 1, "rows": {"x": [[]]}}', "[" * 9999]
)
def test_a_damaged_snapshot_file_is_none(factory: Sessions, tmp_path: Path, content: str) -> None:
    """And is written anew when the database answers."""
    file = tmp_path / "city.json"
    file.write_text(content, "utf-8")
    snapshot = Snapshot(factory, file, lambda: hour(1))
    assert not snapshot.city().rows
    snapshot.refresh()
    assert "form" in file.read_text("utf-8") and file.read_text("utf-8") != content
