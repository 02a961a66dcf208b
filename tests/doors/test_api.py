"""The API for programs: versions of what is edited, deeds done once,
faults in RFC 9457's form, keys and rates.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.accounts.endings import end_staff
from hotline.db import looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.looks import IN_HAND, LOOKED, looks_at
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.doors.console import BEGINNING, Console, console
from tests.doors.programs import Program, program
from web.api.rates import Rates

DESK = {"section": "epb-air", "person": "", "reason": "搬家"}


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


@pytest.fixture
def admin(pages: Console) -> Program:
    return program(pages, "admin-1")


def problem(answer: Any) -> tuple[int, str]:
    """Status and word of a problem, whose form is RFC 9457's."""
    assert answer.content_type == "application/problem+json", answer.text
    told = answer.json
    assert told["status"] == answer.status_code and told["title"] and told["detail"]
    assert all(fault["wrong"] and fault["do"] for fault in told["faults"])
    return answer.status_code, told["type"].removeprefix("urn:hotline:problem:")


def test_an_edit_names_the_version_it_was_made_from(admin: Program) -> None:
    """Without one 428; the second of two editors gets 412 and reads again."""
    assert problem(admin.asks("PUT", "/desks/5112", DESK)) == (428, "no-version")
    read = admin.version("/desks/5112")
    first = admin.asks("PUT", "/desks/5112", DESK, If_Match=read)
    assert first.status_code == 200 and first.json["section"] == "epb-air"
    second = admin.asks("PUT", "/desks/5112", DESK | {"section": "epb-noise"}, If_Match=read)
    assert problem(second) == (412, "changed-meanwhile")
    again = admin.asks("PUT", "/desks/5112", DESK, If_Match=first.headers["ETag"])
    assert again.status_code == 200
    assert problem(admin.asks("DELETE", "/desks/5112", If_Match='"x"')) == (412, "unknown-version")


def test_what_is_new_is_said_to_be_new(admin: Program) -> None:
    """201 once; what is there already is not overwritten."""
    made = admin.asks("PUT", "/desks/5999", DESK, If_None_Match="*")
    assert made.status_code == 201 and admin.reads("/desks/5999")["section"] == "epb-air"
    assert problem(admin.asks("PUT", "/desks/5999", DESK, If_None_Match="*")) == (412, "already-there")


def test_what_was_read_is_not_sent_again(admin: Program) -> None:
    """304 while it is as it was."""
    read = admin.version("/desks/5112")
    assert admin.asks("GET", "/desks/5112", If_None_Match=read).status_code == 304
    admin.asks("PUT", "/desks/5112", DESK, If_Match=read)
    assert admin.asks("GET", "/desks/5112", If_None_Match=read).status_code == 200


def test_a_change_holds_from_its_date_of_effect_on(admin: Program) -> None:
    """As-of reads tell the one before and the one after; undone as a whole it never holds."""
    since = "2026-12-01T00:00:00%2B08:00"
    planned = DESK | {"since": "2026-12-01T00:00:00+08:00"}
    admin.asks("PUT", "/desks/5112", planned, If_Match=admin.version("/desks/5112"))
    assert admin.reads("/desks/5112")["section"] == "epb-clean"
    assert admin.reads(f"/desks/5112?at={since}")["section"] == "epb-air"
    (entry,) = admin.reads("/changes?size=1")["items"]
    assert admin.asks("POST", f"/changes/{entry['number']}/undo", {"reason": "誤植"}).status_code == 200
    assert admin.reads(f"/desks/5112?at={since}")["section"] == "epb-clean"
    undo = admin.asks("POST", f"/changes/{entry['number']}/undo", {"reason": "誤植"})
    assert problem(undo) == (409, "is-undone")


def test_an_ended_row_is_gone_from_then_on(admin: Program) -> None:
    """It stays readable as of before."""
    assert admin.asks("PUT", "/desks/5999", DESK, If_None_Match="*").status_code == 201
    read = admin.version("/desks/5999")
    later = "2026-12-01T00:00:00%2B08:00"
    assert admin.asks("DELETE", f"/desks/5999?since={later}", If_Match=read).status_code == 204
    assert admin.asks("GET", f"/desks/5999?at={later}").status_code == 404
    assert admin.reads("/desks/5999")["extension"] == "5999"


