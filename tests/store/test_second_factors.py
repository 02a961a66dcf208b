"""The second factor: chosen by us, replaced by who proves both, with recovery codes;
or taken away by somebody else.
"""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from hotline.accounts import seconds
from hotline.accounts import service as accounts
from hotline.accounts.endings import end_staff
from hotline.accounts.rules import FREE, step_of
from hotline.accounts.seconds import CODES, NoSecond, OwnSecond
from hotline.accounts.service import SignIn, SignInRefusal, WrongProof
from hotline.accounts.store import RecoveryCodeRow
from hotline.accounts.tries import MustWait, Visitor
from hotline.db import Sessions, looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.outbox.store import OutboxMessage
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.doors.console import PASSWORD

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ANNA = Staff("anna", "林示範", frozenset((Role.OFFICER,)), email="anna@city.example")
HOME = Visitor("203.0.113.5", "mark-of-annas-browser")


class Anna:
    """Somebody signed in, with an authenticator; time goes on with each code."""

    def __init__(self, factory: Sessions) -> None:
        self.factory, self.at, self.secret = factory, NOW, ""
        with transaction(factory) as session:
            set_staff(session, ANNA, Period(NOW - timedelta(days=9)), at=NOW - timedelta(days=9), by="test")
        with transaction(factory) as session:
            link = accounts.invite(session, "anna", at=NOW, by="test")
        accounts.accept(factory, link, PASSWORD, at=NOW)
        self.token = self.enters().token

    def signs_in(self, code: str = "") -> object:
        return accounts.sign_in(
            self.factory, "anna", PASSWORD, code, at=self.at, visitor=HOME, browser="test"
        )

    def enters(self, code: str = "") -> SignIn:
        found = self.signs_in(code)
        assert isinstance(found, SignIn)
        return found

    def offered(self, token: str = "") -> str:
        with transaction(self.factory) as session:
            return seconds.offered(session, token or self.token)

    def code(self, secret: str = "") -> str:
        """What the authenticator shows half a minute later."""
        self.at += timedelta(seconds=30)
        return pyotp.TOTP(secret or self.secret).at(int(self.at.timestamp()))

    def sets_up(self, code: str, password: str = PASSWORD, old: str = "", token: str = "") -> object:
        return accounts.set_second(
            self.factory,
            ANNA,
            token or self.token,
            code,
            password=password,
            old=old,
            at=self.at,
            visitor=HOME,
        )

    def has_authenticator(self) -> list[str]:
        self.secret = self.offered()
        codes = self.sets_up(self.code(self.secret))
        assert isinstance(codes, list)
        return codes

    def told(self) -> list[str]:
        """Messages to her."""
        with looking(self.factory) as session:
            rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
            return [row.text for row in rows if row.recipient == ANNA.email]


@pytest.fixture
def anna(factory: Sessions) -> Anna:
    return Anna(factory)


def test_the_secret_is_ours_and_stays_until_it_is_set_up(anna: Anna) -> None:
    """The same for this session however often it is asked for, also after a wrong digit;
    another session has another.
    """
    secret = anna.offered()
    assert len(secret) == 32 and anna.offered() == secret
    right = anna.code(secret)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    assert anna.sets_up(wrong) is WrongProof.NEW and anna.offered() == secret
    assert isinstance(anna.sets_up(right), list)
    other = anna.enters(anna.code(secret)).token
    assert anna.offered(other) not in ("", secret)


def test_another_secret_than_the_one_offered_counts_for_nothing(anna: Anna) -> None:
    """A code of a secret that the browser made up, or of none at all, sets nothing up."""
    assert anna.sets_up(anna.code(pyotp.random_base32())) is WrongProof.NEW
    anna.offered()
    assert anna.sets_up(anna.code(pyotp.random_base32())) is WrongProof.NEW
    with looking(anna.factory) as session:
        found = accounts.present(session, anna.token, anna.at)
    assert found and not found.second


def test_it_is_replaced_only_with_the_password_and_the_old_code(anna: Anna) -> None:
    """A browser left open is not enough; what was wrong counts as at the door."""
    anna.has_authenticator()
    new = anna.offered()
    assert anna.sets_up(anna.code(new), password="wrong wrong wrong", old=anna.code()) is WrongProof.PASSWORD
    assert anna.sets_up(anna.code(new)) is WrongProof.CODE
    assert anna.sets_up(anna.code(new), old="123456") is WrongProof.CODE
    old = anna.code()
    assert isinstance(anna.sets_up(pyotp.TOTP(new).at(int(anna.at.timestamp())), old=old), list)
    assert isinstance(anna.signs_in(anna.code()), SignInRefusal)
    assert isinstance(anna.signs_in(anna.code(new)), SignIn)


