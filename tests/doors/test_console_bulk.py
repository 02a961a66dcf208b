"""Files in and out of the directory by the pages:
tried first, approved as shown, harmless in a spreadsheet.
"""

import io
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from administration import import_runs
from administration.bulk_import import ImportResult, bring
from administration.uploads import Uploads
from hotline.clock import taipei
from hotline.db import looking, transaction
from hotline.directory.register import set_row
from hotline.directory.rows import load_city
from hotline.directory.rules import Desk, Directory, Section
from hotline.ledger.entries import changes
from hotline.ledger.looks import looks_at
from hotline.ledger.periods import Period
from tests.doors.console import BASE, Console, Visitor, console

ADMIN = "admin-1"
DAY = "2026-12-01"
SECTIONS = "code,agency,name\nepb-air,epb,空品科\nepb-new,epb,新設科\n"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Console]:
    made = console(tmp_path / "home")
    yield made
    settle()
    made.house.engine.dispose()


def settle() -> None:
    """Until no import is worked on."""
    for thread in threading.enumerate():
        if thread.name.startswith("import-"):
            thread.join(60)


def sends(
    visitor: Visitor, content: bytes | str, name: str = "科室.csv", only: str = "", complete: bool = False
) -> str:
    """Upload a file; the address of its page, when it has been tried."""
    sent = io.BytesIO(content.encode() if isinstance(content, str) else content)
    form = {"file": (sent, name), "only": only, "day": DAY} | ({"complete": "y"} if complete else {})
    answer = visitor.post("/import", form, page="/import", content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    settle()
    return str(answer.location)


def then(pages: Console, at: str = DAY) -> Directory:
    """The directory at an instant."""
    with looking(pages.house.factory) as session:
        return load_city(session, taipei(at)).at(taipei(at))


def test_a_file_is_tried_shown_and_approved(pages: Console) -> None:
    """Before the approval nothing is written;
    afterwards it takes effect on its day, as one entry, and the file is gone.
    """
    admin = pages.signed_in(ADMIN)
    place = sends(admin, SECTIONS)
    shown = admin.get(place).text
    assert "新設科" in shown and "空品科" in shown and "2026-12-01 00:00" in shown
    assert "epb-new" not in then(pages).sections
    assert admin.post(f"{place}/approve", {"reason": ""}).status_code == 422
    assert admin.post(f"{place}/approve", {"reason": "組織調整"}).status_code == 303
    settle()
    assert "匯入完成" in admin.get(place).text
    assert "epb-new" in then(pages).sections and "epb-new" not in then(pages, "2026-11-30").sections
    with looking(pages.house.factory) as session:
        entry = changes(session)[-1]
    assert (entry.by, entry.reason, entry.action) == (ADMIN, "組織調整", "directory.import")
    assert list((pages.house.settings.home / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    "encoding",
    ["big5", *(pytest.param(name, marks=pytest.mark.matrix) for name in ("utf-8-sig", "utf-16"))],
)
def test_offices_write_in_many_encodings(pages: Console, encoding: str) -> None:
    """Chinese headings too; the kind by the form when the name says nothing."""
    admin = pages.signed_in(ADMIN)
    text = "代碼,機關,名稱\r\nepb-new,epb,新設科\r\n"
    place = sends(admin, text.encode(encoding), "名冊（最新）.csv", only="sections")
    assert "新設科" in admin.get(place).text


def test_faults_are_told_with_line_column_and_what_to_do(pages: Console) -> None:
    """In the page's words, of a workbook too; nothing can be approved."""
    admin = pages.signed_in(ADMIN)
    place = sends(admin, "extension,section,number\n51x2,nowhere,call me\n", "分機.csv")
    text = admin.get(place).text
    assert "「51x2」不能使用" in text and "不是電話號碼" in text and "核准匯入" not in text
    book, out = Workbook(), io.BytesIO()
    book.active.title = "雜項"
    book.save(out)
    assert "看不出這張工作表" in admin.get(sends(admin, out.getvalue(), "x.xlsx")).text
    assert "看不出是哪一種資料" in admin.get(sends(admin, SECTIONS, "x.csv")).text
    assert "不是 XLSX 活頁簿" in admin.get(sends(admin, b"PK\x03\x04 broken", "x.xlsx")).text
    assert admin.post(f"{place}/approve", {"reason": "x"}).status_code == 422


def rows_shown(text: str) -> list[str]:
    """The rows of the table of lines, each as its words."""
    rows = text.partition("<tbody")[2].partition("</tbody>")[0].split("</tr>")[:-1]
    return [" ".join(re.sub(r"<[^>]*>", " ", row.partition(">")[2]).split()) for row in rows]


def test_good_lines_are_shown_beside_those_to_be_mended(pages: Console) -> None:
    """Line by line, the faulty first with all that is wrong; what the others would do; what waits for
    another.
    """
    admin = pages.signed_in(ADMIN)
    lines = (
        "extension,section,person,number",
        "5112,epb-air,p-5112,call me",
        "5199,epb-air,,",
        "5198,nowhere,nobody,",
        "5113,epb-air,p-5113,",
    )
    text = admin.get(place := sends(admin, "\n".join(lines), "分機.csv")).text
    first, second, *good = rows_shown(text)
    assert "第 2 列 要修正" in first and "5112" in first and "不是電話號碼" in first
    assert "第 4 列 要修正" in second and "nowhere" in second and "nobody" in second
    assert [row[:8] for row in good] == ["第 3 列 新增", "第 5 列 更改"] and "5199" in good[0]
    assert "核准匯入" not in text and "5199" not in then(pages).desks
    assert len(rows_shown(admin.get(f"{place}?shown=good").text)) == 2
    assert len(rows_shown(admin.get(f"{place}?shown=faulty").text)) == 2
    assert admin.post(f"{place}/approve", {"reason": "x"}).status_code == 422


PERSON = ["code", "section", "name"]


def workbook(**sheets: list[list[str]]) -> bytes:
    """A workbook of worksheets by their titles."""
    book, out = Workbook(), io.BytesIO()
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    del book[book.sheetnames[0]]
    book.save(out)
    return out.getvalue()


def test_a_key_that_comes_twice_is_refused_wherever_it_comes(pages: Console) -> None:
    """In one file, in two worksheets, beside a line with another fault, and for times that overlap."""
    admin = pages.signed_in(ADMIN)
    twice = "code,agency,name\nepb-new,epb,甲\nepb-new,epb,乙\nepb-air,nowhere,丙\nepb-air,epb,丁\n"
    text = admin.get(sends(admin, twice)).text
    assert "epb-new 在第 2 列已經有了" in text and "epb-air 在第 4 列已經有了" in text
    heading = ["code", "agency", "name"]
    ours, theirs = (
        [heading, ["epb-new", "epb", "甲"]],
        [heading, ["epb-new", "epb", "乙"], ["bad", "epb", ""]],
    )
    book = workbook(sections=ours, 科室=theirs, 人員=[PERSON, ["p-1", "bad", "示範"]])
    text = admin.get(sends(admin, book, "x.xlsx")).text
    assert "epb-new 在「x.xlsx [sections]」第 2 列已經有了" in text
    assert "等別列改好 人員 p-1" in " ".join(rows_shown(text)), (
        "nor is a line at fault that names one that is"
    )
    times = "person,cause,from,until\np-5112,開會,2026-12-01,2026-12-05\np-5112,出差,{since},2026-12-09\n"
    overlapping = admin.get(sends(admin, times.format(since="2026-12-04"), "absences.csv")).text
    assert "這段時間在第 2 列已經有了" in overlapping
    assert "核准匯入" in admin.get(sends(admin, times.format(since="2026-12-05"), "absences.csv")).text


def test_what_is_planned_already_is_shown_and_stays(pages: Console) -> None:
    """An import before a planned change does not lose it."""
    with transaction(pages.house.factory) as session:
        set_row(
            session,
            Section("epb-air", "epb", "空氣局"),
            Period(taipei("2027-01-01")),
            at=pages.clock.at,
            by="admin-1",
        )
    admin = pages.signed_in(ADMIN)
    place = sends(admin, SECTIONS)
    text = admin.get(f"{place}?became=planned").text
    assert "另有預定異動" in text and "2027-01-01 00:00" in text
    assert "epb-new" not in text.partition("<tbody")[2]
    admin.post(f"{place}/approve", {"reason": "x"})
    settle()
    assert then(pages).sections["epb-air"].name == "空品科"
    assert then(pages, "2027-01-01").sections["epb-air"].name == "空氣局"


def test_nothing_but_what_was_shown_is_written(pages: Console) -> None:
    """The directory changes between the two steps: the new outcome is shown instead."""
    admin = pages.signed_in(ADMIN)
    place = sends(admin, SECTIONS)
    with transaction(pages.house.factory) as session:
        set_row(
            session,
            Section("epb-air", "epb", "別人改的"),
            Period(pages.clock.at),
            at=pages.clock.at,
            by="liaison-epb",
        )
    admin.post(f"{place}/approve", {"reason": "x"})
    settle()
    text = admin.get(place).text
    assert "試算之後目錄有了變動" in text and "別人改的" in text
    assert "epb-new" not in then(pages).sections
    admin.post(f"{place}/approve", {"reason": "x"})
    settle()
    assert "epb-new" in then(pages).sections


def test_another_date_a_whole_list_or_none_at_all(pages: Console) -> None:
    """The same file is tried anew; what a whole list leaves out would end; a file given up is gone."""
    admin = pages.signed_in(ADMIN)
    place = sends(admin, "place,name,number\n1,示範值日員甲,0900000001\n", "duty.csv")
    assert "沒有要匯入的" in admin.get(place).text
    admin.post(f"{place}/try", {"day": "2027-01-04", "complete": "y"})
    settle()
    text = admin.get(place).text
    assert "2027-01-04 00:00" in text and "筆結束" in text and "值日 3" in text
    assert admin.post(f"{place}/try", {"day": "soon"}).status_code == 422
    assert admin.post(f"{place}/drop").status_code == 303
    assert admin.get(place).status_code == 404


def test_a_file_is_its_owner_s(pages: Console) -> None:
    """Not even another administrator sees it; a name that is none, or a day old, finds nothing."""
    admin = pages.signed_in(ADMIN)
    token = sends(admin, SECTIONS).removeprefix("/import/")
    uploads: Uploads = pages.house.uploads
    assert uploads.of(token, ADMIN).name == "科室.csv"
    folder = pages.house.settings.home / "uploads"
    assert {oct(file.stat().st_mode & 0o777) for file in folder.iterdir()} == {"0o600"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    for address in ("/import/" + "x" * 32, "/import/..%2f..%2fhotline", "/import/" + "x" * 32 + "/progress"):
        assert admin.get(address).status_code == 404
    vars(pages.house).pop("imports")
    assert "系統重新啟動過" in admin.get(f"/import/{token}").text
    other = pages.signed_in("supervisor-1")
    assert other.get(f"/import/{token}").status_code == 403
    modified = next(iter(folder.iterdir())).stat().st_mtime
    old = pages.clock.at.fromtimestamp(modified, pages.clock.at.tzinfo) + timedelta(days=1, seconds=1)
    assert uploads.sweep(old - timedelta(minutes=1)) == 0
    assert uploads.sweep(old) == 2


def test_long_work_tells_how_far_it_is_and_blocks_nobody(
    pages: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages answer meanwhile; without scripts the page reloads itself; a second step waits for the first."""
    admin, arrived, goes_on = pages.signed_in(ADMIN), threading.Event(), threading.Event()

    def slowly(*words: Any, progress: Callable[[int, int], object], **more: Any) -> ImportResult:
        progress(250, 10_000)
        arrived.set()
        assert goes_on.wait(60)
        return bring(*words, progress=progress, **more)

    monkeypatch.setattr(import_runs, "bring", slowly)
    sent = {"file": (io.BytesIO(SECTIONS.encode()), "科室.csv"), "only": "", "day": DAY}
    place = admin.post("/import", sent, page="/import", content_type="multipart/form-data").location
    assert arrived.wait(60)
    assert admin.get(f"{place}/progress").json == {"running": True, "done": 250, "of": 10_000}
    text = admin.get(place).text
    assert 'max="10000" value="250"' in text and '<noscript><meta http-equiv="refresh"' in text
    assert "這次匯入還在處理" in admin.post(f"{place}/try", {"day": DAY}).text
    assert admin.post(f"{place}/drop").status_code == 422
    goes_on.set()
    settle()
    assert admin.get(f"{place}/progress").json["running"] is False
    assert "新設科" in admin.get(place).text


def test_a_fault_of_ours_is_said_and_nothing_is_written(
    pages: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits is told, whatever happens in the thread."""
    admin = pages.signed_in(ADMIN)

    def breaks(*_words: Any, **_more: Any) -> ImportResult:
        raise ArithmeticError

    with monkeypatch.context() as patched:
        patched.setattr(import_runs, "bring", breaks)
        place = sends(admin, SECTIONS)
    assert "系統發生錯誤，沒有寫入任何資料" in admin.get(place).text
    admin.post(f"{place}/try", {"day": DAY})
    settle()
    assert "新設科" in admin.get(place).text


def test_no_file_no_date_too_large(pages: Console) -> None:
    """Each is said; nothing is kept."""
    admin = pages.signed_in(ADMIN)
    empty = admin.post("/import", {"only": "", "day": ""}, page="/import")
    assert empty.status_code == 422 and "請輸入生效日" in empty.text
    assert "請選擇檔案" in admin.post("/import", {"only": "", "day": DAY}, page="/import").text
    answer = admin.client.post(
        "/import", base_url=BASE, data=b"x" * 9_000_000, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413 and "檔案太大" in answer.text


@pytest.mark.parametrize("as_file", ["csv", "xlsx"])
def test_31_what_is_exported_calculates_nothing_and_comes_in_unchanged(pages: Console, as_file: str) -> None:
    """A name that a spreadsheet would run is made harmless; the same file imported changes nothing."""
    with transaction(pages.house.factory) as session:
        set_row(
            session,
            Desk("5112", "epb-air", "p-5112", "=HYPERLINK(1)"),
            Period(pages.clock.at),
            at=pages.clock.at,
            by="admin-1",
        )
    admin = pages.signed_in(ADMIN)
    form = {"only": "desks", "as_file": as_file, "headings": "zh", "at": "", "reason": "核對座位"}
    answer = admin.post("/export", form, page="/export")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    if as_file == "csv":
        assert "'=HYPERLINK(1)" in answer.data.decode("utf-8-sig")
    else:
        cells = [cell.value for row in load_workbook(io.BytesIO(answer.data)).active for cell in row]
        assert "'=HYPERLINK(1)" in cells
    assert "沒有要匯入的" in admin.get(sends(admin, answer.data, f"分機.{as_file}")).text
    with looking(pages.house.factory) as session:
        assert [(one.by, one.reason) for one in looks_at(session, "directory:desks")] == [(ADMIN, "核對座位")]


def test_an_export_needs_a_reason_and_is_as_of_a_day(pages: Console) -> None:
    """Everything only as a workbook, a worksheet a kind."""
    with transaction(pages.house.factory) as session:
        set_row(session, Section("epb-new", "epb", "新設科"), Period(taipei(DAY)), at=pages.clock.at, by="x")
    admin = pages.signed_in(ADMIN)
    form = {"only": "sections", "as_file": "csv", "headings": "en", "at": "2026-12-02T08:00", "reason": "x"}
    assert "新設科" in admin.post("/export", form, page="/export").data.decode("utf-8-sig")
    assert "新設科" not in admin.post("/export", {**form, "at": ""}, page="/export").data.decode("utf-8-sig")
    assert admin.post("/export", {**form, "reason": ""}, page="/export").status_code == 422
    assert "一次只能匯出一種" in admin.post("/export", {**form, "only": "all"}, page="/export").text
    whole = admin.post(
        "/export", {**form, "only": "all", "as_file": "xlsx", "headings": "zh"}, page="/export"
    )
    assert {"機關", "科室", "分機", "值日"} <= set(load_workbook(io.BytesIO(whole.data)).sheetnames)
