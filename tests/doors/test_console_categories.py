"""The pages of case categories: looked at, edited, reviewed, given a note, taken out (P5.4.1, P5.4.9)."""

from pathlib import Path
from typing import Any

import pytest

from hotline.categories.rules import Category
from hotline.db import looking
from hotline.places import DISTRICTS
from tests.doors.console import Console, console
from tests.doors.programs import program

ALL_OF_IT = {
    "key": "9001",
    "name": "公園設施損壞",
    "case_kind": "quick",
    "agency": "pwd",
    "section": "pwd-park",
    "manager": "",
    "stage1_hours": "24",
    "stage2_days": "7",
    "questions": "哪一座公園？\n什麼壞了？",
    "keywords": "溜滑梯、鞦韆",
    "placeholder": "",
    "day": "",
    "reason": "新增類別",
    "expected": "0",
    f"district_{DISTRICTS.index('三重區')}": "工務局 道路養護科",
}
"""A category as the form sends it."""


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home", has_book=True)


def category(pages: Console, code: str) -> Category:
    with looking(pages.house.factory) as session:
        return pages.house.categories.at(session, pages.clock.at)[code]


def test_the_list_says_that_it_is_a_placeholder_and_what_is_due(pages: Console) -> None:
    """To everybody of the staff; a sentence finds its category."""
    agent = pages.signed_in("agent-1")
    told = agent.get("/categories").text
    assert "還不是市府核定的" in told and told.count("暫定") >= 9 and "9 個該檢討" in told
    assert "新增類別" not in told and "全部類別今天檢討過了" not in told
    found = agent.get("/categories?q=巷口的路燈都不亮").text
    assert "路燈不亮" in found and "妨害安寧" not in found
    assert "Case categories" in agent.get("/categories", headers={"Accept-Language": "en"}).text
    file = agent.get("/categories.csv")
    assert file.data.startswith(b"\xef\xbb\xbf") and "暫定資料" in file.text and "yes" in file.text


def test_the_administrator_writes_a_category_by_names(pages: Console) -> None:
    """No code is typed but the new one's; whose districts differ is said by name; the old version is kept."""
    admin = pages.signed_in("admin-1")
    assert admin.post("/categories/new", ALL_OF_IT, page="/categories/new").status_code == 302
    made = category(pages, "9001")
    assert (made.questions, made.words) == (("哪一座公園？", "什麼壞了？"), ("溜滑梯", "鞦韆"))
    assert made.in_charge("三重區") == ("pwd", "pwd-road") and made.in_charge("板橋區") == ("pwd", "pwd-park")
    assert "（請選擇）" in admin.get("/categories/new").text
    form = admin.get("/categories/9001/edit").text
    assert "工務局 道路養護科" in form and "哪一座公園？" in form
    told = admin.get("/categories/9001").text
    assert "三重區" in told and "第一階段 24 小時" in told and "新增類別" in told


REFUSED = (
    ({"stage1_hours": "25"}, "4 到 24 小時的整數"),
    ({"stage1_hours": ""}, "4 到 24 小時的整數"),
    ({"stage2_days": "0.5"}, "1 到 14 日的整數"),
    ({"case_kind": "petition"}, "只有快速案件有這個時限"),
    ({"section": "epb-air"}, "不屬於"),
    ({"name": ""}, "請輸入名稱"),
    ({"key": "1002"}, "1002"),
    ({"district_0": "月球辦公室"}, "請從名單選"),
    ({"reason": ""}, "請寫下異動原因"),
)


def test_a_form_that_cannot_be_comes_back_with_its_reason(pages: Console) -> None:
    """At its field; what was typed is still there."""
    admin = pages.signed_in("admin-1")
    for typed, said in REFUSED:
        answer = admin.post("/categories/new", ALL_OF_IT | typed, page="/categories/new")
        assert (answer.status_code, said in answer.text, "溜滑梯" in answer.text) == (422, True, True), typed


def test_of_two_who_edit_the_second_is_told(pages: Console) -> None:
    """Nothing is lost: sent once more it is written."""
    admin = pages.signed_in("admin-1")
    admin.post("/categories/new", ALL_OF_IT, page="/categories/new")
    sent = ALL_OF_IT | {"name": "公園設施"}
    answer = admin.post("/categories/9001/edit", sent)
    assert answer.status_code == 422 and category(pages, "9001").name == "公園設施損壞"
    version = answer.text.partition('name="expected"')[2].partition('value="')[2].partition('"')[0]
    assert admin.post("/categories/9001/edit", sent | {"expected": version}).status_code == 302
    assert category(pages, "9001").name == "公園設施"


def test_an_agency_writes_its_note_and_no_other_s(pages: Console) -> None:
    """Shown as missing before; the day is today."""
    liaison = pages.signed_in("liaison-pwd")
    assert "寫預防措施" in liaison.get("/categories/3003").text
    assert "寫預防措施" not in liaison.get("/categories/2001").text
    assert liaison.post("/categories/3003/prevention", {"note": ""}).status_code == 422
    assert liaison.post("/categories/3003/prevention", {"note": "每季巡查。"}).status_code == 302
    assert "每季巡查。" in liaison.get("/categories/3003").text
    assert liaison.post("/categories/2001/prevention", {"note": "代寫"}).status_code == 403


def test_the_review_and_the_end_are_put_on_record(pages: Console) -> None:
    """One by one or all at once; an ended one can still be read."""
    admin = pages.signed_in("admin-1")
    assert admin.post("/categories/review", {"code": "3003"}).location.endswith("/categories/3003")
    assert "8 個該檢討" not in admin.get("/categories").text  # its note is still missing
    assert admin.post("/categories/review", {}).status_code == 302
    assert category(pages, "1001").reviewed_at == category(pages, "3003").reviewed_at
    assert admin.post("/categories/3004/end", {"reason": ""}).status_code == 422
    assert admin.post("/categories/3004/end", {"reason": "併入號誌"}).status_code == 302
    assert "已停用" in admin.get("/categories/3004").text and "3004" not in admin.get("/categories").text
    assert admin.get("/categories/9999").status_code == 404


def test_programs_read_write_and_are_proposed_to(pages: Console) -> None:
    """The same rules over the API."""
    admin, path = program(pages, "admin-1"), "/categories/3003"
    says: dict[str, Any] = {
        name: value
        for name, value in admin.reads(path).items()
        if name not in ("code", "valid_from", "valid_to")
    }
    etag = admin.version(path)
    refused = admin.asks("PUT", path, says | {"stage1_hours": 3}, If_Match=etag)
    assert refused.status_code == 422 and "P5.4.1" in refused.text
    changed = admin.asks("PUT", path, says | {"stage1_hours": 6, "reason": "核定"}, If_Match=etag)
    assert changed.status_code == 200 and category(pages, "3003").stage1_hours == 6
    (first, *_) = program(pages, "agent-1").reads("/categories/proposed?q=路燈不亮&district=板橋區")["items"]
    assert (first["kind"], first["key"], first["agency"]) == ("category", "3002", "pwd")
