"""Referrals of false reports to the police (P8.3): asked for, approved by another person, handed over, ended;
and what they hold meanwhile.
"""

from datetime import timedelta

import pytest

from hotline import legal_holds
from hotline.callbacks.wishes import NumberMissing
from hotline.cases import referrals
from hotline.cases.giving_up import give_up
from hotline.cases.moving import NoSuchCase
from hotline.cases.referral_letter import letter_of
from hotline.cases.referrals import (
    HandedOutside,
    Handover,
    LetterOutside,
    NoSuchReferral,
    OwnReferral,
    ReferralNotNow,
    ReferralRecord,
    ReferralRequest,
    ReferralState,
    ReferredAlready,
)
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.legal_holds import HeldRecord, IsHeld
from hotline.outbound_calls.store import CallerVerification, PlacedCall
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from hotline.texts import UnfitText
from tests.store.cases import TEN, Desk, staffed

HOUR = timedelta(hours=1)
CALL, VERIFYING = "test-7.1", "token-7"
WHO = {
    "complainant": "陳大同",
    "phone": "0912-345-678",
    "wish": "有人用我的電話報案",
    "police_unit": "板橋分局",
}


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    made = Desk(staffed(factory))
    with transaction(factory) as session:
        second = Staff("rdec-2", "另一位授權人員", frozenset({Role.AUTHORISED}))
        for one in (second, Staff("mayor", "市長", frozenset({Role.APPROVER}))):
            set_staff(session, one, Period(TEN), at=TEN, by="test")
    return made


def filed(desk: Desk) -> Case:
    """A case of a call, whose petitioner was called back."""
    case = desk.file(desk.draft(call_id=CALL))
    with transaction(desk.factory) as session:
        check = CallerVerification(
            id=3, call_id=CALL, number="+886912345678", language="zh-TW", state="CONFIRMED"
        )
        check.called_at = check.opened_at = TEN
        check.opened_by = "agent-1"
        call = PlacedCall(token=VERIFYING, purpose="verify", verification_id=3, targets=[], by="agent-1")
        call.placed_at = TEN
        session.add_all((check, call))
        session.flush()
        session.get_one(Case, case.id).verification_id = 3
    return case


def asked(desk: Desk, about: Case, *calls: str, **said: str) -> int:
    with transaction(desk.factory) as session:
        request = ReferralRequest(**{"case": about.number or "", **WHO, **said}, calls=calls)
        return referrals.ask(session, request, by="rdec-1", at=TEN + HOUR).id


def record(desk: Desk, number: int) -> ReferralRecord:
    with transaction(desk.factory) as session:
        return referrals.referral(session, number)


def is_held(desk: Desk, kind: HeldRecord, subject: str) -> bool:
    """By what a person is told who deletes."""
    with transaction(desk.factory) as session:
        try:
            legal_holds.refuse_held(session, kind, subject)
        except IsHeld:
            return True
        return False


def handed(**said: object) -> Handover:
    usual = {"what": "錄音兩檔", "to": "板橋分局偵查隊", "letter": "新北檢字第1號", "at": TEN + 3 * HOUR}
    return Handover(**(usual | said))  # type: ignore[arg-type]


