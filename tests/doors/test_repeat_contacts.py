"""A citizen calls again about a case: on the page and in the API, with what the agent says (P7.2, V-13)."""

from datetime import timedelta
from pathlib import Path

import pytest

from hotline.callbacks.find import pending
from hotline.cases.store import Case
from hotline.db import transaction
from tests.doors.console import Console, console
from tests.doors.programs import program

NUMBER, MOBILE = "115112400001", "+886912345678"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home")
    with transaction(made.house.factory) as session:
        row = Case(
            number=NUMBER, kind="quick", state="IN_PROGRESS", agency="pwd", phone=MOBILE, matter="坑洞"
        )
        row.drafted_at = row.filed_at = made.clock.at - timedelta(days=1)
        row.drafted_by, row.due_at = "agent-1", made.clock.at + timedelta(hours=2)
        session.add(row)
    return made


def test_P7_2_the_agent_reads_what_is_promised_and_a_second_call_is_noted(pages: Console) -> None:
    """V-13 in both languages; one promise, shown when the number calls, with both notes."""
    agent, page = pages.signed_in("agent-1"), f"/cases/{NUMBER}/again"
    assert "1151-1240-0001" in agent.get(page).text
    said = agent.post(page, {"note": "還沒修"}, page=page)
    assert "您的案件已由工務局辦理，將請承辦人於 2026-11-24 14:00 前主動與您說明。" in said.text
    pages.clock.goes_on(timedelta(minutes=20))
    assert "已請承辦人在 2026-11-24 14:00 前聯絡民眾" in agent.get(page).text
    api = program(pages, "agent-1").asks("POST", f"{page[:-6]}/repeat-contact", {"note": "又問了"})
    assert (api.status_code, api.json["is_new"]) == (200, False), api.text
    assert api.json["say_in_english"].endswith("contact you by 2026-11-24 14:00 and explain.")
    with transaction(pages.house.factory) as session:
        (row,) = pending(session)
    shown = agent.get(f"/callbacks/{row.id}").text
    assert "1151-1240-0001" in shown and "還沒修" in shown and "又問了" in shown
    assert program(pages, "agent-1").reads(f"/callbacks/{row.id}")["case_number"] == NUMBER


def test_P7_2_what_cannot_be_promised_is_said(pages: Console) -> None:
    """A case that no agency has, and a number that is none."""
    agent, page = pages.signed_in("agent-1"), f"/cases/{NUMBER}/again"
    with transaction(pages.house.factory) as session:
        session.query(Case).one().state = "CLOSED"
    answer = agent.post(page, {"note": ""}, page=page)
    assert answer.status_code == 422 and "目前沒有機關在辦理" in answer.text
    assert agent.get("/cases/115112499999/again").status_code == 404
    asked = program(pages, "agent-1").asks("POST", "/cases/115112499999/repeat-contact", {})
    assert asked.status_code == 404
