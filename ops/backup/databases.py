"""Copies of the database by its own means: SQLite's online backup, PostgreSQL's dump in its custom format."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal, NoReturn

from sqlalchemy import Engine, inspect, make_url, text

from hotline.db import Base
from hotline.settings import Settings
from ops.backup.faults import NoBackup, NotRestored
from ops.wiring import FORMER_MARK, SCHEMA_MARK

FOLDER: Final = "database"
FILES: Final[Mapping[str, str]] = {
    "sqlite": f"{FOLDER}/hotline.db",
    "postgresql": f"{FOLDER}/hotline.dump",
}
"""Names of the copies in a backup, by the kind of the database."""
APART: Final = "apart"
WAIT: Final = timedelta(seconds=10)
"""For a lock of the database, at most."""
PROGRAMS: Final = "/usr/lib/postgresql/*/bin"
"""Where Debian keeps those of every version."""
DEBIAN: Final = Path("/")
TOLD: Final = 500
"""Characters of what a program said that are repeated."""

Program = Literal["pg_dump", "pg_restore"]


def kind_of(settings: Settings) -> str:
    """The kind of the database."""
    return make_url(settings.database).get_backend_name()


def size_of(settings: Settings, engine: Engine) -> int:
    """Bytes that a copy may take at most. Raises DBAPIError."""
    if file := settings.database_file:
        return sum(one.stat().st_size for one in (file, _log_of(file)) if one.exists())
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def schema_of(engine: Engine) -> str:
    """The revision of the schema; empty where no migration made it. Raises DBAPIError."""
    marks = [one for one in (SCHEMA_MARK, FORMER_MARK) if inspect(engine).has_table(one)]
    if not marks:
        return ""
    with engine.connect() as connection:
        return str(connection.scalar(text(f"SELECT version_num FROM {marks[0]}")) or "")


def copy(settings: Settings, target: Path) -> None:
    """Copy the database as it is at one moment, while others write; the copy is one file. Raises NoBackup."""
    if file := settings.database_file:
        _copy_sqlite(file, target)
    else:
        _dump(settings.database, target)


def _copy_sqlite(file: Path, target: Path) -> None:
    if not file.exists():
        raise NoBackup("database", file, "it is not there")
    try:
        with closing(sqlite3.connect(file, timeout=WAIT.total_seconds())) as source:
            with closing(sqlite3.connect(target)) as copied:
                copied.execute("PRAGMA synchronous=OFF")  # flushed by who takes it up
                source.backup(copied)
                copied.execute("PRAGMA journal_mode=DELETE")
                found = copied.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise NoBackup("full", target.parent, str(error)) from error
        raise NoBackup("database", file, str(error)) from error
    if found != "ok":
        raise NoBackup("database", file, str(found))


def _dump(url: str, target: Path) -> None:
    command = (
        _program("pg_dump") or _lacking_dump(),
        "--format=custom",
        "--compress=1",
        "--no-owner",
        "--no-privileges",
        f"--lock-wait-timeout={int(WAIT.total_seconds() * 1000)}",
        _without_password(url),
    )
    with target.open("xb") as writing:  # by our hand: the program may run as another user than we write as
        run = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            env=_password(url),
            check=False,
        )
    if run.returncode:
        told = _told(run.stderr)
        raise NoBackup("full" if "No space left" in told else "database", target.parent, told)


def _lacking_dump() -> NoReturn:
    raise NoBackup("program", "pg_dump")


def refuse_filled(settings: Settings, engine: Engine) -> None:
    """Refuse a database in which anything is. Raises NotRestored, DBAPIError."""
    if file := settings.database_file:
        if file.exists():
            raise NotRestored("filled", file)
    elif inspect(engine).get_table_names():
        raise NotRestored("filled", settings.database.rpartition("@")[2])


def put_back(settings: Settings, engine: Engine, copied: Path) -> None:
    """Put a copy in the place of the database, whole or not at all; what an earlier try put there goes.

    Raises NotRestored, DBAPIError, OSError.
    """
    if file := settings.database_file:
        _put_file(file, copied)
        return
    replaces = ("--clean", "--if-exists") if inspect(engine).get_table_names() else ()
    command = (
        _program("pg_restore") or _lacking_restore(),
        *replaces,
        f"--dbname={_without_password(settings.database)}",
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
    )
    with copied.open("rb") as reading:
        run = subprocess.run(
            command, stdin=reading, capture_output=True, env=_password(settings.database), check=False
        )
    if run.returncode:
        raise NotRestored("database", copied, _told(run.stderr))


def _lacking_restore() -> NoReturn:
    raise NotRestored("program", "pg_restore")


def _put_file(file: Path, copied: Path) -> None:
    draft = file.with_name(f"{file.name}.new")
    file.parent.mkdir(parents=True, exist_ok=True)
    draft.touch(mode=0o600)
    shutil.copyfile(copied, draft)
    with draft.open("rb") as handle:
        os.fsync(handle.fileno())
    for suffix in ("-wal", "-shm"):
        file.with_name(f"{file.name}{suffix}").unlink(missing_ok=True)
    draft.replace(file)


def is_filled(engine: Engine) -> bool:
    """Tell whether a database has our tables. Raises DBAPIError."""
    return bool(set(inspect(engine).get_table_names()) & Base.metadata.tables.keys())


def _program(name: Program) -> str | None:
    """A program of PostgreSQL: the newest of Debian's, for it reads databases of older versions too."""
    found = sorted(DEBIAN.glob(f"{PROGRAMS.lstrip('/')}/{name}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


def _without_password(url: str) -> str:
    return make_url(url).set(drivername="postgresql", password=None).render_as_string()


def _password(url: str) -> Mapping[str, str]:
    """The environment with the password: words of a command can be read by everybody."""
    password = make_url(url).password
    return {**os.environ, "LC_ALL": "C.UTF-8", **({"PGPASSWORD": password} if password else {})}


def _told(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").strip()[-TOLD:]


def _log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")
