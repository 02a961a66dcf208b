"""Workbooks that people send: read by a process of its own, which is ended when a file is made to do harm."""

import io
import resource
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from hotline.directory.files.confined import MEGABYTES, SECONDS
from hotline.directory.files.importing import read_content
from hotline.sheets.faults import SheetFaultKind
from wording import ENGLISH, sentence

BLANK = 1_000_000
SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def workbook(lines: list[list[str]], title: str = "desks") -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for line in lines:
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_sheet(write: Callable[[io.BufferedIOBase], None]) -> bytes:
    """A real workbook whose worksheet is what ``write`` writes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["extension"]]))) as real,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        for name in real.namelist():
            if name != SHEET:
                made.writestr(name, real.read(name))
        with made.open(SHEET, "w", force_zip64=True) as sheet:
            write(sheet)  # type: ignore[arg-type]
    return out.getvalue()


def endless_rows(sheet: io.BufferedIOBase) -> None:
    """A worksheet of six million short lines."""
    sheet.write(HEAD.encode())
    for _ in range(60):
        sheet.write(b"<row><c><v>1</v></c></row>" * (BLANK // 10))
    sheet.write(b"</sheetData></worksheet>")


def endless_text(sheet: io.BufferedIOBase) -> None:
    """One cell of 200 MB."""
    sheet.write(HEAD.encode() + b'<row><c t="inlineStr"><is><t>')
    for _ in range(200):
        sheet.write(b"a" * BLANK)
    sheet.write(b"</t></is></c></row></sheetData></worksheet>")


def endless_entities(sheet: io.BufferedIOBase) -> None:
    """A few letters that stand for a billion."""
    layers = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    sheet.write(f'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{layers}]>'.encode())
    sheet.write(f'{HEAD}<row><c t="inlineStr"><is><t>&a9;</t></is></c></row>'.encode())
    sheet.write(b"</sheetData></worksheet>")


@pytest.mark.parametrize("bomb", [pytest.param(endless_rows, marks=pytest.mark.matrix), endless_text])
def test_a_bomb_is_ended_at_its_limits(bomb: Callable[[io.BufferedIOBase], None]) -> None:
    """At its seconds of CPU or 64 MB; a sentence says what to do, and the process that asked is as it was."""
    content = with_sheet(bomb)
    assert len(content) < 8 * 1024 * 1024
    before, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    (fault,) = read_content("desks.xlsx", content).faults
    after, now = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    assert fault.wrong is SheetFaultKind.TOO_MUCH_WORK
    said = sentence(fault.why, ENGLISH)
    assert f"{SECONDS:.0f} s" in said and f"{MEGABYTES} MB" in said and "CSV" in said
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used < SECONDS + 3, "with what loading the reader takes"
    assert (now.ru_maxrss - own.ru_maxrss) * 1024 < MEGABYTES * 1024 * 1024


def test_entities_are_not_expanded() -> None:
    """The file is no workbook, or too much work; never a billion letters."""
    (fault,) = read_content("desks.xlsx", with_sheet(endless_entities)).faults
    assert fault.wrong in (SheetFaultKind.NO_WORKBOOK, SheetFaultKind.TOO_MUCH_WORK)


@pytest.mark.parametrize("content", [b"PK", b"PK\x03\x04" + b"x" * 1000, workbook([["extension"]])[:-200]])
def test_a_broken_file_is_no_workbook(content: bytes) -> None:
    """And is said to be none."""
    (fault,) = read_content("desks.xlsx", content).faults
    assert fault.wrong is SheetFaultKind.NO_WORKBOOK


@pytest.mark.matrix
def test_a_large_directory_is_within_the_limits() -> None:
    """Ten thousand desks in one workbook are read; so limits meet nobody who does work."""
    heading = ["extension", "section", "person", "name", "floor", "x", "y", "number", "building"]
    desks = [
        [str(10_000 + n), "epb-clean", "", f"示範{n}", "3F", "1.5", "2", "", "市府大樓"]
        for n in range(10_000)
    ]
    files = read_content("desks.xlsx", workbook([heading, *desks]))
    assert files.faults == () and len(files.records) == 10_000
