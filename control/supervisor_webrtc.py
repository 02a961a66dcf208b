"""Pages as telephones, an account for each (docs/decisions/0024):
supervisors', rung to listen, and interpreters', rung to relay.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from hotline.permissions import Action, Role
from hotline.staff.listening_pages import listening_pages
from hotline.staff.service import with_role


def user_of(login: str) -> str:
    """The SIP user of a supervisor's or interpreter's page."""
    return f"page-{login}"


def accounts(session: Session, at: datetime) -> dict[str, str]:
    """SIP user to password of every supervisor page that is a telephone; only of who may listen still."""
    return _pages(session, Role.SUPERVISOR, Action.CALL_LISTEN, at)


def relay_accounts(session: Session, at: datetime) -> dict[str, str]:
    """The same of interpreters' pages, which nobody rings but the interpreter (§14)."""
    return _pages(session, Role.INTERPRETER, Action.VIDEO_SERVE, at)


def _pages(session: Session, role: Role, action: Action, at: datetime) -> dict[str, str]:
    pages = listening_pages(session, at)
    return {
        user_of(one.login): pages[one.login]
        for one in with_role(session, role, at)
        if one.login in pages and one.may(action)
    }
