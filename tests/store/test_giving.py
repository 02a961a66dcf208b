"""Roles that approve what others do are given by two administrators, whichever way they would come."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from hotline.accounts.endings import end_staff
from hotline.db import Sessions, transaction
from hotline.directory.files.importing import import_files, read_content
from hotline.ledger.audit import audit_rows
from hotline.ledger.changes import ChangeContext
from hotline.ledger.periods import Period
from hotline.ledger.versions import ChangedMeanwhile
from hotline.permissions import GIVEN_BY_TWO, Role
from hotline.sheets.faults import BadSheets, SheetFaultKind
from hotline.staff import role_grants
from hotline.staff.role_grants import (
    DecidedAlready,
    NeedsTwo,
    NotAnother,
    ProposalState,
    confirm,
    give,
    open_proposals,
)
from hotline.staff.rules import Staff, needs_two
from hotline.staff.service import MoreThanOwn, NotPermitted, UnknownStaff, set_staff, staff

pytestmark = pytest.mark.dialects

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SOON, LATER = NOW + timedelta(hours=1), NOW + timedelta(days=7)
LONG_AGO = Period(NOW - timedelta(days=30))
BEN = Staff("ben", "王示範", frozenset((Role.OFFICER,)), email="ben@city.example")
ADMINS = [Staff(f"admin-{n}", f"示範管理員{n}", frozenset((Role.ADMINISTRATOR,))) for n in (1, 2)]


def with_roles(*roles: Role, email: str = BEN.email) -> Staff:
    return Staff(BEN.login, BEN.name, frozenset(roles), email=email)


@pytest.fixture
def staffed(factory: Sessions) -> Sessions:
    with transaction(factory) as session:
        for member in (BEN, *ADMINS):
            set_staff(session, member, LONG_AGO, at=LONG_AGO.since, by="test")
    return factory


def roles(session: Session, at: datetime) -> frozenset[Role]:
    return staff(session, "ben", at).roles


@pytest.mark.parametrize("role", sorted(GIVEN_BY_TWO))
def test_one_proposes_and_another_confirms(staffed: Sessions, role: Role) -> None:
    """Until then nothing is changed; neither the first nor whom it is about confirms; both are on record."""
    member = with_roles(Role.OFFICER, role)
    with transaction(staffed) as session:
        number = give(session, member, Period(NOW), at=NOW, by="admin-1", reason="升任")
        assert number and roles(session, SOON) == BEN.roles
        for by, refusal in (("admin-1", NotAnother), ("ben", NotPermitted), ("nobody", UnknownStaff)):
            with pytest.raises(refusal):
                confirm(session, number, at=SOON, by=by)
    with transaction(staffed) as session:
        assert confirm(session, number, at=SOON, by="admin-2").member == member
    with transaction(staffed) as session:
        assert roles(session, SOON) == member.roles and roles(session, NOW) == BEN.roles
        assert (
            open_proposals(session) == [] and role_grants.proposal_of(session, number).decided_by == "admin-2"
        )
        told = [(row.action, row.by) for row in audit_rows(session, subject="staff:ben")[-3:]]
        with pytest.raises(DecidedAlready):
            confirm(session, number, at=SOON, by="admin-2")
    assert told == [("staff.change", "admin-1"), ("staff.change", "admin-1"), ("staff.confirm", "admin-2")]


def test_a_proposal_is_refused_and_nothing_is_written(staffed: Sessions) -> None:
    """By the other, or withdrawn by who proposed it."""
    for by in ("admin-2", "admin-1"):
        with transaction(staffed) as session:
            number = give(session, with_roles(Role.APPROVER), Period(NOW), at=NOW, by="admin-1")
            assert number
            assert role_grants.refuse(session, number, "no", at=SOON, by=by).state is ProposalState.REFUSED
            with pytest.raises(DecidedAlready):
                confirm(session, number, at=SOON, by="admin-2")
            assert roles(session, SOON) == BEN.roles


def test_what_was_changed_meanwhile_is_not_written_over(staffed: Sessions) -> None:
    """Nor does a proposal outlive the right of who made it."""
    with transaction(staffed) as session:
        number = give(session, with_roles(Role.SUPERVISOR), Period(NOW), at=NOW, by="admin-1")
        other = give(
            session, Staff("cleo", "示範", frozenset((Role.SUPERVISOR,))), Period(NOW), at=NOW, by="admin-1"
        )
        assert number and other
        assert give(session, with_roles(Role.MANAGER), Period(NOW), at=NOW, by="admin-2") is None
    with pytest.raises(ChangedMeanwhile), transaction(staffed) as session:
        confirm(session, number, at=SOON, by="admin-2")
    with transaction(staffed) as session:
        end_staff(session, "admin-1", SOON, at=SOON, by="admin-2")
    with pytest.raises(UnknownStaff), transaction(staffed) as session:
        confirm(session, other, at=LATER, by="admin-2")


def test_a_date_that_has_passed_counts_from_the_confirmation(staffed: Sessions) -> None:
    """One that is still to come stays."""
    for since, at, begins in ((NOW, SOON, SOON), (LATER, SOON, LATER)):
        with transaction(staffed) as session:
            member = (
                with_roles(Role.SUPERVISOR) if since == NOW else with_roles(Role.SUPERVISOR, Role.APPROVER)
            )
            number = give(session, member, Period(since), at=NOW, by="admin-1")
            assert number
            confirm(session, number, at=at, by="admin-2")
            assert roles(session, begins) == member.roles != roles(session, begins - timedelta(seconds=1))


def test_other_changes_need_one(staffed: Sessions) -> None:
    """Other roles, a supervisor's telephone, fewer roles; nobody gives themselves more by asking."""
    supervisor = with_roles(Role.SUPERVISOR)
    with transaction(staffed) as session:
        set_staff(session, supervisor, Period(NOW), at=NOW, by="test")
        again = Staff("ben", BEN.name, supervisor.roles, phone="1991", email=BEN.email)
        assert give(session, again, Period(SOON), at=NOW, by="admin-1") is None
        assert give(session, with_roles(Role.LIAISON), Period(LATER), at=NOW, by="admin-1") is None
        own = Staff("admin-1", ADMINS[0].name, frozenset((Role.ADMINISTRATOR, Role.APPROVER)))
        with pytest.raises(MoreThanOwn):
            give(session, own, Period(NOW), at=NOW, by="admin-1")


