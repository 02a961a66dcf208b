"""Supervisors' pages as telephones rung to listen: an account for each page (docs/decisions/0024)."""

from datetime import datetime

from sqlalchemy.orm import Session

from hotline.permissions import Action, Role
from hotline.staff.listening_pages import listening_pages
from hotline.staff.service import with_role


def user_of(login: str) -> str:
    """The SIP user of a supervisor's page."""
    return f"page-{login}"


def accounts(session: Session, at: datetime) -> dict[str, str]:
    """SIP user to password of every page that is a telephone now; only of who may listen to talks still."""
    pages = listening_pages(session, at)
    return {
        user_of(one.login): pages[one.login]
        for one in with_role(session, Role.SUPERVISOR, at)
        if one.login in pages and one.may(Action.CALL_LISTEN)
    }
