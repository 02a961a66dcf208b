"""Codes, passwords and signing in of the sign-language service: limited, and nobody is counted (P6.6)."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event, select

from hotline.accounts import service
from hotline.accounts.rules import WeakPassword
from hotline.accounts.tries import MustWait
from hotline.allowances import NoAllowance
from hotline.db import looking, sessions, transaction
from hotline.video import entering
from hotline.video.entering import VideoRefusal
from hotline.video.store import VideoCode, VideoEntry
from tests.signing import TEN
from tests.video_office import DAY, MINUTE, MOBILE, SECOND, VideoOffice

pytestmark = pytest.mark.dialects


@pytest.fixture
def office(database: Engine) -> VideoOffice:
    return VideoOffice(sessions(database)).staffed()


def test_P6_6_a_password_chosen_anew_is_counted(office: VideoOffice) -> None:
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


def test_a_code_counts_once_for_a_quarter_of_an_hour(office: VideoOffice) -> None:
    office.apply()
    office.decide("approve")
    code = office.code()
    assert isinstance(office.choose(code, TEN + 15 * MINUTE), VideoRefusal)
    assert office.choose(code, TEN + 15 * MINUTE - SECOND) is None
    assert isinstance(office.choose(code, TEN + 15 * MINUTE - SECOND), VideoRefusal)


def test_five_wrong_answers_end_a_code(office: VideoOffice) -> None:
    office.apply()
    office.decide("approve")
    code = office.code()
    wrong = f"{(int(code) + 1) % 10**8:08}"
    for _ in range(5):
        assert isinstance(office.choose(wrong), VideoRefusal)
    assert isinstance(office.choose(code), MustWait)
    later = TEN + 14 * MINUTE
    assert isinstance(office.choose(code, later), VideoRefusal)


def test_an_older_code_counts_no_more(office: VideoOffice) -> None:
    office.apply()
    office.decide("approve")
    first, second = office.code(), office.code(at=TEN + SECOND)
    assert isinstance(office.choose(first, TEN + MINUTE), VideoRefusal)
    assert office.choose(second, TEN + MINUTE) is None


@pytest.mark.parametrize("state", ["", "applied", "refused", "locked", "closed"])
def test_a_code_is_sent_to_an_active_account_alone(office: VideoOffice, state: str) -> None:
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


def test_a_weak_password_is_none_and_so_is_ones_own_name(office: VideoOffice) -> None:
    office.apply()
    office.decide("approve")
    code = office.code()
    for password in ("short", "0912345678 0912345678", "王小明王小明王小明王小明"):
        with pytest.raises(WeakPassword):
            office.choose(code, password=password)
    assert office.choose(code) is None


def test_codes_and_applications_are_limited(office: VideoOffice) -> None:
    """Three an hour in one name, wherever they come from; whether there is an account or not."""
    for _ in range(3):
        office.code("0987654321")
    with pytest.raises(NoAllowance):
        office.code("0987654321")
    for one in range(10):
        office.apply(f"citizen{one}@example.org", address="198.51.100.7")
    with pytest.raises(NoAllowance):
        office.apply("another@example.org", address="198.51.100.7")


def _statements(office: VideoOffice, engine: Engine, work: Callable[[], object]) -> list[str]:
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


def test_who_is_not_there_is_answered_alike(office: VideoOffice, database: Engine) -> None:
    """Unknown, not decided, locked with the right password, wrong password: one answer; and for a code."""
    office.entered()
    office.apply("amy@example.org", address="198.51.100.1")
    wrong = office.sign_in(password="wrong", address="198.51.100.2")
    unknown = office.sign_in("0987654321", address="198.51.100.3")
    applied = office.sign_in("amy@example.org", address="198.51.100.4")
    office.decide("lock", "理由")
    locked = office.sign_in(address="198.51.100.5")
    assert wrong == unknown == applied == locked == VideoRefusal()


def test_who_is_not_there_costs_the_same_work(office: VideoOffice, database: Engine) -> None:
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


def test_a_hash_is_computed_for_nobody_too(office: VideoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_wrong_answers_are_limited_whoever_is_meant(office: VideoOffice) -> None:
    """Five from one place, then a wait: known or not."""
    office.entered()
    for typed in (MOBILE, "0987654321"):
        answers = [office.sign_in(typed, "wrong", TEN + MINUTE, address="198.51.100.8") for _ in range(6)]
        assert [isinstance(one, MustWait) for one in answers] == [False] * 5 + [True]
    assert isinstance(office.sign_in(at=TEN + MINUTE), str), "at home, where the account is known"


def test_a_browser_is_signed_in_for_half_an_hour_of_rest(office: VideoOffice) -> None:
    token = office.entered()
    with transaction(office.factory) as session:
        assert entering.present(session, token, TEN + 30 * MINUTE - SECOND)
        assert entering.present(session, token, TEN + 30 * MINUTE) is None
        assert entering.is_due_a_note(session, token, TEN + 2 * MINUTE)
        entering.keep_alive(session, token, TEN + 2 * MINUTE)
        assert entering.present(session, token, TEN + 31 * MINUTE)
        entering.sign_out(session, token, TEN + 31 * MINUTE)
        assert entering.present(session, token, TEN + 31 * MINUTE) is None


def test_what_is_over_is_forgotten(office: VideoOffice) -> None:
    office.entered()
    with transaction(office.factory) as session:
        entering.forget(session, TEN + 32 * DAY)
        assert session.scalars(select(VideoCode)).all() == []
        assert session.scalars(select(VideoEntry)).all() == []
