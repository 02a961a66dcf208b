"""Keys with which programs act for a login: shown once, ended with the login, by a date, or by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hotline.accounts import keys
from hotline.accounts.endings import end_staff
from hotline.accounts.keys import EndedBefore, UnknownKey
from hotline.accounts.store import ApiAnswerRow, ApiKeyRow
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import UnknownStaff, set_staff

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
PROGRAM = Staff("program", "示範程式", frozenset((Role.LIAISON,)), agency="epb")


@pytest.fixture
def staffed(factory: Sessions) -> Sessions:
    with transaction(factory) as session:
        set_staff(session, PROGRAM, Period(NOW - timedelta(days=1)), at=NOW, by="test")
    return factory


def made(factory: Sessions, ends_at: datetime | None = None) -> str:
    with transaction(factory) as session:
        return keys.make(session, "program", "directory sync", at=NOW, by="admin", ends_at=ends_at)


def works(factory: Sessions, key: str, at: datetime = NOW) -> bool:
    with transaction(factory) as session:
        found = keys.holder(session, key, at)
        return found is not None and found.staff == PROGRAM


def test_a_key_acts_for_its_login_and_is_kept_as_a_hash(staffed: Sessions) -> None:
    """Neither the row nor the audit log holds it."""
    key = made(staffed)
    assert works(staffed, key) and not works(staffed, key + "x") and not works(staffed, "")
    with transaction(staffed) as session:
        row = session.scalars(select(ApiKeyRow)).one()
        told = audit_rows(session, subject="staff:program")[-1]
    assert key not in str(vars(row)) and key not in str(vars(told))
    assert told.by == "admin" and told.after and told.after["purpose"] == "directory sync"


def test_a_key_ends_at_its_date(staffed: Sessions) -> None:
    """At that instant it works no more; one that would never have worked is not made."""
    key = made(staffed, LATER)
    assert works(staffed, key, LATER - timedelta(seconds=1)) and not works(staffed, key, LATER)
    with pytest.raises(EndedBefore):
        made(staffed, NOW)


def test_a_key_ends_with_its_login(staffed: Sessions) -> None:
    """And none is made for nobody."""
    key = made(staffed)
    with transaction(staffed) as session:
        end_staff(session, "program", LATER, at=NOW, by="test")
    assert works(staffed, key) and not works(staffed, key, LATER)
    with pytest.raises(UnknownStaff), transaction(staffed) as session:
        keys.make(session, "nobody", "x", at=NOW, by="admin")


def test_a_revoked_key_works_no_more(staffed: Sessions) -> None:
    """Once more is harmless; another login's is not found."""
    key = made(staffed)
    with transaction(staffed) as session:
        number = keys.keys_of(session, "program")[0].id
        with pytest.raises(UnknownKey):
            keys.revoke(session, "admin", number, at=NOW, by="admin")
        for _again in range(2):
            keys.revoke(session, "program", number, at=NOW, by="admin", reason="lost")
        assert [row.reason for row in audit_rows(session, subject="staff:program")].count("lost") == 1
    assert not works(staffed, key)


def test_the_last_use_is_noted_once_a_minute(staffed: Sessions) -> None:
    """So that reading stays reading."""
    key = made(staffed)
    with transaction(staffed) as session:
        found = keys.holder(session, key, NOW)
        assert found and found.is_due_a_note
        keys.note_use(session, found.key, NOW)
    with transaction(staffed) as session:
        soon = keys.holder(session, key, NOW + timedelta(seconds=59))
        late = keys.holder(session, key, NOW + timedelta(seconds=61))
        assert soon and not soon.is_due_a_note and late and late.is_due_a_note


def test_answers_are_forgotten_after_a_day(staffed: Sessions) -> None:
    """Until then the same deed asked again is answered alike."""
    with transaction(staffed) as session:
        for hours in (1, 25):
            session.add(
                ApiAnswerRow(
                    key=1, name=str(hours), asked="", at=NOW - timedelta(hours=hours), headers={}, body=""
                )
            )
    with transaction(staffed) as session:
        assert keys.forget_answers(session, NOW) == 1
        assert session.scalars(select(ApiAnswerRow.name)).all() == ["1"]
