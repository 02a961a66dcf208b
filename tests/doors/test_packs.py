"""Monthly packs on the pages, as files and by command: the same numbers in each."""

import csv
import io
import json
import re
from html import unescape
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from calls.store import CallRow, Leg
from hotline.clock import taipei
from hotline.db import transaction
from reporting.packs.rules import PARTS
from reporting.packs.store import PackRun
from tests.doors.console import Console, console
from tests.doors.programs import program
from transfer.outcome import DialOutcome

pytestmark = pytest.mark.matrix  # each counts a whole pack; the plain run has its rules


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """With a call of October that was put through to an extension whose name looks like a formula."""
    made = console(tmp_path / "home")
    at = taipei("2026-10-20T10:00")
    with transaction(made.house.factory) as session:
        call = CallRow(id="call-1", started_at=at, queued_at=at, agent_at=at, ended_at=at, service="P3.2")
        call.topic, call.queue_seconds = "extension:5112", 1.0
        session.add(call)
        session.flush()
        leg = Leg(channel="leg-1", call_id="call-1", phone="officers", kind="desk", started_at=at)
        leg.extension, leg.section, leg.agency, leg.outcome = (
            "=5112",
            "epb-clean",
            "epb",
            DialOutcome.ANSWERED,
        )
        leg.ring_seconds = 3.0
        session.add(leg)
    return made


def asked_for(pages: Console) -> None:
    """By a supervisor on the page, and made by the job."""
    answer = pages.signed_in("supervisor-1").post("/reports/packs", {"month": "2026-10"})
    assert answer.status_code == 303
    assert pages.house.packs.work(pages.clock.at) == 1


def test_P10_one_click_and_page_and_files_say_the_same(pages: Console) -> None:
    """Asked for, shown while it is made, then there: on the page, as CSV, workbook and JSON."""
    boss = pages.signed_in("supervisor-1")
    assert boss.post("/reports/packs", {"month": "2026-10"}, page="/reports/packs").status_code == 303
    assert "正在產製 2026-10 的全冊" in boss.get("/reports/packs").text
    with transaction(pages.house.factory) as session:
        session.execute(update(PackRun).values(step=5))
    assert boss.get("/reports/packs/progress").json == {"running": True, "done": 5, "of": len(PARTS)}
    assert f'max="{len(PARTS)}" value="5"' in boss.get("/reports/packs").text
    assert pages.house.packs.work(pages.clock.at) == 1
    assert "第 1 版" in boss.get("/reports/packs").text
    page = boss.get("/reports/packs/2026-10/1").text
    says = json.loads(boss.get("/reports/packs/2026-10/1/pack.json").data)
    book = load_workbook(io.BytesIO(boss.get("/reports/packs/2026-10/1/pack.xlsx").data))
    assert list(says["tables"]) == list(PARTS) and len(book.worksheets) == len(PARTS)
    assert says["tables"]["completion"]["rows"][0][:4] == ["all", "1", "1", "100.0%"]
    text = boss.get("/reports/packs/2026-10/1/completion.csv").data.decode("utf-8-sig")
    row = next(csv.DictReader(text.splitlines()))
    assert (row["服務"], row["一通完成"], row["完成率"]) == (
        "合計",
        "1",
        "100.0%",
    ) and "一通電話完成率" in page
    live = boss.get("/reports.csv?kind=completion&month=2026-10").data.decode("utf-8-sig")
    assert live == text
    assert program(pages, "supervisor-1").reads("/packs/2026-10-01/1")["tables"] == says["tables"]


def test_P10_no_cell_of_a_pack_is_computed(pages: Console) -> None:
    asked_for(pages)
    boss = pages.signed_in("supervisor-1")
    text = boss.get("/reports/packs/2026-10/1/rings-extension.csv").data.decode("utf-8-sig")
    assert "'=5112" in text and ",=" not in text
    book = load_workbook(io.BytesIO(boss.get("/reports/packs/2026-10/1/pack.xlsx").data))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert "f" not in {cell.data_type for cell in cells} and "'=5112" in {cell.value for cell in cells}


