"""The files of a monthly pack in LibreOffice: opened without an error, every cell as the pack has it."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import load_workbook

from hotline.db import transaction
from reporting.packs.files import as_workbook
from reporting.packs.letters import LATE_HEAD, agencies_to_improve, letter
from reporting.packs.odt import as_odt
from reporting.packs.store import PackEdition
from tests.doors.console import console
from tests.figured_month import OCTOBER, figured_month, guarded
from tests.office_suite import EACH_SHEET, PDF, TEXT, NotOpened, opened
from web.console.app import ConsoleApp
from web.console.pack_words import worded_in
from web.serving import late_grounds

pytestmark = pytest.mark.matrix  # it starts an office suite for each file

SHEET = "xl/worksheets/sheet2.xml"
Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[ConsoleApp, PackEdition]:
    """An edition with something in every table but one, and the pages that know its words."""
    pages = console(tmp_path_factory.mktemp("packs") / "home")
    with transaction(pages.house.factory) as session:
        figured_month(session)
    return pages.app, pages.house.packs.make(OCTOBER, "test", pages.clock.at, lambda _step: None)


def changed(content: bytes, name: str, change: Change) -> bytes:
    """The same archive, one of its files otherwise."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for one in old.namelist():
            new.writestr(one, change(old.read(one)) if one == name else old.read(one))
    return out.getvalue()


def sheets_of(content: bytes, folder: Path) -> dict[str, list[list[str]]]:
    """The cells of each sheet as LibreOffice shows them, without what is empty at the end of a line."""
    file = folder / "pack.xlsx"
    file.write_bytes(content)
    texts = {one.stem.partition("-")[2]: one for one in opened(file, EACH_SHEET, folder / "out")}
    found = {}
    for title in load_workbook(file).sheetnames:
        rows = csv.reader(io.StringIO(texts.pop(title).read_text("utf-8")))
        found[title] = [_trimmed(row) for row in rows]
    assert not texts
    return found


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def differing(made: tuple[ConsoleApp, PackEdition], language: str, content: bytes, folder: Path) -> list[str]:
    """Titles of the sheets that say anything else than the pack."""
    app, edition = made
    sheets = sheets_of(content, folder)
    tables = worded_in(app, edition, language)
    assert len(sheets) == len(tables) > 15
    wrong = []
    for (title, found), table in zip(sheets.items(), tables, strict=True):
        wanted = [[table.title], [table.counted], *map(list, (table.head, *table.rows))]
        if found != [_trimmed(row) for row in guarded(wanted)]:
            wrong.append(title)
    return wrong


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_P10_the_workbook_is_opened_and_every_cell_is_the_packs(
    made: tuple[ConsoleApp, PackEdition], tmp_path: Path, language: str
) -> None:
    """Each number as it is shown, a percent sign and places behind the point too; a workbook in which one
    number is otherwise is found out, by its sheet.
    """
    content = as_workbook(worded_in(made[0], made[1], language))
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    assert differing(made, language, content, good) == []
    if language == "en":
        bad.mkdir()
        other = changed(content, SHEET, lambda text: re.sub(rb"<v>\d+</v>", b"<v>77</v>", text, count=1))
        assert len(differing(made, language, other, bad)) == 1


@pytest.mark.parametrize("damage", [lambda all: all[: len(all) // 2], lambda all: b"PK" + all[:9]])
def test_a_damaged_workbook_is_not_opened(
    made: tuple[ConsoleApp, PackEdition], tmp_path: Path, damage: Change
) -> None:
    """So what is opened is whole."""
    file = tmp_path / "pack.xlsx"
    file.write_bytes(damage(as_workbook(worded_in(made[0], made[1], "en"))))
    with pytest.raises(NotOpened):
        opened(file, EACH_SHEET, tmp_path / "out")


def test_P10_2_the_letter_is_opened_and_says_what_the_pack_does(
    made: tuple[ConsoleApp, PackEdition], tmp_path: Path
) -> None:
    """Its points and its table of late cases, cell by cell; on paper too. One that is cut is not opened."""
    edition = made[1]
    assert "pwd" in agencies_to_improve(edition)
    wanted = letter(edition, "pwd", late_grounds())
    file = tmp_path / "letter.odt"
    file.write_bytes(as_odt(wanted))
    (text,) = opened(file, TEXT, tmp_path / "text")
    lines = text.read_text("utf-8-sig").split("\n")
    assert wanted.late and wanted.sender in lines
    assert [one for one in lines if one[1:2] == "、"] == [
        f"{number}、{point}" for number, point in zip("一二三四五六七八九十", wanted.points, strict=False)
    ]
    table = lines[lines.index("附表：逾期案件") + 1 :]
    assert [tuple(one.split("\t")) for one in table if one] == [LATE_HEAD, *map(tuple, wanted.late)]
    (paper,) = opened(file, PDF, tmp_path / "paper")
    assert paper.read_bytes().startswith(b"%PDF-")
    file.write_bytes(changed(file.read_bytes(), "content.xml", lambda text: text[: len(text) // 2]))
    with pytest.raises(NotOpened):
        opened(file, PDF, tmp_path / "none")
