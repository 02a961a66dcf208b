"""Duty officers and switchboards in the pages:
who is rung when, and which number while a switchboard fails.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.clock import taipei
from hotline.db import looking, transaction
from hotline.directory.register import set_row
from hotline.directory.rows import load_city
from hotline.directory.rules import Agency, Directory
from hotline.ledger.looks import looks_at
from hotline.ledger.periods import Period
from tests.doors.console import Console, console

ADMIN, SECRETARIAT, AGENT, LIAISON = "admin-1", "secretariat-1", "agent-1", "liaison-epb"
DUTY = {"place": "1", "name": "王值日", "number": "0912345678", "since": "", "until": "", "reason": "輪值"}
FAULT = {"alternative": "(02)2960-0101", "since": "", "until": "", "reason": "線路中斷"}


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Console]:
    made = console(tmp_path / "home")
    yield made
    made.house.engine.dispose()


def then(pages: Console, at: str = "") -> Directory:
    """The directory now, or at an instant."""
    moment = taipei(at) if at else pages.clock.at
    with looking(pages.house.factory) as session:
        return load_city(session, moment).at(moment)


def test_P5_1_3_a_place_is_given_from_a_date_on_and_seen_as_of_any_instant(pages: Console) -> None:
    """Today's officer stays until then."""
    admin = pages.signed_in(ADMIN)
    answer = admin.post("/duty", {**DUTY, "since": "2026-12-01T17:30", "until": "2026-12-02T08:30"})
    assert (answer.status_code, answer.location) == (303, "/duty")
    assert "示範值日員甲" in admin.get("/duty?at=2026-11-30T20:00").text.partition("</ol>")[0]
    told = admin.get("/duty?at=2026-12-01T20:00").text
    assert "王值日" in told.partition("</ol>")[0] and "非上班時間" in told
    assert [one.name for one in then(pages, "2026-12-01T20:00").duty][0] == "王值日"
    assert [one.name for one in then(pages, "2026-12-02T08:30").duty][0] == "示範值日員甲"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"place": "0"}, "順位是 1 到 99 的數字"),
        ({"name": ""}, "請輸入姓名"),
        ({"number": "call me"}, "不是可以撥打的號碼"),
        ({"since": "tomorrow"}, "這不是日期和時間"),
        ({"since": "2026-12-02T08:30", "until": "2026-12-01T08:30"}, "沒有晚於開始"),
        ({"name": "\u202e倒"}, "無法儲存的字元"),
    ],
)
def test_what_is_not_fit_is_said_and_nothing_is_written(
    pages: Console, wrong: dict[str, str], told: str
) -> None:
    """The form comes back with what was typed."""
    answer = pages.signed_in(ADMIN).post("/duty", {**DUTY, **wrong})
    assert answer.status_code == 422
    assert told in answer.text and "govuk-error-summary" in answer.text
    assert [one.name for one in then(pages).duty][0] == "示範值日員甲"


def test_a_place_is_emptied_with_a_reason(pages: Console) -> None:
    """And a place that nobody has is none."""
    admin = pages.signed_in(ADMIN)
    assert admin.post("/duty/2/end", {"since": "", "reason": ""}).status_code == 422
    assert admin.post("/duty/2/end", {"since": "", "reason": "調職"}).status_code == 303
    assert [one.order for one in then(pages).duty] == [1, 3]
    assert admin.get("/duty/2/end").status_code == 404


def test_P4_12_numbers_are_masked_until_a_reason_is_on_record(pages: Console) -> None:
    """For ten minutes, and only for who gave it."""
    admin = pages.signed_in(ADMIN)
    assert "0900-000-001" not in admin.get("/duty").text
    assert admin.post("/duty/numbers", {"reason": " "}).status_code == 422
    assert admin.post("/duty/numbers", {"reason": "核對名冊"}).status_code == 303
    assert "0900-000-001" in admin.get("/duty").text
    assert "0900-000-001" not in pages.signed_in(AGENT).get("/duty").text
    with looking(pages.house.factory) as session:
        assert [(one.by, one.reason) for one in looks_at(session, "duty:roster")] == [(ADMIN, "核對名冊")]
    pages.clock.goes_on(timedelta(minutes=10))
    assert "0900-000-001" not in admin.get("/duty").text


def test_who_only_looks_changes_nothing(pages: Console) -> None:
    """An agent sees the roster without its form, and is refused when sending one."""
    agent = pages.signed_in(AGENT)
    assert "排入值日" not in agent.get("/duty").text
    assert agent.post("/duty", DUTY).status_code == 403


def test_P4_9_a_fault_is_reported_and_ends_when_it_is_repaired(pages: Console) -> None:
    """The alternative is rung meanwhile; afterwards the fault stands with its times."""
    visitor = pages.signed_in(SECRETARIAT)
    assert visitor.post("/switchboards/apo", FAULT).status_code == 303
    agency = then(pages).agencies["apo"]
    assert (agency.fault, agency.alternative) == (True, "(02)2960-0101")
    assert "故障" in visitor.get("/switchboards/apo").text
    pages.clock.goes_on(timedelta(minutes=20))
    assert visitor.post("/switchboards/apo", {"reason": "已換線"}).status_code == 303
    assert not then(pages).agencies["apo"].fault
    past = visitor.get("/switchboards").text.partition("過去的故障")[2]
    assert "2026-11-24 10:00" in past and "2026-11-24 10:20" in past


def test_P4_9_an_off_site_agency_without_alternative_is_a_defect(pages: Console) -> None:
    """It is named at the top, and its fault needs a number."""
    with transaction(pages.house.factory) as session:
        set_row(
            session,
            Agency("apo", "動保處", True, "(02)2960-3456"),
            Period(pages.clock.at),
            at=pages.clock.at,
            by="test",
        )
    visitor = pages.signed_in(SECRETARIAT)
    text = visitor.get("/switchboards").text
    assert 'href="/directory/agency/apo"' in text and "缺替代號碼" in text
    answer = visitor.post("/switchboards/apo", {**FAULT, "alternative": ""})
    assert answer.status_code == 422 and "沒有登錄替代號碼" in answer.text
    assert not then(pages).agencies["apo"].fault


def test_P2_a_liaison_reports_only_for_its_own_agency(pages: Console) -> None:
    """For another it may only look."""
    liaison = pages.signed_in(LIAISON)
    assert "您的角色不能回報" in liaison.get("/switchboards/apo").text
    assert liaison.post("/switchboards/apo", FAULT).status_code == 403
    assert liaison.post("/switchboards/epb", FAULT).status_code == 303
    assert liaison.get("/switchboards/nobody").status_code == 404
