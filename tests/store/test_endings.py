"""A login that ends takes its proofs with it, is given to nobody else, and comes back with none of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from administration import undo
from hotline.accounts import endings, keys
from hotline.accounts.endings import end_staff
from hotline.accounts.service import (
    BadInvitation,
    SignIn,
    SignInRefusal,
    accept,
    invite,
    invited,
    present,
    sign_in,
)
from hotline.accounts.store import CredentialRow
from hotline.accounts.tries import Visitor
from hotline.db import Sessions, looking, transaction
from hotline.directory.files.importing import import_files, read_content
from hotline.ledger.audit import audit_rows
from hotline.ledger.changes import ChangeContext
from hotline.ledger.periods import Period
from hotline.ledger.store import EntryRow
from hotline.permissions import Role
from hotline.sheets.faults import BadSheets, SheetFaultKind
from hotline.staff.rules import Staff
from hotline.staff.service import OtherPerson, set_staff
from tests.doors.console import PASSWORD

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
LATER = NOW + timedelta(days=1)
ANNA = Staff("anna", "林示範", frozenset((Role.OFFICER,)))
OTHER = Staff("anna", "陳示範", frozenset((Role.OFFICER,)))
BOSS = Staff("boss", "示範管理員", frozenset((Role.ADMINISTRATOR,)))
OTHERS = f"login,name,roles\nboss,{BOSS.name},administrator\n"


class Proofs:
    """A password, a session, a key and an open link of one login."""

    def __init__(self, factory: Sessions, at: datetime) -> None:
        self.factory = factory
        with transaction(factory) as session:
            link = invite(session, "anna", at=at, by="boss")
        accept(factory, link, PASSWORD, at=at)
        signed = self.signs_in(at)
        assert isinstance(signed, SignIn)
        self.token = signed.token
        with transaction(factory) as session:
            self.key = keys.make(session, "anna", "program", at=at, by="boss")
            self.link = invite(session, "anna", at=at, by="boss")

    def signs_in(self, at: datetime) -> object:
        return sign_in(
            self.factory, "anna", PASSWORD, "", at=at, visitor=Visitor("192.0.2.1"), browser="test"
        )

    def working(self, at: datetime) -> set[str]:
        """Which of them still let somebody in."""
        found = set[str]()
        with looking(self.factory) as session:
            found |= {"session"} if present(session, self.token, at) else set()
            found |= {"key"} if keys.holder(session, self.key, at) else set()
            try:
                invited(session, self.link, at)
                found.add("link")
            except BadInvitation:
                pass
        return found | ({"password"} if not isinstance(self.signs_in(at), SignInRefusal) else set())


@pytest.fixture
def proofs(factory: Sessions) -> Proofs:
    with transaction(factory) as session:
        for member in (BOSS, ANNA):
            set_staff(session, member, Period(NOW - timedelta(days=9)), at=NOW, by="test")
    made = Proofs(factory, NOW)
    assert made.working(NOW) == {"session", "key", "link", "password"}
    return made


def by_command(session: Session, at: datetime) -> None:
    end_staff(session, "anna", at, at=at, by="boss")


def by_file(session: Session, at: datetime) -> None:
    files = read_content("staff.csv", OTHERS.encode())
    import_files(session, files, at, ChangeContext(at, "boss", "directory.import"), complete=True)


def by_undo(session: Session, at: datetime) -> None:
    number = session.scalars(select(EntryRow.id).order_by(EntryRow.id.desc())).first()
    assert number is not None
    undo.undo(session, number, ChangeContext(at, "boss", "staff.change"))


@pytest.mark.parametrize("end", [by_command, by_file, by_undo])
def test_a_login_given_again_has_nothing_of_what_it_had(
    proofs: Proofs, end: Callable[[Session, datetime], None]
) -> None:
    """However it ended, also when the same person has it again at that very instant:
    invited anew, or not let in.
    """
    with transaction(proofs.factory) as session:
        end(session, SOON)
        set_staff(session, ANNA, Period(SOON), at=SOON, by="boss")
    assert proofs.working(SOON) == set()
    with transaction(proofs.factory) as session:
        link = invite(session, "anna", at=SOON, by="boss")
        told = [
            row.after for row in audit_rows(session, subject="staff:anna") if row.action == "staff.sign-out"
        ]
    assert [sorted(name for name, count in (after or {}).items() if count) for after in told] == [
        ["keys", "links", "password", "sessions"]
    ]
    accept(proofs.factory, link, PASSWORD, at=SOON)
    assert proofs.working(SOON) == {"password"}


def test_an_end_that_was_planned_is_an_end_when_it_comes(proofs: Proofs) -> None:
    """Until then all works; from then on nothing, whether the job has run since or not."""
    with transaction(proofs.factory) as session:
        end_staff(session, "anna", LATER, at=NOW, by="boss")
        set_staff(session, ANNA, Period(LATER + timedelta(hours=1)), at=NOW, by="boss")
    assert proofs.working(LATER - timedelta(hours=20)) == {"key", "link", "password"}
    back = LATER + timedelta(hours=2)
    assert proofs.working(LATER) == set() and proofs.working(back) == set()


def test_a_planned_end_destroys_when_it_comes(proofs: Proofs) -> None:
    """The job finds it, once; the row with the password is gone."""
    with transaction(proofs.factory) as session:
        end_staff(session, "anna", LATER, at=NOW, by="boss")
        assert not endings.is_due(session, NOW)
    with transaction(proofs.factory) as session:
        assert endings.is_due(session, LATER)
        assert endings.destroy_ended(session, LATER) == 1
    with transaction(proofs.factory) as session:
        assert session.get(CredentialRow, "anna") is None and not endings.is_due(session, LATER)


def test_an_end_that_is_taken_back_later_brings_nothing_back(proofs: Proofs) -> None:
    """The login is as if it had never ended; who has it proves anew who they are."""
    with transaction(proofs.factory) as session:
        end_staff(session, "anna", SOON, at=SOON, by="boss")
    with transaction(proofs.factory) as session:
        by_undo(session, SOON + timedelta(minutes=1))
    assert proofs.working(SOON + timedelta(minutes=2)) == set()


def test_a_login_written_again_for_earlier_times_closes_no_gap(proofs: Proofs) -> None:
    """What was known meanwhile counts: nobody had it, also when the rows say otherwise afterwards."""
    with transaction(proofs.factory) as session:
        end_staff(session, "anna", SOON, at=NOW, by="boss")
    with transaction(proofs.factory) as session:
        set_staff(session, ANNA, Period(NOW), at=LATER, by="boss")
    assert proofs.working(LATER) == set()


def test_a_change_of_roles_ends_nothing(proofs: Proofs) -> None:
    """The same person goes on."""
    with transaction(proofs.factory) as session:
        more = Staff("anna", ANNA.name, frozenset((Role.OFFICER, Role.MANAGER)))
        set_staff(session, more, Period(NOW + timedelta(minutes=5)), at=NOW + timedelta(minutes=1), by="boss")
    assert proofs.working(NOW + timedelta(minutes=20)) == {"session", "key", "link", "password"}


def test_a_login_is_never_given_to_another_person(proofs: Proofs) -> None:
    """Neither while somebody has it nor afterwards;
    the same person comes back, however the name is spaced.
    """
    factory = proofs.factory
    with pytest.raises(OtherPerson), transaction(factory) as session:
        set_staff(session, OTHER, Period(SOON), at=NOW, by="boss")
    with transaction(factory) as session:
        end_staff(session, "anna", SOON, at=NOW, by="boss")
    for at in (NOW, LATER):
        for renamed in (False, True):
            with pytest.raises(OtherPerson), transaction(factory) as session:
                set_staff(session, OTHER, Period(LATER), at=at, by="boss", renamed=renamed)
    with transaction(factory) as session:
        assert set_staff(session, Staff("anna", "林 示範", ANNA.roles), Period(LATER), at=LATER, by="boss")


def test_a_file_gives_no_login_to_another_person(proofs: Proofs) -> None:
    """The line and the name it belongs to are told, and nothing is written."""
    file = (OTHERS + f"anna,{OTHER.name},officer\n").encode()
    with pytest.raises(BadSheets) as refused, transaction(proofs.factory) as session:
        pen = ChangeContext(SOON, "boss", "directory.import")
        import_files(session, read_content("staff.csv", file), SOON, pen)
    (fault,) = refused.value.faults
    assert (fault.wrong, fault.line, fault.facts["name"]) == (SheetFaultKind.OTHER_PERSON, 3, ANNA.name)


def test_the_same_person_may_change_their_name(proofs: Proofs) -> None:
    """It is said so, and goes on record; password and session stay."""
    with transaction(proofs.factory) as session:
        set_staff(session, OTHER, Period(SOON), at=SOON, by="boss", reason="結婚", renamed=True)
    assert "password" in proofs.working(SOON)
    with pytest.raises(OtherPerson), transaction(proofs.factory) as session:
        set_staff(session, ANNA, Period(LATER), at=LATER, by="boss")
