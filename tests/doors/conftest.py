"""A fresh installation for commands, and a hand that types them;
the doors for messages and for calls over Twilio.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from agi_scripts.listen import MessageListener
from hotline import clock
from hotline.settings import Settings
from ops.cli.main import main
from ops.wiring import House, workshop
from tests.beginnings import made
from tests.doors.founding import founded
from tests.doors.messages import listening
from tests.doors.twilio_door import Door, a_door, embedded

Typed = Callable[..., Result]


@pytest.fixture(scope="module")
def day() -> Iterator[datetime]:
    """A Wednesday morning, on which it is ten when a file of tests begins, whatever day this machine has."""
    begins, began = clock.taipei("2026-11-25T10:00").astimezone(UTC), clock.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: begins + timedelta(seconds=clock.monotonic() - began))
        yield begins


@pytest.fixture(scope="module")
def fresh(day: datetime) -> Path:
    """The home of a fresh installation, with its tables and its fictional city; copied, never used."""

    def make(settings: Settings) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "now", lambda: day)
            founded(settings)

    return made("fresh", make)


@pytest.fixture(autouse=True)
def voiceless(no_voices: None) -> None:
    """Pages say the same on every machine; real voices are heard in ``live/test_voices_live``."""


@pytest.fixture
def house(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A fresh installation of one's own."""
    home = shutil.copytree(fresh, tmp_path / "home")
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    monkeypatch.setenv("HOTLINE_AMI_PORT", "3")  # where nobody listens, whatever else runs on this machine
    return workshop(Settings(), "test")


@pytest.fixture
def typed(house: House) -> Typed:
    """Type a command; it must be accepted unless ``refused``."""

    def run(line: str, *more: str, refused: bool = False) -> Result:
        result = CliRunner().invoke(main, [*line.split(), *more])
        assert (result.exit_code != 0) == refused, f"{result.output} {result.exception or ''}"
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[MessageListener]:
    """Of spoken messages, for the length of a test."""
    with listening(tmp_path) as one:
        yield one


@pytest.fixture
def both(database: Engine, tmp_path: Path) -> Door:
    """The door for calls over Twilio, over each database."""
    return a_door(database, tmp_path / "menus")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    engine = embedded(tmp_path)
    yield a_door(engine, tmp_path / "menus")
    engine.dispose()


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """For what leaves nothing behind."""
    folder = tmp_path_factory.mktemp("shut")
    engine = embedded(folder)
    yield a_door(engine, folder / "menus")
    engine.dispose()
