"""Cases that are looked up, by pages and programs: by number, place and date, telephone; the page of one."""

from datetime import timedelta
from typing import Any

import pytest

from hotline.cases.drafts import DraftFields
from hotline.cases.store import Case
from hotline.cases.words import ReplyWay
from hotline.db import transaction
from hotline.ledger.looks import looks_at
from tests.doors.console import Console, Visitor, console
from tests.doors.programs import Program, program
from web.console.case_words import case_number

SAID = {
    "matter": "路面有坑洞",
    "category": "3003",
    "place": "板橋區中山路一段161號",
    "name": "王小明",
    "phone": "0912345678",
    "reply_way": "sms",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("search") / "home", api_rate=1_000_000)


@pytest.fixture(scope="module")
def agent(pages: Console) -> Visitor:
    return pages.signed_in("agent-1")


@pytest.fixture(scope="module")
def works(pages: Console) -> Program:
    return program(pages, "agent-1")


def filed(pages: Console, **other: Any) -> Case:
    """A case of a caller, filed by an agent now."""
    said = {**SAID, "reply_way": ReplyWay.SMS, **other}
    filing, at = pages.house.case_filing, pages.clock.at
    with transaction(pages.house.factory) as session:
        row = filing.draft(session, DraftFields(**said), "agent-1", at)
        return filing.file(session, row.id, "agent-1", at, is_another=True)


@pytest.fixture(scope="module")
def row(pages: Console) -> Case:
    return filed(pages)


def test_P5_2_4_a_case_is_found_by_number_and_by_place_and_date(
    pages: Console, agent: Visitor, row: Case
) -> None:
    """A whole number opens it, however it is spaced; the list has neither name nor telephone."""
    for written in (row.number, case_number(row.number)):
        found = agent.get("/cases", query_string={"number": written})
        assert found.status_code == 303 and found.location == f"/cases/{row.number}"
        anywhere = agent.post("/search", {"q": written}, page="/cases")
        assert anywhere.status_code == 303 and anywhere.location == f"/cases/{row.number}"
    other = filed(pages, place="新莊區中正路100號")
    asked = {"place": "中山路", "since": "2026-11-24", "until": "2026-11-24"}
    listed = agent.get("/cases", query_string=asked).text.partition("<tbody")[2]
    assert case_number(row.number) in listed and case_number(other.number) not in listed
    assert "王小明" not in listed and "0912" not in listed
    asked = {"place": "中山路", "since": "2026-11-25"}
    assert "沒有符合的案件" in agent.get("/cases", query_string=asked).text
    hostile = {"place": "a\x00'%", "since": "x", "state": "x", "before": "x", "number": "'"}
    assert agent.get("/cases", query_string=hostile).status_code == 200


def test_P4_12_by_a_telephone_or_name_only_for_a_reason(pages: Console, agent: Visitor, row: Case) -> None:
    """Which stays on record with each case that was found; four digits will do, part of a name not."""
    page = "/cases"
    assert "請寫下理由" in agent.post("/cases/of-phone", {"citizen": "0912-345-678"}, page=page).text
    sent = {"citizen": "0912-345-678", "reason": "民眾忘了案號"}
    assert case_number(row.number) in agent.post("/cases/of-phone", sent, page=page).text
    with transaction(pages.house.factory) as session:
        assert "民眾忘了案號" in [one.reason for one in looks_at(session, f"case:{row.number}")]
    nobody = agent.post("/cases/of-phone", {**sent, "citizen": "0922000111"}, page=page).text
    assert "沒有符合的案件" in nobody
    for citizen in ("5678", "王小明"):
        found = agent.post("/cases/of-phone", {**sent, "citizen": citizen}, page=page).text
        assert case_number(row.number) in found
    for citizen in ("4567", "王小"):
        found = agent.post("/cases/of-phone", {**sent, "citizen": citizen}, page=page).text
        assert "沒有符合的案件" in found


def test_P4_12_the_petitioner_is_masked_until_a_reason_is_given(
    pages: Console, agent: Visitor, row: Case
) -> None:
    """Then once, and it stays on record."""
    path = f"/cases/{row.number}"
    page = agent.get(path).text
    assert "路面有坑洞" in page and "王小明" not in page and "345678" not in page
    whole = agent.post(f"{path}/petitioner", {"reason": "民眾要更正電話"}, page=path).text
    assert "王小明" in whole and "0912345678" in whole.replace("-", "").replace("+886", "0")
    assert "王小明" not in agent.get(path).text
    with transaction(pages.house.factory) as session:
        assert "民眾要更正電話" in [
            one.reason for one in looks_at(session, path[1:].replace("cases/", "case:"))
        ]
    assert agent.get("/cases/115112499999").status_code == 404


