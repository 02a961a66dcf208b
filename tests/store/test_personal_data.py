"""What is kept of a number is found wherever a number may stand, told with the reason why it is withheld, and
erased with what was placed and noted because of it (個人資料保護法 3, 10, 11).
"""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import hotline.tables  # noqa: F401 - every table
from administration.personal_data import PersonalData, PersonalRecord, Withheld, about_citizen
from administration.sound_retention import SoundRetention
from calls.store import CallRow
from hotline import legal_holds
from hotline.callbacks.store import Callback, CallbackLine
from hotline.cases.rules import CaseState
from hotline.cases.store import Case, Referral
from hotline.clock import taipei
from hotline.db import Base, Sessions, looking, transaction
from hotline.keys.columns import Hashed
from hotline.ledger.audit import subjects_of_number
from hotline.ledger.periods import Period
from hotline.legal_holds import HeldRecord
from hotline.outbound_calls.store import CallerVerification, PlacedCall
from hotline.outbox.senders import FileSender
from hotline.outbox.service import letter_of
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.permissions import Role
from hotline.retention.deletion_log import DeletionLog
from hotline.retention.masking import Eraser
from hotline.settings import Settings
from hotline.special_callers.store import SpecialEntry
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from hotline.survey.store import SurveyRow
from hotline.video.store import VideoAccount, VideoSession
from ops import limits
from tests.sealed import KeptHome

pytestmark = pytest.mark.dialects
TEN = taipei("2026-11-24T10:00")
LATER, YEARS = TEN + timedelta(days=1), timedelta(days=1825)
NUMBER, OTHER, CALL = "+886912345678", "+886287654321", "n1-1795485600.7"
Rows = Callable[[], list[Any]]


@pytest.fixture
def person(factory: Sessions, tmp_path: Path) -> PersonalData:
    home, log = KeptHome(factory, tmp_path / "home"), DeletionLog(tmp_path / "deletions", "n1")
    periods = limits.retention(Settings())
    sound = SoundRetention(factory, home.archive, log)
    letters = FileSender(tmp_path / "outbox")
    return PersonalData(lambda: periods, lambda: YEARS, Eraser(factory, log), sound, letters)


def call(caller: str = NUMBER) -> CallRow:
    return CallRow(id=CALL, node="n1", caller=caller, started_at=TEN, ended_at=TEN)


def callback(number: str = NUMBER, given_by: str = "") -> Callback:
    times = {"registered_at": TEN, "due_at": TEN, "remind_at": TEN, "closed_at": TEN}
    return Callback(
        id=1, number=number, given_by=given_by, language="zh-TW", origin="caller", state="DONE", **times
    )


def case(phone: str = NUMBER, **more: Any) -> Case:
    filed = {"number": "115112400012", "filed_at": TEN, "closed_at": TEN, "state": CaseState.CLOSED}
    return Case(
        **{"id": 1, "kind": "quick", "phone": phone, "drafted_at": TEN, "drafted_by": "mei", **filed, **more}
    )


def notice() -> OutboxMessage:
    times = {"written_at": TEN, "next_try_at": TEN, "done_at": TEN}
    told = {
        "event": "case:1:filed",
        "template": "N-40",
        "channel": "sms",
        "text": "x",
        "state": OutboxState.SENT,
    }
    return OutboxMessage(id=1, recipient=NUMBER, **told, **times)


def verification(number: str = NUMBER) -> CallerVerification:
    about = {"call_id": CALL, "language": "zh-TW", "called_at": TEN, "state": "CONFIRMED"}
    return CallerVerification(id=1, number=number, opened_by="mei", opened_at=TEN, decided_at=TEN, **about)


def referral() -> Referral:
    asked = {"state": "ENDED", "asked_by": "rdec-1", "asked_at": TEN, "ended_at": TEN, "wish": "x"}
    return Referral(id=1, case_id=1, complainant="陳大同", phone=NUMBER, police_unit="板橋分局", **asked)


def line() -> CallbackLine:
    return CallbackLine(number=NUMBER, callback_id=1, token="t", by="mei", until=TEN)


def account() -> VideoAccount:
    times = {"applied_at": TEN, "state_at": TEN, "ended_at": TEN}
    return VideoAccount(
        id=1, kind="citizen", login="c1", name="王小明", contact=NUMBER, state="closed", **times
    )


