"""What the database holds of a citizen: nothing that is read without the keys, all of it found by them."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from calls.store import HeldCall, HeldTurn
from calls.turn_facts import apply, entry_of
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import Callbacks
from hotline.callbacks.wishes import Wish
from hotline.callbacks.work import CallbackWork
from hotline.cases import find, referrals
from hotline.cases.find import Search, of_petitioner
from hotline.cases.referrals import ReferralRequest
from hotline.cases.rules import Move
from hotline.db import Sessions, looking, transaction
from hotline.exchange.feed import CaseFeed
from hotline.outbound_calls.caller_verification import Petitioner, open_gate
from hotline.outbound_calls.gate import Touches
from ivr.steps import CallArrived, CallbackPromised
from tests.store.cases import TEN, Desk, staffed
from tests.store.ledgers import CALL
from tests.store.sealed import kept

pytestmark = pytest.mark.dialects

HOUR = timedelta(hours=1)
NUMBER, OTHER = "+886912345678", "+886229603456"
NAME, MAIL, STREET = "王小明", "wang@mail.example", "板橋區文化路一段99號4樓"
WORDS = ("樓上的王先生每晚打小孩", "已請社工訪視王家", "王先生說不要再打來")
EVIDENCE = frozenset(("audit_log", "audit_entry_line"))
"""The audit log writes pseudonyms by itself."""


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


def lived(desk: Desk, callbacks: Callbacks) -> None:
    """A day of a citizen with us: a call, a promise, a case, a check, a complaint, a place on the list."""
    matter, result, note = WORDS
    with transaction(desk.factory) as session:
        due = callbacks.due(TEN).isoformat()
        promised = CallbackPromised(NUMBER, "zh-TW", "caller", due, "", OTHER)
        apply(
            session,
            entry_of(CALL, "ntpc1", "asterisk", (CallArrived(OTHER, "1999"), promised), TEN),
            callbacks,
        )
        wish = Wish(NUMBER, "zh-TW", "desk", Ownership("pwd"), matter, NAME, note=note)
        row = callbacks.open(session, wish, "agent-1", TEN)
        work = CallbackWork(callbacks)
        work.claim(session, row.id, "liaison-1", TEN)
        work.attempt(session, row.id, Outcome.BUSY, "liaison-1", TEN, note=note)
        work.close(session, row.id, result, "liaison-1", TEN + HOUR)
        session.add(HeldCall(id="CA1", call=CALL.to_json(), turn=1, began_at=TEN, touched_at=TEN))
        session.add(HeldTurn(call_id="CA1", number=1, at=TEN, answer=f"<Dial>{NUMBER}</Dial>"))
        open_gate(
            session, Petitioner("c1", NUMBER, "zh-TW", TEN), Touches.REPUTATION, matter, by="agent-1", at=TEN
        )
    case = desk.filed(
        matter=matter, name=NAME, phone=NUMBER, email=MAIL, letter_to=STREET, reply_way="letter", touches=""
    )
    desk.move(case, Move.SIGN, "quick-1", TEN)
    with transaction(desk.factory) as session:
        request = ReferralRequest(case.number or "", NAME, OTHER, matter, "板橋分局")
        referrals.ask(session, request, by="rdec-1", at=TEN + HOUR)
    CaseFeed(desk.factory, "https://other.example").run(TEN + HOUR)


def test_nothing_of_a_citizen_can_be_read_without_the_keys(
    desk: Desk, callbacks: Callbacks, database: Engine
) -> None:
    """Numbers in every writing, name, addresses, matter and answers, wherever a day with us leaves them."""
    lived(desk, callbacks)
    rows = kept(database, without=EVIDENCE)
    assert "sealed:" in rows
    for said in (NUMBER, OTHER, NUMBER[4:], OTHER[5:], NAME, MAIL, STREET, *WORDS):
        for written in (said, said.encode("unicode_escape").decode()):
            found = [line for line in rows.splitlines() if written in line]
            assert not found, (said, found)


def test_cases_are_found_by_who_reported_them(desk: Desk) -> None:
    """By the whole number however it is written, its last four digits, the whole name; by no part."""
    case = desk.filed(name=NAME, phone=NUMBER)
    desk.filed(name="李四", phone=OTHER, reply_way="none", place="三重區重新路一段1號")
    for asked, expected in (
        ("0912-345-678", [case.id]),
        ("+886912345678", [case.id]),
        ("5678", [case.id]),
        (NAME, [case.id]),
        ("345678", []),
        ("4567", []),
        ("王小", []),
        ("0922000111", []),
    ):
        with looking(desk.factory) as session:
            wanted = Search(phone=asked) if asked == "345678" else of_petitioner(asked)
            assert [one.id for one in find.search(session, wanted).rows] == expected, asked


def test_a_number_that_changes_is_found_as_it_is_now(desk: Desk) -> None:
    """The hash follows whatever writes the number."""
    case = desk.filed(name=NAME, phone=NUMBER)
    with transaction(desk.factory) as session:
        session.get_one(type(case), case.id).phone = OTHER
    with looking(desk.factory) as session:
        assert not find.open_of_phone(session, NUMBER)
        assert [one.id for one in find.open_of_phone(session, OTHER)] == [case.id]
