"""Both databases for whoever asks: ``database`` is an engine over fresh, empty tables."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import Engine

import hotline.auditlog.store  # noqa: F401
import hotline.callbacks.store  # noqa: F401
import hotline.directory.store  # noqa: F401
import hotline.knowledge.store  # noqa: F401
import hotline.news.store  # noqa: F401
import hotline.notices.store  # noqa: F401
import hotline.special.store  # noqa: F401
import hotline.staff.store  # noqa: F401
import hotline.tickets.store  # noqa: F401
import ivr.store  # noqa: F401
import recordings.store  # noqa: F401
from hotline.db import Base, Sessions, connect, sessions
from tests.postgres import CannotRun, Postgres, running

WAIT = timedelta(seconds=5)
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # how long an example takes says something of the machine only


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Commands that run inside a test say where their log goes; the next test's log goes where it always goes.

    Faults are logged as short as by our processes: structlog's own pictures of them take seconds of a core.
    """
    before = structlog.get_config()["processors"][:-1]
    structlog.configure(
        [*before, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    yield
    structlog.reset_defaults()


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
    """Whoever uses the database runs on both; a fixture that asks for it only at run time gets SQLite."""
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, for processes that connect themselves."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'hotline.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """Every table of the house, empty."""
    engine = connect(database_url, wait=WAIT)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def factory(database: Engine) -> Sessions:
    """Sessions over ``database``."""
    return sessions(database)