def test_P8_3_a_referral_from_the_wish_to_the_end_holds_its_records(desk: Desk) -> None:
    """From the asking on, whatever deletes is refused; the end releases it, and all of it is on record."""
    case = filed(desk)
    number = asked(desk, case, "test-7.9")
    calls = (CALL, f"placed-{VERIFYING}", "test-7.9")
    held = [(HeldRecord.CASE, case.number or ""), *((HeldRecord.CALL, one) for one in calls)]
    assert [(one.kind, one.subject) for one in record(desk, number).holds] == held
    assert all(is_held(desk, *one) for one in held) and not is_held(desk, HeldRecord.CALL, "test-8.1")

    with transaction(desk.factory) as session:
        referrals.approve(session, number, by="rdec-2", at=TEN + 2 * HOUR, letter="新北府研話字第1號")
    with transaction(desk.factory) as session:
        referrals.hand_over(session, number, handed(), by="rdec-1", at=TEN + 4 * HOUR)
    with transaction(desk.factory) as session:
        referrals.end(session, number, "不起訴處分確定", by="rdec-1", at=TEN + 5 * HOUR)
    told = record(desk, number)
    assert (told.row.state, told.row.decided_by, told.row.end_reason) == ("ENDED", "rdec-2", "不起訴處分確定")
    assert [(one.what, one.to, one.letter) for one in told.handovers] == [
        ("錄音兩檔", "板橋分局偵查隊", "新北檢字第1號")
    ]
    assert all(one.ended_at == TEN + 5 * HOUR for one in told.holds)
    assert not any(is_held(desk, *one) for one in held)
    with transaction(desk.factory) as session:
        rows = audit_rows(session, subject=f"referral:{number}")
        assert [(row.by, (row.after or {})["did"]) for row in rows] == [
            ("rdec-1", "asked for"),
            ("rdec-2", "approved"),
            ("rdec-1", "handed over"),
            ("rdec-1", "ended"),
        ]
        assert not any(WHO["complainant"] in str(row.after) for row in rows)


def test_P8_3_another_person_decides(desk: Desk) -> None:
    """Nobody their own; the mayor's level may; refused, the hold ends and it is asked for anew."""
    case = filed(desk)
    number = asked(desk, case)
    with transaction(desk.factory) as session:
        for deed in (referrals.approve, referrals.refuse):
            with pytest.raises(OwnReferral):
                words = ("不宜",) if deed is referrals.refuse else ()
                deed(session, number, *words, by="rdec-1", at=TEN + HOUR)  # type: ignore[operator]
        referrals.refuse(session, number, "事證不足", by="mayor", at=TEN + 2 * HOUR)
    assert not is_held(desk, HeldRecord.CALL, CALL)
    again = asked(desk, case)
    assert is_held(desk, HeldRecord.CALL, CALL)
    with pytest.raises(ReferredAlready), transaction(desk.factory):
        asked(desk, case)
    assert record(desk, again).row.state == ReferralState.ASKED


@pytest.mark.parametrize("by", ["agent-1", "liaison-1", "secretary-1"])
def test_P8_3_only_rdec_refers(desk: Desk, by: str) -> None:
    case = filed(desk)
    request = ReferralRequest(case.number or "", **WHO)
    with transaction(desk.factory) as session, pytest.raises(NotPermitted):
        referrals.ask(session, request, by=by, at=TEN + HOUR)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"case": "115112499999"}, NoSuchCase),
        ({"complainant": " "}, UnfitText),
        ({"phone": "abc"}, NumberMissing),
        ({"wish": "\x07"}, UnfitText),
        ({"police_unit": "分" * 65}, UnfitText),
    ],
)
def test_P8_3_what_is_asked_for_is_whole(desk: Desk, said: dict[str, str], error: type[HotlineError]) -> None:
    """Nothing is held where the asking fails."""
    case = filed(desk)
    with pytest.raises(error):
        asked(desk, case, **said)
    assert not is_held(desk, HeldRecord.CASE, case.number or "")


def test_P8_3_data_go_out_after_the_approval_and_by_a_letter_only(desk: Desk) -> None:
    number = asked(desk, filed(desk))
    with transaction(desk.factory) as session:
        with pytest.raises(ReferralNotNow):
            referrals.hand_over(session, number, handed(), by="rdec-1", at=TEN + 4 * HOUR)
        with pytest.raises(LetterOutside):
            day = taipei("2026-11-25T00:00").date()
            referrals.approve(session, number, by="rdec-2", at=TEN + HOUR, letter_on=day)
        session.rollback()
    with transaction(desk.factory) as session:
        referrals.approve(session, number, by="rdec-2", at=TEN + 2 * HOUR)
        for at, when in ((TEN + HOUR, "early"), (TEN + 9 * HOUR, "late")):
            with pytest.raises(HandedOutside) as caught:
                referrals.hand_over(session, number, handed(at=at), by="rdec-1", at=TEN + 4 * HOUR)
            assert caught.value.when == when
        with pytest.raises(UnfitText):
            referrals.hand_over(session, number, handed(letter=""), by="rdec-1", at=TEN + 4 * HOUR)
        with pytest.raises(NoSuchReferral):
            referrals.end(session, 99, "終結", by="rdec-1", at=TEN)