def test_a_liaison_edits_only_its_own_agency(pages: Console) -> None:
    """The key's login decides, as on the pages (P2-a)."""
    liaison = program(pages, "liaison-epb")
    own = liaison.asks("PUT", "/desks/5112", DESK, If_Match=liaison.version("/desks/5112"))
    other = liaison.asks("PUT", "/desks/5301", DESK, If_Match=liaison.version("/desks/5301"))
    assert own.status_code == 200 and problem(other) == (403, "not-permitted")
    assert problem(liaison.asks("GET", "/audit")) == (403, "not-permitted")


@pytest.mark.parametrize(
    ("path", "sent", "fields"),
    [
        ("/desks/5112", {"section": "EPB AIR", "colour": "red"}, {"section", "colour"}),
        ("/desks/5998", {"section": "no-such-section"}, {"section"}),
        ("/desks/5112", {"section": "epb-air", "since": "tomorrow"}, {"since"}),
        ("/desks/5112", {"section": "epb-air", "name": "a\x00b"}, {"name"}),
        ("/agencies/epb", {"name": ""}, {"name"}),
        ("/desks/5112", None, {""}),
        ("/desks/51x2", DESK, {"extension"}),
        ("/forwards/5112", {"target": "9999"}, {"desk"}),
    ],
)
def test_bad_input_is_told_field_by_field(
    admin: Program, path: str, sent: dict[str, Any] | None, fields: set[str]
) -> None:
    """All faults at once, each with what to do; nothing is written."""
    answer = admin.asks("PUT", path, sent, If_None_Match="*")
    assert answer.status_code == 422 and problem(answer)
    assert {fault["field"] for fault in answer.json["faults"]} == fields


def test_a_named_deed_is_done_once(pages: Console, admin: Program) -> None:
    """The same answer however often it is sent; another deed needs another name."""
    sent = {"citizen": "0912-345-678", "matter": "路燈不亮"}
    first, again = (admin.asks("POST", "/callbacks", sent, Idempotency_Key="a") for _ in range(2))
    assert (first.status_code, first.json, first.headers["Location"]) == (
        again.status_code,
        again.json,
        again.headers["Location"],
    )
    with looking(pages.house.factory) as session:
        done = [row.action for row in audit_rows(session, subject="callback:1")]
        assert done == ["callback.open", LOOKED, LOOKED]  # the answer was read twice
    other = admin.asks("POST", "/callbacks", sent | {"matter": "x"}, Idempotency_Key="a")
    assert problem(other) == (422, "other-deed")
    admin.asks("POST", "/callbacks/1/claim")
    tries = [
        admin.asks("POST", "/callbacks/1/attempts", {"outcome": "busy"}, Idempotency_Key="b") for _ in "12"
    ]
    assert [answer.json["failed"] for answer in tries] == [1, 1]


def test_a_refused_deed_may_be_tried_again_under_its_name(pages: Console, admin: Program) -> None:
    """What failed was not done."""
    admin.asks("POST", "/callbacks", {"citizen": "0912345678", "matter": "x"})
    officer = program(pages, "supervisor-1")
    officer.asks("POST", "/callbacks/1/claim")
    assert problem(admin.asks("POST", "/callbacks/1/claim", Idempotency_Key="c")) == (409, "held-by-another")
    officer.asks("POST", "/callbacks/1/release")
    assert admin.asks("POST", "/callbacks/1/claim", Idempotency_Key="c").status_code == 200


def test_a_promise_is_kept_over_the_api(admin: Program) -> None:
    """Claimed, called, closed; the number is masked for whoever does not work on it."""
    sent = {"citizen": "0912345678", "matter": "路燈不亮", "extension": "5112"}
    assert admin.asks("POST", "/callbacks", sent).status_code == 201
    (row,) = admin.reads("/callbacks")["items"]
    assert row["citizen"] == "+886912***678" and row["agency"] == "epb" and row["due_at"]
    assert admin.asks("POST", "/callbacks/1/claim").json["citizen"] == "+886912345678"
    assert admin.asks("POST", "/callbacks/1/attempts", {"outcome": "reached"}).status_code == 200
    closed = admin.asks("POST", "/callbacks/1/close", {"result": "已派工"})
    assert (closed.json["state"], closed.json["result"]) == ("DONE", "已派工")
    assert admin.reads("/callbacks")["items"] == []


