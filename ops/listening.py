"""Supervisors' pages as telephones that are rung to listen: an account each, of the hour (docs/decisions/0024)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from hotline.settings import Settings
from hotline.staff.rules import Action, Role
from hotline.staff.service import with_role
from ops.passwords import SPAN, of_hour

NAME: Final = "listener"
"""Of the secret that the passwords are made of."""


@dataclass(frozen=True, slots=True)
class Account:
    """A page's, as Asterisk knows it; ``before`` counts for pages still open when the hour turned."""

    user: str
    now: str
    before: str


def user_of(login: str) -> str:
    """The SIP user of a supervisor's page."""
    return f"page-{login}"


def password_at(settings: Settings, login: str, at: datetime) -> str:
    """The password of a supervisor's page in the hour of ``at``."""
    return of_hour(settings, NAME, at, login)


def accounts_at(settings: Settings, logins: Iterable[str], at: datetime) -> list[Account]:
    """Those that count at an instant."""
    return [
        Account(user_of(one), password_at(settings, one, at), password_at(settings, one, at - SPAN))
        for one in logins
    ]


def may_listen(session: Session, at: datetime) -> list[str]:
    """Logins of everybody who may listen to talks."""
    return [one.login for one in with_role(session, Role.SUPERVISOR, at) if one.may(Action.CALL_LISTEN)]
