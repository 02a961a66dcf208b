"""Applying for an account in one's own name, with a mobile that a code proves (P3.6, P6.6); the self-test."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.db import looking, transaction
from hotline.outbox.store import OutboxMessage
from hotline.video import phone_proofs
from hotline.video.store import VideoAccount
from tests.doors.console import Console, Visitor, console

MOBILE = "+886912345678"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


def account(pages: Console) -> VideoAccount:
    with looking(pages.house.factory) as session:
        return session.scalars(select(VideoAccount)).one()


def texted(pages: Console, call: str = "c-1") -> str:
    """The code that key 4 sent."""
    with transaction(pages.house.factory) as session:
        phone_proofs.send(session, call, MOBILE, "sign.example.tw", pages.clock.at)
    with looking(pages.house.factory) as session:
        texts = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert texts is not None
    found = re.search(r"驗證碼(\d{6})", texts.text)
    assert found
    return found[1]


def proves(visitor: Visitor, code: str, number: str = "0912-345-678") -> int:
    page = "/sign/apply/code"
    return visitor.post(page, {"number": number, "code": code}, page=page).status_code


def applies(visitor: Visitor, **more: str) -> int:
    form = {"name": "王小明", "own": "y", **more}
    return visitor.post("/sign/apply", form, page="/sign/apply").status_code


def test_who_applies_twice_sees_the_same(pages: Console) -> None:
    """And is counted once more; a contact and the statement are needed."""
    citizen = pages.stranger()
    assert applies(citizen, contact="") == 422 and applies(citizen, contact="x", own="") == 422
    for _again in range(2):
        assert applies(citizen, contact="0912 345 678") == 303
    assert "收到您的申請" in citizen.get("/sign/apply/done").text
    assert (account(pages).reapplications, account(pages).state) == (1, "applied")


def test_the_code_of_key_4_proves_a_mobile_once_and_opens_no_session(pages: Console) -> None:
    """A wrong number, a wrong code and a used one are answered alike."""
    code, citizen = texted(pages), pages.stranger()
    wrong = "000000" if code != "000000" else "111111"
    assert proves(citizen, wrong) == 422 and proves(citizen, code, "0987654321") == 422
    assert proves(citizen, code) == 303
    form = citizen.get("/sign/apply").text
    assert "0912-345-678" in form and 'name="contact"' not in form
    assert "登入" in citizen.get("/sign").text
    assert applies(citizen) == 303
    found = account(pages)
    assert (found.contact, found.is_proved, found.state) == (MOBILE, True, "applied")
    assert proves(pages.stranger(), code) == 422
    assert 'name="contact"' in citizen.get("/sign/apply").text


@pytest.mark.parametrize("late", [timedelta(minutes=29, seconds=59), timedelta(minutes=30)])
def test_a_code_lives_half_an_hour(pages: Console, late: timedelta) -> None:
    code = texted(pages)
    pages.clock.goes_on(late)
    assert proves(pages.stranger(), code) == (303 if late < phone_proofs.LIFE else 422)


def test_five_wrong_codes_end_those_of_a_mobile(pages: Console) -> None:
    """Whoever tries them, from wherever."""
    code, citizen = texted(pages), pages.stranger()
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(phone_proofs.TRIES):
        assert proves(citizen, wrong) == 422
    assert proves(citizen, code) == 422


def test_a_mobile_gets_three_texts_a_day_and_one_a_call(pages: Console) -> None:
    """A call told twice sends once; after a day there are three more."""
    with transaction(pages.house.factory) as session:
        sent = [
            phone_proofs.send(session, f"c-{call}", MOBILE, "s.tw", pages.clock.at)
            for call in (1, 1, 2, 3, 4)
        ]
        later = pages.clock.at + phone_proofs.DAY
        assert phone_proofs.forget(session, later) == 3
        assert phone_proofs.send(session, "c-5", MOBILE, "s.tw", later)
    assert sent == [True, False, True, True, False]


GOOD = {"seconds": 1.2, "fps": 25.0, "width": 640, "kbps": 900.0, "lost": 0, "level": 0.3, "is_by_turn": True}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "影像順暢"),
        ({"fps": 9.0}, "影像不順"),
        ({"seconds": -1.0}, "影像接不通"),
        ({"level": 0.0}, "麥克風沒有聽到聲音"),
        ({"level": -1.0}, "沒有麥克風"),
        ({"fps": "x"}, "測試沒有完成"),
    ],
)
def test_the_self_test_says_what_to_do(pages: Console, more: dict[str, object], says: str) -> None:
    """In sentences; a stranger's result is kept nowhere."""
    sent = {"measured": json.dumps({**GOOD, **more})}
    told = pages.stranger().post("/sign/test", sent, page="/sign").get_json()
    assert any(says in one["text"] for one in told["lines"])
    assert not any("已記在" in one["text"] for one in told["lines"])
