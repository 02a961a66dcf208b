"""A database that is copied, written on, and put back from its copy:
a file of SQLite, a dump of PostgreSQL.
"""

import os
import sqlite3
import subprocess
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from tests.postgres import binaries


class OldCopy:
    """Of the database behind an engine, as it was when this was made."""

    def __init__(self, database: Engine, folder: Path) -> None:
        self._database, self._copy = database, folder / "old-copy"
        if self._is_file:
            self._copy.unlink(missing_ok=True)
            with sqlite3.connect(self._file) as connection:
                connection.execute("VACUUM INTO ?", [str(self._copy)])
            connection.close()
        else:
            self._run("pg_dump", "--clean", "--if-exists", "-f", str(self._copy), self._url)

    def put_back(self) -> None:
        """As an operator does it: nobody is connected meanwhile."""
        self._database.dispose()
        if self._is_file:
            for suffix in ("-wal", "-shm"):
                Path(f"{self._file}{suffix}").unlink(missing_ok=True)
            self._file.write_bytes(self._copy.read_bytes())
            return
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        self._run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(self._copy), self._url)

    @property
    def _is_file(self) -> bool:
        return self._database.dialect.name == "sqlite"

    @property
    def _file(self) -> Path:
        return Path(str(self._database.url.database))

    @property
    def _url(self) -> str:
        return self._database.url.render_as_string(hide_password=False).replace("+psycopg", "")

    def _run(self, program: str, *words: str) -> None:
        command = [str(binaries() / program), *words]
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ}, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
