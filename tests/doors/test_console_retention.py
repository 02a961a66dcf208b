"""Retention on the pages, over the API and by command: periods, holds, and a person's own data (P4.12)."""

from datetime import timedelta

import pytest

from calls.store import CallRow
from hotline.db import looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.permissions import Action
from tests.doors.conftest import Typed
from tests.doors.console import Console, console
from tests.doors.programs import program

NUMBER, SHOWN = "+886933218765", "0933***765"
YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    made = console(tmp_path_factory.mktemp("retention") / "home", api_rate=1_000_000)
    with transaction(made.house.factory) as session:
        for one, ended in (("n1-1.1", True), ("n1-1.2", False), ("n1-1.3", True)):
            row = CallRow(id=one, caller=NUMBER, started_at=made.clock.at)
            row.ended_at = made.clock.at if ended else None
            session.add(row)
    return made


def test_P4_12_periods_and_holds_are_seen_by_who_may(pages: Console) -> None:
    """An auditor reads and holds nothing; an agent sees none of it."""
    auditor = pages.signed_in("auditor-1")
    text = auditor.get("/retention").text
    assert "案件的姓名與聯絡方式" in text and "1825 天" in text and "保全一筆紀錄" not in text
    assert auditor.get("/retention/holds/new").status_code == 403
    assert pages.signed_in("agent-1").get("/retention").status_code == 403


def test_a_call_is_held_for_a_complaint_and_released(pages: Console) -> None:
    """By its id, with a reason that is kept; what is not there is said at its field."""
    rdec = pages.signed_in("authorised-1")
    asked = {"kind": "call", "subject": "n1-9.9", "ground": "complaint", "reason": "訴願字第1號"}
    refused = rdec.post("/retention/holds/new", asked)
    assert refused.status_code == 422 and "subject-error" in refused.text
    assert rdec.post("/retention/holds/new", asked | {"subject": "n1-1.3"}).status_code == 302
    assert "n1-1.3" in rdec.get("/retention").text
    api = program(pages, "authorised-1")
    assert [one["origin"] for one in api.reads("/retention")["holds"]] == ["complaint:1"]
    assert rdec.post("/retention/holds/complaint:1/end", {"reason": "訴願已決定"}).status_code == 302
    assert api.reads("/retention")["holds"] == []
    with looking(pages.house.factory) as session:
        rows = audit_rows(session, subject="hold:complaint:1")
    assert [(row.action, row.reason) for row in rows] == [
        (Action.HOLD_CHANGE, "訴願字第1號"),
        (Action.HOLD_CHANGE, "訴願已決定"),
    ]


def test_a_person_s_data_are_told_and_erased_and_what_is_withheld_has_its_reason(pages: Console) -> None:
    """An open call and a held one stay; the number stands in no address and on no page."""
    admin, person = pages.signed_in("admin-1"), {"number": "0933-218-765", "reason": "申請書第7號"}
    api = program(pages, "authorised-1")
    body = {"kind": "call", "subject": "n1-1.3", "ground": "court", "reason": "檢察署來文"}
    origin = api.asks("POST", "/holds", body).json["origin"]
    told = admin.post("/personal-data", person).text
    assert SHOWN in told and NUMBER not in told and "還沒了結" in told and "刪除可以刪除的資料" in told
    left = admin.post("/personal-data/erase", person).text
    assert "n1-1.1" not in left and "n1-1.2" in left and "依法保全中" in left
    with looking(pages.house.factory) as session:
        callers = {one: session.get_one(CallRow, one).caller for one in ("n1-1.1", "n1-1.2", "n1-1.3")}
        did = [
            row.after["did"]
            for row in audit_rows(session)
            if row.action == Action.PERSONAL_ANSWER and row.after
        ]
    assert callers == {"n1-1.1": "", "n1-1.2": NUMBER, "n1-1.3": NUMBER} and did == ["told", "erased"]
    assert api.asks("POST", f"/holds/{origin}/end", {"reason": "結案"}).status_code == 200
    items = program(pages, "admin-1").asks("POST", "/personal-data", person).json["items"]
    assert {one["key"]: one["withheld"] for one in items} == {"n1-1.2": "open", "n1-1.3": None}


def test_who_asks_gives_a_number_and_a_reason(pages: Console) -> None:
    """Each is said at its field."""
    admin = pages.signed_in("admin-1")
    assert admin.get("/personal-data").status_code == 200
    for wrong in (
        {"number": "", "reason": "a"},
        {"number": "none", "reason": "a"},
        {"number": NUMBER, "reason": ""},
    ):
        assert admin.post("/personal-data", wrong).status_code == 422
    assert (
        pages.signed_in("auditor-1").post("/personal-data", {"number": NUMBER, "reason": "a"}).status_code
        == 403
    )


def test_the_same_by_command(typed: Typed) -> None:
    """What is kept how long, holds, and a person's data, each in one line a record."""
    assert "Number, name and matter of callbacks" in typed("retention").output
    assert "nothing is held" in typed("hold list").output
    assert "nothing is kept of this number" in typed("personal 0912345678 --reason asked --by admin-1").output
    typed("hold release complaint:9 --reason over --by admin-1", refused=True)
