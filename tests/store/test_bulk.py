"""The directory as files on both databases: what comes out goes in again and changes nothing."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import text
from sqlalchemy.orm import Session

from administration.directory_check import check
from administration.undo import undo
from demo.seed import CITY, FOUNDED, found
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.files.exporting import _cell, as_csv, tables
from hotline.directory.files.importing import Became, ReadFiles, import_files, read_files
from hotline.directory.files.workbooks import write_workbook
from hotline.directory.register import set_row
from hotline.directory.rows import load_city
from hotline.directory.rules import Desk
from hotline.ledger.audit import audit_rows
from hotline.ledger.changes import ChangeContext
from hotline.ledger.entries import changes
from hotline.ledger.periods import Period
from hotline.ledger.sealing import head_of
from hotline.sheets.columns import SHEETS, unguarded
from hotline.sheets.faults import BadSheets
from hotline.sheets.headings import CHINESE, Language
from reporting.table import FORMULA
from transfer.ladder import HuntRules, RungKind, ladder
from wording import ENGLISH, sentence

START = taipei("2026-11-24T08:00")
PEN = ChangeContext(START, "admin-1", "directory.import", "test")
FOUND = ChangeContext(START - timedelta(days=1), "installation", "directory.found")


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    """With the fictional city."""
    with transaction(factory) as session:
        import_files(session, read_files(CITY), FOUNDED, FOUND)
        yield session


def put(folder: Path, content: bytes, name: str = "desks.csv") -> ReadFiles:
    """One file of this content."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return read_files(folder / name)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_comes_out_goes_in_and_changes_nothing(
    session: Session, tmp_path: Path, language: Language, form: str
) -> None:
    """Every file, in either language and form, listed completely; the same bytes come out again."""
    set_row(
        session,
        Desk("5112", "epb-air", "p-5112", "=1+1", neighbours=("5113",)),
        Period(START),
        at=START,
        by="admin-1",
    )
    written = tables(session, START, language=language)
    if form == "xlsx":
        (tmp_path / "city.xlsx").write_bytes(write_workbook(written, language))
    else:
        for name, lines in written.items():
            (tmp_path / f"{name}.csv").write_bytes(as_csv(lines))
    files, before = read_files(tmp_path), len(audit_rows(session))
    assert files.faults == () and len(files.records) == sum(len(lines) - 1 for lines in written.values())
    assert import_files(session, files, START, PEN, complete=True) == []
    assert len(audit_rows(session)) == before and tables(session, START, language=language) == written
    if form == "csv":
        assert "'=1+1" in (tmp_path / "desks.csv").read_text("utf-8-sig")


@example("＝1+1")
@example("－cmd")
@example("＠SUM(1)")
@example("＋1")
@given(st.text())
def test_no_cell_is_calculated_and_each_is_read_as_it_was(written: str) -> None:
    """What a spreadsheet would take for a formula is guarded; the guard is taken off again."""
    cell = _cell(written)
    assert not cell.startswith(FORMULA) and unguarded(cell) == written


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "big5", "cp950", "utf-16"])
def test_offices_write_in_many_encodings(session: Session, tmp_path: Path, encoding: str) -> None:
    """Each is recognised, with Chinese headings too."""
    written = "分機,科室,姓名\r\n5112,epb-clean,環境櫃台\r\n"
    (outcome,) = import_files(session, put(tmp_path, written.encode(encoding)), START, PEN)
    assert (outcome.became, outcome.key, outcome.says) == (Became.CHANGED, "5112", "name: - → 環境櫃台")


@pytest.mark.parametrize(
    "written", ["02 2960 3456 分機5112", "+886229603456;ext=5112", "(02)2960-3456轉5112"]
)
def test_a_number_is_kept_in_one_way_however_it_is_written(
    session: Session, tmp_path: Path, written: str
) -> None:
    """E.164 with its extension in the row, Taiwan's way in a file; written otherwise it is no change."""
    desk = f"extension,section,number\n5999,epb-air,{written}\n".encode()
    (outcome,) = import_files(session, put(tmp_path, desk), START, PEN)
    assert outcome.says == "epb-air, (02)2960-3456轉5112"
    session.expire_all()
    kept = session.execute(text("SELECT number FROM desk WHERE extension = '5999'")).scalar()
    assert kept == "+886229603456;ext=5112"
    assert ["5999", "epb-air", "(02)2960-3456轉5112"] in [
        [line[0], line[1], line[7]] for line in tables(session, START)["desks"]
    ]
    again = b"extension,section,number\n5999,epb-air,0229603456#5112\n"
    assert import_files(session, put(tmp_path, again), START, PEN) == []


def test_a_row_of_before_is_read_as_it_was_printed(factory: Sessions, tmp_path: Path) -> None:
    """Rows are never rewritten; a file of them changes nothing, and what they say is dialled."""
    with transaction(factory) as session:
        import_files(session, read_files(CITY), FOUNDED, FOUND)
        session.execute(
            text(
                "INSERT INTO desk (extension, section, person, name, floor, number, building, neighbours, valid_from,"
                " author, reason, recorded_at) VALUES ('5999', 'epb-air', '', '', '', '02-2960-3456 分機 5112', '', '',"
                " '2020-01-01 00:00:00+00', 'x', '', '2020-01-01 00:00:00+00')"
            )
        )
        files = put(tmp_path, as_csv(tables(session, START, files=("desks",))["desks"]))
        assert import_files(session, files, START, PEN) == []
        assert load_city(session, START).at(START).desks["5999"].number == "(02)2960-3456轉5112"


