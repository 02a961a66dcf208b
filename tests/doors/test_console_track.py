"""A citizen's page of a case: by its number and digits, in words that tell nothing more (P5.2.4, P8.1)."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from hotline.cases.rules import Move
from hotline.cases.store import Case
from hotline.cases.words import CaseWords
from hotline.db import looking, transaction
from hotline.outbox.service import notices
from tests.doors.console import BASE, Console, Visitor, console
from tests.store.cases import NOISE, PARKS, POTHOLE, Table, said

HOME = "192.0.2.7"
NOBODYS = "115112499999"
MISS = "查不到；"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home")
    made.house.moving.categories = Table(POTHOLE, NOISE, PARKS)  # type: ignore[assignment]
    return made


def filed(pages: Console, **fields: Any) -> str:
    """The number of a case that an agent has filed now."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        row = pages.house.case_filing.draft(session, said(**fields), "agent-1", at)
        return pages.house.case_filing.file(session, row.id, "agent-1", at, is_another=True).number or ""


def mailed(pages: Console, **fields: Any) -> tuple[str, str]:
    """A case whose number went by e-mail, and its code."""
    number = filed(pages, phone="", email="wang@mail.example", reply_way="email", **fields)
    with looking(pages.house.factory) as session:
        letter = next(one for one in notices(session) if one.template == "N-27")
    found = re.search(r"取消碼(\d{6})", letter.text)
    assert found
    return number, found[1]


def looks(
    visitor: Visitor, number: str, digits: str = "5678", address: str = HOME, **more: str
) -> TestResponse:
    visitor.clock.goes_on(timedelta(seconds=1))
    return visitor.post(
        "/track",
        {"number": number, "digits": digits, **more},
        page="/track",
        environ_base={"REMOTE_ADDR": address},
    )


def opens(visitor: Visitor, number: str, digits: str = "5678") -> str:
    """What the page says of a case."""
    answer = looks(visitor, number, digits)
    assert (answer.status_code, answer.location) == (303, "/track/case")
    return visitor.get("/track/case").text


def test_P5_2_4_a_citizen_reads_how_a_case_stands(pages: Console) -> None:
    """However the number is written; in the words of key 6, with the due time, and nobody is named."""
    number, visitor = filed(pages), pages.stranger()
    told = opens(visitor, f" {number[:4]}－{number[4:8]} {number[8:]}", "５６７８")
    shown = f"{number[:4]}-{number[4:8]}-{number[8:]}"
    assert f"您輸入的案號 {shown} 目前已經成案，正在轉交承辦機關。" in told
    assert "路面損壞" in told and "預計完成時間" in told and "2026-11-24 14:00" in told
    assert not re.search("王|0912|5678|中山路|坑洞", told)
    pages.clock.goes_on(timedelta(minutes=14))
    english = visitor.get("/track/case", headers={"Accept-Language": "en"}).text
    assert f"Case number {shown} has been filed and is on its way to the agency in charge." in english
    pages.clock.goes_on(timedelta(minutes=1))
    assert visitor.get("/track/case").location == "/track"


def test_what_was_done_and_what_was_released_is_shown(pages: Console) -> None:
    """A late due time as that; a photograph only while it is released, and only to who opened the case."""
    number, house, at = filed(pages), pages.house, pages.clock.at
    visitor, other = pages.stranger(), pages.stranger()
    with transaction(house.factory) as session:
        house.case_work.move(session, number, Move.SIGN, CaseWords(), "liaison-pwd", at)
        photo = house.case_work.photo(session, number, b"\xff\xd8jpeg", "liaison-pwd", at).id
    pages.clock.goes_on(timedelta(hours=5))
    assert "原定完成時間" in opens(visitor, number)
    address = f"/track/photos/{photo}.jpg"
    assert visitor.get(address).status_code == 404
    done = CaseWords(
        result="王小明反映的坑洞<b>已補平</b>。",
        done_at=at,
        doer="工班",
        late_ground="weather",
        late_reason="豪雨",
    )
    with transaction(house.factory) as session:
        house.case_work.release_photo(session, photo, "liaison-pwd", pages.clock.at)
        house.case_work.move(session, number, Move.COMPLETE, done, "liaison-pwd", pages.clock.at)
    told = visitor.get("/track/case").text
    assert (
        "已經辦理完畢。" in told and "王○○反映的坑洞&lt;b&gt;已補平&lt;/b&gt;。" in told and address in told
    )
    shown = visitor.get(address)
    assert (shown.data, shown.content_type) == (b"\xff\xd8jpeg", "image/jpeg")
    assert other.get(address).status_code == 404
    visitor.post("/track/leave", page="/track/case")
    assert visitor.get(address).status_code == 404 and visitor.get("/track/case").location == "/track"


