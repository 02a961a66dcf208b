"""Pages for when the system is down: contact sheet and outage log (P5.4.3)."""

from datetime import timedelta
from pathlib import Path

import pytest

from hotline import outages
from hotline.db import transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Contact, DutyOfficer
from hotline.directory.service import set_duty
from hotline.ledger.looks import looks_at
from hotline.ledger.periods import Period
from hotline.outages import OutagePart
from ops.jobs.schedule import jobs
from tests.doors.console import Console, console
from tests.doors.programs import program

HOUR = timedelta(hours=1)


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home")
    at = made.clock.at
    with transaction(made.house.factory) as session:
        set_row(session, Contact("epb", "quick-liaison", 1, "p-5112"), Period(at - HOUR), at=at, by="admin-1")
        set_duty(session, DutyOfficer(1, "示範值日員", "0900000009"), Period(at - HOUR), at=at, by="admin-1")
        outages.begin(session, "n1", OutagePart.SYSTEM, at - 3 * HOUR, at - HOUR)
        outages.begin(session, "n1", OutagePart.PAGES, at - HOUR)
    return made


def test_P5_4_3_agents_see_and_print_whom_they_phone(pages: Console) -> None:
    """Duty officers' own numbers are whole for a reason, which is on record; an agency has no such page."""
    agent = pages.signed_in("agent-1")
    page = agent.get("/contact-sheet").text
    assert "快速案件專責窗口" in page and "0900-000-009" not in page
    assert agent.post("/contact-sheet/numbers", {"reason": ""}).status_code == 422
    assert agent.post("/contact-sheet/numbers", {"reason": "列印備用"}).status_code == 303
    assert "0900-000-009" in agent.get("/contact-sheet").text
    with transaction(pages.house.factory) as session:
        (told,) = looks_at(session, "duty:contact-sheet")
    assert (told.by, told.reason) == ("agent-1", "列印備用")
    assert pages.signed_in("liaison-epb").get("/contact-sheet").status_code == 403


def test_P5_4_3_the_outage_log_says_what_was_down_and_what_still_is(pages: Console) -> None:
    """The latest first."""
    text = pages.signed_in("agent-1").get("/outages").text
    assert text.index("還沒恢復") < text.index("系統（背景作業與資料庫）")


def test_P5_4_3_the_jobs_of_a_node_keep_sheet_and_log_and_run_over_its_cases(pages: Console) -> None:
    """As they are declared; the file is that of the page, whole numbers for whoever may open it."""
    house = pages.house
    (house.settings.home / "run").mkdir(exist_ok=True)
    runs = {job.name: job.run for job in jobs(house)}
    assert (runs["cases"](), runs["case-digest"]()) == (0, 0)
    sheet = runs["contact-sheet"]()
    assert isinstance(sheet, Path) and "示範值日員" in sheet.read_text("utf-8")
    runs["outages"]()
    assert (house.settings.home / "run" / "outages.seen").exists()


def test_P5_4_3_the_outage_log_is_read_by_programs_too(pages: Console) -> None:
    """As the page tells it; not by an agency."""
    rows = program(pages, "agent-1").reads("/outages")["items"]
    assert [(one["part"], one["ended_at"] is None) for one in rows] == [("pages", True), ("system", False)]
    assert program(pages, "liaison-epb").asks("GET", "/outages").status_code == 403
