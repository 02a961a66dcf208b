"""One Asterisk on disk: how to run it, where its modules are, which version it is."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ops.starting import AsteriskUnfit

SERIES, LEAST = 22, 10
SHARES = ("/usr/share/asterisk", "/var/lib/asterisk", "/usr/local/share/asterisk")


@dataclass(frozen=True)
class Program:
    """``words`` start it; ``tree`` is the private tree it needs to see, None for the system's own."""

    version: str
    words: tuple[str, ...]
    modules: Path
    documentation: Path
    tree: Path | None = None


NO_ASTERISK: Final = Program("none", (), Path("/nonexistent"), Path("/nonexistent"))
"""Of a machine that takes no calls."""


def is_fit(version: str) -> bool:
    """22.10 or a later 22.x; other series read other configuration."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return major == SERIES and minor >= LEAST


def at_path(binary: Path) -> Program:
    """The system's own Asterisk, wherever its packager put the modules."""
    return Program(
        version((str(binary),)),
        (str(binary),),
        modules=_first(_modules(), "chan_pjsip.so", "modules"),
        documentation=_first(map(Path, SHARES), "documentation", "documentation"),
    )


def _modules() -> Iterator[Path]:
    yield from Path("/usr/lib").glob("*/asterisk/modules")
    yield from (Path("/usr/lib/asterisk/modules"), Path("/usr/local/lib/asterisk/modules"))


def _first(places: Iterator[Path], holding: str, what: Literal["modules", "documentation"]) -> Path:
    for place in places:
        if (place / holding).exists():
            return place
    raise AsteriskUnfit(what)


def in_tree(tree: Path) -> Program:
    """The Asterisk of a private tree, run by the tree's own loader over the tree's own libraries."""
    libraries = _triplet(tree)
    loader = next(libraries.glob("ld-linux*.so.*"))
    paths = f"{libraries}:{libraries / 'asterisk'}"
    words = (str(loader), "--library-path", paths, str(tree / "usr/sbin/asterisk"))
    return Program(
        version(words),
        words,
        modules=libraries / "asterisk" / "modules",
        documentation=tree / "usr/share/asterisk",
        tree=tree,
    )


def _triplet(tree: Path) -> Path:
    for modules in tree.glob("usr/lib/*/asterisk/modules"):
        return modules.parent.parent
    raise AsteriskUnfit("empty", tree)


def version(words: tuple[str, ...]) -> str:
    """Ask the program for its version, for example ``22.10.1``."""
    try:
        run = subprocess.run((*words, "-V"), capture_output=True, text=True, timeout=20, check=False)
    except OSError as error:
        raise AsteriskUnfit("not-run", words[-1], str(error.strerror)) from error
    found = re.search(r"Asterisk (?:certified[-/])?(\d+\.\d+(?:\.\d+)?)", run.stdout)
    if not found:
        said = (run.stderr or run.stdout).strip().splitlines()[-1:] or ["nothing"]
        raise AsteriskUnfit("no-version", words[-1], said[0])
    return found[1]
