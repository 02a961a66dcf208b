"""The audit log in the pages (P0-a): found by who, what, to what and when;
looks told apart; masked; verified.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from calls.store import CallRow
from hotline.db import looking, transaction
from hotline.ledger.audit import audit, audit_rows, subjects_of_number
from hotline.ledger.find import AuditQuery, Which, found
from hotline.ledger.looks import IN_HAND, look
from hotline.permissions import Action
from tests.doors.console import BEGINNING, Console, Visitor, console

CITIZEN = "+886912345678"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home")
    with transaction(made.house.factory) as session:
        for day, (by, action, subject) in enumerate(
            (
                ("liaison-epb", Action.DIRECTORY_FORWARD, "desk:5112"),
                ("agent-1", Action.CALLBACK_OPEN, "callback:1"),
                ("liaison-epb", Action.DIRECTORY_CHANGE, "desk:5113"),
            )
        ):
            at = BEGINNING + timedelta(days=day)
            before, after = {"number": CITIZEN, "name": "舊名"}, {"number": CITIZEN, "name": "新名"}
            audit(
                session,
                at=at,
                by=by,
                action=action,
                subject=subject,
                before=before,
                after=after,
                reason="why",
            )
        audit(
            session,
            at=BEGINNING,
            by="agent-1",
            action=Action.CALLBACK_OPEN,
            subject="callback:2",
            after={"number": CITIZEN},
        )
        look(session, BEGINNING, "agent-2", "callback:1", "民眾來電", "number")
    return made


@pytest.fixture
def admin(pages: Console) -> Visitor:
    return pages.signed_in("admin-1")


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"by": "liaison-epb"}, 2),
        ({"by": "liaison-epb", "subject": "desk:5113"}, 1),
        ({"by": "liaison-epb", "subject": "desk", "which": "all"}, 2),
        ({"action": "callback.open"}, 2),
        ({"by": "liaison-epb", "since": "2026-11-25"}, 1),
        ({"by": "liaison-epb", "until": "2026-11-24"}, 1),
        ({"by": "nobody"}, 0),
        ({"by": "a\x00b"}, 0),
        ({"subject": "callback:1", "which": "looks"}, 1),
    ],
)
def test_rows_are_found(admin: Visitor, asked: dict[str, str], number: int) -> None:
    """By each question and by several at once; days are Taipei's, the last one included."""
    text = admin.get("/audit", query_string=asked).text
    assert (f"共 {number} 筆" in text) if number else ("沒有符合的紀錄" in text)


def test_reading_is_on_record(pages: Console, admin: Visitor) -> None:
    """Who read what, with what they asked for; such rows are looks, not changes."""
    admin.get("/audit", query_string={"subject": "desk:5112", "by": "liaison-epb"})
    with looking(pages.house.factory) as session:
        row = audit_rows(session)[-1]
        (newest, *_) = found(session, AuditQuery(which=Which.CHANGES))
    assert (row.by, row.action, row.subject) == ("admin-1", Action.AUDIT_READ, "desk:5112")
    assert row.after and row.after["by"] == "liaison-epb" and newest.action != Action.AUDIT_READ


def test_a_row_tells_what_was_changed_and_not_of_whom(pages: Console, admin: Visitor) -> None:
    """Only words that differ; a citizen is a pseudonym, the same in every row, also of the directory's
    kind.
    """
    with looking(pages.house.factory) as session:
        row = next(one for one in found(session, AuditQuery()) if one.subject == "callback:2")
        (alias,) = subjects_of_number(session, CITIZEN)
    page = admin.get(f"/audit/{row.id}").text
    assert "912345678" not in page and alias.partition(":")[2] in page and "以代號記載" in page
    assert CITIZEN not in admin.get("/audit?kind=callback&which=all").text


def test_a_reading_says_what_was_read_and_why_in_words(pages: Console, admin: Visitor) -> None:
    """Also of who works on the matter, and is asked for nothing."""
    with transaction(pages.house.factory) as session:
        look(session, BEGINNING, "agent-1", "callback:1", IN_HAND, "number")
    shown = admin.get("/audit?which=looks&subject=callback:1").text
    assert "姓名與電話" in shown and "民眾來電" in shown and "自己正在處理" in shown and IN_HAND not in shown


def test_a_long_log_pages_newest_first(pages: Console, admin: Visitor) -> None:
    """Fifty a page; a page past the end is the last one."""
    with transaction(pages.house.factory) as session:
        for number in range(120):
            audit(session, at=BEGINNING, by="many", action="test.deed", subject=f"desk:{number}")
    first = admin.get("/audit", query_string={"by": "many"}).text
    assert "第 1 頁，共 3 頁，120 筆" in first and first.index("分機 119") < first.index("分機 70")
    assert "第 3 頁" in admin.get("/audit", query_string={"by": "many", "page": "99"}).text


def test_the_log_is_verified_on_the_page(pages: Console, admin: Visitor) -> None:
    """It says so when somebody changed a row past the hotline, and which."""
    assert "都和當初寫下時一樣" in admin.post("/audit/verify", page="/audit").text
    engine = pages.house.engine
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_log_no_update")
        connection.exec_driver_sql("UPDATE audit_log SET reason = 'another' WHERE subject = 'callback:1'")
        connection.commit()
    told = admin.post("/audit/verify", page="/audit").text
    assert "不經本系統動過紀錄" in told and "is not what was written there" in told


def test_whoever_looked_at_a_citizen_is_found_by_the_number(pages: Console, admin: Visitor) -> None:
    """Which stands in no address; what is kept of it decides, and that it was asked is on record."""
    with transaction(pages.house.factory) as session:
        session.add(CallRow(id="ntpc1-1.1", caller=CITIZEN))
        look(session, BEGINNING, "agent-1", "call:ntpc1-1.1", "民眾再次來電", "number")
        look(session, BEGINNING, "agent-2", f"citizen:{CITIZEN}", "民眾陳情", "number")
    page = admin.post("/audit/citizen", {"citizen": "0912-345-678"}, page="/audit").text
    assert "agent-1" in page and "民眾再次來電" in page and "民眾陳情" in page and "12345678" not in page
    assert "沒有人看過" in admin.post("/audit/citizen", {"citizen": "0287654321"}, page="/audit").text
    refused = admin.post("/audit/citizen", {"citizen": "x"}, page="/audit")
    assert refused.status_code == 422
    with looking(pages.house.factory) as session:
        aliases = [subjects_of_number(session, number)[-1] for number in (CITIZEN, "+886287654321")]
        asked = [row.subject for row in audit_rows(session) if row.subject in aliases]
    assert asked == [aliases[0], *aliases]  # the first was a look at it
    told = admin.get("/audit", query_string={"subject": "citizen:0912345678", "which": "all"}).text
    assert "共 2 筆" in told and "agent-2" in told
