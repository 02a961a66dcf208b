"""Homes of new installations, made once a run by who needs each first, and copied for every other.

The way there from nothing is proved by the migrations' own tests and by whoever makes one; dozens of tests
would each take seconds for it.
"""

import atexit
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from hotline.settings import Settings

PLACE: Final = "BEGINNINGS_OF_HOMES"
"""The environment's name of the folder, by which the workers of a run share it."""
OWNERS: Final = 0o640


def open_place() -> None:
    """Make the folder of this run; it goes with the process."""
    os.environ[PLACE] = mkdtemp(prefix="hotline-beginnings-")
    atexit.register(shutil.rmtree, os.environ[PLACE], ignore_errors=True)


def copied(name: str, home: Path, make: Callable[[Settings], object]) -> Path:
    """Fill a home with what the home of a name holds."""
    return Path(shutil.copytree(made(name, make), home, dirs_exist_ok=True))


@cache
def made(name: str, make: Callable[[Settings], object]) -> Path:
    """The home of a name, which nobody uses; made by who comes first, while the others wait."""
    if PLACE not in os.environ:
        open_place()
    place = Path(os.environ[PLACE]) / name
    with _alone(place.with_suffix(".lock")):
        if not (place / "made").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            make(Settings(home=place / "home"))
            (place / "made").touch()
    return place / "home"


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def migrated(settings: Settings) -> None:
    """Give a new home the newest database with its key, as its first start would."""
    from ops.wiring import migrate  # takes a second, which the process of a run does without

    copied("migrated", settings.home, migrate)


def begun(settings: Settings) -> None:
    """Give the home of a system what its first start would make: the database, and Asterisk's prompts.

    Those are replaced, never written over, and so may be the same files for all.
    """
    sounds = Settings(home=made("sounds", _sounding)).sounds
    shutil.copytree(sounds, settings.sounds, copy_function=os.link, ignore=shutil.ignore_patterns("rest"))
    if not settings.database_url:
        migrated(settings)
        (settings.home / "hotline.db").chmod(OWNERS)


def _sounding(settings: Settings) -> None:
    from ops.pbx.prompts import put_prompts

    put_prompts(settings.prompts, settings.sounds)
