"""Bindings of logins to the city's identity provider: what ends, and what stands still, by its word.

Such a login has no password here, so that an account which ends there is shut here too. Accounts for when the
provider is away are those that are not bound.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hotline.accounts.store import (
    BindingRow,
    CredentialRow,
    InvitationRow,
    KnownPlaceRow,
    RecoveryCodeRow,
    end_sessions,
)
from hotline.errors import HotlineError
from hotline.ledger import history
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.browsers import forget_pages
from hotline.staff.store import StaffRow

BY_PROVIDER: Final = "sso"
"""The author, in the audit log, of what the word of the identity provider changed."""


class BoundLogin(HotlineError, code="bound-login"):
    """A login that signs in by the identity provider, and so has no password here."""

    login: str


def binding(session: Session, login: str) -> BindingRow | None:
    """The subject to which a login is bound, if it is."""
    return session.get(BindingRow, login)


def refuse_bound(session: Session, login: str) -> None:
    """Refuse what only logins with a password of the house have. Raises BoundLogin."""
    if binding(session, login):
        raise BoundLogin(login)


def stands_still(session: Session, login: str, at: datetime) -> bool:
    """Tell whether keys and telephones of a login wait for the identity provider's word."""
    row = binding(session, login)
    return row is not None and row.holds_until <= at


def still_phones(session: Session, at: datetime) -> frozenset[str]:
    """Telephones of which every holder's login stands still."""
    waiting = set(session.scalars(select(BindingRow.login).where(BindingRow.holds_until <= at)))
    if not waiting:
        return frozenset()
    rows = [row for row in history.all_in_force(session, StaffRow, at) if row.phone]
    awake = {row.phone for row in rows if row.key not in waiting}
    return frozenset(row.phone for row in rows if row.key in waiting) - awake


def destroy_passwords(session: Session, login: str, at: datetime) -> None:
    """Destroy every proof by which a login signs in with a password, and end its sessions; keys stay."""
    unused = InvitationRow.login == login, InvitationRow.used_at.is_(None), InvitationRow.ends_at > at
    session.execute(update(InvitationRow).where(*unused).values(ends_at=at))
    for table in (CredentialRow, KnownPlaceRow, RecoveryCodeRow):
        session.execute(delete(table).where(table.login == login))
    end_sessions(session, login, at)


def withdraw(session: Session, row: BindingRow, why: str, at: datetime) -> None:
    """Take the identity provider's refusal: sessions end; keys and telephones stand still until it confirms
    the login again. Audited.
    """
    row.holds_until = min(row.holds_until, at)
    after = {"ended": end_sessions(session, row.login, at), "still": ["keys", "telephones"]}
    forget_pages(session, row.login, at)
    audit(session, at, BY_PROVIDER, Action.STAFF_SIGN_OUT, f"staff:{row.login}", after=after, reason=why)
