"""Follower of Asterisk's event log: each whole line is loaded exactly once, with its effects, or not at all.

Lines, rows and position move in one transaction, so that the follower may be killed at any moment, and two of
them do no harm. A line that cannot be read is kept as such and stops nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from calls.cdr import CallDetailRecord
from calls.cdr_writer import Records, system
from calls.cel import SYSTEM_START, UNREADABLE, read
from calls.store import LogPosition
from hotline.db import Sessions, add_once, looking, transaction
from hotline.journal import SUFFIX, Marks
from ops.jobs import cel_files
from ops.jobs.cel_files import ACTIVE, LogFile
from ops.jobs.cel_kept import KeptEvents

log = structlog.get_logger()
BATCH: Final = 500
ASKED: Final = 500
"""Files of one question to the database."""
TURNED: Final = timedelta(hours=1)
"""So long Asterisk writes on one file, where the log is kept sealed."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Result of one run; ``ended`` are the calls that ended by it."""

    lines: int = 0
    unreadable: int = 0
    ended: tuple[CallDetailRecord, ...] = ()

    def __add__(self, other: "LoadResult") -> "LoadResult":
        return LoadResult(
            self.lines + other.lines, self.unreadable + other.unreadable, (*self.ended, *other.ended)
        )


@dataclass(frozen=True, slots=True)
class Lag:
    """Bytes that are written and not loaded; ``age`` since the oldest waiting line was written."""

    size: int
    age: timedelta


