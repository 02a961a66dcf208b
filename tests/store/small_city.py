"""An agency of two sections, and how its desks move in a test of the directory's ledger."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from hotline.clock import taipei
from hotline.directory.files.importing import ReadFiles, read_files
from hotline.directory.register import set_row
from hotline.directory.rows import load_city
from hotline.directory.rules import Agency, Desk, Person, Seat, Section
from hotline.directory.store import DeskRow
from hotline.ledger import history
from hotline.ledger.changes import ChangeContext
from hotline.ledger.periods import Period

START = taipei("2026-11-24T08:00")
PEN = ChangeContext(START, "admin-1", "directory.import", "test")


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def small_city(session: Session, at: datetime = START) -> None:
    """An agency of two sections, a person and two desks."""
    always, by, before = Period(at), "admin-1", Period(hour(-9))
    set_row(session, Agency("epb", "環保局"), before, at=at, by=by)
    for code in ("air", "noise"):
        set_row(session, Section(code, "epb", code), before, at=at, by=by)
    set_row(session, Person("p-1", "air", "示範一"), always, at=at, by=by)
    set_row(session, Desk("5112", "air", "p-1", seat=Seat("8F", 2, 2)), always, at=at, by=by)
    set_row(session, Desk("5113", "air"), always, at=at, by=by)


def section_of(session: Session, extension: str, at: datetime) -> str | None:
    desk = load_city(session, START - timedelta(days=99)).at(at).desks.get(extension)
    return desk.section if desk else None


def move(
    session: Session, section: str, since: datetime, at: datetime, until: datetime | None = None
) -> bool:
    """5112 belongs to another section for a time, said at ``at``."""
    return set_row(session, Desk("5112", section), Period(since, until), at=at, by="admin-1")


def overlaps(session: Session) -> list[tuple[DeskRow, DeskRow]]:
    """Pairs of rows that count and claim the same instant."""
    rows = history.counting(session, DeskRow, "5112")
    return [(one, two) for n, one in enumerate(rows) for two in rows[n + 1 :] if one.period.meets(two.period)]


def write(folder: Path, **files: str) -> ReadFiles:
    """Read files of these contents."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, "utf-8")
    return read_files(folder)
