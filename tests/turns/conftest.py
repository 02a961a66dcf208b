"""Scenes run over the bare engine and over our server; a scene that needs rows asks for ``rows``."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine

from agi_scripts.server import Gate, Server
from agi_scripts.session import decide
from hotline import clock
from hotline.callbacks.service import Callbacks
from hotline.db import sessions
from hotline.journal import Journal
from hotline.worktime import Calendar, OfficeHours, Worktime
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.engine import Book
from ivr.ledger import Ledger
from ivr.menus import FOLDER
from ivr.prompts import Shelf
from ivr.turns import Switchboard
from ops.replay import Replay
from recordings.messages import Messages
from tests.turns.rows import NOON, Hour, Rows
from tests.turns.scene import BareEngine, Caller, FakeAsterisk

CALLS = count(1)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture(scope="session")
def shelf(catalogue: Catalogue) -> Shelf:
    return Shelf(catalogue)


@pytest.fixture
def callbacks() -> Callbacks:
    worktime = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))
    return Callbacks(worktime)


@pytest.fixture
def bulletins(tmp_path: Path) -> Bulletins:
    return Bulletins(tmp_path / "bulletins.json", clock.monotonic)


@pytest.fixture
def books(tmp_path: Path, catalogue: Catalogue, callbacks: Callbacks, bulletins: Bulletins) -> Books:
    return Books(FOLDER, tmp_path / "menus", catalogue, bulletins, callbacks.due)


@pytest.fixture
def book(books: Books) -> Book:
    return books.book()


@pytest.fixture
def rows(database: Engine, tmp_path: Path, callbacks: Callbacks) -> Rows:
    return Rows(database, Replay(sessions(database), tmp_path / "journal", callbacks).run)


@pytest.fixture
def switchboard(database: Engine, tmp_path: Path, books: Books, callbacks: Callbacks) -> Switchboard:
    journal = Journal(tmp_path / "journal", "test")
    ledger = Ledger(sessions(database), journal, callbacks, node="test", elapsed=clock.monotonic)
    return Switchboard(books, ledger, Messages(tmp_path / "messages"))


@pytest.fixture
def hour() -> Hour:
    return Hour()


@pytest.fixture
def server(switchboard: Switchboard, shelf: Shelf, hour: Hour) -> Iterator[Server]:
    question = partial(decide, switchboard=switchboard, shelf=shelf, now=hour)
    gate = Gate(50, 1000, clock.monotonic)
    listening = Server(
        ("127.0.0.1", 0), question, gate, peers=("127.0.0.0/8",), limit=3.0, elapsed=clock.monotonic
    )
    listening.start()
    yield listening
    listening.stop_listening()


@pytest.fixture(params=["engine", "agi"])
def caller(
    request: pytest.FixtureRequest, book: Book, shelf: Shelf, bulletins: Bulletins, hour: Hour
) -> Caller:
    """Somebody who has not dialled yet, on either line; our server believes in the caller's hour."""
    if request.param == "engine":
        return Caller(BareEngine(replace(book, bulletins=bulletins.on()), shelf), NOON)
    server = request.getfixturevalue("server")
    messages = request.getfixturevalue("tmp_path") / "messages"
    return Caller(FakeAsterisk(server.server_address, f"test-{next(CALLS)}.1", messages, hour), NOON)