class Follower:
    """Loader of one node's event log."""

    def __init__(
        self,
        factory: Sessions,
        directory: Path,
        node: str,
        records: Records,
        *,
        batch: int = BATCH,
        turn_at: int = 64 << 20,
        keep: timedelta = timedelta(days=14),
        marks: Marks | None = None,
        kept: KeptEvents | None = None,
    ) -> None:
        self._factory, self._directory, self._node, self._records = factory, directory, node, records
        self._batch, self._turn_at, self._keep = batch, turn_at, keep
        self._kept = kept
        self._positions: dict[str, int] = {}
        self._marks, self._known = marks, marks.known() if marks else {}

    def files(self) -> list[LogFile]:
        """The log as far as it is written now, behind the copies of what was removed."""
        here = cel_files.files(self._directory)
        known = {file.identity for file in here}
        kept = self._kept.files() if self._kept else []
        return [*(file for file in kept if file.identity not in known), *here]

    def load(self, at: datetime, files: Sequence[LogFile] | None = None) -> LoadResult:
        """Load all that is there, or was when ``files`` were seen. Sends no statement when nothing waits."""
        loaded, seen = LoadResult(), self.files() if files is None else files
        self._learn(seen)
        for file in seen:
            while self._position(file) < file.size:
                more = self._load_batch(file, at)
                if more is None:
                    break
                loaded += more
        self._catch_up()
        return loaded

    def look_back(self) -> None:
        """Ask the database anew how far it is: an old copy of it may have been put back."""
        self._positions.clear()

    def _catch_up(self) -> None:
        """Give up waiting for files that are gone: all that is left of the others has been loaded."""
        lost = {
            identity: self._positions.get(identity, 0)
            for identity, mark in self._known.items()
            if not identity.endswith(SUFFIX) and self._positions.get(identity, 0) < mark
        }
        if lost and self._marks:
            log.error("cel.lost", files=sorted(lost))
            self._marks.correct(lost)
            self._known |= lost

    def lag(self, at: datetime) -> Lag:
        """Measure what waits, a torn last line too."""
        waiting = [
            (file.size - offset, self._written_at(file, offset, at) or at)
            for file in self.files()
            if file.size > (offset := self._position(file))
        ]
        oldest = min((written_at for _, written_at in waiting), default=at)
        return Lag(sum(size for size, _ in waiting), max(timedelta(), at - oldest))

    def tidy(self, at: datetime) -> None:
        """Turn a file that has grown large or old; remove those wholly loaded, once they are kept or old."""
        cel_files.turn(self._directory, 0 if self._is_to_be_turned(at) else self._turn_at, at)
        for file in cel_files.files(self._directory):
            if self._position(file) >= file.size and self._may_go(file, at):
                file.path.unlink(missing_ok=True)
        if self._kept:
            self._kept.expire(at - self._keep)

    def _is_to_be_turned(self, at: datetime) -> bool:
        active = (file for file in cel_files.files(self._directory) if file.path.name == ACTIVE)
        begun = [self._written_at(file, 0, at) for file in active] if self._kept else []
        return any(one and at - one > TURNED for one in begun)

    def _may_go(self, file: LogFile, at: datetime) -> bool:
        """Tell whether a loaded file is kept elsewhere, or was kept long enough."""
        if self._kept is None:
            return cel_files.is_old(file, at, self._keep)
        if not cel_files.is_over(file, at):
            return False
        self._kept.keep(file)
        return file.path.stat().st_size == file.size

    def _position(self, file: LogFile) -> int:
        if file.identity not in self._positions:
            self._learn([file])
        return self._positions[file.identity]

    def _learn(self, files: Sequence[LogFile]) -> None:
        """Ask, for many files at once, how far they are loaded, unless it is known."""
        unknown = [file.identity for file in files if file.identity not in self._positions]
        for begin in range(0, len(unknown), ASKED):
            part = unknown[begin : begin + ASKED]
            with looking(self._factory) as session:
                self._positions |= dict.fromkeys(part, 0) | stored_of(session, part)

    def _lines(self, file: LogFile, offset: int, most: int, at: datetime) -> Iterator[tuple[int, bytes]]:
        if self._kept and file.is_kept:
            return self._kept.lines(file, offset, most)
        return cel_files.lines(file, offset, most, is_ended=cel_files.is_over(file, at))

    def _load_batch(self, file: LogFile, at: datetime) -> LoadResult | None:
        """Load a batch in one transaction. None when no whole line waits."""
        offset = self._position(file)
        batch = list(self._lines(file, offset, self._batch, at))
        if not batch:
            return None
        rows = [row for start, line in batch for row in self._rows(file.identity, start, line, at)]
        end = batch[-1][0] + len(batch[-1][1])
        was_loaded = file.is_kept or offset < self._known.get(file.identity, 0)
        records = self._records.restoring(at) if was_loaded else self._records
        try:
            with transaction(self._factory) as session:
                if not move(session, file, offset, end, at):
                    # Another follower was here: go on from where it is.
                    self._positions.pop(file.identity, None)
                    self._records.forget()
                    return LoadResult()
                ended = records.write(session, rows)
        except BaseException:
            self._records.forget()
            raise
        if was_loaded:
            self._records.forget()
        self._positions[file.identity] = end
        self._remember(file.identity, end)
        return LoadResult(len(batch), self._report(file, rows), ended)

    def _remember(self, identity: str, end: int) -> None:
        """Remember it on this machine, too: a database that knows less than that was put back."""
        self._known[identity] = max(end, self._known.get(identity, 0))
        try:
            if self._marks:
                self._marks.remember({identity: end})
        except OSError as error:
            log.warning("cel.not_marked", why=str(error))

    def _rows(self, identity: str, start: int, line: bytes, at: datetime) -> list[dict[str, Any]]:
        return [
            {
                "file": identity,
                "offset": start + one.skipped,
                "linked_id": system(self._node) if one.kind == SYSTEM_START else one.call_id,
                "at": one.at or at,
                "kind": one.kind,
                "body": one.body,
            }
            for one in read(line)
        ]

    def _written_at(self, file: LogFile, offset: int, at: datetime) -> datetime | None:
        """Instant at which the first waiting line was written; None while it is torn, for then nothing is
        late.
        """
        for _, line in self._lines(file, offset, 1, at):
            for one in read(line):
                return one.at or file.changed_at
        return None

    def _report(self, file: LogFile, rows: Sequence[dict[str, Any]]) -> int:
        bad = [row["offset"] for row in rows if row["kind"] == UNREADABLE]
        if bad:
            log.error("cel.unreadable", file=file.path.name, offsets=bad[:10], lines=len(bad))
        return len(bad)


def stored(session: Session, identity: str) -> int:
    """Offset up to which a log file has been loaded."""
    return stored_of(session, [identity]).get(identity, 0)


def stored_of(session: Session, identities: Sequence[str]) -> dict[str, int]:
    """Offsets up to which log files have been loaded, of those that were begun."""
    query = select(LogPosition.file, LogPosition.offset).where(LogPosition.file.in_(identities))
    return {row.file: row.offset for row in session.execute(query)}


def move(session: Session, file: LogFile, start: int, end: int, at: datetime) -> bool:
    """Move the stored position; False when it was not where this follower believed."""
    known = LogPosition.file == file.identity, LogPosition.offset == start
    moved = update(LogPosition).where(*known).values(offset=end, at=at)
    if not start:
        new = {"file": file.identity, "offset": 0, "name": file.path.name, "at": at}
        add_once(session, LogPosition, [new])
    return bool(session.connection().execute(moved).rowcount)