def test_every_miss_has_one_answer(pages: Console) -> None:
    """Status, heads and page: a number that is none, wrong digits, no name, a code that is none, and all
    of them once nothing is left; what was typed stands there again.
    """
    plain, nameless = filed(pages), filed(pages, name="")
    written, code = mailed(pages)
    visitor = pages.stranger()
    tried = [
        (number, digits)
        for digits in ("1234", f"{(int(code) + 1) % 10**6:06d}")
        for number in (NOBODYS, plain, nameless, written)
    ]
    answers = list[tuple[int, dict[str, str], str]]()
    for many in (0, 20):
        with transaction(pages.house.factory) as session:
            for number in (NOBODYS, plain, nameless, written) if many else ():
                for miss in range(many):
                    _miss(pages, session, number, miss)
        for place, (number, digits) in enumerate([*tried, (nameless, "5678"), (NOBODYS, "5678")]):
            answer = looks(visitor, number, digits, f"192.0.2.{place}")
            assert number in answer.text and MISS in answer.text
            text = answer.text.replace(number, "N").replace(digits, "D")
            heads = {name: value for name, value in answer.headers if name != "Content-Length"}
            answers.append((answer.status_code, heads, text))
    assert {status for status, _heads, _text in answers} == {422}
    assert all(one == answers[0] for one in answers)
    right = looks(visitor, plain, "5678", "198.51.100.1")
    assert (right.status_code, right.text.replace(plain, "N").replace("5678", "D")) == (422, answers[0][2])


def _miss(pages: Console, session: Any, number: str, miss: int) -> None:
    from hotline.allowances import LimitedRequest, have

    have(session, LimitedRequest.TRACK_CASE, number, 1000, pages.clock.at + timedelta(milliseconds=miss))


@pytest.mark.thorough
def test_an_address_that_missed_five_times_is_told_until_when(pages: Console) -> None:
    """Whatever it asks for then; the refused look is none, and what it got right before counts nothing."""
    number, visitor = filed(pages), pages.stranger()
    opens(visitor, number)
    assert [looks(visitor, NOBODYS).status_code for _ in range(5)] == [422] * 5
    for which in (number, NOBODYS):
        refused = looks(visitor, which)
        assert refused.status_code == 429 and "輸入錯誤太多次" in refused.text and which in refused.text
        assert 3590 < int(refused.headers["Retry-After"]) <= 3600
    assert looks(visitor, number, address="192.0.2.8").status_code == 303


@pytest.mark.thorough
def test_while_too_many_miss_every_look_waits(tmp_path: Path) -> None:
    """Ten seconds, by the same form sent again; then it is looked at, and the door was never closed."""
    pages = console(tmp_path / "home", track_misses_all=2)
    pages.house.moving.categories = Table(POTHOLE)  # type: ignore[assignment]
    number, visitor = filed(pages), pages.stranger()
    for place in range(2):
        assert looks(visitor, NOBODYS, address=f"192.0.2.{place}").status_code == 422
    first = looks(visitor, number)
    assert (first.status_code, first.headers["Retry-After"]) == (429, "11") and "先等 10 秒" in first.text
    found = re.search(r'name="waits" value="([^"]+)"', first.text)
    assert found
    assert looks(visitor, number, waits=found[1]).status_code == 429
    pages.clock.goes_on(timedelta(seconds=8))
    assert looks(visitor, NOBODYS, waits=found[1]).status_code == 429
    assert looks(visitor, number, waits="1." + found[1]).status_code == 429
    assert looks(visitor, number, waits=found[1]).status_code == 303


HOSTILE = (
    ("", ""),
    ("1151", "5678"),
    ("1" * 5_000, "5678"),
    ("ﷺ" * 5_000, "ﷺ" * 5_000),
    ("115112400001", "56789"),
    ("115112400001", "五六七八"),
    ("115112400001", "<script>"),
    ("115112400001\x00", "5678"),
    ("115112400001' OR 1=1", "5678\u202e"),
    ("115112400001", "²²²²²²²"),
)


def test_what_can_be_no_number_is_said_at_its_field(pages: Console) -> None:
    """Nothing is counted, and nothing breaks."""
    visitor = pages.stranger()
    for number, digits in HOSTILE:
        answer = looks(visitor, number, digits)
        assert answer.status_code == 422 and "govuk-error-message" in answer.text, (number[:20], digits[:20])
        assert MISS not in answer.text and "<script>" not in answer.text.partition("<body")[2]


