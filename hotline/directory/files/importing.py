"""Files into rows: everything or nothing, and a second time the same files change nothing.

Contradictions between lines, and between lines and rows, are told before anything is written.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Unpack

from sqlalchemy.orm import Session

from hotline.accounts.endings import destroy_proofs
from hotline.clock import TAIPEI
from hotline.directory.circles import LEADING, StatedFacts, circle_of
from hotline.directory.files.confined import WORKBOOK, read_workbook
from hotline.directory.rows import KINDS, city_of
from hotline.directory.rules import City
from hotline.directory.service import withdraw
from hotline.ledger import history
from hotline.ledger.changes import Authorship, ChangeContext, LedgerEntry
from hotline.ledger.history import TABLES, DatedRow
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revise
from hotline.permissions import Action, Role
from hotline.sheets.columns import SHEET_OF, SHEETS, SheetRecord, doubles, read
from hotline.sheets.faults import BadSheets, SheetFault, SheetFaultKind
from hotline.sheets.headings import sheet_of
from hotline.staff.rules import described, needs_two
from hotline.staff.service import is_nobody, is_same_name, latest_names, permitted

FILES = {sheet.kind: name for name, sheet in SHEETS.items()}
OURS: Final = {"known": ", ".join(f"{name}.csv" for name in SHEETS)}


class Became(StrEnum):
    """Effect of an import on a key."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ImportChange:
    """One row that is other than before; ``words`` are those that differ: column, before, now.

    ``planned``: when a change of it that is planned already takes effect. It stays.
    """

    became: Became
    kind: str
    key: str
    words: tuple[tuple[str, Any, Any], ...] = ()
    planned: datetime | None = None
    file: str = field(default="", compare=False, repr=False)
    line: int = field(default=0, compare=False, repr=False)
    """The line that makes it; of what no line lists, none."""

    @property
    def says(self) -> str:
        """The new words of the row; of a change ``before → now``."""
        match self.became:
            case Became.CHANGED:
                return ", ".join(f"{name}: {_word(old)} → {_word(new)}" for name, old, new in self.words)
            case _:
                return ", ".join(_shown({name: new for name, _, new in self.words}))


Known = Mapping[str, dict[str, list[DatedRow]]]
"""The rows that count, by kind and key."""
Gone = Mapping[str, frozenset[str]]
"""Keys that end, by kind."""


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """The content of files: records in the order in which they are written, and faults."""

    records: tuple[SheetRecord, ...]
    faults: tuple[SheetFault, ...] = ()


def read_files(path: Path) -> ReadFiles:
    """Read one file, or of a folder every ``*.csv`` and ``*.xlsx``. Raises OSError."""
    files = sorted((*path.glob("*.csv"), *path.glob("*.xlsx"))) if path.is_dir() else [path]
    records, faults = list[SheetRecord](), list[SheetFault]()
    for file in files:
        if file.suffix == ".xlsx":
            found, wrong = read_workbook(file.name, file.read_bytes())
            records, faults = records + found, faults + wrong
            continue
        if file.suffix != ".csv" or file.stem not in SHEETS:
            faults.append(SheetFault(file.name, 1, "", SheetFaultKind.NO_FILE_OF_OURS, OURS))
            continue
        found, wrong = read(file.name, file.read_bytes())
        records, faults = records + found, faults + wrong
    if not files:
        faults.append(SheetFault(path.name, 1, "", SheetFaultKind.NO_FILE, OURS))
    return _files(records, faults)


def read_content(name: str, content: bytes, only: str = "") -> ReadFiles:
    """One file that somebody sent under a name of theirs; ``only`` says which file of the directory it is.

    A workbook may hold several worksheets, and is known by its first bytes.
    """
    if content.startswith(WORKBOOK):
        records, faults = read_workbook(f"{Path(name).stem}.xlsx", content, only)
        return _files(records, faults)
    file = only or sheet_of(Path(name).stem)
    if file not in SHEETS:
        return ReadFiles((), (SheetFault(name, 1, "", SheetFaultKind.NO_FILE_OF_OURS, OURS),))
    return _files(*read(f"{file}.csv", content))