def test_P8_1_an_agent_cancels_for_the_holder_and_takes_it_back(pages: Console, agent: Visitor) -> None:
    """Within a day; how the agent verified who asks is on record."""
    row = filed(pages, place="三重區重新路一段1號")
    path = f"/cases/{row.number}"
    assert agent.post(f"{path}/cancel", {"ground": "x", "reason": "y"}, page=path).status_code == 422
    sent = {"ground": "not-reported", "reason": "核對過地點和電話"}
    assert agent.post(f"{path}/cancel", sent, page=path).status_code == 302
    assert "核對過地點和電話" in agent.get(path).text
    assert state(pages, row) == "CANCELLED"
    assert agent.post(f"{path}/take-back", {"reason": "民眾說是誤會"}, page=path).status_code == 302
    assert state(pages, row) == "FILED"
    agent.post(f"{path}/cancel", sent, page=path)
    pages.clock.goes_on(timedelta(hours=25))
    late = pages.signed_in("agent-1").post(f"{path}/take-back", {"reason": "x"}, page=path)
    assert late.status_code == 422 and state(pages, row) == "CANCELLED"


def state(pages: Console, row: Case) -> str:
    with transaction(pages.house.factory) as session:
        return session.get_one(Case, row.id).state


def test_an_agencys_people_find_their_own_cases(pages: Console, row: Case) -> None:
    """Others' they do not see."""
    theirs = row.agency
    liaison = pages.signed_in("liaison-epb")
    answer = liaison.get(f"/cases/{row.number}")
    assert answer.status_code == (200 if theirs == "epb" else 403)
    listed = liaison.get("/cases").text
    assert (case_number(row.number) in listed) is (theirs == "epb")


def test_a_program_files_as_the_desk_does(pages: Console, works: Program) -> None:
    """One use case: draft, ETag, examination, decision, the same answer to the same deed."""
    body = {**SAID, "place": "永和區中正路1號", "phone": "0933444555"}
    made = works.asks("POST", "/case-drafts", {"matter": "路面有坑洞"}, Idempotency_Key="draft")
    assert made.status_code == 201, made.text
    again = works.asks("POST", "/case-drafts", {"matter": "路面有坑洞"}, Idempotency_Key="draft")
    assert again.json == made.json
    number, path = made.json["number"], f"/case-drafts/{made.json['number']}"  # type: ignore[index]
    assert works.reads(f"{path}/examination")["kind"] == "petition"
    assert works.asks("PUT", path, body).status_code == 428
    saved = works.asks("PUT", path, body, If_Match=works.version(path))
    assert saved.status_code == 200 and saved.json["place_key"]  # type: ignore[index]
    assert works.asks("PUT", path, body, If_Match=made.headers["ETag"]).status_code == 412
    assert works.reads(f"{path}/examination")["first"] == ""
    filed = works.asks("POST", f"{path}/file", {}, Idempotency_Key="file")
    assert filed.status_code == 201, filed.text
    assert works.asks("POST", f"{path}/file", {}, Idempotency_Key="file").json == filed.json
    told = filed.json
    assert (
        told is not None and told["state"] == "FILED" and filed.headers["Location"].endswith(told["number"])
    )
    assert works.asks("GET", path).status_code == 404
    assert program(pages, "agent-2").asks("GET", f"/case-drafts/{number}").status_code == 404


def test_a_program_is_refused_what_the_agent_must_decide(works: Program, row: Case) -> None:
    """By the words of the rule, with the number it is about."""
    draft = works.asks("POST", "/case-drafts", {**SAID, "phone": "0933444666"}).json
    assert draft is not None
    path = f"/case-drafts/{draft['number']}"
    seen = works.reads(f"{path}/examination")
    assert seen["first"] == "place" and row.number in [one["number"] for one in seen["same_place"]]
    refused = works.asks("POST", f"{path}/file", {})
    assert refused.status_code == 409 and "case-needs-decision" in refused.text
    attached = works.asks("POST", f"{path}/file", {"attach_to": row.number})
    assert attached.status_code == 201 and attached.json["lead"] == row.number  # type: ignore[index]


def test_a_program_reads_a_case_masked_and_whole_for_a_reason(works: Program, row: Case) -> None:
    """Each look stays on record."""
    told = works.reads(f"/cases/{row.number}")
    assert told["name"] != "王小明" and "345678" not in told["phone"] and told["events"]
    counted = {one["kind"]: one["counted"] for one in told["deadlines"]}
    assert counted["stage1"][-1] == "due Tue 2026-11-24 14:00" and "P5.4.1" in counted["stage1"][0]
    assert works.reads(f"/cases/{row.number}?reason=更正")["name"] == "王小明"
    listed = works.reads("/cases?place=中山路&size=1")
    assert len(listed["items"]) == 1 and "name" not in listed["items"][0]
    of = works.asks("POST", "/cases/of-phone", {"phone": "0912345678", "reason": "查詢進度"})
    assert row.number in [one["number"] for one in of.json["items"]]  # type: ignore[index]
