"""What live tests ask of a running system; under CI a missing part is a failure, elsewhere a skip."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ivr.menus import FOLDER
from tests.live.system import ALL_DAY, System, lacking, must_run, running

WHOLE_NUMBER = re.compile(rb"(?<![\w.+])(?:\+?886|0)9\d{8}(?!\w)")
"""A mobile number that one could dial; callers of these tests have no other."""
BEEP = "odd/zh-TW/beep"


@contextmanager
def everyday() -> Iterator[System]:
    """The hotline as `make up` runs it, over SQLite:
    with browsers, and menu files of its own that a test may change.
    """
    refuse_or_go_on()
    with TemporaryDirectory(prefix="hotline-menus-", dir="/tmp") as menus:
        Path(menus).chmod(0o755)  # read by the user that our processes run as; pytest's own folders are shut
        for file in FOLDER.glob("*.toml"):
            shutil.copy(file, menus)
        with running(menus=menus, browser_phones="yes", after_call=0, **ALL_DAY) as one:
            yield one
            assert_clean(one)


def refuse_or_go_on() -> None:
    """Skip with what to install, or fail under CI."""
    if why := lacking():
        lacks(why)


def lacks(why: str) -> None:
    """Say what this machine needs for a scene: a failure under CI, elsewhere a skip that tells why."""
    if must_run():
        pytest.fail(why)
    pytest.skip(why)


def assert_clean(system: System) -> None:
    """After all calls: no channel left, no sound was ever missing,
    and no log tells a caller's whole number.
    """
    system.until(lambda: system.channels() == 0, 10, "no ghost channel is left")
    log = system.home.messages.read_text("utf-8", "replace") if system.home.messages.exists() else ""
    missing = [line for line in log.splitlines() if "does not exist" in line or "Unable to open" in line]
    assert not [line for line in missing if not is_a_beep_lost_in_a_race(line, system)], missing
    logs = [*(system.settings.home / "log").iterdir(), *system.home.messages.parent.iterdir()]
    told = {path.name: WHOLE_NUMBER.findall(path.read_bytes()) for path in logs if path.is_file()}
    assert not any(told.values()), told


def is_a_beep_lost_in_a_race(line: str, system: System) -> bool:
    """Asterisk beeps to an agent whose *2 has failed while another
    thread joins that phone with the caller again.

    If the phone's format changes between the choice of a file and its opening, none is opened (Asterisk's own
    issue 1623). That beep is lost, and nothing else; a file that is away or shut is told apart.
    """
    beep = system.settings.sounds / BEEP
    shut = [file for file in beep.parent.glob(f"{beep.name}.*") if not file.stat().st_mode & 0o004]
    return f"Unable to open {BEEP} (" in line and beep.with_suffix(".sln12").exists() and not shut
