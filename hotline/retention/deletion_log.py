"""The deletion log: one line a record that was deleted, outside the database and its backups.

A line is on the disk before its deletion is committed: it may tell of one that never was, which was due all
the same, and is done when the log is replayed. It names records by their numbers and dates, never a person.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Final

from hotline.errors import HotlineError
from hotline.retention.kinds import DeletionGround, RetentionKind

MODE: Final = 0o640


class NoDeletionLog(HotlineError, code="no-deletion-log"):
    """A log that cannot be written: nothing is deleted of which nothing could tell."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """One record that was deleted: of which table and kind, under which name, begun when; ``at``: when it
    was.

    ``since`` tells two records of one number apart, which a database that was put back gives anew.
    """

    record: str
    kind: RetentionKind
    subject: str
    since: datetime | None
    at: datetime
    ground: DeletionGround


class DeletionLog:
    """A node's log. Who writes holds the lock of the database's deletions, so that one writes at a time."""

    def __init__(self, folder: Path, node: str) -> None:
        self.node, self.path = node, folder / f"{node}.jsonl"

    def append(self, deletions: Iterable[Deletion]) -> int:
        """Write lines and flush them; the byte behind the last one. Raises NoDeletionLog."""
        lines = "".join(f"{_line(one)}\n" for one in deletions).encode()
        try:
            self._make()
            with self.path.open("ab") as file:
                torn = b"\n" if _is_torn(self.path) else b""
                file.write(torn + lines)
                file.flush()
                os.fsync(file.fileno())
                return file.tell()
        except OSError as error:
            raise NoDeletionLog(self.path, error.strerror or type(error).__name__) from error

    def size(self) -> int:
        """Bytes of it; 0 while it is not there. Raises NoDeletionLog."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise NoDeletionLog(self.path, error.strerror or type(error).__name__) from error

    def read(self, offset: int = 0) -> Iterator[Deletion]:
        """Read from a byte on; a line that was torn by a loss of power is left out. Raises NoDeletionLog."""
        if not self.size() > offset:
            return
        with self.path.open("rb") as file:
            file.seek(offset)
            for line in file:
                if line.endswith(b"\n") and (one := _read(line)):
                    yield one

    def _make(self) -> None:
        if self.path.exists():
            return
        self.path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        self.path.touch(MODE)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _is_torn(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _line(one: Deletion) -> str:
    said = {field.name: _plain(getattr(one, field.name)) for field in fields(one)}
    return json.dumps(said, ensure_ascii=False)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(line: bytes) -> Deletion | None:
    """A line as it was written; None for what is none."""
    try:
        said = json.loads(line)
        since = datetime.fromisoformat(said["since"]) if said["since"] else None
        at, ground = datetime.fromisoformat(said["at"]), DeletionGround(said["ground"])
        kind = RetentionKind(said["kind"])
        return Deletion(said["record"], kind, said["subject"], since, at, ground)
    except (ValueError, TypeError, KeyError):
        return None
