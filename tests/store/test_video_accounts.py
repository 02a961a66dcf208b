"""Accounts of the sign-language service: applied for, decided, entered; never counted (P6.6)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select, text

from hotline.accounts.rules import WeakPassword
from hotline.accounts.tries import MustWait, Visitor
from hotline.allowances import NoAllowance
from hotline.db import looking, sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.outbox.store import OutboxMessage
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from hotline.texts import UnfitText
from hotline.video import accounts, entering
from hotline.video.accounts import AccountState, NotInState, UnfitContact
from hotline.video.entering import VideoRefusal
from hotline.video.rules import SessionState, VideoEnd
from hotline.video.store import VideoAccount, VideoCode, VideoEntry
from tests.signing import TEN, SignScene

pytestmark = pytest.mark.dialects
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
MOBILE, NAME, PASSWORD = "0912345678", "王小明", "綠色的山與三隻 green goats"
HERE, HOME = Visitor("203.0.113.9"), "203.0.113.9"


class Office(SignScene):
    """Accounts, and who decides on them."""

    def staffed(self) -> "Office":
        with transaction(self.factory) as session:
            for login, role, agency in (
                ("boss", Role.SUPERVISOR, ""),
                ("agent", Role.AGENT, ""),
                ("liaison", Role.LIAISON, "pwd"),
            ):
                member = Staff(login, login, frozenset({role}), agency=agency)
                set_staff(session, member, Period(TEN - DAY), at=TEN, by="test")
        return self

    def apply(self, contact: str = MOBILE, name: str = NAME, address: str = HOME, at: datetime = TEN) -> None:
        with transaction(self.factory) as session:
            accounts.apply(session, name, contact, at, address)

    def one(self) -> VideoAccount:
        with transaction(self.factory) as session:
            return session.scalars(select(VideoAccount)).one()

    def decide(self, verb: str, *words: str, by: str = "boss", number: int = 1) -> VideoAccount:
        with transaction(self.factory) as session:
            done: VideoAccount = getattr(accounts, verb)(session, number, *words, at=TEN + MINUTE, by=by)
            return done

    def letters(self, template: str) -> list[str]:
        with transaction(self.factory) as session:
            chosen = select(OutboxMessage).where(OutboxMessage.template == template)
            return [one.text for one in session.scalars(chosen.order_by(OutboxMessage.id))]

    def code(self, typed: str = MOBILE, at: datetime = TEN) -> str:
        """Asks for one, lets the job send it, and reads the newest."""
        with transaction(self.factory) as session:
            entering.ask_code(session, typed, HOME, at)
        with transaction(self.factory) as session:
            entering.send_codes(session, at)
        found = [re.findall(r"\d{8}", one) for one in self.letters("N-71")]
        return found[-1][0] if found else ""

    def choose(self, code: str, at: datetime = TEN, typed: str = MOBILE, password: str = PASSWORD) -> object:
        return entering.set_password(
            self.factory,
            typed,
            code,
            password,
            at=at,
            visitor=HERE,
        )

    def sign_in(
        self, typed: str = MOBILE, password: str = PASSWORD, at: datetime = TEN, **where: str
    ) -> object:
        visitor = Visitor(where.get("address", HOME))
        return entering.sign_in(self.factory, typed, password, at=at, visitor=visitor)

    def entered(self) -> str:
        """An account that was approved, its password chosen, and a browser signed in."""
        self.apply()
        self.decide("approve")
        assert self.choose(self.code()) is None
        token = self.sign_in()
        assert isinstance(token, str)
        return token


@pytest.fixture
def office(database: Engine) -> Office:
    return Office(sessions(database)).staffed()


def test_P3_6_from_application_to_the_line(office: Office) -> None:
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


def test_an_application_needs_a_name_and_a_way_to_reach(office: Office) -> None:
    with pytest.raises(UnfitText):
        office.apply(name=" ")
    for contact in ("0229603456", "1999", "nobody", "a@"):
        with pytest.raises(UnfitContact):
            office.apply(contact)
    office.apply("Amy@Example.org")
    assert office.one().contact == "amy@example.org"


@pytest.mark.parametrize("verb", ["approve", "refuse", "lock", "unlock", "close"])
def test_who_decides_is_permitted(office: Office, verb: str) -> None:
    office.apply()
    words = () if verb in ("approve", "unlock") else ("理由",)
    for by in ("agent", "liaison"):
        with pytest.raises(NotPermitted):
            office.decide(verb, *words, by=by)


def test_P6_2_states(office: Office) -> None:
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


def test_P6_6_another_application_is_counted_and_nobody_is_told_of_the_first(office: Office) -> None:
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


def test_a_locked_account_is_not_freed_by_applying(office: Office) -> None:
    office.apply()
    office.decide("approve")
    office.decide("lock", "借給別人用")
    office.apply()
    assert office.one().state == AccountState.LOCKED


def test_P6_6_a_password_chosen_anew_is_counted(office: Office) -> None:
    """The first is no reset; a reset signs every browser out."""
    token = office.entered()
    assert office.one().resets == 0
    assert (
        office.choose(office.code(at=TEN + MINUTE), TEN + MINUTE, password="三隻羊在山上吃草 and sing")
        is None
    )
    assert office.one().resets == 1
    with looking(office.factory) as session:
        assert entering.present(session, token, TEN + MINUTE) is None
    assert isinstance(office.sign_in(at=TEN + MINUTE), VideoRefusal)


def test_a_code_counts_once_for_a_quarter_of_an_hour(office: Office) -> None:
    office.apply()
    office.decide("approve")
    code = office.code()
    assert isinstance(office.choose(code, TEN + 15 * MINUTE), VideoRefusal)
    assert office.choose(code, TEN + 15 * MINUTE - SECOND) is None
    assert isinstance(office.choose(code, TEN + 15 * MINUTE - SECOND), VideoRefusal)


def test_five_wrong_answers_end_a_code(office: Office) -> None:
    office.apply()
    office.decide("approve")
    code = office.code()
    wrong = f"{(int(code) + 1) % 10**8:08}"
    for _ in range(5):
        assert isinstance(office.choose(wrong), VideoRefusal)
    assert isinstance(office.choose(code), MustWait)
    later = TEN + 14 * MINUTE
    assert isinstance(office.choose(code, later), VideoRefusal)


def test_an_older_code_counts_no_more(office: Office) -> None:
    office.apply()
    office.decide("approve")
    first, second = office.code(), office.code(at=TEN + SECOND)
    assert isinstance(office.choose(first, TEN + MINUTE), VideoRefusal)
    assert office.choose(second, TEN + MINUTE) is None


@pytest.mark.parametrize("state", ["", "applied", "refused", "locked", "closed"])
def test_a_code_is_sent_to_an_active_account_alone(office: Office, state: str) -> None:
    """And whoever asks is answered alike: by nothing."""
    if state:
        office.apply()
    if state in ("locked", "closed"):
        office.decide("approve")
        office.decide("lock", "理由") if state == "locked" else office.decide("close", "理由")
    if state == "refused":
        office.decide("refuse", "理由")
    assert office.code() == ""
    assert isinstance(office.choose("12345678"), VideoRefusal)


def test_a_weak_password_is_none_and_so_is_ones_own_name(office: Office) -> None:
    office.apply()
    office.decide("approve")
    code = office.code()
    for password in ("short", "0912345678 0912345678", "王小明王小明王小明王小明"):
        with pytest.raises(WeakPassword):
            office.choose(code, password=password)
    assert office.choose(code) is None


def test_codes_and_applications_are_limited(office: Office) -> None:
    """Three an hour in one name, wherever they come from; whether there is an account or not."""
    for _ in range(3):
        office.code("0987654321")
    with pytest.raises(NoAllowance):
        office.code("0987654321")
    for one in range(10):
        office.apply(f"citizen{one}@example.org", address="198.51.100.7")
    with pytest.raises(NoAllowance):
        office.apply("another@example.org", address="198.51.100.7")


def _statements(office: Office, engine: Engine, work: Callable[[], object]) -> list[str]:
    """What was asked of the database, in order."""
    told = list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        told.append(re.sub(r"\s+", " ", statement))

    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return told


def test_who_is_not_there_is_answered_alike(office: Office, database: Engine) -> None:
    """Unknown, not decided, locked with the right password, wrong password: one answer; and for a code."""
    office.entered()
    office.apply("amy@example.org", address="198.51.100.1")
    wrong = office.sign_in(password="wrong", address="198.51.100.2")
    unknown = office.sign_in("0987654321", address="198.51.100.3")
    applied = office.sign_in("amy@example.org", address="198.51.100.4")
    office.decide("lock", "理由")
    locked = office.sign_in(address="198.51.100.5")
    assert wrong == unknown == applied == locked == VideoRefusal()


def test_who_is_not_there_costs_the_same_work(office: Office, database: Engine) -> None:
    """A code asked for takes the same statements; a sign-in a hash each, and as many transactions."""
    office.entered()

    def ask(typed: str) -> None:
        with transaction(office.factory) as session:
            entering.ask_code(session, typed, "198.51.100.9", TEN)

    known = _statements(office, database, lambda: ask(MOBILE))
    assert _statements(office, database, lambda: ask("0987654321")) == known
    counted = [
        sum(
            "COMMIT" in one or "INSERT" in one
            for one in _statements(office, database, lambda t=typed: office.sign_in(t, "wrong", TEN))
        )
        for typed in (MOBILE, "0987654321")
    ]
    assert counted[0] == counted[1]


def test_a_hash_is_computed_for_nobody_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from hotline.accounts import service

    office.entered()
    looked = list[str]()

    class Hasher:
        def verify(self, hashed: str, password: str) -> bool:
            looked.append(hashed[:9])
            return False

    service._nobody()
    monkeypatch.setattr(service, "HASHER", Hasher())
    for typed in (MOBILE, "0987654321", "counter-7"):
        assert isinstance(office.sign_in(typed), VideoRefusal)
    assert looked == ["$argon2id"] * 3


def test_wrong_answers_are_limited_whoever_is_meant(office: Office) -> None:
    """Five from one place, then a wait: known or not."""
    office.entered()
    for typed in (MOBILE, "0987654321"):
        answers = [office.sign_in(typed, "wrong", TEN + MINUTE, address="198.51.100.8") for _ in range(6)]
        assert [isinstance(one, MustWait) for one in answers] == [False] * 5 + [True]
    assert isinstance(office.sign_in(at=TEN + MINUTE), str), "at home, where the account is known"


def test_a_locked_account_is_out_at_once(office: Office) -> None:
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


def test_a_browser_is_signed_in_for_half_an_hour_of_rest(office: Office) -> None:
    token = office.entered()
    with transaction(office.factory) as session:
        assert entering.present(session, token, TEN + 30 * MINUTE - SECOND)
        assert entering.present(session, token, TEN + 30 * MINUTE) is None
        assert entering.is_due_a_note(session, token, TEN + 2 * MINUTE)
        entering.keep_alive(session, token, TEN + 2 * MINUTE)
        assert entering.present(session, token, TEN + 31 * MINUTE)
        entering.sign_out(session, token, TEN + 31 * MINUTE)
        assert entering.present(session, token, TEN + 31 * MINUTE) is None


def test_P6_1_the_account_of_a_counter(office: Office) -> None:
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


def test_what_is_personal_stands_sealed_and_looks_are_on_record(office: Office) -> None:
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


def test_what_is_over_is_forgotten(office: Office) -> None:
    office.entered()
    with transaction(office.factory) as session:
        entering.forget(session, TEN + 32 * DAY)
        assert session.scalars(select(VideoCode)).all() == []
        assert session.scalars(select(VideoEntry)).all() == []
