"""Accounts of the sign-language service: applied for, decided, locked, looked at (P6.2, P6.6)."""

import pytest
from sqlalchemy import Engine, text

from hotline.db import looking, sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.staff.service import NotPermitted
from hotline.texts import UnfitText
from hotline.video import accounts, entering
from hotline.video.accounts import AccountState, NotInState, UnfitContact
from hotline.video.rules import SessionState, VideoEnd
from hotline.video.store import VideoAccount
from tests.signing import TEN
from tests.video_office import HOME, MINUTE, NAME, SECOND, VideoOffice

pytestmark = pytest.mark.dialects


@pytest.fixture
def office(database: Engine) -> VideoOffice:
    return VideoOffice(sessions(database)).staffed()


def test_P3_6_from_application_to_the_line(office: VideoOffice) -> None:
    """In one's own name, approved by staff, a password by a code to the mobile that was left."""
    token = office.entered()
    with looking(office.factory) as session:
        account = entering.present(session, token, TEN + MINUTE)
    assert account is not None and (account.name, account.contact, account.is_proved) == (
        NAME,
        "+886912345678",
        True,
    )
    assert office.request(account).state == SessionState.WAITING
    assert office.letters("N-72") != []


def test_an_application_needs_a_name_and_a_way_to_reach(office: VideoOffice) -> None:
    with pytest.raises(UnfitText):
        office.apply(name=" ")
    for contact in ("0229603456", "1999", "nobody", "a@"):
        with pytest.raises(UnfitContact):
            office.apply(contact)
    office.apply("Amy@Example.org")
    assert office.one().contact == "amy@example.org"


@pytest.mark.parametrize("verb", ["approve", "refuse", "lock", "unlock", "close"])
def test_who_decides_is_permitted(office: VideoOffice, verb: str) -> None:
    office.apply()
    words = () if verb in ("approve", "unlock") else ("理由",)
    for by in ("agent", "liaison"):
        with pytest.raises(NotPermitted):
            office.decide(verb, *words, by=by)


def test_P6_2_states(office: VideoOffice) -> None:
    """Each decision from the states that it fits, and from no other."""
    office.apply()
    with pytest.raises(NotInState):
        office.decide("lock", "理由")
    office.decide("approve")
    with pytest.raises(NotInState):
        office.decide("approve")
    office.decide("lock", "借給別人用")
    with pytest.raises(NotInState):
        office.decide("approve")
    office.decide("unlock")
    office.decide("close", "本人要求")
    with pytest.raises(NotInState):
        office.decide("unlock")
    row = office.one()
    assert (row.state, row.reason, row.ended_at) == (AccountState.CLOSED, "本人要求", TEN + MINUTE)
    assert len(office.letters("N-74")) == 2


def test_P6_6_another_application_is_counted_and_nobody_is_told_of_the_first(office: VideoOffice) -> None:
    """While it waits, after a refusal, and while it is in use, when the holder is led to it."""
    office.apply()
    office.apply(at=TEN + MINUTE)
    assert office.one().reapplications == 1
    office.decide("refuse", "姓名不是本名")
    assert office.one().state == AccountState.REFUSED
    office.apply(name="王小銘", at=TEN + 2 * MINUTE)
    row = office.one()
    assert (row.state, row.name, row.reapplications) == (AccountState.APPLIED, "王小銘", 2)
    office.decide("approve")
    office.apply(name="別人", at=TEN + 2 * 60 * MINUTE)
    row = office.one()
    assert (row.state, row.name, row.reapplications) == (AccountState.ACTIVE, "王小銘", 3)
    assert len(office.letters("N-72")) == 2


def test_who_proved_nothing_changes_no_application_that_was_proved(office: VideoOffice) -> None:
    """Somebody else may know the number; who proves it again may write another name."""
    for name, is_proved, found in ((NAME, True, NAME), ("別人", False, NAME), ("王小銘", True, "王小銘")):
        office.apply(name=name, is_proved=is_proved)
        row = office.one()
        assert (row.name, row.is_proved, row.state) == (found, True, AccountState.APPLIED)
    assert row.reapplications == 2


def test_what_was_proved_before_an_account_ended_counts_no_more(office: VideoOffice) -> None:
    """A mobile may be another's by then."""
    office.apply(is_proved=True)
    office.decide("refuse", "姓名不是本名")
    office.apply()
    assert not office.one().is_proved


def test_a_locked_account_is_not_freed_by_applying(office: VideoOffice) -> None:
    office.apply()
    office.decide("approve")
    office.decide("lock", "借給別人用")
    office.apply()
    assert office.one().state == AccountState.LOCKED


def test_a_locked_account_is_out_at_once(office: VideoOffice) -> None:
    """Its browsers, and its session."""
    token = office.entered()
    with looking(office.factory) as session:
        account = entering.present(session, token, TEN)
    assert account is not None
    number = office.request(account).id
    office.decide("lock", "借給別人用")
    with looking(office.factory) as session:
        assert entering.present(session, token, TEN + MINUTE) is None
    assert office.end_of(number)[:2] == (SessionState.LEFT, VideoEnd.ACCOUNT)


def test_P6_1_the_account_of_a_counter(office: VideoOffice) -> None:
    """Made by who keeps its agency's counters, entered by its login, and open for a day's work."""

    def opened(by: str, agency: str) -> VideoAccount:
        with transaction(office.factory) as session:
            return accounts.open_counter(
                session, 3, agency, "一樓服務台", "desk@pwd.example.org", at=TEN, by=by
            )

    with pytest.raises(NotPermitted):
        opened("agent", "pwd")
    row = opened("boss", "pwd")
    assert opened("boss", "pwd").id == row.id
    assert office.choose(office.code("counter-3"), typed="counter-3") is None
    token = office.sign_in("counter-3")
    assert isinstance(token, str)
    with looking(office.factory) as session:
        assert entering.present(session, token, TEN + 12 * 60 * MINUTE - SECOND)
        assert entering.present(session, token, TEN + 12 * 60 * MINUTE) is None
    with transaction(office.factory) as session:
        entering.ask_code(session, "desk@pwd.example.org", HOME, TEN)
        assert entering.send_codes(session, TEN) == 0, "a mailbox of several counters names none"


def test_what_is_personal_stands_sealed_and_looks_are_on_record(office: VideoOffice) -> None:
    office.apply()
    with transaction(office.factory) as session:
        stored = session.execute(text("SELECT name, contact FROM video_account")).one()
        assert all(one.startswith("sealed:") for one in stored)
        found = accounts.opened(session, 1, at=TEN, by="boss")
        assert found.row.name == NAME
    with transaction(office.factory) as session:
        told = [(row.by, row.action) for row in audit_rows(session, subject="video-account:1")]
        assert ("boss", "personal.look") in told
        with pytest.raises(NotPermitted):
            accounts.opened(session, 1, at=TEN, by="agent")
