"""Administrators with a password of the house: they get in while the identity provider is away."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.store import BindingRow, CredentialRow
from hotline.errors import HotlineError
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import with_role


class NoBreakGlass(HotlineError, code="no-break-glass"):
    """A change after which no administrator could sign in while the identity provider is away."""

    login: str


def break_glass(session: Session, at: datetime) -> list[str]:
    """List the administrators with a password and a second factor of the house."""
    return [row.login for row in _with_password(session, at) if row.second]


def without_second(session: Session, at: datetime) -> list[str]:
    """List the administrators with a password and no second factor."""
    return [row.login for row in _with_password(session, at) if not row.second]


def refuse_last(session: Session, login: str, at: datetime) -> None:
    """Refuse to take the last administrator away that gets in without the identity provider, where people
    are bound to one. Raises NoBreakGlass.
    """
    if session.scalar(select(BindingRow.login).limit(1)) is None:
        return
    if {row.login for row in _with_password(session, at)} == {login}:
        raise NoBreakGlass(login)


def refuse_change(session: Session, member: Staff, at: datetime) -> None:
    """Refuse the same, where an identity is no administrator's any more. Raises NoBreakGlass."""
    if Role.ADMINISTRATOR not in member.roles:
        refuse_last(session, member.login, at)


def _with_password(session: Session, at: datetime) -> list[CredentialRow]:
    """Passwords of administrators; a login that is bound has none."""
    logins = [one.login for one in with_role(session, Role.ADMINISTRATOR, at)]
    chosen = select(CredentialRow).where(CredentialRow.login.in_(logins)).order_by(CredentialRow.login)
    return list(session.scalars(chosen))
