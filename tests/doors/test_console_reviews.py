"""The pages of reviews and feedback: asked for, reported on, counted; the API alike (P10.4, P14)."""

from pathlib import Path

import pytest

from calls.store import CallRow
from hotline.cases.store import Case
from hotline.db import transaction
from tests.doors.console import Console, console
from tests.doors.programs import program
from web.console.pages.reviews import YEAR

pytestmark = pytest.mark.matrix

NUMBER = "115112490001"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """A closed case of epb."""
    made = console(tmp_path / "home")
    at = made.clock.at
    with transaction(made.house.factory) as session:
        row = Case(number=NUMBER, kind="quick", state="CLOSED", agency="epb", category="3003", closed_at=at)
        row.drafted_at, row.filed_at, row.drafted_by = at, at, "agent-1"
        session.add(row)
    return made


def test_P10_4_a_complaint_leads_to_a_review_and_a_report(pages: Console) -> None:
    """The agent writes it down, RDEC asks, the agency reports; the outcome is the case's."""
    agent, rdec = pages.signed_in("agent-1"), pages.signed_in("authorised-1")
    said = {"kind": "complaint", "case": NUMBER, "words": "說修好了，沒有修"}
    assert agent.post("/feedback/new", said | {"kind": ""}).status_code == 422
    assert agent.post("/feedback/new", said).status_code == 302
    page = rdec.get("/reviews/candidates").text
    assert "民眾抱怨" in page and f"case={NUMBER}" in page and "說修好了" not in page
    form = {"case": NUMBER, "ground": "complained", "reason": "請說明"}
    past = rdec.post("/reviews/new", form | {"due_on": "2026-11-23"})
    assert past.status_code == 422 and "報告期限已經過了" in past.text
    assert rdec.post("/reviews/new", form).location.endswith("/reviews/1")
    liaison = pages.signed_in("liaison-epb")
    assert "等候報告" in liaison.get("/reviews").text and "請說明" in liaison.get("/reviews/1").text
    assert liaison.post("/reviews/1/report", {"report": ""}, page="/reviews/1").status_code == 422
    assert liaison.post("/reviews/1/report", {"report": "已重做"}, page="/reviews/1").status_code == 302
    assert "已重做" in rdec.get("/reviews/1").text and "報告已送" in rdec.get("/reviews").text
    assert "agency=epb&amp;head=reviews" in rdec.get("/reviews/year").text
    behind = {head: rdec.get(f"/reviews/year/behind?agency=epb&head={head}").text for head in YEAR}
    assert "複查第 1 件" in behind["reviews"] and "/reviews/1" in behind["reviews"]
    assert "沒有資料" in behind["defects"] and "沒有資料" in behind["late reviews"]
    told = program(pages, "authorised-1").reads("/reviews/year/behind?agency=epb&head=reviews")
    assert (told["kind"], told["ids"]) == ("review", ["1"])
    assert rdec.get("/reviews/year/behind?head=x&year=y").status_code == 200
    assert pages.signed_in("manager-epb").get("/reviews").status_code == 200
    assert pages.signed_in("agent-1").get("/reviews").status_code == 403


def test_P14_a_year_counts_agencies_and_leads_to_what_was_said(pages: Console) -> None:
    """Words are read one by one; the list has none."""
    works = program(pages, "agent-1")
    body = {"kind": "commendation", "words": "很快", "agency": "epb"}
    assert works.asks("POST", "/feedback", body).status_code == 201
    rdec, api = pages.signed_in("authorised-1"), program(pages, "authorised-1")
    assert "/feedback?year=2026&amp;agency=epb" in rdec.get("/reviews/year").text
    assert "很快" not in rdec.get("/feedback?year=2026").text and "很快" in rdec.get("/feedback/1").text
    assert api.reads("/feedback")["items"][0]["case"] == "" and api.reads("/feedback/1")["words"] == "很快"
    (counted,) = api.reads("/reviews/year?year=2026")["items"]
    assert (counted["agency"], counted["commendations"], counted["complaints"]) == ("epb", 1, 0)
    assert rdec.get("/reviews/year?year=x").status_code == 200


def test_P10_4_a_program_asks_and_reports(pages: Console) -> None:
    """The same use cases."""
    api, own = program(pages, "authorised-1"), program(pages, "liaison-epb")
    body = {"case": NUMBER, "reason": "請說明", "due_on": "2026-12-01"}
    assert api.asks("POST", "/reviews", body).status_code == 201
    assert own.asks("POST", "/reviews/1/report", {"report": "已重做"}).status_code == 200
    assert own.reads("/reviews/1")["report"] == "已重做"
    assert api.reads("/reviews")["items"][0]["case"] == NUMBER
    assert api.reads("/reviews/candidates")["items"] == []


def test_P14_who_hears_it_finds_the_form_where_they_look(pages: Console) -> None:
    """The desk, a call and a case lead agents and supervisors there, lists of reviews and feedback RDEC."""
    with transaction(pages.house.factory) as session:
        session.add(CallRow(id="c.1", started_at=pages.clock.at, agent="agent-1"))
    found = {
        "/desk": ("agent-1", "/feedback/new"),
        f"/cases/{NUMBER}": ("agent-1", f"/feedback/new?case={NUMBER}"),
        "/calls/c.1": ("supervisor-1", "/feedback/new?call=c.1"),
        "/reviews": ("authorised-1", "/feedback"),
        "/feedback": ("authorised-1", "/feedback/new"),
    }
    for page, (login, address) in found.items():
        assert f'href="{address}"' in pages.signed_in(login).get(page).text, page
    rdec = pages.signed_in("authorised-1")
    said = {"kind": "complaint", "call": "c.1", "agency": "epb", "words": "寫信來說很慢"}
    assert rdec.post("/feedback/new", said).status_code == 302
    assert 'value="c.1"' in pages.signed_in("supervisor-1").get("/feedback/new?call=c.1").text