def served() -> VideoSession:
    return VideoSession(id=1, account=1, state="ended", requested_at=TEN, citizen_seen_at=TEN, ended_at=TEN)


def survey() -> SurveyRow:
    asked = {"case_number": "115112400012", "asked_of": NUMBER, "asked_at": TEN}
    return SurveyRow(id=1, channel="callback", **asked)


EACH: dict[str, tuple[Rows, set[str]]] = {
    "call.caller_hash": (lambda: [call()], {f"call:{CALL}"}),
    "callback.number_hash": (lambda: [callback()], {"callback:1"}),
    "callback.given_by_hash": (lambda: [callback(OTHER, NUMBER)], {"callback:1"}),
    "callback_line.number": (lambda: [callback(OTHER), line()], {"callback:1"}),
    "case_file.phone_hash": (lambda: [case()], {"case:115112400012", "case-draft:1"}),
    "notice.recipient_hash": (lambda: [notice()], {"notice:1"}),
    "referral.phone_hash": (lambda: [case(OTHER), referral()], {"referral:1"}),
    "survey.asked_of": (lambda: [survey()], {"survey:1"}),
    "verification.number_hash": (lambda: [verification()], {"verification:1"}),
    "video_account.contact_hash": (lambda: [account(), served()], {"video-account:1", "video:1"}),
}
"""Columns by which a number is found: rows that have it there, and what the audit log calls them."""
SOON_GONE = {"video_code.contact_hash", "video_phone_proof.number_hash"}
"""Columns that a job of their own empties within a day: nobody is told of them."""


def add(factory: Sessions, rows: Rows) -> None:
    with transaction(factory) as session:
        for row in rows():
            session.add(row)
            session.flush()


def test_every_column_with_a_number_has_its_row_here() -> None:
    """A new one is found by ``_sought``, or a person is told less than there is."""
    found = {
        f"{table.name}.{one.name}"
        for table in Base.metadata.sorted_tables
        for one in table.columns
        if isinstance(one.type, Hashed) and (one.type.purpose, one.type.part) == ("number", "whole")
    }
    assert found - SOON_GONE == EACH.keys()


@pytest.mark.parametrize("column", EACH)
def test_a_number_is_found_wherever_it_stands(factory: Sessions, person: PersonalData, column: str) -> None:
    """However it is written: for the person, and for who asks who looked at it."""
    rows, subjects = EACH[column]
    add(factory, rows)
    with looking(factory) as session:
        assert {one.record for one in person.about(session, "0912-345-678", LATER)}
        found = about_citizen(session, "0912-345-678")
        assert set(found) == subjects | set(subjects_of_number(session, NUMBER)) and len(found) == len(
            set(found)
        )
        assert person.about(session, "0987-654-321", LATER) == []


def test_calls_that_were_placed_for_a_caller_are_told_with_the_call(
    factory: Sessions, person: PersonalData
) -> None:
    """They bear no number of the citizen: the matter that an agency was told."""
    more = {"id": 1, "token": "t1", "call_id": CALL, "matter": "路燈", "by": "mei", "placed_at": TEN}
    check = {"id": 2, "token": "t2", "verification_id": 1, "by": "mei", "placed_at": TEN}
    places = [{"purpose": "notify", **more}, {"purpose": "verify", **check}]
    add(
        factory,
        lambda: [call(), verification(), *(PlacedCall(targets=[], ended_at=TEN, **one) for one in places)],
    )
    with looking(factory) as session:
        told = {(one.record, one.key) for one in person.about(session, NUMBER, LATER)}
        assert {("placed_call", "1"), ("placed_call", "2")} <= told
        assert {"placed:1", "placed:2"} <= set(about_citizen(session, NUMBER))


def test_a_relayed_call_is_of_who_is_served_by_sign_language(factory: Sessions, person: PersonalData) -> None:
    """Its record bears no number; what was said of it is held with the call."""
    relayed = {"id": 1, "account": 1, "state": "ended", "call_id": CALL, "topic": "x"}
    times = {"requested_at": TEN, "citizen_seen_at": TEN, "ended_at": TEN}
    add(factory, lambda: [call("anonymous"), account(), VideoSession(**relayed, **times)])
    with transaction(factory) as session:
        legal_holds.hold(session, "court:1", HeldRecord.CALL, [CALL], by="rdec-1", at=TEN)
    left = {one.record: one.withheld for one in erased(factory, person)}
    assert left == dict.fromkeys(("call", "video_account", "video_session"), Withheld.HELD)


