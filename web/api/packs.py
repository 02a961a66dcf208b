"""Monthly packs: editions that are there, and one that is asked for (P10, §20)."""

from base64 import b64encode
from datetime import date, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from hotline.permissions import ANY_OTHER, Action
from reporting.office_reports import narrowed
from reporting.packs import documents, letters, rules, service
from reporting.packs.service import NoSuchPack
from web.api import gate
from web.api.gate import Answer, Room
from web.api.models import Code, Day, RequestModel, RowModel
from web.serving import late_grounds
from wording import CHINESE, ENGLISH

LANGUAGES: Final = {"zh-TW": CHINESE, "en": ENGLISH}
room = Room("packs", "Monthly packs: every report of a month that is over, frozen as an edition")


class EditionRecord(RowModel):
    """An edition, by month and number."""

    month: date
    number: int
    counted_at: datetime = Field(description="what came later is not counted")
    made_by: str
    differences: int = Field(description="numbers that are otherwise than in the edition before")


class EditionList(BaseModel):
    """Editions, the latest month and its latest edition first; months whose pack is being made."""

    editions: list[EditionRecord]
    waiting: list[date]


class EditionPath(RequestModel):
    """An edition of a month."""

    month: Day = Field(description="any day of it")
    number: int = Field(ge=1, le=2**31 - 1)


class PackTables(BaseModel):
    """The tables of an edition by their names, as they were frozen; of an agency's login, its rows."""

    month: date
    number: int
    counted_at: datetime
    version: str
    tables: dict[str, Any]
    seconds: dict[str, float]
    differences: list[dict[str, Any]]


class PackLetterPath(EditionPath):
    """The letter to an agency."""

    agency: Code


class LetterText(BaseModel):
    """A draft: its subject, its points, and of each late case number, category, due time and ground."""

    agency: str
    subject: str
    points: list[str]
    late: list[list[str]]


class DocumentQuery(RequestModel):
    """The language of a document."""

    language: Literal["zh-TW", "en"] = "zh-TW"


class EncodedDocument(BaseModel):
    """A document."""

    media: str
    content: str = Field(description="base64")


class PackMonth(RequestModel):
    """A month that is over."""

    month: Day = Field(description="any day of it")


class PackAsked(RowModel):
    """The pack that is being made; so many of its tables are counted."""

    month: date
    step: int


@room.read("/packs", Action.REPORT_READ, EditionList)
def editions() -> Answer:
    """List the editions that are there."""
    found, runs = service.editions(gate.session()), service.runs(gate.session())
    records = [EditionRecord.model_validate(one) for one in found]
    return Answer(EditionList(editions=records, waiting=[one.month for one in runs]))


@room.read("/packs/<month>/<int:number>", Action.REPORT_READ, PackTables)
def edition(path: EditionPath) -> Answer:
    """Get the tables of an edition."""
    found = service.edition(gate.session(), path.month.replace(day=1), path.number)
    agency = gate.scope(Action.REPORT_READ)
    return Answer(
        PackTables(
            month=found.month,
            number=found.number,
            counted_at=found.counted_at,
            version=found.version,
            tables={name: _seen(name, one, agency) for name, one in found.tables.items()},
            seconds=found.seconds,
            differences=[] if agency else found.differences,
        )
    )


def _seen(name: str, frozen: Any, agency: str) -> Any:
    """A table as it was frozen; of one agency, its rows."""
    if not agency:
        return frozen
    return rules.plain(narrowed(rules.table_of(frozen), rules.PARTS[name].kind, agency))


@room.read("/packs/<month>/<int:number>/letters/<agency>", Action.REPORT_READ, LetterText)
def letter(path: PackLetterPath) -> Answer:
    """Get the draft of the letter that asks an agency to improve; its points in Chinese."""
    gate.allow(Action.REPORT_READ, path.agency)
    found = service.edition(gate.session(), path.month.replace(day=1), path.number)
    if path.agency not in letters.agencies_to_improve(found):
        raise NoSuchPack(f"{path.month:%Y-%m}", path.number)
    text = letters.letter(found, path.agency, late_grounds())
    late = [list(row) for row in text.late]
    return Answer(LetterText(agency=text.agency, subject=text.subject, points=list(text.points), late=late))


@room.read("/packs/<month>/<int:number>/document", Action.REPORT_READ, EncodedDocument)
def document(path: EditionPath, query: DocumentQuery) -> Answer:
    """Get an edition as a tagged PDF (PDF/UA-1); it is there some minutes after the edition."""
    gate.allow(Action.REPORT_READ, ANY_OTHER)
    found = service.edition(gate.session(), path.month.replace(day=1), path.number)
    content = documents.document(gate.session(), found, LANGUAGES[query.language])
    return Answer(EncodedDocument(media="application/pdf", content=b64encode(content).decode()))


@room.do("/packs", Action.REPORT_READ, PackAsked, 202)
def ask(body: PackMonth) -> Answer:
    """Ask for the pack of a month; while it is being made, asking again changes nothing."""
    run = service.ask(gate.session(), body.month, **gate.stamp())
    return Answer(PackAsked(month=run.month, step=run.step), 202)
