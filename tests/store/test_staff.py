"""Who is on the staff and may do what, and the audit log that nobody changes, on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hotline.accounts.endings import end_staff
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit, audit_rows
from hotline.ledger.periods import Period
from hotline.permissions import Action, Role
from hotline.sheets.columns import UnfitRow
from hotline.staff.rules import Staff
from hotline.staff.service import (
    NotPermitted,
    UnknownStaff,
    is_nobody,
    permitted,
    set_staff,
    staff,
    with_role,
)
from tests.store.small_city import START, hour


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as session:
        yield session


def test_unknown_and_not_permitted_people_are_told_apart(session: Session) -> None:
    """Each with what to do."""
    member = Staff("liaison-epb", "示範", frozenset({Role.LIAISON}), agency="epb", phone="5112")
    assert is_nobody(session)
    assert set_staff(session, member, Period(START), at=START, by="admin-1")
    assert not is_nobody(session) and staff(session, "liaison-epb", hour(1)) == member
    assert permitted(session, "liaison-epb", Action.DIRECTORY_FORWARD, START, "epb") == member
    with pytest.raises(NotPermitted, match="agency=pwd"):
        permitted(session, "liaison-epb", Action.DIRECTORY_FORWARD, START, "pwd")
    with pytest.raises(NotPermitted, match=r"call\.authorise"):
        permitted(session, "liaison-epb", Action.CALL_AUTHORISE, START)
    with pytest.raises(UnknownStaff):
        permitted(session, "nobody", Action.REPORT_READ, START)
    with pytest.raises(UnknownStaff):
        staff(session, "liaison-epb", hour(-1))


@pytest.mark.parametrize("login", ["a,b=c", "x y", "../mei", "Mei", "界", "-x", "m" * 65])
def test_a_login_is_a_word_that_asterisk_and_files_take(session: Session, login: str) -> None:
    """It names who rings a citizen: the dialplan lets nothing else through, and a file has the same rule."""
    with pytest.raises(UnfitRow, match="kind=staff column=login"):
        set_staff(
            session, Staff(login, "示範", frozenset({Role.OFFICER})), Period(START), at=START, by="admin-1"
        )
    assert is_nobody(session)


def test_who_left_may_nothing_and_stays_on_record(session: Session) -> None:
    """From the date on; roles of the day count."""
    member = Staff("s", "示範", frozenset({Role.SUPERVISOR, Role.AGENT}))
    set_staff(session, member, Period(START), at=START, by="admin-1")
    assert [one.login for one in with_role(session, Role.SUPERVISOR, hour(1))] == ["s"]
    end_staff(session, "s", hour(2), at=hour(1), by="admin-1", reason="moved")
    assert staff(session, "s", hour(1.9)) == member and with_role(session, Role.SUPERVISOR, hour(2)) == []
    with pytest.raises(UnknownStaff):
        permitted(session, "s", Action.CALL_ASK, hour(2))
    assert [deed.reason for deed in audit_rows(session, subject="staff:s")] == ["", "moved"]


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log"])
def test_P0_a_nobody_changes_the_audit_log(factory: Sessions, statement: str) -> None:
    """Not even by hand in the database."""
    with transaction(factory) as session:
        audit(session, at=START, by="x", action="a.b", subject="c:d", after={"at": START, "kind": Role.AGENT})
    with pytest.raises(DBAPIError, match="only added to"), transaction(factory) as session:
        session.execute(text(statement))
    with transaction(factory) as session:
        (deed,) = audit_rows(session)
        assert deed.after == {"at": START.isoformat(), "kind": "agent"} and deed.before is None