def test_a_listed_caller_is_told_and_stays_listed(factory: Sessions, person: PersonalData) -> None:
    """The list has no hash, for it is short."""
    listed = {"reason": "x", "evidence": [], "state": "APPROVED", "proposed_by": "boss", "proposed_at": TEN}
    add(factory, lambda: [SpecialEntry(id=1, numbers=[OTHER, NUMBER], **listed)])
    with looking(factory) as session:
        (one,) = person.about(session, NUMBER, LATER)
        assert (one.record, one.withheld, one.goes_at) == ("special_entry", Withheld.OPEN, None)
        assert "special:1" in about_citizen(session, NUMBER)


def erased(factory: Sessions, person: PersonalData) -> list[PersonalRecord]:
    with transaction(factory) as session:
        set_staff(
            session,
            Staff("admin-1", "管理員", frozenset({Role.ADMINISTRATOR})),
            Period(TEN),
            at=TEN,
            by="test",
        )
    with transaction(factory) as session:
        return person.erase(session, NUMBER, "申請書第7號", by="admin-1", at=LATER)


def test_all_of_a_number_is_erased_but_what_the_law_keeps(factory: Sessions, person: PersonalData) -> None:
    """Case files for their minimum, each part by itself; everything else goes at once."""
    add(factory, lambda: [call(), callback(), verification(), notice(), case(), referral()])
    left = erased(factory, person)
    assert {(one.record, one.withheld) for one in left} == {
        ("case_file", Withheld.MINIMUM),
        ("referral", Withheld.MINIMUM),
    }
    assert len(left) == 5 and all(
        one.goes_at and one.goes_at > LATER + YEARS - timedelta(days=2) for one in left
    )


def test_the_file_of_a_message_goes_with_it(factory: Sessions, person: PersonalData, tmp_path: Path) -> None:
    """Where messages are files; nobody reads from a file's name to whom it went."""
    add(factory, lambda: [notice()])
    with transaction(factory) as session:
        row = session.get_one(OutboxMessage, 1)
        FileSender(tmp_path / "outbox").send(letter_of(row))
    assert [NUMBER in one.read_text() for one in (tmp_path / "outbox").iterdir()] == [True]
    guess = sha256(f"{row.event}|{row.template}|{NUMBER}".encode()).hexdigest()[:24]
    assert guess not in str(list((tmp_path / "outbox").iterdir()))
    assert erased(factory, person) == [] == list((tmp_path / "outbox").iterdir())


def test_a_draft_that_was_never_filed_is_no_case_file(factory: Sessions, person: PersonalData) -> None:
    """It goes with the call that it came from, told as one record."""
    add(factory, lambda: [case(number=None, filed_at=None, closed_at=None, state=CaseState.NOT_FILED)])
    with looking(factory) as session:
        (one,) = person.about(session, NUMBER, LATER)
    assert (one.kind, one.withheld) == ("calls", None)
    assert erased(factory, person) == []
    with looking(factory) as session:
        assert session.get_one(Case, 1).phone == ""


def test_what_is_held_is_withheld_for_that_reason(factory: Sessions, person: PersonalData) -> None:
    """With all that belongs to it; once it is released it may be erased."""
    placed = {
        "id": 1,
        "token": "t1",
        "call_id": CALL,
        "matter": "x",
        "by": "mei",
        "placed_at": TEN,
        "ended_at": TEN,
    }
    add(factory, lambda: [call(), verification(), PlacedCall(purpose="notify", targets=[], **placed)])
    with transaction(factory) as session:
        legal_holds.hold(session, "court:1", HeldRecord.CALL, [CALL], by="rdec-1", at=TEN)
    left = erased(factory, person)
    assert {one.record: one.withheld for one in left} == dict.fromkeys(
        ("call", "verification", "placed_call"), Withheld.HELD
    )
    with transaction(factory) as session:
        legal_holds.release(session, "court:1", by="rdec-1", at=LATER)
    with transaction(factory) as session:
        assert person.erase(session, NUMBER, "申請書第7號", by="admin-1", at=LATER) == []
        assert session.get_one(PlacedCall, 1).matter == ""
