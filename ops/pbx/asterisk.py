"""Asterisk 22 for this machine: the system's own, else a private one in the cache.

What is found is asked for its version; anything but 22.10 or a later 22.x is
refused. ``python -m ops.pbx.asterisk`` prepares the machine and prints the version.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from hotline.errors import HotlineError
from hotline.settings import Settings, load_settings
from hotline.settings.addresses import MachineRole
from ops.machine.users import create_users
from ops.pbx.home import AsteriskHome
from ops.pbx.install import install, trees
from ops.pbx.program import NO_ASTERISK, Program, at_path, in_tree, is_fit, version
from ops.starting import AsteriskNotFetched, NoCache
from ops.terminal import in_words, say

Say = Callable[[str], None]
SYSTEM_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


def find_or_install(cache: Path, say: Say = say) -> Program:
    """The first fit Asterisk: the system's, one in the cache, else one fetched from Debian."""
    if found := present(cache, say):
        return found
    program = in_tree(install(writable(cache), say))
    if not is_fit(program.version):
        raise AsteriskNotFetched("version", program.version)
    return program


def present(cache: Path, say: Say = say) -> Program | None:
    """The Asterisk that ``find_or_install`` would find; None where it would fetch one."""
    return next(_present(cache, say), None)


def program_of(settings: Settings, say: Say = say) -> Program:
    """The Asterisk of a node, which is told; other machines need none."""
    if not settings.runs(MachineRole.NODE):
        return NO_ASTERISK
    program = find_or_install(settings.cache, say)
    say(f"Asterisk {program.version}: {program.words[-1]}")
    return program


def _present(cache: Path, say: Say) -> Iterator[Program]:
    if found := shutil.which("asterisk", path=SYSTEM_PATH):
        if is_fit(its := version((found,))):
            yield at_path(Path(found))
        else:
            say(f"{found} is Asterisk {its}; 22.10 or a later 22.x is needed, so a private one is used")
    yield from (
        program
        for place in _places(cache)
        for program in map(in_tree, trees(place))
        if is_fit(program.version)
    )


def _places(cache: Path) -> tuple[Path, ...]:
    return cache, Path.home() / ".cache" / "hotline"


def writable(cache: Path) -> Path:
    """Folder of downloads: the cache that is set, else the user's own."""
    for place in _places(cache):
        try:
            if not place.is_dir():
                place.mkdir(parents=True)
                place.chmod(0o755)  # Asterisk's own user runs what lies here
            (place / ".lock").touch()
        except OSError:
            continue
        return place
    raise NoCache(_places(cache))


def running(settings: Settings) -> AsteriskHome:
    """The Asterisk of this HOTLINE_HOME, to be asked; it is never fetched for that."""
    return AsteriskHome.of(settings, find_or_install(settings.cache))


def main() -> None:
    """Prepare this machine: Asterisk in the cache and, as root, the users it and our processes run as."""
    try:
        settings = load_settings()
        program = find_or_install(settings.cache)
        say(f"Asterisk {program.version}: {program.words[-1]}")
        create_users()
    except HotlineError as error:
        sys.exit(in_words(error))


if __name__ == "__main__":
    main()
