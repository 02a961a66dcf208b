"""A node with a database of its own, the folder of its backups, and an empty machine to put one back on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from calls.turn_facts import Ledger
from hotline.callbacks.store import Callback
from hotline.clock import taipei
from hotline.db import Base, connect, looking, sessions, transaction
from hotline.keys.files import KeyFile
from hotline.settings import Settings
from ivr.call import Call, InMenu
from ivr.steps import CallbackPromised
from ops.backup import restoring
from ops.backup.manifest import BackupManifest
from ops.backup.restoring import RestoreReport
from ops.backup.store import BackupStore, chosen, store_of
from ops.backup.taking import BackupReport, take
from ops.wiring import SCHEMA_MARK, House, settle_keys, workshop
from tests.conftest import WAIT
from tests.keys import RING, put_keys
from tests.postgres import Postgres
from tests.promises import people

TEN = taipei("2026-11-24T10:00")
MINUTE = timedelta(minutes=1)
NODE = "ntpc1"


@dataclass
class BackedUpNode:
    """Its settings and its processes: a caller's, and the one that makes backups."""

    settings: Settings
    root: Path
    at: datetime = TEN
    calls: int = 0
    house: House = field(init=False)

    def __post_init__(self) -> None:
        self.house = workshop(self.settings, "test")

    @property
    def store(self) -> BackupStore:
        return store_of(self.settings, self.root)

    def promises(self, number: str) -> str:
        """A caller is told by an AGI process; the call."""
        self.at, self.calls = self.at + MINUTE, self.calls + 1
        house = self.house
        ledger = Ledger(
            sessions(house.engine), house.journal, house.callbacks, node=NODE, elapsed=lambda: 9.0
        )
        call = Call(f"{NODE}-{self.calls}.1", "0123456789ab", InMenu("main"), caller=number, turn=3)
        due = house.callbacks.due(self.at).isoformat()
        ledger.write(call, (CallbackPromised(number, "zh-TW", "caller", due, "5112"),), self.at)
        return call.id

    def backs_up(self) -> BackupReport:
        self.at += MINUTE
        return take(self.house, self.store, self.at)

    def verified(self, backup: Path) -> BackupManifest:
        """With the keys of this node."""
        return restoring.verified(backup, KeyFile(self.settings.installation_keys))

    def rows(self) -> dict[str, Callback]:
        with looking(self.house.factory) as session:
            return {row.number: row for row in session.scalars(select(Callback).order_by(Callback.id))}

    def ends(self) -> None:
        """Its processes are ended."""
        self.house.journal.close()
        self.house.engine.dispose()


@dataclass
class EmptyMachine:
    """A new machine with the keys, and nothing else."""

    settings: Settings
    root: Path
    second: Path | None = None

    def settings_there(self) -> Settings:
        return self.settings.model_copy(update={"journal_second": self.second})

    def restores(self, backup: Path, at: datetime = TEN + timedelta(hours=1)) -> RestoreReport:
        return restoring.restore(chosen(backup, at), self.settings_there, at)

    def starts(self) -> BackedUpNode:
        return BackedUpNode(self.settings, self.root)


def node(tmp_path: Path, database_url: str) -> BackedUpNode:
    """A node with its people, and a folder for backups."""
    root = tmp_path / "backups"
    root.mkdir()
    home = put_keys(tmp_path / "home")
    settings = Settings(home=home, database_url=database_url, node=NODE)
    _found(settings)
    made = BackedUpNode(settings, root)
    with transaction(made.house.factory) as session:
        people(session)
    return made


def _found(settings: Settings) -> None:
    """Its tables, as the newest migration leaves them, and the keys of its first start."""
    engine = connect(settings.database, wait=WAIT, keys=RING)
    if not inspect(engine).has_table(Callback.__tablename__):
        Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {SCHEMA_MARK} (version_num VARCHAR(32) PRIMARY KEY)"))
        newest = {"newest": max(restoring.revisions())}
        connection.execute(text(f"INSERT INTO {SCHEMA_MARK} VALUES (:newest)"), newest)
    engine.dispose()
    settle_keys(settings)


@contextmanager
def empty_machine(request: pytest.FixtureRequest, tmp_path: Path, like: Settings) -> Iterator[EmptyMachine]:
    """With an empty database of the same kind as another's."""
    home = put_keys(tmp_path / "new" / "home")
    root = like.home.parent / "backups"
    if like.database_file:
        place = tmp_path / "new" / "hotline.db"
        yield EmptyMachine(Settings(home=home, database_url=f"sqlite:///{place}", node=NODE), root)
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield EmptyMachine(Settings(home=home, database_url=url, node=NODE), root)