def test_P8_3_a_draft_of_a_held_call_is_not_given_up(desk: Desk) -> None:
    """What was typed of a citizen stays while its call is held."""
    case = filed(desk)
    draft = desk.draft(call_id=CALL, category="1001", place="三重區重新路一段1號")
    number = asked(desk, case)
    with transaction(desk.factory) as session, pytest.raises(IsHeld):
        give_up(session, draft, "不立案", "agent-1", TEN + HOUR)
    with transaction(desk.factory) as session:
        referrals.end(session, number, "民眾不再追究", by="rdec-1", at=TEN + HOUR)
        give_up(session, draft, "不立案", "agent-1", TEN + HOUR)
        assert session.get_one(Case, draft).state == CaseState.NOT_FILED


def test_what_two_procedures_hold_stays_held_until_both_end(factory: Sessions) -> None:
    """A hold is of its procedure, and is made once however often it is asked for."""
    with transaction(factory) as session:
        for origin in ("referral:1", "referral:2", "referral:2"):
            legal_holds.hold(session, origin, HeldRecord.CALL, ["a"], by="rdec-1", at=TEN)
        assert len(legal_holds.holds_of(session, "referral:2")) == 1
        assert legal_holds.release(session, "referral:1", by="rdec-1", at=TEN) == 1
        with pytest.raises(IsHeld):
            legal_holds.refuse_held(session, HeldRecord.CALL, "a")
        legal_holds.refuse_held(session, HeldRecord.CASE, "a")
        assert legal_holds.release(session, "referral:2", by="rdec-1", at=TEN) == 1
        legal_holds.refuse_held(session, HeldRecord.CALL, "a")


def test_P8_3_the_letter_names_case_and_complainant_and_not_who_reported(desk: Desk) -> None:
    case = filed(desk)
    told = record(desk, asked(desk, case))
    letter = letter_of(told.row, told.case, "路面損壞")
    text = "".join((dict(letter.heads)["主旨"], *letter.points))
    assert dict(letter.heads)["受文者"] == "板橋分局"
    assert "陳大同" in text and "0912" in text and "1151-1240-0001" in text and "10時00分" in text
    assert "王小明" not in text


def test_P8_3_calls_that_came_later_are_held_too(desk: Desk) -> None:
    """Those of the case by themselves, others by name, each once; never once it has ended."""
    case = filed(desk)
    number = asked(desk, case)
    with transaction(desk.factory) as session:
        later = PlacedCall(token="later", purpose="verify", verification_id=3, targets=[], by="agent-1")
        later.placed_at = TEN + HOUR
        session.add(later)
    for _again in range(2):
        with transaction(desk.factory) as session:
            referrals.hold_calls(session, number, ["test-7.9"], by="rdec-1", at=TEN + 2 * HOUR)
    calls = [one.subject for one in record(desk, number).holds if one.kind == HeldRecord.CALL]
    assert sorted(calls) == sorted((CALL, f"placed-{VERIFYING}", "placed-later", "test-7.9"))
    with transaction(desk.factory) as session:
        referrals.end(session, number, "終結", by="rdec-1", at=TEN + 3 * HOUR)
        with pytest.raises(ReferralNotNow):
            referrals.hold_calls(session, number, ["test-7.9"], by="rdec-1", at=TEN + 4 * HOUR)
