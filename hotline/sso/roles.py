"""Roles that claims give to a login: written into its row in the ledger, beside those given here."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.accounts.bindings import BY_PROVIDER
from hotline.accounts.store import BindingRow
from hotline.ledger import history
from hotline.ledger.periods import Period
from hotline.permissions import Role, roles_of
from hotline.sso.rules import Claims, RoleRule, mapped
from hotline.staff.rules import Staff
from hotline.staff.service import member_of, set_staff
from hotline.staff.store import StaffRow


def settle(
    session: Session, row: BindingRow, rules: Iterable[RoleRule], claims: Claims, at: datetime
) -> Staff | None:
    """Give a login the roles that its claims give now, and no others by claims; the login's holder then.

    None where nobody holds it. Audited as a change of the staff. Raises BadClaim.
    """
    return _write(session, row, mapped(rules, claims), at, BY_PROVIDER)


def take_back(session: Session, row: BindingRow, at: datetime, by: str, role: Role | None = None) -> None:
    """Take away what claims alone gave: all of it, or one role. Audited."""
    kept = roles_of(row.roles) - {role} if role else frozenset()
    _write(session, row, kept, at, by)


def _write(session: Session, row: BindingRow, given: frozenset[Role], at: datetime, by: str) -> Staff | None:
    current = history.in_force(session, StaffRow, row.login, at)
    if current is None:
        return None
    member = member_of(current)
    own = member.roles - roles_of(row.roles)
    row.roles = sorted(map(str, given - own))
    settled = replace(member, roles=own | given)
    if settled.roles != member.roles:
        period = Period(at, current.valid_to)
        set_staff(session, settled, period, at=at, by=by, reason="claims of single sign-on")
    return settled
