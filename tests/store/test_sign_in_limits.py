"""How often somebody may err at the door:
counted before it is looked at, by place, without locking colleagues out.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pyotp
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select
from structlog.testing import capture_logs

from hotline.accounts import service as accounts
from hotline.accounts import tries
from hotline.accounts.rules import FREE, FROM_ONE_NETWORK, FROM_STRANGE_PLACES
from hotline.accounts.service import (
    SignIn,
    SignInRefusal,
    WrongProof,
    accept,
    change_password,
    invite,
    sign_in,
)
from hotline.accounts.store import CredentialRow, FailureRow, KnownPlaceRow
from hotline.accounts.tries import MustWait, Visitor
from hotline.db import Sessions, connect, looking, sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.networks import network_of
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.doors.console import PASSWORD
from tests.keys import RING

pytestmark = pytest.mark.dialects

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ANNA = Staff("anna", "林示範", frozenset((Role.OFFICER,)))
BEN = Staff("ben", "王示範", frozenset((Role.OFFICER,)))
HOME, OFFICE, ELSEWHERE = Visitor("203.0.113.5"), Visitor("198.51.100.7"), Visitor("192.0.2.9")
WRONG = "not the password at all"


class Door:
    """The door, and what came of those who tried it."""

    def __init__(self, factory: Sessions) -> None:
        self.factory, self.clock = factory, count()
        with transaction(factory) as session:
            for member in (ANNA, BEN):
                set_staff(
                    session, member, Period(NOW - timedelta(days=9)), at=NOW - timedelta(days=9), by="test"
                )
        for login in ("anna", "ben"):
            with transaction(factory) as session:
                link = invite(session, login, at=NOW, by="test")
            accept(factory, link, PASSWORD, at=NOW)

    def tries(
        self, login: str, visitor: Visitor, password: str = WRONG, code: str = "", at: datetime = NOW
    ) -> type:
        """What comes of a try."""
        outcome = sign_in(self.factory, login, password, code, at=at, visitor=visitor, browser="test")
        return type(outcome)

    def enters(self, login: str, visitor: Visitor, at: datetime = NOW) -> bool:
        """Whether the right password lets somebody in."""
        return self.tries(login, visitor, PASSWORD, at=at) is SignIn


@pytest.fixture
def door(factory: Sessions) -> Door:
    return Door(factory)


def test_sixty_guesses_at_once_are_five(door: Door, database_url: str) -> None:
    """Through several processes' connections, all at the same moment:
    five are looked at, the rest must wait.
    """
    engines = [connect(database_url, wait=timedelta(seconds=30), keys=RING) for _ in range(4)]
    guessers = [Door.__new__(Door) for _ in engines]
    for guesser, engine in zip(guessers, engines, strict=True):
        guesser.factory = sessions(engine)
    with ThreadPoolExecutor(20) as pool:
        found = Counter(pool.map(lambda number: guessers[number % 4].tries("anna", HOME), range(60)))
    for engine in engines:
        engine.dispose()
    assert found == {SignInRefusal: FREE, MustWait: 60 - FREE}


def test_one_party_is_one_place(door: Door) -> None:
    """An IPv6 network (/64) counts as one address, and an IPv4 address written as IPv6 as itself."""
    for number in range(FREE):
        assert door.tries("anna", Visitor(f"2001:db8:1:2::{number}")) is SignInRefusal
    assert door.tries("anna", Visitor("2001:db8:1:2:ffff::1")) is MustWait
    assert door.tries("anna", Visitor("2001:db8:1:3::1")) is SignInRefusal
    assert network_of("::ffff:192.0.2.9") == network_of("192.0.2.9") == "192.0.2.9"
    assert network_of("fe80::1%eth0") == "fe80::/64" and network_of("no address") == "no address"


def test_colleagues_are_not_locked_out_by_somebody_at_their_address(door: Door) -> None:
    """After 40 wrong answers strangers wait there;
    who has signed in there before comes in, with any browser.
    """
    assert door.enters("anna", OFFICE)
    for number in range(FROM_ONE_NETWORK):
        assert door.tries(f"nobody-{number}", OFFICE) is SignInRefusal
    assert door.tries("nobody-at-all", OFFICE) is MustWait
    assert door.tries("ben", OFFICE, PASSWORD) is MustWait
    assert door.enters("anna", OFFICE) and door.enters("ben", HOME)


def test_a_colleague_who_just_chose_a_password_comes_in(door: Door) -> None:
    """By a link, at an address where strangers wait: the link has proved enough."""
    for number in range(FROM_ONE_NETWORK):
        door.tries(f"nobody-{number}", OFFICE)
    with transaction(door.factory) as session:
        link = invite(session, "ben", at=NOW, by="test")
    accept(door.factory, link, PASSWORD, at=NOW, visitor=OFFICE)
    assert door.enters("ben", OFFICE)


def test_a_browser_that_is_known_waits_for_its_own_errors_only(door: Door) -> None:
    """Somebody at the same address who guesses a colleague's
    password holds up no browser of the colleague's.
    """
    own = Visitor(OFFICE.address, "mark-of-annas-browser")
    assert door.enters("anna", own)
    for _guess in range(FREE):
        assert door.tries("anna", OFFICE) is SignInRefusal
    assert door.tries("anna", OFFICE, PASSWORD) is MustWait
    assert door.tries("anna", Visitor(OFFICE.address, "a mark made up"), PASSWORD) is MustWait
    assert door.enters("anna", own)
    for _guess in range(FREE):
        assert door.tries("anna", own) is SignInRefusal
    assert door.tries("anna", own, PASSWORD) is MustWait


def test_many_addresses_together_are_held_back_and_the_owner_is_not(door: Door) -> None:
    """A login that is guessed from a hundred networks waits at strange ones only."""
    assert door.enters("anna", HOME)
    found = [door.tries("anna", Visitor(f"10.0.{number}.1")) for number in range(FROM_STRANGE_PLACES)]
    assert set(found) == {SignInRefusal}
    assert door.tries("anna", ELSEWHERE, PASSWORD) is MustWait
    assert door.enters("anna", HOME)


def test_a_wait_ends_and_grows(door: Door) -> None:
    """Fifteen seconds after the last free error, then thirty; a right answer clears the place."""
    for _guess in range(FREE):
        door.tries("anna", HOME)
    soon = NOW + timedelta(seconds=15)
    assert door.tries("anna", HOME, at=soon - timedelta(seconds=1)) is MustWait
    assert door.tries("anna", HOME, at=soon) is SignInRefusal
    assert door.tries("anna", HOME, PASSWORD, at=soon + timedelta(seconds=29)) is MustWait
    assert door.enters("anna", HOME, at=soon + timedelta(seconds=30))
    assert door.tries("anna", HOME, at=soon + timedelta(seconds=30)) is SignInRefusal


def test_wrong_old_passwords_count(door: Door) -> None:
    """Who found a browser signed in does not guess for ever; nor at the door behind it."""
    for _guess in range(FREE):
        assert (
            change_password(door.factory, ANNA, WRONG, PASSWORD, at=NOW, visitor=HOME) is WrongProof.PASSWORD
        )
    refused = change_password(door.factory, ANNA, PASSWORD, PASSWORD, at=NOW, visitor=HOME)
    assert isinstance(refused, MustWait)
    assert door.tries("anna", HOME, PASSWORD) is MustWait


def test_a_right_password_without_its_code_clears_nothing(door: Door) -> None:
    """Codes cannot be guessed for ever by sending the password alone in between."""
    secret = pyotp.random_base32()
    with transaction(door.factory) as session:
        session.get_one(CredentialRow, "anna").second = secret
    wrong = f"{(int(pyotp.TOTP(secret).at(int(NOW.timestamp()))) + 500_000) % 1_000_000:06}"
    for _guess in range(FREE):
        assert door.tries("anna", HOME, PASSWORD, "") is SignInRefusal
        assert door.tries("anna", HOME, PASSWORD, wrong) is SignInRefusal
    assert door.tries("anna", HOME, PASSWORD, wrong) is MustWait


def counted(result: str) -> float:
    return REGISTRY.get_sample_value("hotline_sign_ins_total", {"result": result}) or 0.0


def test_what_failed_stays_on_record_after_the_next_success(door: Door) -> None:
    """As an audit row, a figure and a line of the log with the address;
    what was typed as a login that is nobody's is not.
    """
    before = counted("wrong")
    with capture_logs() as lines:
        door.tries("anna", HOME)
        door.tries("a password typed as a name", HOME)
        assert door.enters("anna", HOME)
    with looking(door.factory) as session:
        rows = [row for row in audit_rows(session) if row.action == tries.FAILED]
        assert [(row.subject, row.by, row.after) for row in rows] == [
            ("staff:anna", "stranger", {"from": HOME.address, "why": "password"}),
            ("sign-in:unknown", "stranger", {"from": HOME.address, "why": "unknown"}),
        ]
        kept = [vars(row) for table in (FailureRow, KnownPlaceRow) for row in session.scalars(select(table))]
        assert "typed as a name" not in str(kept)
    assert counted("wrong") == before + 2
    told = [line for line in lines if line["event"] == "signin.failed"]
    assert [(line["address"], line["why"], line.get("login")) for line in told] == [
        (HOME.address, "password", "anna"),
        (HOME.address, "unknown", None),
    ]


def test_places_and_errors_are_forgotten_in_time(door: Door) -> None:
    """Errors after a day, places where nobody came for half a year; a login that ends is known nowhere."""
    door.tries("ben", HOME)
    assert door.enters("anna", HOME)
    with transaction(door.factory) as session:
        assert accounts.forget_old(session, NOW + timedelta(days=2)) == 1
        assert session.scalars(select(KnownPlaceRow.place)).all() == [f"known:{HOME.address}"]
        accounts.forget_old(session, NOW + timedelta(days=181))
        assert session.scalars(select(KnownPlaceRow.place)).all() == []
