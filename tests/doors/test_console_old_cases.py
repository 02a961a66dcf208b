"""The pages of an older system's cases and entries, and the same over the API."""

from io import BytesIO
from typing import Any

import pytest

from hotline.cases.find import of_another_system
from hotline.db import looking
from tests.doors.console import Console, console
from tests.doors.programs import program

HEAD = "原案號,受理時間,案情,種類,機關\n"
GOOD = "A-1,115/11/20 09:30,路面有坑洞,陳情,pwd\n"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("old") / "home")


def test_a_file_is_looked_at_before_it_is_taken_over(pages: Console) -> None:
    """Good lines beside faults; approved as a whole; a second time nothing is new."""
    boss = pages.signed_in("admin-1")
    assert "原案號" in boss.get("/cases/import").text

    def sends(text: str) -> str:
        sent = {"file": (BytesIO(text.encode()), "未結.csv")}
        answer = boss.post("/cases/import", sent, page="/cases/import", content_type="multipart/form-data")
        return str(answer.location)

    where = sends(HEAD + GOOD + "A-1,下週,坑洞,陳情,pwd\nA-2,115/11/20,坑洞,陳情,nobody\n")
    page = boss.get(where).text
    assert "3 個錯誤" in page and "第 3 列「受理時間」" in page and "第 4 列「機關」" in page
    assert ">新增<" in page and "/bring" not in page
    assert boss.post(f"{where}/bring", page="/cases/import").status_code == 422
    assert boss.post(f"{where}/drop", page="/cases/import").status_code == 303
    assert boss.post("/cases/import", {}, page="/cases/import").status_code == 422
    where = sends(HEAD + GOOD)
    assert boss.post(f"{where}/bring", page="/cases/import").status_code == 303
    with looking(pages.house.factory) as session:
        row = of_another_system(session, "A-1")
    assert row is not None and row.state == "IN_PROGRESS"
    page = boss.get(sends(HEAD + GOOD)).text
    assert "1 件已經匯入過" in page and f"/cases/{row.number}" in page and "/bring" not in page


def test_a_program_takes_cases_over(pages: Console) -> None:
    """Tried first, unless it says otherwise."""
    works = program(pages, "admin-1")
    body = {"content": HEAD + GOOD.replace("A-1", "P-1") + "P-2,,坑洞,陳情,pwd\n"}
    told: Any = works.asks("POST", "/cases/import", body).json
    assert (told["added"], [(one["line"], one["column"]) for one in told["faults"]]) == (1, [(3, "filed_at")])
    refused = works.asks("POST", "/cases/import", body | {"dry_run": False})
    assert refused.status_code == 422 and "nothing-to-import" in refused.text
    body = {"content": HEAD + GOOD.replace("A-1", "P-1"), "dry_run": False}
    done: Any = works.asks("POST", "/cases/import", body).json
    assert (done["added"], done["known"], done["faults"]) == (1, 0, [])
    assert program(pages, "agent-1").asks("POST", "/cases/import", body).status_code == 403


ENTRIES = "問題,答案,機關,關鍵字\n"
LAMP = '路燈不亮怎麼辦,"請打 1999。\n我們會派員。",pwd,路燈 電線桿\n'


def test_entries_of_an_older_book(pages: Console) -> None:
    """New, changed or as they are; a liaison writes those of the own agency alone."""
    liaison = pages.signed_in("liaison-pwd")

    def sends(text: str) -> str:
        sent = {"file": (BytesIO(text.encode()), "問答.csv")}
        form = {"page": "/knowledge/import", "content_type": "multipart/form-data"}
        return str(liaison.post("/knowledge/import", sent, **form).location)

    page = liaison.get(sends(ENTRIES + LAMP + "別局的,答案,epb,\n路燈不亮怎麼辦,別的,pwd,\n")).text
    assert "2 個錯誤" in page and "第 4 列「機關」" in page and "第 5 列「問題」" in page and ">新增<" in page
    where = sends(ENTRIES + LAMP)
    assert liaison.post(f"{where}/bring", page="/knowledge/import").status_code == 303
    assert "1 筆不變" in liaison.get(sends(ENTRIES + LAMP)).text
    works = program(pages, "liaison-pwd")
    body = {"content": ENTRIES + LAMP.replace("派員", "派人"), "dry_run": False}
    told: Any = works.asks("POST", "/knowledge/import", body).json
    assert told == {"added": 0, "changed": 1, "known": 0, "faults": []}
    assert works.asks("POST", "/knowledge/import", body).status_code == 422
    found = [one["entry"] for one in works.reads("/knowledge?q=路燈不亮怎麼辦")["items"]]
    assert [one["answer"] for one in found if one["question"] == "路燈不亮怎麼辦"] == [
        "請打 1999。\n我們會派人。"
    ]
