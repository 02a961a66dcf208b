"""Referrals of false reports to the police on the pages and over the API (P8.3): who may, who sees whom,
what is refused at which field.
"""

from typing import Any

import pytest

from hotline.db import looking, transaction
from hotline.ledger.looks import looks_at
from tests.doors.console import Console, Visitor, console
from tests.doors.programs import program
from tests.store.cases import said

NAME, PHONE, MASKED = "陳大同", "0933-444-555", "陳○○"
ASKED = {
    "complainant": NAME,
    "phone": PHONE,
    "wish": "有人冒用我的電話報案",
    "police_unit": "板橋分局",
    "calls": "",
}
HANDED = {"what": "錄音兩檔", "to": "板橋分局偵查隊", "letter": "新北檢字第1號"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("referrals") / "home", api_rate=1_000_000)


@pytest.fixture(scope="module")
def rdec(pages: Console) -> Visitor:
    return pages.signed_in("authorised-1")


@pytest.fixture(scope="module")
def approver(pages: Console) -> Visitor:
    return pages.signed_in("approver-1")


def filed(pages: Console) -> str:
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        row = pages.house.case_filing.draft(session, said(), "agent-1", at)
        return pages.house.case_filing.file(session, row.id, "agent-1", at, is_another=True).number or ""


def asked(rdec: Visitor, number: str) -> str:
    """The address of a referral that was asked for."""
    answer = rdec.post("/referrals/new", {"case": number, **ASKED})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def looks(pages: Console, address: str) -> list[str]:
    with looking(pages.house.factory) as session:
        return [one.by for one in looks_at(session, f"referral:{address.rpartition('/')[2]}")]


def test_P8_3_a_referral_is_asked_for_approved_by_another_printed_and_ended(
    pages: Console, rdec: Visitor, approver: Visitor
) -> None:
    """Each look is on record; the case says that it is held to who may know, and to no agency."""
    number = filed(pages)
    assert f"/referrals/new?case={number}" in rdec.get(f"/cases/{number}").text
    address = asked(rdec, number)
    page = rdec.get(address).text
    assert "待核定" in page and "由另一個人核定" in page and f"{address}/approve" not in page
    assert NAME in page and "保全中" in page
    assert rdec.post(f"{address}/approve").status_code == 422
    assert address in rdec.get(f"/cases/{number}").text
    assert "保全" not in pages.signed_in("liaison-pwd").get(f"/cases/{number}").text

    assert NAME in approver.get(address).text
    assert approver.post(f"{address}/approve", {"letter": "新北府研話字第1號"}).status_code == 302
    letter = rdec.get(f"{address}/letter").text
    assert "板橋分局" in letter and NAME in letter and "主旨" in letter and "王小明" not in letter
    assert looks(pages, address) == ["authorised-1", "approver-1", "authorised-1"]
    assert rdec.post(f"{address}/calls", {"calls": "no-such-call"}).status_code == 422
    assert rdec.post(f"{address}/calls", {"calls": ""}).status_code == 302
    for wrong, field in (({"letter": ""}, "letter"), ({"handed_at": "2026-11-25T10:00"}, "handed_at")):
        refused = rdec.post(f"{address}/hand-over", {**HANDED, "handed_at": "2026-11-24T10:00", **wrong})
        assert refused.status_code == 422 and f'href="#{field}"' in refused.text
    assert rdec.post(f"{address}/hand-over", {**HANDED, "handed_at": "2026-11-24T10:00"}).status_code == 302
    assert "新北檢字第1號" in rdec.get(address).text
    assert rdec.post(f"{address}/end", {"reason": " "}).status_code == 422
    assert rdec.post(f"{address}/end", {"reason": "不起訴處分確定"}).status_code == 302
    assert "保全中" not in rdec.get(address).text


def test_P8_3_the_complainant_is_masked_until_a_reason_is_given(pages: Console, rdec: Visitor) -> None:
    """To an auditor; once, with a row of who read it."""
    address, auditor = asked(rdec, filed(pages)), pages.signed_in("auditor-1")
    seen = auditor.get(address).text
    assert NAME not in seen and "有人冒用" not in seen and "板橋分局" in seen
    assert auditor.post(f"{address}/complainant", {"reason": ""}).status_code == 422
    assert looks(pages, address) == []
    whole = auditor.post(f"{address}/complainant", {"reason": "年度稽核"}).text
    assert NAME in whole and "有人冒用" in whole and looks(pages, address) == ["auditor-1"]
    assert NAME not in auditor.get(address).text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"case": "115112499999"}, "case"),
        ({"phone": "abc"}, "phone"),
        pytest.param({"complainant": ""}, "complainant", marks=pytest.mark.matrix),
        pytest.param({"calls": "no-such-call"}, "calls", marks=pytest.mark.matrix),
        pytest.param({"police_unit": "分" * 65}, "police_unit", marks=pytest.mark.matrix),
    ],
)
def test_P8_3_what_is_wrong_is_said_at_its_field(
    pages: Console, rdec: Visitor, wrong: dict[str, str], field: str
) -> None:
    """And what was typed is still there."""
    refused = rdec.post("/referrals/new", {"case": filed(pages), **ASKED, **wrong})
    assert refused.status_code == 422 and f'href="#{field}"' in refused.text and ASKED["wish"] in refused.text


def test_P8_3_a_program_does_the_same_but_for_the_approval(pages: Console, approver: Visitor) -> None:
    """The second person is a person; a complainant is told whole for a reason."""
    works = program(pages, "authorised-1")
    body = {key: text for key, text in ASKED.items() if key != "calls"} | {"case": filed(pages)}
    made: Any = works.asks("POST", "/referrals", body).json
    path = f"/referrals/{made['number']}"
    assert (made["state"], made["case"]) == ("ASKED", body["case"])
    assert works.asks("POST", f"{path}/refuse", {"reason": "x"}).status_code == 409
    told = works.reads(path)
    assert (told["complainant"], told["wish"]) == (MASKED, "") and told["holds"][0]["subject"] == body["case"]
    assert works.reads(f"{path}?reason=稽核")["complainant"] == NAME
    handed = {**HANDED, "at": "2026-11-24T10:00:00+08:00"}
    assert works.asks("POST", f"{path}/hand-over", handed).status_code == 409
    approver.post(f"{path}/approve")
    assert works.asks("POST", f"{path}/hand-over", handed).status_code == 201
    assert works.asks("POST", f"{path}/end", {"reason": "終結"}).json["state"] == "ENDED"  # type: ignore[index]
    assert works.reads("/referrals")["items"][0]["number"] == made["number"]
    assert program(pages, "secretariat-1").asks("GET", path).status_code == 403
