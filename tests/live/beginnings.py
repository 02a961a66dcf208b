"""What every system begins with, made once a run and given to each: a migrated database, and prompts.

The first start of an installation, from nothing, is proved by the migrations' own tests and by the one that
makes this; each of a dozen systems would take five seconds of a core for it.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from hotline.settings import Settings
from ops.pbx.prompts import put_prompts

PLACE = "BEGINNING_OF_SYSTEMS"
"""The environment's name of the folder, by which the workers of a run share it."""
OWNERS = 0o640


def open_place() -> None:
    """Make the folder of this run; the workers are told by the environment."""
    os.environ[PLACE] = mkdtemp(prefix="hotline-beginning-")


def close_place() -> None:
    """Remove it."""
    shutil.rmtree(os.environ.pop(PLACE, ""), ignore_errors=True)


def begin(settings: Settings) -> None:
    """Give a new home its database with its key, and its prompts: files that are replaced, never written
    over, are the same on the disk.
    """
    if not (place := os.environ.get(PLACE)):
        return
    made = _made(Path(place))
    shutil.copytree(
        made.sounds, settings.sounds, copy_function=os.link, ignore=shutil.ignore_patterns("rest")
    )
    if settings.database_file and not settings.database_url:
        shutil.copy(made.database_file or "", settings.database_file)
        settings.database_file.chmod(OWNERS)
        shutil.copytree(made.installation_keys.parent, settings.installation_keys.parent)


def _made(place: Path) -> Settings:
    """The one that all begin as; made by who comes first, while the others wait."""
    from ops.wiring import migrate  # takes a second, which a run itself does without

    settings = Settings(home=place / "home")
    with _alone(place / "lock"):
        if not (place / "made").exists():
            migrate(settings)
            put_prompts(settings.prompts, settings.sounds)
            (place / "made").touch()
    return settings


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
