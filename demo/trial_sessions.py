"""Sessions that began by a link of the demo: they last while everybody is fictional."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.seed import is_fictional
from hotline.accounts.seconds import digest
from hotline.accounts.store import SessionRow, end_sessions

BY_LINK: Final = "demo"
"""``provider_session`` of such a session; no identity provider had a part in it."""


def is_by_link(session: Session, token: str) -> bool:
    """Tell whether a cookie's session began by a link and still counts."""
    row = session.get(SessionRow, digest(token)) if token else None
    return row is not None and row.ended_at is None and row.provider_session == BY_LINK


def end_in_real_city(session: Session, at: datetime) -> None:
    """End them all once one real person is on the staff or in the directory."""
    by_link = SessionRow.provider_session == BY_LINK
    begun = session.scalars(select(SessionRow.login).where(by_link, SessionRow.ended_at.is_(None)).distinct())
    logins = begun.all()
    if logins and not is_fictional(session, at):
        for login in logins:
            end_sessions(session, login, at, by_link)