def _files(records: list[SheetRecord], faults: list[SheetFault]) -> ReadFiles:
    order = list(SHEET_OF)
    ordered = tuple(sorted(records, key=lambda record: order.index(record.kind)))
    return ReadFiles(ordered, (*faults, *doubles(records, faults)))


def may_import(session: Session, by: str, records: Sequence[SheetRecord], at: datetime) -> None:
    """Require that ``by`` may import. Where nobody is on the staff yet, the administrator whom the files name
    may.

    Raises UnknownStaff, NotPermitted.
    """
    if is_nobody(session):
        for record in records:
            if (record.kind, record.key) == ("staff", by) and Role.ADMINISTRATOR in record.says["roles"]:
                return
    permitted(session, by, Action.DIRECTORY_IMPORT, at)


Progress = Callable[[int, int], object]
"""Told from time to time: so many lines of so many."""
STEP: Final = 250


def import_files(
    session: Session,
    files: ReadFiles,
    effective: datetime,
    pen: ChangeContext,
    *,
    complete: bool = False,
    progress: Progress = lambda done, of: None,
    dry_run: bool = False,
    seen: Callable[[City], object] | None = None,
) -> list[ImportChange]:
    """Write what is new or other, from ``effective`` on; lines with a beginning of their own from there.

    ``complete``: what the files of a kind do not list ends at ``effective``. ``dry_run``: only the answer;
    the session must be rolled back. ``seen``: told the city as it is afterwards, or would be. Raises
    BadSheets before anything is written.
    """
    if not dry_run:
        revise(session)  # first: what is read after it nobody else changes
    records = files.records
    known: Known = {kind: history.by_key(session, table) for kind, table in TABLES.items()}
    gone = _unlisted(records, known, effective) if complete else {}
    planned = (*_planned_faults(gone, known, effective), *backwards(records, effective))
    whole = {SHEETS[Path(fault.file).stem].kind for fault in files.faults if Path(fault.file).stem in SHEETS}
    unread = whole | {fault.kind for fault in files.faults if fault.kind}
    faults = files.faults + planned + tuple(_reference_faults(records, known, gone, effective, unread))
    faults += tuple(_together(records, known, effective))
    faults += tuple(_other_people(session, records, pen.at))
    if not is_nobody(session):  # the first import makes the staff
        faults += tuple(_given_alone(records, known, effective))
    faults = faults or tuple(circles(records, known, gone, effective))
    if faults:
        raise BadSheets(tuple(sorted(faults, key=lambda fault: (fault.file, fault.line))))
    entry = LedgerEntry(session, pen)
    with session.no_autoflush:
        written = list(_write(entry, records, known, effective, progress))
        written += _close(entry, gone, known, effective)
    if seen:
        seen(city_of({kind: [row for rows in known[kind].values() for row in rows] for kind in KINDS}))
    if not dry_run:
        entry.finish()
        destroy_proofs(session, gone.get("staff", ()), at=pen.at, by=pen.by)
    return written


def end_row(session: Session, kind: str, key: str, since: datetime, **who: Unpack[Authorship]) -> None:
    """End a row from ``since`` on. Raises Unknown, or BadSheets when others still name it."""
    revise(session)
    known: Known = {kind: history.by_key(session, table) for kind, table in TABLES.items()}
    if faults := tuple(_left_behind(set(), known, {kind: frozenset((key,))}, since)):
        raise BadSheets(faults)
    withdraw(session, kind, key, since, **who)


