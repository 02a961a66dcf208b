"""The help of every command: each says what it does, each option what it means."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.settings import Settings
from ops.cli.main import main
from ops.wiring import House, workshop
from tests.beginnings import copied
from tests.doors.founding import founded

PLAIN = {"email"}
"""Options that say all by their name."""


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The whole tree."""
    for name, one in group.commands.items():
        yield (*path, name), one
        if isinstance(one, click.Group):
            yield from commands(one, *path, name)


TREE = dict(commands(main))


def test_every_command_and_option_is_explained() -> None:
    """A sentence for each, from the top down; none is cut short on a narrow screen."""
    for path, command in TREE.items():
        told = CliRunner().invoke(main, [*path, "--help"])
        assert told.exit_code == 0, path
        assert "..." not in told.output.partition("Options:")[2], path
        assert command.help and command.help.strip()[0].isupper() and command.help.strip()[-1] in ".…)", path
        options = [one for one in command.params if isinstance(one, click.Option)]
        assert [one.name for one in options if not one.help and one.name not in PLAIN] == [], path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The fictional city."""
    settings = Settings(home=tmp_path)
    copied("founded", settings.home, founded)
    made = workshop(settings, "tests")
    yield made
    made.engine.dispose()


def hotline(house: House, *words: str) -> Result:
    return CliRunner().invoke(main, words, env={"HOTLINE_HOME": str(house.settings.home)})


def test_a_doctor_tells_what_keeps_a_call_from_being_served(house: House) -> None:
    """As health does, also where nothing of ours runs."""
    told = hotline(house, "doctor")
    assert told.exit_code == 1
    assert any(line.startswith("missing: asterisk") for line in told.output.splitlines()), told.output


def test_P4_8_a_bulletin_is_switched_by_those_who_may_and_on_record(house: House) -> None:
    """An agent may not; what callers hear now is told."""
    assert hotline(house, "bulletin", "on", "typhoon", "--by", "agent-1").exit_code == 1
    assert hotline(house, "bulletin", "on", "flood", "--by", "admin-1").exit_code == 1
    assert house.bulletins.on() == ()
    assert hotline(house, "bulletin", "on", "typhoon", "--by", "admin-1").output == "callers hear: typhoon\n"
    assert "* typhoon" in hotline(house, "bulletin", "list").output
    assert hotline(house, "bulletin", "off", "--by", "supervisor-1").output == "callers hear no bulletin\n"
    with transaction(house.factory) as session:
        assert [(deed.by, deed.after) for deed in audit_rows(session, subject="bulletins")] == [
            ("admin-1", {"on": ["V-03.typhoon"]}),
            ("supervisor-1", {"on": []}),
        ]
