"""A page as the telephone of its supervisor or interpreter:
which one, with which password, until when (as ``browsers`` for agents).

A password is made at each sign-on and told to that page alone, so the page before can neither register again
nor take the telephone back without being asked to.
"""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError
from hotline.staff.browsers import STAYS
from hotline.staff.rules import Staff
from hotline.staff.store import ListeningPage


class PageSuperseded(HotlineError, code="superseded"):
    """A page that is this supervisor's telephone no more: another is, or none."""

    login: str


def sign_on(session: Session, member: Staff, at: datetime) -> str:
    """Make this page the telephone, and no other: its password."""
    secret = secrets.token_urlsafe(24)
    session.merge(ListeningPage(login=member.login, secret=secret, until=at + STAYS))
    return secret


def stay(session: Session, member: Staff, secret: str, at: datetime) -> None:
    """Keep the page alive; one that slept is the telephone again. Raises PageSuperseded."""
    row = session.get(ListeningPage, member.login)
    if row is None or row.secret != secret:
        raise PageSuperseded(member.login)
    row.until = at + STAYS


def sign_off(session: Session, member: Staff, secret: str) -> None:
    """End the page as a telephone. Nothing when another page took over."""
    row = session.get(ListeningPage, member.login)
    if row and row.secret == secret:
        session.delete(row)


def listening_pages(session: Session, at: datetime) -> dict[str, str]:
    """Login to password of everybody whose telephone is such a page now."""
    return {
        row.login: row.secret
        for row in session.scalars(select(ListeningPage).where(ListeningPage.until > at))
    }