def _write(
    entry: LedgerEntry, records: Sequence[SheetRecord], known: Known, effective: datetime, progress: Progress
) -> Iterator[ImportChange]:
    for number, record in enumerate(records, 1):
        table, rows = TABLES[record.kind], known[record.kind].setdefault(record.key, [])
        period = Period(record.since or effective, record.until)
        before = _at(rows, period.since)
        says = {**(before.says() if before else SHEET_OF[record.kind].empty), **record.says}
        planned = min((row.valid_from for row in rows if row.valid_from > period.since), default=None)
        if entry.write(table, record.key, says, period, rows):
            became = Became.CHANGED if before else Became.ADDED
            told = tuple(_differing(before.says() if before else {}, says))
            yield ImportChange(became, record.kind, record.key, told, planned, record.file, record.line)
        if number % STEP == 0 or number == len(records):
            progress(number, len(records))


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name, value in after.items():
        if value != before.get(name):
            yield name, before.get(name), value


def _word(value: Any) -> str:
    return (
        " ".join(map(str, value)) if isinstance(value, list) else "-" if value in ("", None) else str(value)
    )


def _planned_faults(gone: Gone, known: Known, effective: datetime) -> Iterator[SheetFault]:
    """Find ends that would take with them what is planned for later; nobody shall lose that unawares."""
    for kind, keys in gone.items():
        for key in sorted(keys):
            for row in known[kind][key]:
                if row.valid_from > effective:
                    when = f"{row.valid_from.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
                    planned = {"key": key, "author": row.author, "when": when}
                    yield SheetFault(f"{FILES[kind]}.csv", 1, "", SheetFaultKind.PLANNED, planned)


def _close(entry: LedgerEntry, gone: Gone, known: Known, effective: datetime) -> Iterator[ImportChange]:
    for kind, keys in gone.items():
        for key in sorted(keys):
            entry.end(TABLES[kind], key, effective, known[kind][key])
            yield ImportChange(Became.ENDED, kind, key)


def _unlisted(records: Sequence[SheetRecord], known: Known, effective: datetime) -> Gone:
    """Find, of every kind that has a file, the keys that hold at the date of effect and are not in it."""
    listed = dict[str, set[str]]()
    for record in records:
        listed.setdefault(record.kind, set()).add(record.key)
    return {
        kind: frozenset(key for key, rows in known[kind].items() if key not in keys and _at(rows, effective))
        for kind, keys in listed.items()
    }


def _reference_faults(
    records: Sequence[SheetRecord], known: Known, gone: Gone, effective: datetime, unread: Collection[str]
) -> Iterator[SheetFault]:
    """Find references to missing things; ``unread`` kinds have faults of their own and count as there."""
    listed = {(record.kind, record.key) for record in records}

    def is_there(kind: str, key: str) -> bool:
        stays = key not in gone.get(kind, ()) and _at(known[kind].get(key, []), effective) is not None
        return stays or (kind, key) in listed

    for record in records:
        for column, kind, key in _references(record.kind, record.key, record.says):
            if kind not in unread and not is_there(kind, key):
                yield record.fault(column, SheetFaultKind.NOT_THERE, kind=kind, key=key)
        if record.kind == "forward" and record.says["target"] == record.key:
            yield record.fault("target", SheetFaultKind.FOLLOWS_ITSELF)
    if not unread:
        yield from _left_behind(listed, known, gone, effective)


def _together(records: Sequence[SheetRecord], known: Known, effective: datetime) -> Iterator[SheetFault]:
    """Find rows whose words do not fit each other, or name a section of another agency."""
    sections = {record.key: record.says for record in records if record.kind == "section"}
    for record in records:
        sheet = SHEET_OF[record.kind]
        before = _at(known[record.kind].get(record.key, []), record.since or effective)
        says = {**(before.says() if before else sheet.empty), **record.says}
        for column, why in sheet.together(says):
            yield record.fault(column, why.wrong, **why.facts)
        for column, agency, code in sheet.places(says):
            section = (
                sections.get(code) or getattr(_at(known["section"].get(code, []), effective), "says", dict)()
            )
            if section and section.get("agency", agency) != agency:
                yield record.fault(column, SheetFaultKind.OTHER_AGENCY, section=code, agency=agency)