def test_resilience_2_7_only_numbers_that_are_dialled_are_taken_by_the_api(
    pages: Console, admin: Program
) -> None:
    """A promise without one is found by itself and given one;
    what is at a premium or abroad is a problem that says so.
    """
    with transaction(pages.house.factory) as session:
        pages.house.callbacks.promise(session, "call-1", "anonymous", "zh-TW", "caller", pages.clock.at)
    assert (
        admin.asks("POST", "/callbacks", {"citizen": "0912345678", "matter": "x"}).json["has_number"] is True
    )
    (row,) = admin.reads("/callbacks?without_number=true")["items"]
    assert (row["number"], row["has_number"]) == (1, False)
    for number, why in (
        ("0204123456", "costs more than a call"),
        ("+81312345678", "abroad"),
        ("0800123456", "service"),
    ):
        for path, more in (("/callbacks", {"matter": "x"}), ("/callbacks/1/number", {})):
            refused = admin.asks("POST", path, {"citizen": number, **more})
            assert problem(refused) == (422, "number-not-dialled") and why in refused.json["detail"]
    assert admin.asks("POST", "/callbacks/1/number", {"citizen": "0912000111"}).json["has_number"] is True
    assert problem(admin.asks("POST", "/callbacks/1/number", {"citizen": "0912000222"})) == (
        409,
        "has-number",
    )
    assert admin.reads("/callbacks?without_number=true")["items"] == []


def test_a_whole_number_is_told_for_a_reason(pages: Console, admin: Program) -> None:
    """Which is on record."""
    admin.asks("POST", "/callbacks", {"citizen": "0912345678", "matter": "x"})
    assert admin.reads("/callbacks/1")["citizen"] == "+886912***678"
    assert admin.reads("/callbacks/1?reason=%E6%9F%A5%E8%AD%89")["citizen"] == "+886912345678"
    with looking(pages.house.factory) as session:
        assert [one.reason for one in looks_at(session, "callback:1")] == [IN_HAND, "查證"]


def test_whom_a_call_would_ring(admin: Program) -> None:
    """The ladder of an instant; out of office hours a message."""
    found = admin.reads("/route?extension=5112")
    assert [one["extension"] for one in found["rungs"]][0] == "5112" and found["plan"] == "ring"
    night = admin.reads("/route?extension=5112&at=2026-11-24T22:00:00%2B08:00")
    assert (night["plan"], night["office_hours"]) == ("message", False)


def test_a_search_tells_how_each_was_found_and_what_is_only_similar_apart(admin: Program) -> None:
    """In the directory and in the book; without words all are told, found by nothing."""
    sure = admin.asks("GET", "/desks?q=垃圾").json
    assert {one["match"] for one in sure["items"]} == {"written"} and sure["similar"] == []
    near = admin.asks("GET", "/desks?q=環境髒爛").json
    assert (near["items"], near["total"]) == ([], 0)
    assert {(one["section"], one["match"]) for one in near["similar"]} == {("epb-clean", "similar")}
    every = admin.asks("GET", "/desks?size=1").json
    assert every["items"][0]["match"] is None and every["total"] == 70 and every["similar"] == []
    says = {"agency": "epb", "question": "路燈不亮，要跟誰說？", "answer": "請說地點。", "keywords": "街燈"}
    assert admin.asks("POST", "/knowledge", says).status_code == 201
    found = admin.asks("GET", "/knowledge?q=路登").json
    assert [one["match"] for one in found["items"]] == ["sound"] and found["similar"] == []
    found = admin.asks("GET", "/knowledge?q=路燈不亮很久").json
    assert found["items"] == [] and [one["match"] for one in found["similar"]] == ["similar"]
    assert admin.asks("GET", "/knowledge?q=護照").json["total"] == 0


