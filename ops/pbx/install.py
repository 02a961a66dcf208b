"""Fetch Debian's Asterisk 22 into a private tree: no root, no chroot, nothing on the system changes.

The package is newer than the system, so it comes with all the libraries it
needs, down to libc. apt is given a state of its own in which nothing is
installed, so it names them all; its signatures are checked as always.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.pbx.program import in_tree
from ops.starting import AsteriskNotFetched

Say = Callable[[str], None]
SUITE = "forky"
WORTH_SHOWING = re.compile(r"Need to get|Fetched|E:|Err:|Get:\d*0 ")
PROGRAMS = ("apt-get", "dpkg-deb")
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)


def trees(cache: Path) -> list[Path]:
    """Finished private trees in the cache, newest version first."""
    return sorted(cache.glob("asterisk-[0-9]*"), key=_numbers, reverse=True)


def _numbers(tree: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in tree.name.removeprefix("asterisk-").split(".") if part.isdigit())


def install(cache: Path, say: Say) -> Path:
    """A new tree ``asterisk-<version>`` in the cache; half a tree is never left under that name."""
    _demand_programs()
    with _alone(cache, say):
        for left in cache.glob(".asterisk-*"):
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=".asterisk-", dir=cache))
        try:
            return _finish(cache, _fetch(work, say), say)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _demand_programs() -> None:
    for program in PROGRAMS:
        if not shutil.which(program):
            raise AsteriskNotFetched("program", program)


@contextmanager
def _alone(cache: Path, say: Say) -> Iterator[None]:
    with (cache / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process is fetching Asterisk; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(work: Path, say: Say) -> Path:
    say(f"Asterisk: fetching Debian {SUITE}'s package into {work.parent} (once; about 80 MB)")
    apt = _apt(work)
    _stream((*apt, "update"), say)
    _stream((*apt, "install", "--yes", "--download-only", "--no-install-recommends", "asterisk"), say)
    packages = sorted((work / "cache/archives").glob("*.deb"))
    root = work / "root"
    for done, package in enumerate(packages, 1):
        subprocess.run(("dpkg-deb", "-x", package, root), check=True)
        if done % 20 == 0 or done == len(packages):
            say(f"Asterisk: unpacked {done} of {len(packages)} packages")
    return root


def _apt(work: Path) -> tuple[str, ...]:
    for folder in ("state/lists/partial", "cache/archives/partial", "preferences.d"):
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    (work / "sources.list").write_text(
        f"deb [signed-by={_keyring()}] {debian_mirror()} {SUITE} main\n", encoding="ascii"
    )
    options = {
        "Dir::State": work / "state",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": "-",
        "Dir::Etc::preferencesparts": work / "preferences.d",
        "Acquire::Languages": "none",
        # apt's own sandbox user may not be able to enter the cache.
        "APT::Sandbox::User": "root",
    }
    return ("apt-get", "-q", *(word for name, value in options.items() for word in ("-o", f"{name}={value}")))


def _keyring() -> Path:
    for keyring in KEYRINGS:
        if keyring.exists():
            return keyring
    raise AsteriskNotFetched("keys", "debian-archive-keyring")


def debian_mirror() -> str:
    """The mirror this system's apt already uses for Debian's main archive."""
    run = subprocess.run(
        ("apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"),
        capture_output=True,
        text=True,
        check=False,
    )
    sources = [line.rpartition(" ") for line in run.stdout.splitlines()]
    for label, _, mirror in sources:
        if label == "Debian":
            return mirror
    for _, _, mirror in sources:  # before the first `apt-get update` labels are not known
        if mirror.rstrip("/").endswith("/debian"):
            return mirror
    raise AsteriskNotFetched("mirror", "apt")


def _stream(command: tuple[str, ...], say: Say) -> None:
    """Run apt and show what it does; its last words are the reason if it fails."""
    last: list[str] = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
    ) as process:
        for line in process.stdout or ():
            last = [*last[-2:], line.strip()]
            if WORTH_SHOWING.match(line):
                say(f"Asterisk: {line.strip()}")
    if process.returncode:
        raise AsteriskNotFetched("failed", " ".join(last))


def _finish(cache: Path, root: Path, say: Say) -> Path:
    version = in_tree(root).version
    root.chmod(0o755)
    tree = cache / f"asterisk-{version}"
    shutil.rmtree(tree, ignore_errors=True)
    os.sync()  # the name must not outlive a power cut without the files under it
    root.rename(tree)
    say(f"Asterisk: {version} is in {tree}")
    return tree
