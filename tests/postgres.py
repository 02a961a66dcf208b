"""A private PostgreSQL for the tests: its own cluster, a free port, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from tests.ports import free_port

BINARIES = "/usr/lib/postgresql/*/bin"
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # what is proved here is our SQL, not their disk
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "100",
}
NUMBERS = count(1)


class CannotRun(Exception):
    """PostgreSQL cannot be started here; under CI that is a failure."""

    def __init__(self, why: str) -> None:
        self.is_failure = os.environ.get("CI", "").lower() == "true"
        super().__init__(f"{why}; install it for example by: apt-get install postgresql")


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int

    def url(self, name: str) -> str:
        return f"postgresql://hotline@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def database(self, like: str = "template1") -> Iterator[str]:
        """A database of its own, a copy of another, dropped afterwards whoever is still connected."""
        name = f"test_{next(NUMBERS)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}".encode())
            try:
                yield self.url(name)
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def running() -> Iterator[Postgres]:
    """Start a server and stop it. Raises CannotRun."""
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="hotline-postgres-"))
    try:
        user = owner(folder)
        _run([programs / "initdb", "-D", folder / "data", "-U", "hotline", "-A", "trust", "-E", "UTF8", "--no-sync",
              "--locale=C.UTF-8"], user)  # fmt: skip
        port = free_port()
        options = " ".join(f"-c {name}='{value}'" for name, value in OPTIONS.items())
        control = [programs / "pg_ctl", "-D", folder / "data", "-w", "-s"]
        _run([*control, "-l", folder / "log", "-o", f"-p {port} {options}", "start"], user)
        try:
            yield Postgres(port)
        finally:
            _run([*control, "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def binaries() -> Path:
    """Folder of PostgreSQL's programs. Raises CannotRun."""
    found = sorted(Path("/").glob(BINARIES.lstrip("/")), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    if path := shutil.which("initdb"):
        return Path(path).resolve().parent
    raise CannotRun("PostgreSQL is not installed")


def owner(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: then it runs as the user its package has made."""
    if os.geteuid() != 0:
        return None
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        raise CannotRun("there is no user postgres for it to run as") from None
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return owner.pw_name


def _run(command: Sequence[str | Path], user: str | None) -> None:
    done = subprocess.run(
        command,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise CannotRun(f"PostgreSQL does not start: {done.stderr.strip()[-500:]}")