def test_no_key_no_answer(pages: Console) -> None:
    """None, a wrong one, one whose login ended; cookies count for nothing."""
    stranger, ended = program(pages), program(pages, "officer-5112")
    assert problem(stranger.asks("GET", "/desks")) == (401, "no-key")
    assert problem(Program(stranger.client, "hotline_wrong").asks("GET", "/desks")) == (401, "no-key")
    with transaction(pages.house.factory) as session:
        end_staff(session, "officer-5112", BEGINNING, at=BEGINNING, by="test")
    assert problem(ended.asks("GET", "/desks")) == (401, "no-key")
    visitor = pages.signed_in("admin-1")
    assert visitor.get("/api/v1/desks").status_code == 401


def test_each_key_has_a_rate(tmp_path: Path) -> None:
    """Whoever asks too often waits; others do not, and time gives back."""
    pages = console(tmp_path / "home", api_rate=3)
    busy, other = program(pages, "admin-1"), program(pages, "agent-1")
    assert [busy.asks("GET", "/desks?size=1").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = busy.asks("GET", "/desks")
    assert problem(refused) == (429, "too-many") and refused.headers["Retry-After"] == "21"
    assert other.asks("GET", "/desks?size=1").status_code == 200
    pages.clock.goes_on(timedelta(seconds=21))
    assert busy.asks("GET", "/desks?size=1").status_code == 200


def test_a_rate_never_gives_more_than_a_minute_of_it() -> None:
    """However long somebody was silent; a clock that steps back takes nothing away."""
    rates = Rates(2)
    later = BEGINNING + timedelta(hours=1)
    assert [rates.wait("a", later) is None for _ in range(3)] == [True, True, False]
    assert rates.wait("a", BEGINNING) is not None
    assert rates.wait("a", later + timedelta(seconds=30)) is None


def test_who_brings_no_key_is_counted_by_the_64_of_ipv6(tmp_path: Path) -> None:
    """One subscriber has all the addresses behind it."""
    client = console(tmp_path / "home", api_rate=2).app.test_client()

    def asked(address: str) -> int:
        return client.get("/api/v1/desks", environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [asked(f"2001:db8:0:1::{one}") for one in range(3)] == [401, 401, 429]
    assert asked("2001:db8:0:2::1") == 401


def test_reading_the_audit_log_is_on_record(pages: Console, admin: Program) -> None:
    """Citizens are pseudonyms in it."""
    admin.asks("POST", "/callbacks", {"citizen": "0912345678", "matter": "x"})
    (row,) = admin.reads("/audit?subject=callback:1")["items"]
    assert row["after"]["number"].startswith("~") and "912" not in str(row)
    with looking(pages.house.factory) as session:
        last = audit_rows(session)[-1]
    assert (last.action, last.subject, last.by) == ("audit.read", "callback:1", "admin-1")


def test_a_login_is_given_to_nobody_else(admin: Program) -> None:
    """Another name is the same person's only when the program says so."""
    read = admin.version("/staff/officer-5112")
    other = {
        "name": "示範別人",
        "roles": ["officer"],
        "agency": "epb",
        "section": "epb-clean",
        "phone": "5112",
    }
    assert problem(admin.asks("PUT", "/staff/officer-5112", other, If_Match=read)) == (409, "other-person")
    renamed = admin.asks("PUT", "/staff/officer-5112", {**other, "renamed": True}, If_Match=read)
    assert renamed.status_code == 200 and renamed.json["name"] == "示範別人"


def test_the_last_administrator_stays_and_nobody_gives_themselves_more(admin: Program) -> None:
    """The rules of the pages are those of the API."""
    read = admin.version("/staff/admin-1")
    assert problem(admin.asks("DELETE", "/staff/admin-1", If_Match=read)) == (409, "last-administrator")
    more = {"name": "x", "roles": ["administrator", "approver"]}
    assert problem(admin.asks("PUT", "/staff/admin-1", more, If_Match=read)) == (403, "more-than-own")


def test_no_undo_leaves_the_city_without_an_administrator(pages: Console, admin: Program) -> None:
    """The one who is left was made by the entry that would be taken back."""
    second = {"name": "示範第二人", "roles": ["administrator"]}
    assert problem(admin.asks("PUT", "/staff/admin-2", second, If_None_Match="*")) == (409, "needs-two")
    with transaction(pages.house.factory) as session:
        member = Staff("admin-2", "示範第二人", frozenset((Role.ADMINISTRATOR,)))
        set_staff(session, member, Period(pages.clock.at), at=pages.clock.at, by="admin-1")
    (made,) = admin.reads("/changes?size=1")["items"]
    other = program(pages, "admin-2")
    gone = other.asks("DELETE", "/staff/admin-1", If_Match=other.version("/staff/admin-1"))
    assert gone.status_code == 204
    undo = other.asks("POST", f"/changes/{made['number']}/undo", {"reason": "x"})
    assert problem(undo) == (409, "last-administrator")
    assert other.reads("/staff/admin-2")["roles"] == ["administrator"]


@pytest.mark.proves("standards")
def test_nothing_else_is_answered_with_a_page(admin: Program) -> None:
    """Unknown addresses, other methods, a body too large: problems too, and no cookie is set."""
    assert problem(admin.asks("GET", "/no-such-thing"))[0] == 404
    wrong = admin.asks("POST", "/desks", {})
    assert problem(wrong)[0] == 405 and "GET" in wrong.headers["Allow"]
    large = admin.asks("PUT", "/desks/5112", DESK | {"reason": "x" * 300_000}, If_None_Match="*")
    assert problem(large)[0] == 413
    for answer in (wrong, large):
        assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "is_chinese"),
    [("", False), ("en", False), ("ja", False), ("zh-TW", True), ("zh-Hant-TW, en;q=0.5", True)],
)
def test_every_refusal_speaks_the_language_that_is_asked_for(
    tmp_path: Path, asked: str, is_chinese: bool
) -> None:
    """English when none is asked for: what HTTP refuses, what does not fit, what no key may, and field by
    field.
    """
    one = program(console(tmp_path / "home", api_rate=5), "admin-1")
    language = {"Accept_Language": asked} if asked else {}
    large = DESK | {"reason": "x" * 300_000}
    answers: list[Any] = [
        one.asks("GET", "/no-such-thing", **language),
        one.asks("POST", "/desks", {}, **language),
        one.asks("PUT", "/desks/5112", large, If_None_Match="*", **language),
        one.asks("PUT", "/desks/5112", {"sections": "epb-air"}, If_None_Match="*", **language),
        one.asks("PUT", "/desks/5112", {"section": "none"}, If_None_Match="*", **language),
        *(one.asks("GET", "/desks?size=1", **language) for _ in range(3)),
        Program(one.client).asks("GET", "/desks", **language),
    ]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert [problem(answer)[0] for answer in refused] == [404, 405, 413, 422, 412, 429, 401]
    said = [answer.json["detail"] for answer in refused]
    said += [
        word
        for answer in refused
        for fault in answer.json["faults"]
        for word in (fault["wrong"], fault["do"])
    ]
    assert [bool(re.search(r"[\u4e00-\u9fff]", one)) for one in said] == [is_chinese] * len(said)


