"""A name server that hangs, or knows no more, keeps nobody waiting for the database (design law 2: 0.7 s)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError

from hotline import clock, name_resolution, postgres
from hotline.name_resolution import Names

SOON = 0.2


class NameServer:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = Event()

    def __call__(self, host: str) -> str:
        self.asked.append(host)
        assert self.answers.wait(10)
        if host == "nobody":
            raise OSError("Name or service not known")
        return "127.0.0.1"


@pytest.fixture
def server() -> Iterator[NameServer]:
    one = NameServer()
    yield one
    one.answers.set()


def test_one_that_hangs_ends_the_wait(server: NameServer) -> None:
    """Everybody waits no longer than they said, and together they ask once."""
    known, began = Names(server), clock.monotonic()

    def ask(_: int) -> type[Exception]:
        with pytest.raises(OSError) as told:
            known.address("database", SOON)
        return told.type

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {TimeoutError}
    assert clock.monotonic() - began < 10 and server.asked == ["database"]


def test_what_it_says_late_serves_the_next(server: NameServer) -> None:
    known = Names(server)
    with pytest.raises(TimeoutError):
        known.address("database", SOON)
    server.answers.set()
    assert known.address("database", 10) == "127.0.0.1" and server.asked == ["database"]


def test_an_answer_is_used_for_a_while_and_asked_for_again(
    server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad one too: a database that moved is found a few seconds later."""
    server.answers.set()
    known, now = Names(server), [100.0]
    monkeypatch.setattr(name_resolution.clock, "monotonic", lambda: now[0])
    for _ in range(2):
        with pytest.raises(OSError, match="not known"):
            known.address("nobody", 10)
    now[0] += name_resolution.FRESH + 0.1
    with pytest.raises(OSError, match="not known"):
        known.address("nobody", 10)
    assert server.asked == ["nobody", "nobody"]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_an_address_needs_no_server(server: NameServer, address: str) -> None:
    assert Names(server).address(address, SOON) == address and server.asked == []


def test_the_database_is_given_up_in_time(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As away as one that does not answer: the journal takes the facts."""
    monkeypatch.setattr(postgres, "NAMES", Names(server))
    engine = postgres.engine("postgresql://city@database/hotline", wait=timedelta(seconds=SOON), pool=1)
    with pytest.raises(OperationalError, match="the name database is not found in time"):
        engine.connect()
    engine.dispose()
