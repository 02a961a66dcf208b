"""Of several servers the one that writes is found, whatever the others do, within the time of a decision."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from hotline import clock, postgres
from tests.faults.proxy import Proxy
from tests.postgres import CannotRun, Postgres, running

WAIT = 0.7
"""Of a decision, in seconds."""


class Pair:
    """One server that writes and a standby, each behind a proxy, by one URL with the standby first."""

    def __init__(self, writes: Postgres, standby: Postgres) -> None:
        with psycopg.connect(standby.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            connection.execute("SELECT pg_reload_conf()")
        self.writes, self.standby = Proxy(writes.port), Proxy(standby.port)
        hosts = "&".join(f"host={quote(f'127.0.0.1:{one.port}')}" for one in (self.standby, self.writes))
        self.url = f"postgresql://hotline@/postgres?{hosts}"

    def engine(self) -> Engine:
        """A new one, with no connection yet."""
        return postgres.engine(self.url, wait=timedelta(seconds=WAIT), pool=1)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Postgres, Postgres]]:
    with ExitStack() as stack:
        try:
            yield stack.enter_context(running()), stack.enter_context(running())
        except CannotRun as error:
            (pytest.fail if error.is_failure else pytest.skip)(str(error))


@pytest.fixture
def pair(servers: tuple[Postgres, Postgres]) -> Iterator[Pair]:
    pair = Pair(*servers)
    yield pair
    pair.writes.close()
    pair.standby.close()


def takes_writes(engine: Engine) -> tuple[bool, float]:
    """Whether a row can be written, and the seconds until that was known."""
    begun = clock.monotonic()
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TEMPORARY TABLE one (id integer)"))
            connection.execute(text("INSERT INTO one VALUES (1)"))
        return True, clock.monotonic() - begun
    except OperationalError:
        return False, clock.monotonic() - begun
    finally:
        engine.dispose()


def test_the_one_that_writes_is_found(pair: Pair) -> None:
    """Though the standby is named first."""
    assert takes_writes(pair.engine())[0]


def test_a_standby_that_hangs_holds_up_nobody(pair: Pair) -> None:
    """It takes connections and says nothing, as a machine that is halted."""
    with pair.standby.hanging():
        done, seconds = takes_writes(pair.engine())
    assert done and seconds < WAIT


def test_a_standby_that_is_gone_holds_up_nobody(pair: Pair) -> None:
    """Its port is closed."""
    with pair.standby.refusing():
        assert takes_writes(pair.engine())[0]


def test_the_locks_of_a_machine_that_is_gone_are_free_in_half_a_minute(pair: Pair) -> None:
    """The server asks who says nothing whether it is there; by itself it does after two hours."""
    names = ("idle", "interval", "count")
    engine = pair.engine()
    with engine.connect() as connection:
        idle, interval, count = (
            int(connection.execute(text(f"SHOW tcp_keepalives_{name}")).scalar_one()) for name in names
        )
    engine.dispose()
    assert 0 < idle + interval * count <= 30


def test_without_one_that_writes_a_decision_waits_no_longer_than_told(pair: Pair) -> None:
    """Gone: known at once. Hanging: given up when its time is over."""
    with pair.writes.refusing():
        done, seconds = takes_writes(pair.engine())
        assert not done and seconds < WAIT
    with pair.writes.hanging():
        done, seconds = takes_writes(pair.engine())
        assert not done and seconds < WAIT + 0.2