def test_a_number_that_cannot_be_read_is_refused_with_its_row_and_column(tmp_path: Path) -> None:
    """And with what to write instead."""
    files = put(
        tmp_path, "分機,科室,電話\n5112,epb-air,(02)2960-345\n5113,epb-air,+1 415 555 2671\n".encode()
    )
    assert [(fault.line, fault.column) for fault in files.faults] == [(2, "電話"), (3, "電話")]
    assert all(
        "write for example (02)2960-3456轉5112" in sentence(fault.why, ENGLISH) for fault in files.faults
    )


def test_every_column_has_a_chinese_name() -> None:
    """And no name means two columns."""
    assert {column for sheet in SHEETS.values() for column in sheet.headings} <= CHINESE.keys()
    words = [word for names in CHINESE.values() for word in names]
    assert len(words) == len(set(words))


def test_a_workbook_s_faults_are_told_with_row_and_column(tmp_path: Path) -> None:
    """The column as the file calls it; a number that lost its zero; a sheet nobody knows."""
    book = Workbook()
    book.active.append(["分機", "科室", "電話"])
    book.active.title = "分機"
    book.active.append([5112, "epb-air", 229603456])
    book.active.append([5113, "Nowhere!", None])
    book.create_sheet("顏色")
    book.save(tmp_path / "city.xlsx")
    faults = read_files(tmp_path / "city.xlsx").faults
    assert [(fault.line, fault.column) for fault in faults] == [(2, "電話"), (3, "科室"), (1, "")]
    (fault,) = put(tmp_path, b"no zip", "city.xlsx").faults
    assert "XLSX" in sentence(fault.why, ENGLISH)


def test_a_dry_run_writes_nothing_and_says_all(session: Session, tmp_path: Path) -> None:
    """Added, changed, ended; what is planned for later is shown and stays."""
    set_row(session, Desk("5112", "epb-air", "p-5112"), Period(START + timedelta(days=9)), at=START, by="a")
    kept = [line for line in tables(session, START)["desks"] if line[0] != "5113"]
    lines = [[*line[:3], "櫃台", *line[4:]] if line[0] == "5112" else line for line in kept]
    files = put(tmp_path, as_csv([*lines, ["5999", "epb-air", *[""] * 8]]))
    before = tables(session, START), len(audit_rows(session))
    told = import_files(session, files, START, PEN, complete=True, dry_run=True)
    assert [(one.became, one.key, one.planned) for one in told] == [
        (Became.CHANGED, "5112", START + timedelta(days=9)),
        (Became.ADDED, "5999", None),
        (Became.ENDED, "5113", None),
    ]
    session.expire_all()
    assert (tables(session, START), len(audit_rows(session))) == before


def test_what_ends_may_have_no_plans(session: Session, tmp_path: Path) -> None:
    """They would be lost unawares."""
    set_row(session, Desk("5113", "epb-air", "p-5113"), Period(START + timedelta(days=9)), at=START, by="a")
    lines = [line for line in tables(session, START)["desks"] if line[0] != "5113"]
    with pytest.raises(BadSheets) as refused:
        import_files(session, put(tmp_path, as_csv(lines)), START, PEN, complete=True)
    assert "5113 is not listed, but a planned a change" in sentence(refused.value, ENGLISH)


def test_an_import_is_undone_as_a_whole(session: Session, tmp_path: Path) -> None:
    """Every file of it."""
    before = tables(session, START)
    desks = b"extension,section\n5112,epb-air\n5999,epb-air\n"
    told = list[tuple[int, int]]()
    import_files(session, put(tmp_path, desks), START, PEN, progress=lambda *now: told.append(now))
    assert told == [(2, 2)] and tables(session, START) != before
    undo(session, changes(session)[-1].number, PEN)
    assert tables(session, START) == before


@pytest.mark.parametrize("many", [1_000, pytest.param(10_000, marks=pytest.mark.thorough)])
def test_many_lines_come_in_with_their_progress(factory: Sessions, tmp_path: Path, many: int) -> None:
    """Told all the way to the last line, ten thousand in ten seconds of work;
    a second time nothing changes.
    """
    with transaction(factory) as session:
        import_files(session, read_files(CITY), FOUNDED, FOUND)
    lines = [
        f"{number},epb-air,{place % 40},{place % 7},(02)2960-3456轉{number}"
        for place, number in enumerate(range(100_000, 100_000 + many))
    ]
    files = put(
        tmp_path,
        "\n".join(["extension,section,x,y,number,floor", *(f"{line},8F" for line in lines)]).encode(),
    )
    told, begun = list[tuple[int, int]](), time.process_time()
    with transaction(factory) as session:
        outcomes = import_files(session, files, START, PEN, progress=lambda *now: told.append(now))
    assert time.process_time() - begun < 10
    assert len(outcomes) == many and {one.became for one in outcomes} == {Became.ADDED}
    assert told == [(done, many) for done in range(250, many + 1, 250)]
    with transaction(factory) as session:
        assert import_files(session, files, START, PEN, progress=lambda *now: told.append(now)) == []
        assert told[-1] == (many, many) and head_of(session).position > many


def test_the_whole_city_comes_in_and_nothing_is_wrong_with_it(factory: Sessions) -> None:
    """Thirty agencies, and every neighbour found on a floor plan."""
    with transaction(factory) as session:
        found(session, START, "whole")
    with transaction(factory) as session:
        assert check(session, START) == []
        then = load_city(session, START).at(START)
    assert (len(then.agencies), len(then.sections), len(then.desks)) == (30, 300, 3000)
    first = ladder(then, "20005", HuntRules(), is_open=True, urgent=False)
    assert [rung.kind for rung in first.rungs] == [RungKind.DESK, RungKind.NEIGHBOUR, RungKind.NEIGHBOUR]
