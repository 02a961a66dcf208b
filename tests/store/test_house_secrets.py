"""Passwords of the house: machines over one database come to the same ones, whoever started first."""

from pathlib import Path

import pytest

from control.passwords import secret, share
from hotline.db import Sessions, transaction
from hotline.settings import Settings

pytestmark = pytest.mark.dialects

NAMES = ("visitor", "ami-limits")


def machine(folder: Path, factory: Sessions) -> tuple[Settings, int]:
    """A machine with its own home, as it starts; how many of its passwords changed by that."""
    settings = Settings(home=folder)
    with transaction(factory) as session:
        return settings, share(session, settings, NAMES)


def test_the_second_machine_takes_what_the_first_one_told(tmp_path: Path, factory: Sessions) -> None:
    """Also where it had made its own before; at its next start nothing changes."""
    first, changed = machine(tmp_path / "one", factory)
    assert changed == 0
    assert secret(Settings(home=tmp_path / "two"), "visitor") != secret(first, "visitor")
    second, changed = machine(tmp_path / "two", factory)
    assert changed == len(NAMES)
    assert all(secret(first, name) == secret(second, name) for name in NAMES)
    assert machine(tmp_path / "two", factory)[1] == 0
    assert (tmp_path / "two" / "secrets" / "visitor").stat().st_mode & 0o777 == 0o600