def test_nobody_shows_a_case_that_they_did_not_open(pages: Console) -> None:
    """A forged cookie opens nothing; a form of no page of ours is refused."""
    number, visitor = filed(pages), pages.stranger()
    visitor.client.set_cookie("__Host-case", f"{number}.code.9999999999.{'0' * 64}", domain="console.test")
    for path in ("/track/case", "/track/cancel"):
        assert visitor.get(path).status_code in (302, 303)
    assert visitor.get("/track/photos/1.jpg").status_code == 404
    for path in ("/track", "/track/cancel", "/track/leave"):
        assert pages.stranger().client.post(path, data={}, base_url=BASE).status_code == 400


def test_no_engine_lists_these_pages_and_no_site_learns_their_addresses(pages: Console) -> None:
    """Refused, missed and opened alike."""
    number, visitor = filed(pages), pages.stranger()
    for answer in (
        visitor.get("/track"),
        looks(visitor, NOBODYS),
        looks(visitor, number),
        visitor.get("/track/case"),
        visitor.get("/track/photos/9.jpg"),
        pages.stranger().client.post("/track", data={}, base_url=BASE),
    ):
        heads = answer.headers
        assert heads["X-Robots-Tag"].startswith("noindex") and heads["Referrer-Policy"] == "no-referrer"
        assert heads["Cache-Control"] == "no-store"
    cookie = looks(visitor, number).headers["Set-Cookie"]
    assert all(
        word in cookie for word in ("__Host-case=", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=900")
    )


def state(pages: Console, number: str) -> str:
    with looking(pages.house.factory) as session:
        return session.scalars(select(Case).where(Case.number == number)).one().state


def test_P8_1_who_has_the_code_cancels_after_one_more_yes(pages: Console) -> None:
    """Once; the page then shows that it is cancelled, and offers nothing more."""
    number, code = mailed(pages)
    visitor = pages.stranger()
    assert "/track/cancel" in opens(visitor, number, code)
    assert "取消案號" in visitor.get("/track/cancel").text and state(pages, number) == "FILED"
    done = visitor.post("/track/cancel", page="/track/cancel")
    assert (done.status_code, done.location) == (303, "/track/case")
    told = visitor.get("/track/case").text
    assert "已取消" in told and "已經取消。" in told and "/track/cancel" not in told
    assert state(pages, number) == "CANCELLED"
    again = visitor.post("/track/cancel", page="/track/case")
    assert again.status_code == 303 and "已經用過了" in visitor.get("/track/case").text
    assert looks(visitor, number, code).status_code == 422


@pytest.mark.thorough
def test_P8_1_the_last_digits_of_a_telephone_cancel_nothing(pages: Console) -> None:
    """They tell no holder: the page says how it is cancelled."""
    number, visitor = filed(pages), pages.stranger()
    told = opens(visitor, number)
    assert "/track/cancel" not in told and "按 7" in told
    assert visitor.post("/track/cancel", page="/track/case").location == "/track/case"
    assert visitor.get("/track/cancel").location == "/track/case" and state(pages, number) == "FILED"


@pytest.mark.thorough
def test_P8_1_a_case_that_is_done_is_noted_only_elsewhere(pages: Console) -> None:
    """The page offers no cancelling any more; who sends an old form reads that it was noted."""
    number, code = mailed(pages)
    house, at, visitor = pages.house, pages.clock.at, pages.stranger()
    opens(visitor, number, code)
    token = visitor.token("/track/cancel")
    with transaction(house.factory) as session:
        house.case_work.move(session, number, Move.SIGN, CaseWords(), "liaison-pwd", at)
        done = CaseWords(result="已補平。", done_at=at, doer="工班", no_photo="夜間")
        house.case_work.move(session, number, Move.COMPLETE, done, "liaison-pwd", pages.clock.at)
    assert "不是您反映的" not in visitor.get("/track/case").text
    visitor.client.post("/track/cancel", data={"csrf": token}, base_url=BASE)
    assert "已經註記" in visitor.get("/track/case").text and state(pages, number) == "DONE"


@pytest.mark.thorough
def test_the_page_that_telephones_leads_here(tmp_path: Path) -> None:
    """And back."""
    pages = console(tmp_path / "home", browser_phones=True)
    assert 'href="/track"' in pages.stranger().get("/phone").text
    assert 'href="/phone"' in pages.stranger().get("/track").text
