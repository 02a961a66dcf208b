"""A machine is lost with its disks while a caller talks; an empty one is made from its backup, started by
`hotline up`, and answers: how long it takes, and what is lost (resilience row 48).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import select

from hotline import clock
from hotline.callbacks.store import Callback
from hotline.db import transaction
from hotline.settings import load_settings
from hotline.settings.kinds import CHECKOUT
from ops.backup.store import BackupStore
from ops.machine import users
from ops.pbx.asterisk import find_or_install
from ops.pbx.home import AsteriskHome
from tests.faults.citizens import citizens
from tests.faults.disks import needs_root, small_disk
from tests.live.conftest import refuse_or_go_on
from tests.live.system import ALL_DAY, System, declare, own_house, running
from tests.live.test_ends_live import up
from tests.postgres import Postgres

pytestmark = [pytest.mark.live, needs_root]

KEY_3 = "1,3,-,#"
"""Mandarin, a callback, nothing said after the tone, yes."""
BEFORE, SINCE, IN_A_CALL, AFTER = "0980005001", "0980005002", "0980005003", "0980005004"
AT_ONCE = 1
RTO = 15 * 60.0


@dataclass
class Elsewhere:
    """What outlives the machine: its backups, its keys, and the second copy of its journal."""

    place: Path
    database_url: str

    def folder(self, name: str) -> Path:
        return self.place / name

    @property
    def settings(self) -> dict[str, object]:
        """What the machine is told of it; the jobs make one backup, at their start."""
        return {
            "backup_folder": self.folder("backups"),
            "backup_every": "PT12H",
            "backup_keys": self.folder("keys"),
            "journal_second": self.folder("journal"),
            "database_url": self.database_url,
        }


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[Elsewhere]:
    """Folders of our processes' user, the journal's on another disk; PostgreSQL that will be lost, too."""
    refuse_or_go_on()
    users.create_users()
    ours, place = users.User.named(users.OURS), Path(mkdtemp(prefix="hotline-elsewhere-", dir="/tmp"))
    place.chmod(0o711)
    for name in ("backups", "keys", "journal"):
        (place / name).mkdir(mode=0o700)
        os.chown(place / name, ours.uid, ours.gid)
    with ExitStack() as stack:
        stack.enter_context(small_disk(place / "journal", 64 << 10))
        yield Elsewhere(place, stack.enter_context(database(request, request.param)))
    shutil.rmtree(place)


@contextmanager
def database(request: pytest.FixtureRequest, kind: str) -> Iterator[str]:
    """An empty database; SQLite's lies in the home."""
    if kind == "sqlite":
        yield ""
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@dataclass
class Loss:
    """When the machine was lost, and what its database knew of promises."""

    at: datetime
    due: dict[str, datetime]


def lost(elsewhere: Elsewhere) -> Loss:
    """A promise before the last backup, one after it, and a caller in the menu when all processes die."""
    with running(**ALL_DAY, **elsewhere.settings) as system:
        declare(system, "open")
        store = BackupStore(elsewhere.folder("backups"), "test")
        system.until(lambda: store.whole(), 60, "the jobs have made a backup")
        promised(system, BEFORE)
        typed(system.settings.home, "backup")
        assert len(store.whole()) == 2
        promised(system, SINCE)
        with citizens(system, [IN_A_CALL]) as (one,):
            one.dial(system)
            system.in_menu(IN_A_CALL)
            due, at = dues(system), clock.now()
            system.supervisor.kill_now()
            system.supervisor.stop()
            one.vanish()
    return Loss(at, due)


def promised(system: System, number: str) -> None:
    """A caller presses 3 and is told when."""
    heard = system.call(KEY_3, number, longest=120)
    system.until(lambda: number in dues(system), 20, f"{number} is called back: {heard}")


def dues(system: System) -> dict[str, datetime]:
    """By which time whom somebody calls back."""
    with transaction(system.house.factory) as session:
        rows = session.scalars(select(Callback).order_by(Callback.id))
        return {f"0{row.number.removeprefix('+886')}": row.due_at for row in rows}


def typed(home: Path, *words: str, **settings: str) -> str:
    """A command as it is typed; what it says. It must succeed."""
    given = {f"HOTLINE_{name.upper()}": value for name, value in settings.items()}
    run = subprocess.run(
        (sys.executable, "-m", "ops.cli", *words),
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        env={**os.environ, "HOTLINE_HOME": str(home), **given},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_resilience_48_an_empty_machine_answers_with_every_promise(
    elsewhere: Elsewhere,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    """Within a quarter of an hour, by two commands; that of after the last backup is told to be checked."""
    loss = lost(elsewhere)
    assert set(loss.due) == {BEFORE, SINCE}
    place = elsewhere.folder("new")
    place.mkdir(mode=0o711)
    home, begun = place / "home", clock.monotonic()
    with database(request, "postgresql" if elsewhere.database_url else "sqlite") as empty:
        settings = {"node": "test", **({"database_url": empty} if empty else {})}
        keys = str(elsewhere.folder("keys") / "test.keys")
        told = typed(home, "restore", str(elsewhere.folder("backups")), "--keys", keys, **settings)
        put_back = clock.monotonic() - begun
        monkeypatch.setenv("HOTLINE_HOME", str(home))
        for name, value in settings.items():
            monkeypatch.setenv(f"HOTLINE_{name.upper()}", value)
        there = load_settings()
        asterisk = AsteriskHome.of(there, find_or_install(there.cache))
        system = System(asterisk, own_house(there), None, place)  # type: ignore[arg-type]
        with up(system, **settings):
            is_up = clock.monotonic() - begun
            found = dues(system)
            promised(system, AFTER)
            took = clock.monotonic() - begun
            record_property("seconds", {"put back": put_back, "up": is_up, "a caller was promised": took})
        system.house.engine.dispose()
    shutil.rmtree(place)
    assert found == loss.due, "with their own due times; none is lost, none is doubled"
    assert took < RTO, told
