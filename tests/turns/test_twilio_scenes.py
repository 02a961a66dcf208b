"""The scenes over a third line: signed webhooks through the Flask door, performed as Twilio's documents say."""

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from hotline.callbacks.service import Callbacks
from hotline.db import sessions, transaction
from hotline.worktime import Calendar, OfficeHours, Worktime
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.held import HeldCalls
from ivr.menus import FOLDER
from ivr.store import HeldCall
from tests.city import seeded
from tests.parts import full_shelf
from tests.scenes import SCENES
from tests.script import Script, play
from tests.turns.rows import NOON, Hour, Rows
from tests.turns.scene import Caller
from tests.turns.twilio_line import BASE, EXCHANGE, OPERATOR, TOKEN, TwilioLine
from web.app import create_app
from web.sounds import Sounds
from web.twiml import Places
from web.voice import Voice

OFFICE = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))


@pytest.fixture
def script() -> Script:
    """Whoever plays none has the city as it is."""
    return Script(NOON, (), ())


@pytest.fixture
def books(
    tmp_path: Path, catalogue: Catalogue, callbacks: Callbacks, bulletins: Bulletins, script: Script
) -> Books:
    city = seeded(script.given)
    return Books(
        FOLDER, tmp_path / "menus", catalogue, bulletins, callbacks.due,
        city=lambda: city, is_open=OFFICE.is_open,
    )  # fmt: skip


@pytest.fixture
def app(database: Engine, books: Books, callbacks: Callbacks, hour: Hour) -> Flask:
    held = HeldCalls(sessions(database), books, callbacks, node="test", line="twilio")
    sounds = Sounds(full_shelf(), BASE)
    places = Places(BASE, EXCHANGE, "twilio", "secret", sounds.addresses, sounds.names)
    voice = Voice(held, places, sounds, operator=OPERATOR, tokens=lambda: (TOKEN,), now=hour)
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


class TestScenes:
    """Those of every line; the call is kept in the database alone between two webhooks."""

    @pytest.fixture(params=SCENES)
    def script(self, request: pytest.FixtureRequest) -> Script:
        return Script.read(SCENES[request.param])

    def test_a_scene_is_played(self, script: Script, line: TwilioLine, rows: Rows) -> None:
        """As written, line by line; then who is left hangs up, and the call has its row."""
        caller = play(script, Caller(line, NOON))
        if not line.player.over:
            line.player.hang_up()
        call = rows.call(line.player.sid)
        assert (call.line, call.ended_at is not None, call.started_at is not None) == ("twilio", True, True)
        assert call.menus and call.end_reason and call.outcome, caller.last
