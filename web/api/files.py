"""The directory as files, in and out, and what is wrong or lacking in it."""

from base64 import b64decode
from binascii import Error as NoBase64
from datetime import datetime, time

from pydantic import BaseModel, Field

from administration.bulk_import import ImportResult, bring, digest_of
from administration.directory_check import AsteriskFindings, check_all
from control.reachability import of_asterisk
from hotline.clock import TAIPEI
from hotline.directory.files.exporting import as_csv, tables
from hotline.directory.files.importing import Became, read_content
from hotline.directory.owners import agency_of
from hotline.directory.rules import Directory
from hotline.permissions import Action
from hotline.sheets.columns import SHEETS
from web.api import gate, rows
from web.api.gate import Answer, Room
from web.api.models import (
    AsOf,
    Day,
    Name,
    Page,
    PageQuery,
    Reason,
    RequestModel,
    Short,
    SomeCode,
    Text,
    filled,
)
from web.api.problems import RequestRefused, in_words
from web.serving import pen

room = Room("files", "The directory as files, and what is wrong or lacking in it")
LARGEST = 8 * 1024 * 1024
"""Bytes of a request with a file: a directory of 20,000 rows has less than 3 MB."""
TOLD = 1_000
"""So many changes are told one by one."""


class ImportBody(RequestModel):
    """A file, what it is, and from when on it counts."""

    name: Name = Field(description="as the file is called, for example desks.csv")
    content: str = Field(description="the file; of a workbook its base64")
    only: Short = Field("", description="which file of the directory it is; empty = as its name says")
    effective: Day | None = Field(None, description="from 00:00 of this day; now, if not given")
    complete: bool = Field(False, description="what the file does not list ends")
    reason: Text = ""
    dry_run: bool = Field(True, description="false: write it")
    shown: Short = Field("", description="digest of a dry run: anything else is not written")


class RowBecame(BaseModel):
    """A row that is other than before."""

    became: Became
    kind: str
    key: str
    says: str
    planned: datetime | None = Field(
        description="a change of it that is planned already takes effect; it stays"
    )


class Imported(BaseModel):
    """Changes that an import makes, or would make."""

    written: bool
    digest: str = Field(description="stands for all that changes")
    read: int = Field(description="lines")
    count: dict[str, int] = Field(description="how many rows became what")
    unchanged: int
    changes: list[RowBecame] = Field(description=f"{TOLD} at most")
    findings: list[str] = Field(description="what would be wrong or lacking that was not before")


class ExportQuery(AsOf, Reason):
    """Choice of files, their instant, and the reason: they hold names, numbers and addresses."""

    only: Short = Field("", description="one file, for example desks; empty = all")


class Exported(BaseModel):
    """Files in CSV, by name."""

    files: dict[str, str]


class CheckQuery(AsOf, PageQuery):
    """Instant of a check; with Asterisk, each number is asked of its dialplan."""

    agency: SomeCode = ""
    asterisk: bool = False


class FindingRecord(BaseModel):
    """Something wrong or lacking in the directory."""

    severity: str
    clause: str
    subject: str
    agency: str
    what: str = Field(description="what is wrong, and what to do")


@room.act("/imports", Action.DIRECTORY_IMPORT, Imported, largest=LARGEST)
def import_file(body: ImportBody) -> Answer:
    """Import a file, or only try; everything or nothing."""
    start = datetime.combine(body.effective, time(), TAIPEI) if body.effective else gate.now()
    by = pen(Action.DIRECTORY_IMPORT, body.reason)
    files = read_content(body.name, _content(body), body.only)
    brought = bring(
        gate.factory(), files, start, by, complete=body.complete, dry_run=body.dry_run, expected=body.shown
    )
    return Answer(_told(brought, written=not body.dry_run))


class NotEncoded(RequestRefused, code="not-encoded"):
    """A workbook that was not sent as base64."""


class NoFile(RequestRefused, code="no-file"):
    """A file that the directory has not; these it has."""

    files: tuple[str, ...]


def _content(body: ImportBody) -> bytes:
    if not body.name.lower().endswith(".xlsx"):
        return body.content.encode()
    try:
        return b64decode(body.content, validate=True)
    except NoBase64:
        raise NotEncoded from None


def _told(brought: ImportResult, *, written: bool) -> Imported:
    return filled(
        Imported,
        brought,
        written=written,
        digest=digest_of(brought.outcomes),
        count={str(became): brought.count[became] for became in Became},
        changes=[filled(RowBecame, one) for one in brought.outcomes[:TOLD]],
        findings=[f"{one.subject}: {in_words(one)}" for one in brought.findings],
    )


@room.read("/exports", Action.DIRECTORY_IMPORT, Exported, writes=True)
def export(query: ExportQuery) -> Answer:
    """The directory as files, as of an instant, for a reason that is kept;
    an import of them changes nothing.
    """
    if query.only and query.only not in SHEETS:
        raise NoFile(tuple(SHEETS))
    gate.look(f"directory:{query.only or 'all'}", query.reason, "export")
    wanted = (query.only,) if query.only else SHEETS
    found = tables(gate.session(), query.at or gate.now(), files=wanted)
    files = {f"{name}.csv": as_csv(lines).decode("utf-8-sig") for name, lines in found.items()}
    return Answer(Exported(files=files))


@room.ask("/check", Action.REPORT_READ, Page[FindingRecord])
def check(query: CheckQuery) -> Answer:
    """List what is wrong or lacking in the directory, errors first; for roles of an agency, that agency's."""
    house, at = gate.house(), query.at or gate.now()

    def ask(then: Directory) -> AsteriskFindings:
        return of_asterisk(house.pbx, then) if query.asterisk else ([], None)

    found, _silent = check_all(gate.factory(), at, ask)
    then = house.atlas.at(at)
    told = [
        filled(FindingRecord, one, agency=agency_of(then, *one.about), what=in_words(one)) for one in found
    ]
    mine = [one for one in told if gate.me().may(Action.REPORT_READ, one.agency)]
    return rows.page([one for one in mine if query.agency in ("", one.agency)], query, FindingRecord)
