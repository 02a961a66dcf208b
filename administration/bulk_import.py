"""Directory import from files, tried or in earnest: permission, changes, and what goes wrong by it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from administration.directory_check import of_city
from hotline.db import Sessions, looking, transaction
from hotline.directory.files.importing import (
    Became,
    ImportChange,
    Progress,
    ReadFiles,
    import_files,
    may_import,
)
from hotline.directory.findings import Finding
from hotline.directory.rows import load_city
from hotline.errors import HotlineError
from hotline.ledger.changes import ChangeContext
from hotline.sheets.faults import BadSheets, SheetFault
from hotline.staff.service import everybody


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Changes that an import makes, or would; ``findings`` are those that were not there before."""

    read: int
    outcomes: Sequence[ImportChange]
    findings: Sequence[Finding]

    @property
    def count(self) -> Counter[Became]:
        """Number of rows by what became of them."""
        return Counter(outcome.became for outcome in self.outcomes)

    @property
    def unchanged(self) -> int:
        """Lines that say what is so already."""
        return self.read - self.count[Became.ADDED] - self.count[Became.CHANGED]


class OtherThanShown(HotlineError, code="other-than-shown"):
    """The directory changed meanwhile, so that an import would do something else than what was shown."""


def bring(
    sessions: Sessions,
    files: ReadFiles,
    start: datetime,
    pen: ChangeContext,
    *,
    complete: bool,
    dry_run: bool,
    progress: Progress = lambda done, of: None,
    expected: str = "",
) -> ImportResult:
    """Import files, or only try. ``expected``: the digest of what was shown;
    of anything else nothing is written.

    Raises UnknownStaff, NotPermitted, BadSheets, OtherThanShown.
    """
    with _session(sessions, dry_run) as session:
        may_import(session, pen.by, files.records, pen.at)
        staff, seen = everybody(session, start), [load_city(session, start)]
        outcomes = import_files(
            session,
            files,
            start,
            pen,
            complete=complete,
            progress=progress,
            dry_run=dry_run,
            seen=seen.append,
        )
        if expected and digest_of(outcomes) != expected:
            raise OtherThanShown
    before, after = (of_city(city, staff, start) for city in seen)  # when nobody waits for it
    known = set(map(str, before))
    return ImportResult(len(files.records), outcomes, [one for one in after if str(one) not in known])


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line of the files: its faults, or what it would change; nothing of either where it is so already.

    ``is_waiting``: it has no fault itself, but stands only with another that has one.
    """

    file: str
    line: int
    kind: str
    key: str
    faults: tuple[SheetFault, ...] = ()
    change: ImportChange | None = None
    is_waiting: bool = False


def beside(
    sessions: Sessions, files: ReadFiles, faults: Sequence[SheetFault], start: datetime, pen: ChangeContext
) -> list[ImportLine]:
    """Every line of files that cannot be imported: those with faults first, then what the good ones would
    change.

    Tried only. What a complete list would end is told once all of it can be read.
    """
    wrong = {(one.file, one.line) for one in faults}
    left, changes = set[tuple[str, int]](), dict[tuple[str, int], ImportChange]()
    while True:
        good = tuple(one for one in files.records if (one.file, one.line) not in wrong | left)
        try:
            found = bring(sessions, ReadFiles(good), start, pen, complete=False, dry_run=True)
            changes = {(one.file, one.line): one for one in found.outcomes}
            break
        except BadSheets as bad:
            more = {(one.file, one.line) for one in bad.faults} - left
            if not more:
                break
            left |= more
    faulty = dict[tuple[str, int], list[SheetFault]]()
    for one in faults:
        faulty.setdefault((one.file, one.line), []).append(one)
    lines = [ImportLine(*place, _kind(some), _key(some), tuple(some)) for place, some in faulty.items()]
    lines += [
        ImportLine(one.file, one.line, one.kind, one.key, (), changes.get(place), place in left)
        for one in files.records
        if (place := (one.file, one.line)) not in wrong
    ]
    return sorted(lines, key=lambda one: (not one.faults, one.file, one.line))


def _kind(faults: Sequence[SheetFault]) -> str:
    return next((one.kind for one in faults if one.kind), "")


def _key(faults: Sequence[SheetFault]) -> str:
    return next((one.key for one in faults if one.key), "")


def digest_of(outcomes: Sequence[ImportChange]) -> str:
    """Stands for all that changes: two imports of the same digest do the same."""
    return sha256(repr(sorted(map(repr, outcomes))).encode()).hexdigest()


@contextmanager
def _session(sessions: Sessions, dry_run: bool) -> Iterator[Session]:
    """Session of an import; that of a dry run blocks no writer."""
    if not dry_run:
        with transaction(sessions) as session:
            yield session
        return
    with looking(sessions) as session:
        yield session
        session.rollback()