def test_findings_are_told_in_the_language_that_is_asked_for(pages: Console, admin: Program) -> None:
    """What an import would bring that is wrong, too: English when nothing is asked for."""
    agency = {"name": "示範局", "off_site": True}
    assert admin.asks("PUT", "/agencies/lonely", agency, If_None_Match="*").status_code == 201
    english = admin.reads("/check?agency=lonely")["items"]
    told: Any = admin.asks("GET", "/check?agency=lonely", Accept_Language="zh-TW").json
    chinese = told["items"]
    assert english and [one["subject"] for one in english] == [one["subject"] for one in chinese]
    for one, other in zip(english, chinese, strict=True):
        assert one["what"].isascii() and not other["what"].isascii()


def test_a_program_sees_that_a_promise_was_restored(pages: Console, admin: Program) -> None:
    """And when; of all others nothing."""
    with transaction(pages.house.factory) as session:
        for number, callbacks in enumerate(
            (pages.house.callbacks, pages.house.callbacks.restoring(pages.clock.at))
        ):
            callbacks.promise(
                session, f"c{number}", f"+88691234567{number}", "zh-TW", "caller", pages.clock.at
            )
    listed = admin.asks("GET", "/callbacks").json
    assert [one["restored_at"] is not None for one in listed["items"]] == [False, True]