def test_old_codes_are_not_guessed_for_ever(anna: Anna) -> None:
    """Five, then even the right one waits."""
    anna.has_authenticator()
    new = anna.offered()
    for _guess in range(FREE):
        assert anna.sets_up(pyotp.TOTP(new).at(int(anna.at.timestamp())), old="000000") is WrongProof.CODE
    assert isinstance(anna.sets_up(pyotp.TOTP(new).at(int(anna.at.timestamp())), old="000000"), MustWait)


def test_other_browsers_are_signed_out_when_it_is_replaced(anna: Anna) -> None:
    """Whoever sat there comes back with the new one."""
    other = anna.enters().token
    anna.has_authenticator()
    with looking(anna.factory) as session:
        assert accounts.present(session, anna.token, anna.at) and not accounts.present(
            session, other, anna.at
        )


def test_a_recovery_code_stands_for_the_authenticator_once(anna: Anna) -> None:
    """However it is typed; how many are left is told, that one was used is on record,
    and its owner is written to.
    """
    codes = anna.has_authenticator()
    assert len(codes) == len(set(codes)) == CODES
    assert anna.enters(codes[0].replace(" ", "-")).left == CODES - 1
    assert isinstance(anna.signs_in(codes[0]), SignInRefusal)
    assert isinstance(anna.signs_in("00000 00000 00000 00000"), SignInRefusal)
    assert anna.enters(anna.code()).left is None
    with looking(anna.factory) as session:
        kept = [row.digest for row in session.scalars(select(RecoveryCodeRow))]
        used = [row.after for row in audit_rows(session) if row.action == "staff.second-factor"][-1]
        assert seconds.left(session, "anna") == CODES - 1
    assert used == {"recovery_code_used": True, "left": CODES - 1}
    assert not {code.replace(" ", "") for code in codes} & set(kept)
    assert "備用碼登入您的帳號" in anna.told()[-1] and "11月24日" in anna.told()[-1]


def test_a_new_set_ends_the_old_one(anna: Anna) -> None:
    """For password and code; codes of a second factor that is no more are none either."""
    old = anna.has_authenticator()

    def renewed(password: str, code: str) -> object:
        return accounts.renew_codes(
            anna.factory, ANNA, password=password, code=code, at=anna.at, visitor=HOME
        )

    assert renewed("wrong wrong wrong", anna.code()) is WrongProof.PASSWORD
    assert renewed(PASSWORD, "000000") is WrongProof.CODE
    new = renewed(PASSWORD, anna.code())
    assert isinstance(new, list) and len(new) == CODES
    assert isinstance(anna.signs_in(old[1]), SignInRefusal) and isinstance(anna.signs_in(new[0]), SignIn)
    with transaction(anna.factory) as session:
        link = accounts.invite(session, "anna", at=anna.at, by="test")
    accounts.accept(anna.factory, link, PASSWORD, at=anna.at)
    with looking(anna.factory) as session:
        assert seconds.left(session, "anna") == 0


def test_somebody_else_takes_it_away_on_record(anna: Anna) -> None:
    """Not the owner; who had it is told, and every browser is signed out."""
    anna.has_authenticator()
    with transaction(anna.factory) as session:
        with pytest.raises(OwnSecond):
            seconds.remove(session, "anna", at=anna.at, by="anna", reason="lost")
        seconds.remove(session, "anna", at=anna.at, by="boss", reason="lost")
        with pytest.raises(NoSecond):
            seconds.remove(session, "anna", at=anna.at, by="boss", reason="lost")
        told = audit_rows(session, subject="staff:anna")[-1]
        assert accounts.present(session, anna.token, anna.at) is None
    assert (told.by, told.reason, told.after) == ("boss", "lost", {"removed": True})
    assert "管理員移除了您帳號的驗證器" in anna.told()[-1]
    assert isinstance(anna.signs_in(), SignIn)


def test_recovery_codes_end_with_the_login(anna: Anna) -> None:
    """As everything that proves it."""
    anna.has_authenticator()
    with transaction(anna.factory) as session:
        end_staff(session, "anna", anna.at, at=anna.at, by="boss")
        assert session.scalars(select(RecoveryCodeRow)).all() == []


@pytest.mark.parametrize("secret", ["", "1", "not base32!", "é" * 16, "A" * 7, "=" * 8])
@pytest.mark.parametrize("code", ["", "000000", "１２３４５６", "\x00", "1" * 5000])
def test_a_malformed_secret_or_code_is_wrong_and_no_fault(secret: str, code: str) -> None:
    """Whatever stands in a row or is typed."""
    assert step_of(secret, code, NOW) is None
