"""Both databases for whoever asks: ``database`` is an engine over fresh, empty tables."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import Engine, inspect

import hotline.tables  # noqa: F401
import recordings.retrieval_store  # noqa: F401
import recordings.store  # noqa: F401
import reporting.hour_sums.store  # noqa: F401
import reporting.open_figures  # noqa: F401
import reporting.packs.store  # noqa: F401
from calls.store import CallRow
from hotline import db
from hotline.accounts import service as accounts
from hotline.db import Base, Sessions, connect, sessions
from hotline.keys import checks
from hotline.settings import Settings
from tests.beginnings import made
from tests.keys import KEY, RING
from tests.postgres import CannotRun, Postgres, running

if TYPE_CHECKING:
    from tests.live.system import System

ROOT = Path(__file__).parents[1]
WAIT = timedelta(seconds=20)
BOTH = ["sqlite", "postgresql"]
RFC_9106_SECOND = (3, 65536, 4)
"""Passes, KiB and lanes of Argon2id's second recommended choice (RFC 9106, section 4)."""
DURABLE = "synchronous=FULL"
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # how long an example takes says something of the machine only


def pytest_configure(config: pytest.Config) -> None:
    """Words that were changed since they were compiled are compiled, once for all workers."""
    if not hasattr(config, "workerinput"):
        subprocess.run(["ops/bootstrap.sh", "catalogues"], cwd=ROOT, check=True)


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Commands that run inside a test say where their log goes;
    the next test's log goes where it always goes.

    Faults are logged as short as by our processes: structlog's own pictures of them take seconds of a core.
    """
    before, mask = structlog.get_config()["processors"][:-1], os.umask(0o022)
    os.umask(mask)
    structlog.configure(
        [*before, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    yield
    structlog.reset_defaults()
    os.umask(mask)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Thousands sign in here, and a password in earnest is a tenth of a second of a core:
    hashed with the least effort.
    """
    earnest = accounts.HASHER
    assert (earnest.time_cost, earnest.memory_cost, earnest.parallelism) == RFC_9106_SECOND
    accounts.HASHER = type(earnest)(time_cost=1, memory_cost=8, parallelism=1)
    yield
    accounts.HASHER = earnest


@pytest.fixture(scope="session", autouse=True)
def quick_commits() -> Iterator[None]:
    """A commit in earnest waits for the disk; those of the tests' own processes need outlive no power cut."""
    earnest = db.PRAGMAS
    assert DURABLE in earnest
    db.PRAGMAS = tuple("synchronous=OFF" if one == DURABLE else one for one in earnest)  # type: ignore[misc]
    yield
    db.PRAGMAS = earnest  # type: ignore[misc]


@pytest.fixture(scope="session", autouse=True)
def one_key() -> Iterator[None]:
    """Every installation that a test makes has the same key, so that engines of tests read its rows."""
    before = checks.new_key
    checks.new_key = lambda at: KEY
    yield
    checks.new_key = before


@pytest.fixture(scope="session")
def system() -> Iterator["System"]:
    """The one running hotline of a worker, for all scenes and faults that need no settings of their own."""
    from tests.live.conftest import everyday  # imports every program that plays a telephone

    with everyday() as one:
        yield one


@pytest.fixture(scope="session")
def everyday(system: "System") -> "System":
    """The same, for modules whose ``system`` has settings of its own, of which the plain run needs none."""
    return system


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of our own, once a session. On a developer's machine without one: skipped."""
    try:
        with running() as server:
            yield server
    except CannotRun as why:
        if why.is_failure:
            pytest.fail(str(why))
        pytest.skip(str(why))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize the databases of this run; a fixture that asks for one only at run time gets SQLite."""
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", _databases(metafunc), indirect=True)


def _databases(metafunc: pytest.Metafunc) -> list[str]:
    """SQLite always; PostgreSQL for SQL that differs there, for all by ``--thorough``,
    for none by ``--plain``.
    """
    if metafunc.config.getoption("--plain", False):
        return ["sqlite"]
    if differs := metafunc.definition.get_closest_marker("dialects"):
        return list(differs.args) or BOTH
    return BOTH if metafunc.config.getoption("--thorough", True) else ["sqlite"]


def with_tables(url: str) -> None:
    """Makes every table of the house there."""
    engine = connect(url, wait=WAIT, keys=RING)
    Base.metadata.create_all(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_tables() -> Path:
    """A file with every table of the house, made once a run and copied for each test."""

    def make(settings: Settings) -> None:
        settings.home.mkdir()
        with_tables(settings.database)

    return made("tables", make) / "hotline.db"


@pytest.fixture(scope="session")
def postgres_tables(postgres: Postgres) -> Iterator[str]:
    """A database with every table of the house, made once and copied for each test."""
    with postgres.database() as url:
        with_tables(url)
        yield url.rpartition("/")[2]


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database for processes that connect themselves:
    empty, but for a test that asks for ``database``.
    """
    tables = "database" in request.fixturenames
    if getattr(request, "param", "sqlite") == "sqlite":
        path = tmp_path / "hotline.db"
        if tables:
            shutil.copyfile(request.getfixturevalue("sqlite_tables"), path)
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database(request.getfixturevalue("postgres_tables") if tables else "template1") as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """Every table of the house, empty."""
    engine = connect(database_url, wait=WAIT, keys=RING)
    if not inspect(engine).has_table(CallRow.__tablename__):  # asked for at run time only
        Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def factory(database: Engine) -> Sessions:
    """Sessions over ``database``."""
    return sessions(database)


@pytest.fixture
def no_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The synthesiser is not on this machine, whether it is or not."""
    monkeypatch.setattr("ivr.speech.typed._NEEDED", ("no_synthesiser",))