def test_the_address_of_an_approver_needs_two(staffed: Sessions) -> None:
    """Who changes it alone could have the link for a new password sent there."""
    with transaction(staffed) as session:
        set_staff(session, with_roles(Role.APPROVER), Period(NOW), at=NOW, by="test")
        stolen = with_roles(Role.APPROVER, email="other@city.example")
        assert give(session, stolen, Period(SOON), at=SOON, by="admin-1")
        assert (
            give(
                session,
                with_roles(Role.OFFICER, email="other@city.example"),
                Period(SOON),
                at=SOON,
                by="admin-1",
            )
            is None
        )


@pytest.mark.parametrize(
    "line",
    [
        "ben,王示範,officer;supervisor,ben@city.example",
        "cleo,示範新人,approver,",
        "admin-2,示範管理員2,administrator,new@city.example",
    ],
)
def test_no_file_gives_such_a_role(staffed: Sessions, line: str) -> None:
    """The line is told, and nothing is written; what somebody has already is no gift."""
    head = "login,name,roles,email\n"
    file = head + f"ben,{BEN.name},officer,{BEN.email}\nadmin-1,示範管理員1,administrator,\n"
    pen = ChangeContext(SOON, "admin-1", "directory.import")
    with pytest.raises(BadSheets) as refused, transaction(staffed) as session:
        import_files(session, read_content("staff.csv", (head + line + "\n").encode()), SOON, pen)
    assert [(fault.wrong, fault.line) for fault in refused.value.faults] == [(SheetFaultKind.NEEDS_TWO, 2)]
    with transaction(staffed) as session:
        assert import_files(session, read_content("staff.csv", file.encode()), SOON, pen) == []


def test_what_one_takes_away_no_undo_of_one_brings_back(staffed: Sessions) -> None:
    """The rows of before and after an undo are compared as those of a change."""
    with transaction(staffed) as session:
        set_staff(session, with_roles(Role.APPROVER), Period(NOW), at=NOW, by="test")
        had = role_grants.history.counting(session, role_grants.StaffRow, "ben")
        set_staff(session, with_roles(Role.OFFICER), Period(SOON), at=SOON, by="admin-1")
        has = role_grants.history.counting(session, role_grants.StaffRow, "ben")
        with pytest.raises(NeedsTwo):
            role_grants.refuse_alone({"ben": has}, {"ben": had}, SOON)
        role_grants.refuse_alone({"ben": had}, {"ben": has}, SOON)


def test_a_gap_is_a_gift_and_what_is_held_throughout_is_none() -> None:
    """Also where several rows say so, one after the other."""
    chief = with_roles(Role.SUPERVISOR)
    parts = [(Period(NOW, SOON), chief), (Period(SOON), chief)]
    assert not needs_two(parts, chief, Period(NOW))
    assert needs_two(parts[:1], chief, Period(NOW)) and needs_two(parts[1:], chief, Period(NOW))
    assert needs_two([], chief, Period(NOW)) and not needs_two([], BEN, Period(NOW))