def test_P10_who_acts_for_an_agency_sees_its_rows_and_makes_none(pages: Console) -> None:
    asked_for(pages)
    liaison = pages.signed_in("liaison-pwd")
    assert "環境清潔科" not in liaison.get("/reports/packs/2026-10/1").text
    assert "環境清潔科" in pages.signed_in("liaison-epb").get("/reports/packs/2026-10/1").text
    assert liaison.get("/reports/packs/2026-10/1/pack.json").status_code == 404
    assert liaison.post("/reports/packs", {"month": "2026-10"}).status_code == 403
    assert pages.signed_in("agent-1").get("/reports/packs").status_code == 403


def test_P10_2_letters_are_drafts_for_who_acts_for_the_agency_or_the_city(pages: Console) -> None:
    """Of an agency with something to improve, and of no other; over the API as text."""
    asked_for(pages)
    boss, letters = pages.signed_in("supervisor-1"), "/reports/packs/2026-10/1/letters"
    code = re.findall(rf"{letters}/([a-z-]+)\.odt", boss.get("/reports/packs/2026-10/1").text)[0]
    answer = boss.get(f"{letters}/{code}.odt")
    assert (answer.status_code, answer.content_type) == (200, "application/vnd.oasis.opendocument.text")
    assert boss.get(f"{letters}/nobody.odt").status_code == 404
    liaison = pages.signed_in("liaison-pwd")
    assert liaison.get(f"{letters}/epb.odt").status_code == 403
    assert f"{letters}/epb.odt" not in liaison.get("/reports/packs/2026-10/1").text
    told = program(pages, "supervisor-1").reads(f"/packs/2026-10-01/1/letters/{code}")
    assert told["points"][0].startswith("115年10月成案由貴機關辦理者計")


def test_P10_a_month_that_lasts_is_refused_with_a_sentence(pages: Console) -> None:
    answer = pages.signed_in("supervisor-1").post("/reports/packs", {"month": "2026-11"})
    assert (
        answer.status_code == 422
        and "2026-11 這個月還沒有過完，2026-12-01 00:00 以後才能產製月報" in answer.text
    )
    assert pages.signed_in("supervisor-1").get("/reports/packs/2026-10/7").status_code == 404


def test_P12_2_a_number_leads_to_its_calls(pages: Console) -> None:
    """From the report to the ids of the calls; what counts nothing leads nowhere."""
    boss = pages.signed_in("supervisor-1")
    report = boss.get("/reports?kind=completion&month=2026-10").text
    assert "/reports/behind?kind=completion" in report
    assert "call-1" in boss.get("/reports/behind?kind=completion&month=2026-10&head=settled&row=all").text
    assert (
        "call-1" not in boss.get("/reports/behind?kind=completion&month=2026-10&head=undecided&row=all").text
    )
    liaison = pages.signed_in("liaison-epb")
    assert (
        "call-1" not in liaison.get("/reports/behind?kind=completion&month=2026-10&head=settled&row=all").text
    )


def test_P10_a_number_of_an_edition_leads_to_its_rows(pages: Console) -> None:
    """As the edition knew it; page and program alike. An edition that is not there has none."""
    asked_for(pages)
    boss = pages.signed_in("supervisor-1")
    pack = boss.get("/reports/packs/2026-10/1").text
    [address, *_] = re.findall(r'href="(/reports/behind[^"]*kind=completion[^"]*)"', pack)
    page = boss.get(unescape(address)).text
    assert "call-1" in page and "照這一版的資料時間計算" in page and "/reports/packs/2026-10/1" in page
    assert boss.get("/reports/behind?kind=completion&month=2026-10&edition=7").status_code == 404
    works = program(pages, "supervisor-1")
    told = works.reads("/reports/completion/behind?month=2026-10-01&head=settled&edition=1")
    assert (told["kind"], told["ids"]) == ("call", ["call-1"])
    by_names = works.reads("/reports/early/behind?month=2026-10-01&head=calls&row=pwd&under=message|停水|x")
    assert by_names["ids"] == []
