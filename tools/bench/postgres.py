"""A PostgreSQL of our own: a fresh cluster in the scratch directory, gone afterwards."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from tools.bench.processes import Child, free_port

USER = "postgres"
MISSING = "PostgreSQL is missing; install it with: apt-get install postgresql"
NO_USER = (
    "PostgreSQL refuses to run as root and there is no user postgres; install: apt-get install postgresql"
)


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    child: Child
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"


def binaries() -> Path | None:
    """Folder of initdb and postgres: the newest version."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    found = shutil.which("postgres")
    return places[-1] if places else Path(found).parent if found else None


def lacking() -> str:
    """Package to install, or nothing."""
    place = binaries()
    if place is None or not (place / "initdb").exists():
        return MISSING
    return NO_USER if os.geteuid() == 0 and not _user() else ""


@contextmanager
def cluster(scratch: Path) -> Iterator[Cluster]:
    """Run a cluster as durable as it is installed: fsync and synchronous commit stay on."""
    place, folder = binaries(), Path(mkdtemp(prefix="postgres-", dir=scratch))  # of each part its own
    assert place is not None  # noqa: S101 - lacking() was asked
    drop: tuple[str, ...] = ()
    if os.geteuid() == 0:
        user = pwd.getpwnam(USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        drop = (f"--reuid={USER}", f"--regid={user.pw_gid}", "--clear-groups")
    init = (
        str(place / "initdb"),
        "-D",
        str(folder / "pg"),
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    )
    subprocess.run(("setpriv", *drop, *init) if drop else init, check=True, capture_output=True)
    port = free_port()
    serve = (
        str(place / "postgres"),
        "-D",
        str(folder / "pg"),
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "-k",
        str(folder),
    )
    child = Child.start(
        "postgres", ("setpriv", *drop, *serve) if drop else serve, scratch / f"{folder.name}.log"
    )
    try:
        child.await_(lambda: _takes_questions(place, port))
        yield Cluster(child, port)
    finally:
        child.stop()


def _takes_questions(place: Path, port: int) -> bool:
    """Try a question: it listens before it answers."""
    asked = (str(place / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port))
    return subprocess.run(asked, check=False).returncode == 0


def _user() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True