def _left_behind(
    listed: set[tuple[str, str]], known: Known, gone: Gone, effective: datetime
) -> Iterator[SheetFault]:
    """Rows that stay as they are and name something that ends."""
    for kind, by_key in known.items():
        for key, rows in by_key.items():
            row = _at(rows, effective)
            if row is None or (kind, key) in listed or key in gone.get(kind, ()):
                continue
            for _, other, named in _references(kind, key, row.says()):
                if named in gone.get(other, ()):
                    still = {"kind": kind, "key": key, "other": other, "named": named}
                    yield SheetFault(f"{FILES[other]}.csv", 1, "", SheetFaultKind.STILL_NAMED, still)


def _references(kind: str, key: str, says: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Column, kind and key of everything that a row names."""
    if kind not in SHEET_OF:
        return
    yield from SHEET_OF[kind].references(key, says)


def _given_alone(records: Sequence[SheetRecord], known: Known, effective: datetime) -> Iterator[SheetFault]:
    """Roles that approve what others do come by no file: two administrators give them."""
    for record in records:
        if record.kind == "staff":
            rows = known["staff"].get(record.key, [])
            before = _at(rows, effective)
            says = {**(before.says() if before else SHEET_OF["staff"].empty), **record.says}
            period = history.held(Period(effective), (row.period for row in rows))
            held = [(row.period, described(row.key, row.says())) for row in rows]
            if needs_two(held, described(record.key, says), period):
                yield record.fault("roles", SheetFaultKind.NEEDS_TWO, key=record.key)


def _other_people(session: Session, records: Sequence[SheetRecord], at: datetime) -> Iterator[SheetFault]:
    """Logins that would go to somebody else; a person's change of name is made on the pages."""
    listed = [record for record in records if record.kind == "staff"]
    names = latest_names(session, [record.key for record in listed], at)
    for record in listed:
        name = names.get(record.key, "")
        if name and not is_same_name(name, record.says["name"]):
            yield record.fault("name", SheetFaultKind.OTHER_PERSON, key=record.key, name=name)


def _at(rows: Iterable[DatedRow], at: datetime) -> DatedRow | None:
    return next((row for row in rows if row.period.holds(at)), None)


def _shown(says: Mapping[str, Any]) -> Iterator[str]:
    for name, value in says.items():
        match value:
            case "" | None | False:
                continue
            case True:
                yield name
            case list():
                yield " ".join(value)
            case _:
                yield str(value)


COLUMN: Final = {"forward": "target", "booking": "cover", "desk": "section"}
"""By which an extension comes to follow another."""


def backwards(records: Sequence[SheetRecord], effective: datetime) -> Iterator[SheetFault]:
    """Lines without a beginning of their own that end before the date of effect."""
    for record in records:
        if record.since is None and record.until and record.until <= effective:
            when = f"{effective.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
            yield record.fault("until", SheetFaultKind.OVER_ALREADY, when=when)


def circles(
    records: Sequence[SheetRecord], known: Known, gone: Mapping[str, frozenset[str]], effective: datetime
) -> Iterator[SheetFault]:
    """Lines by which an extension would follow itself (P5.1.2); lines that change nothing do not count."""
    facts = StatedFacts(lambda kind, key: known[kind].get(key, ()))
    for kind in LEADING:
        for key in gone.get(kind, ()):
            facts.end(kind, key, effective)
    for record in [one for one in records if one.kind in LEADING and _is_news(facts, one, effective)]:
        if found := circle_of(facts, record.kind, record.key):
            column = COLUMN[record.kind]
            yield record.fault(column, SheetFaultKind.IN_A_CIRCLE, circle=found.way, since=found.since)


def _is_news(facts: StatedFacts, record: SheetRecord, effective: datetime) -> bool:
    period = Period(record.since or effective, record.until)
    before = next(
        (said for there, said in facts.of(record.kind, record.key) if there.holds(period.since)), {}
    )
    empty = {"cover": ""} if record.kind == "booking" else {}
    return facts.say(record.kind, record.key, {**empty, **before, **record.says}, period)
