"""Scenes run over the bare engine, our AGI server and our web door;
a scene that needs rows asks for ``rows``.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from agi_scripts.server import Admission, AgiServer
from agi_scripts.session import decide
from calls.outbound_limits import Caps
from calls.store import HeldCall
from calls.turn_facts import Disowning, Ledger
from calls.webhook_calls import HeldCalls
from hotline import clock
from hotline.callbacks.given_numbers import GivenNumbers
from hotline.callbacks.service import Callbacks
from hotline.db import sessions, transaction
from hotline.journal import Journal
from hotline.worktime import Calendar, OfficeHours, Worktime
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.engine import Book
from ivr.menus import FOLDER
from ivr.prompts import Shelf
from ivr.turn import Cases, Surveys
from ivr.turns import Switchboard
from ops.jobs.journal_replay import Replay
from recordings.messages import Messages
from tests.parts import full_shelf
from tests.turns.lines import BareEngine, FakeAsterisk
from tests.turns.rows import NOON, Hour, Rows
from tests.turns.scene import Caller
from tests.turns.twilio_line import BASE, EXCHANGE, OPERATOR, TOKEN, TwilioLine
from tests.twiml_player import ACCOUNT
from web.app import create_app
from web.sounds import Sounds
from web.twiml import Places
from web.voice import Voice

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
def cases() -> Cases | None:
    """Cases that callers ask for; none, so that no key of theirs is offered."""
    return None


@pytest.fixture
def disowning() -> Disowning | None:
    """Who cancels cases for their holders."""
    return None


@pytest.fixture
def video_address() -> str:
    """The short address of the sign-language pages; none, as it is shipped."""
    return ""


@pytest.fixture
def survey() -> Surveys | None:
    """Who is asked behind a talk; nobody, as it is shipped."""
    return None


@pytest.fixture
def books(
    tmp_path: Path,
    catalogue: Catalogue,
    callbacks: Callbacks,
    bulletins: Bulletins,
    database: Engine,
    cases: Cases | None,
    video_address: str,
    survey: Surveys | None,
) -> Books:
    return Books(
        FOLDER,
        tmp_path / "menus",
        catalogue,
        bulletins,
        callbacks.due,
        given=GivenNumbers(sessions(database), callbacks).refused,
        cases=cases,
        video_address=video_address,
        survey=survey,
    )


@pytest.fixture
def book(books: Books) -> Book:
    return books.book()


@pytest.fixture
def rows(database: Engine, tmp_path: Path, callbacks: Callbacks, disowning: Disowning | None) -> Rows:
    replay = Replay(sessions(database), tmp_path / "journal", callbacks, cases=disowning)
    return Rows(database, replay.run)


@pytest.fixture
def switchboard(
    database: Engine, tmp_path: Path, books: Books, callbacks: Callbacks, disowning: Disowning | None
) -> Switchboard:
    journal = Journal(tmp_path / "journal", "test")
    ledger = Ledger(
        sessions(database), journal, callbacks, node="test", elapsed=clock.monotonic, cases=disowning
    )
    return Switchboard(books, ledger, Messages(tmp_path / "messages"))


@pytest.fixture
def hour() -> Hour:
    return Hour()


@pytest.fixture
def server(switchboard: Switchboard, shelf: Shelf, hour: Hour) -> Iterator[AgiServer]:
    question = partial(decide, switchboard=switchboard, shelf=shelf, now=hour)
    gate = Admission(50, 1000, clock.monotonic)
    listening = AgiServer(
        ("127.0.0.1", 0), question, gate, peers=("127.0.0.0/8",), limit=3.0, elapsed=clock.monotonic
    )
    listening.start()
    yield listening
    listening.stop_listening()


@pytest.fixture
def longest() -> timedelta:
    """The blanket limit of a call (``call_longest``); none, as it is shipped."""
    return timedelta(0)


@pytest.fixture
def caps() -> Caps:
    """Limits of outside numbers that Twilio rings; as they are shipped."""
    return Caps()


@pytest.fixture
def app(
    database: Engine,
    books: Books,
    callbacks: Callbacks,
    hour: Hour,
    longest: timedelta,
    caps: Caps,
    disowning: Disowning | None,
) -> Flask:
    held = HeldCalls(
        sessions(database),
        books,
        callbacks,
        node="test",
        line="twilio",
        longest=longest,
        caps=caps,
        cases=disowning,
    )
    sounds = Sounds(full_shelf(), BASE)
    places = Places(BASE, EXCHANGE, "twilio", "secret", sounds.addresses, sounds.names)
    voice = Voice(held, places, sounds, account=ACCOUNT, operator=OPERATOR, tokens=lambda: (TOKEN,), now=hour)
    return create_app(list, voice, sounds)


@pytest.fixture
def ending(database: Engine) -> Callable[[str], str]:
    def asked(call_id: str) -> str:
        with transaction(sessions(database)) as session:
            return session.get_one(HeldCall, call_id).ending

    return asked


@pytest.fixture
def line(app: Flask, hour: Hour, ending: Callable[[str], str]) -> TwilioLine:
    return TwilioLine(app, hour, ending)


@pytest.fixture(params=["engine", "agi", "twilio"])
def caller(
    request: pytest.FixtureRequest,
    book: Book,
    shelf: Shelf,
    bulletins: Bulletins,
    hour: Hour,
    longest: timedelta,
) -> Caller:
    """Somebody who has not dialled yet, on any line; our server and our door believe in the caller's hour."""
    if request.param == "engine":
        return Caller(BareEngine(replace(book, bulletins=bulletins.on()), shelf, longest), NOON)
    if request.param == "twilio":
        return Caller(request.getfixturevalue("line"), NOON)
    server = request.getfixturevalue("server")
    messages = request.getfixturevalue("tmp_path") / "messages"
    name = f"test-{next(CALLS)}.1"
    return Caller(FakeAsterisk(server.server_address, name, messages, hour, longest), NOON)
