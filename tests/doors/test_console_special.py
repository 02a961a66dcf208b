"""The special list in the pages (P7.3-a): proposed, approved by another, refused, removed;
numbers masked until a reason is given.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from calls.store import CallRow
from hotline.db import looking, transaction
from hotline.ledger.looks import looks_at
from hotline.special_callers.rules import (
    Approval,
    EntryState,
    ListedCaller,
    ListingStatus,
    review_day,
    standing,
)
from hotline.special_callers.service import by_number, entries
from tests.doors.console import BEGINNING, Console, Visitor, console

NUMBER, MASKED, CALL = "+886912345678", "0912***678", "test-1.2"
PROPOSAL = {"numbers": "0912-345-678", "reason": "三日內來電四十通，沒有具體內容", "evidence": CALL}
APPROVAL = {
    "level": "副市長",
    "document": "新北府研話字第1150001號",
    "approved_on": "2026-11-24",
    "review_on": "",
}


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home")
    with transaction(made.house.factory) as session:
        session.add(CallRow(id=CALL, caller=NUMBER, started_at=BEGINNING))
    return made


@pytest.fixture
def supervisor(pages: Console) -> Visitor:
    return pages.signed_in("supervisor-1")


@pytest.fixture
def approver(pages: Console) -> Visitor:
    return pages.signed_in("approver-1")


def known(pages: Console) -> list[ListedCaller]:
    with looking(pages.house.factory) as session:
        return entries(session)


def test_an_entry_works_once_another_approved_it(
    pages: Console, supervisor: Visitor, approver: Visitor
) -> None:
    """Proposed from the pages, with the number as people write it; the review is twelve months later."""
    answer = supervisor.post("/special/new", PROPOSAL, page="/special/new")
    assert (answer.status_code, answer.location) == (302, "/special/1")
    today = BEGINNING.date()
    assert not known(pages)[0].works(today) and "待核定" in supervisor.get("/special").text
    assert supervisor.post("/special/1/approve", APPROVAL).status_code == 403
    assert approver.post("/special/1/approve", APPROVAL, page="/special/1/approve").status_code == 302
    entry = known(pages)[0]
    assert entry.numbers == (NUMBER,) and entry.works(today) and entry.approval
    assert entry.approval.review_on == review_day(today) and entry.approval.level == "副市長"
    assert by_number([entry]) and "生效中" in approver.get("/special").text


@pytest.mark.parametrize(
    ("field", "given", "fault"),
    [
        ("numbers", "withheld", "電話號碼要含區碼"),
        ("reason", "", "請寫下理由"),
        ("reason", "a\x00b", "無法儲存的字元"),
        ("evidence", [], "請至少勾選一通來電"),
        ("evidence", "no-such-call", "沒有編號「no-such-call」的來電"),
    ],
)
def test_a_proposal_that_lacks_something_says_what(
    pages: Console, supervisor: Visitor, field: str, given: str | list[str], fault: str
) -> None:
    """And nothing is written."""
    answer = supervisor.post("/special/new", {**PROPOSAL, field: given}, page="/special/new")
    assert answer.status_code == 422 and fault in answer.text
    assert known(pages) == []
    nobody = supervisor.post("/special/new", {"reason": "辱罵"}, page="/special/new")
    assert nobody.status_code == 422 and "請輸入電話號碼" in nobody.text


def test_calls_are_offered_as_evidence(pages: Console, supervisor: Visitor) -> None:
    """Of the numbers typed, each a look on record; the one that was come from is ticked already."""
    asked = {"numbers": "0912-345-678", "reason": "三日內來電四十通", "find": "1"}
    text = supervisor.post("/special/new", asked, page="/special/new").text
    assert f'value="{CALL}"' in text and f'value="{CALL}" checked' not in text and known(pages) == []
    with looking(pages.house.factory) as session:
        assert [one.reason for one in looks_at(session, f"call:{CALL}")] == ["三日內來電四十通"]
    none = supervisor.post("/special/new", {**asked, "numbers": "0933218765"}, page="/special/new").text
    assert "這些號碼沒有打來過" in none
    assert f'value="{CALL}" checked' in supervisor.get(f"/special/new?call={CALL}").text


def test_who_comes_from_a_call_types_no_number(pages: Console, supervisor: Visitor) -> None:
    """The caller of the calls that are ticked is meant; one without a number cannot be listed."""
    with transaction(pages.house.factory) as session:
        session.add(CallRow(id="hidden-1.1", started_at=BEGINNING))
    sent = {"reason": "辱罵", "evidence": ["hidden-1.1"]}
    assert supervisor.post("/special/new", sent, page="/special/new").status_code == 422
    answer = supervisor.post("/special/new", {**sent, "evidence": [CALL]}, page="/special/new")
    assert answer.status_code == 302 and known(pages)[0].numbers == (NUMBER,)
    assert known(pages)[0].evidence == (CALL,)


@pytest.mark.parametrize(
    ("field", "given", "fault"),
    [
        ("level", "", "請輸入核定層級"),
        ("document", "", "請輸入公文號"),
        ("approved_on", "2026-11-25", "核定日期還沒到"),
        ("review_on", "2026-11-24", "複查日期要在核定日期之後"),
    ],
)
def test_P7_3_a_no_approval_without_its_facts(
    pages: Console, supervisor: Visitor, approver: Visitor, field: str, given: str, fault: str
) -> None:
    """Level, day, document number, review: each lack is said on the page."""
    supervisor.post("/special/new", PROPOSAL, page="/special/new")
    answer = approver.post("/special/1/approve", {**APPROVAL, field: given}, page="/special/1/approve")
    assert answer.status_code == 422 and fault in answer.text
    assert known(pages)[0].state is EntryState.PROPOSED


def test_a_refused_proposal_is_never_approved(pages: Console, supervisor: Visitor, approver: Visitor) -> None:
    """It stays on record with its reason; a decision is made once."""
    supervisor.post("/special/new", PROPOSAL, page="/special/new")
    form = {"reason": "佐證不足"}
    assert approver.post("/special/1/refuse", form, page="/special/1/refuse").status_code == 302
    assert "佐證不足" in approver.get("/special/1").text
    again = approver.post("/special/1/approve", APPROVAL, page="/special/1/approve")
    twice = approver.post("/special/1/refuse", form, page="/special/1/refuse")
    assert (again.status_code, twice.status_code) == (422, 422)
    assert "已經有人決定" in again.text and "已經有人決定" in twice.text
    assert known(pages)[0].state is EntryState.REFUSED


def test_a_removed_entry_works_no_more(pages: Console, supervisor: Visitor, approver: Visitor) -> None:
    """At once, and for a reason."""
    supervisor.post("/special/new", PROPOSAL, page="/special/new")
    approver.post("/special/1/approve", APPROVAL, page="/special/1/approve")
    assert approver.post("/special/1/remove", {"reason": " "}, page="/special/1/remove").status_code == 422
    removed = approver.post("/special/1/remove", {"reason": "已改善"}, page="/special/1/remove")
    assert removed.status_code == 302 and not known(pages)[0].works(BEGINNING.date())
    assert "已改善" in approver.get("/special/1").text


def test_whole_numbers_are_shown_for_a_reason_that_is_kept(pages: Console, supervisor: Visitor) -> None:
    """Masked on every page; shown once, to whoever said why."""
    supervisor.post("/special/new", PROPOSAL, page="/special/new")
    for path in ("/special", "/special/1"):
        text = supervisor.get(path).text
        assert MASKED in text and "0912345678" not in text and NUMBER not in text, path
    assert supervisor.post("/special/1/numbers", {"reason": ""}, page="/special/1").status_code == 422
    assert "0912345678" in supervisor.post("/special/1/numbers", {"reason": "核對"}, page="/special/1").text
    assert "0912345678" not in supervisor.get("/special/1").text
    with looking(pages.house.factory) as session:
        (look,) = looks_at(session, "special:1")
    assert (look.by, look.reason, look.what) == ("supervisor-1", "核對", "numbers")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, ListingStatus.WORKS),
        (333, ListingStatus.WORKS),
        (334, ListingStatus.WORKS),
        (335, ListingStatus.REVIEW_SOON),
        (365, ListingStatus.REVIEW_SOON),
        (366, ListingStatus.OVERDUE),
    ],
)
def test_an_entry_is_due_for_review_in_its_last_thirty_days(days: int, expected: ListingStatus) -> None:
    """And works no more after the day of its review."""
    began = BEGINNING.date()
    approval = Approval("mayor", "l", began, "d", review_day(began))
    entry = ListedCaller(1, (NUMBER,), "r", (CALL,), EntryState.APPROVED, "boss", approval)
    assert standing(entry, began + timedelta(days=days)) is expected
