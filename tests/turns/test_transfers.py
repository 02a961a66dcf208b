"""§9.1: a caller is put through; every row of the table,
over the bare engine and over our server (over Twilio: test_twilio_scenes).
"""

from datetime import time
from pathlib import Path

import pytest

from hotline.callbacks.service import Callbacks
from hotline.worktime import Calendar, OfficeHours, Worktime
from ivr.books import Books
from ivr.bulletins import Bulletins
from ivr.catalogue import Catalogue
from ivr.menus import FOLDER
from tests.city import seeded
from tests.scenes import SCENES
from tests.script import Script, play
from tests.turns.scene import Caller

OFFICE = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))


@pytest.fixture(params=SCENES)
def script(request: pytest.FixtureRequest) -> Script:
    return Script.read(SCENES[request.param])


@pytest.fixture
def books(
    tmp_path: Path, catalogue: Catalogue, callbacks: Callbacks, bulletins: Bulletins, script: Script
) -> Books:
    city = seeded(script.given)
    return Books(
        FOLDER,
        tmp_path / "menus",
        catalogue,
        bulletins,
        callbacks.due,
        city=lambda: city,
        is_open=OFFICE.is_open,
    )


@pytest.mark.parametrize("caller", ["engine", "agi"], indirect=True)
def test_a_scene_is_played(script: Script, caller: Caller) -> None:
    """As written, line by line."""
    play(script, caller)
