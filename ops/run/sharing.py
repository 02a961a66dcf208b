"""Passwords that the machines over one database have in common."""

from typing import Final

from sqlalchemy.orm import Session

from control.ami import ManagerAccount
from control.passwords import share
from hotline.settings import Settings

SHARED: Final = (
    *("citizen", "visitor", "visitor-accounts", "strangers", "twilio", "turn"),
    *("video-proof", "case-tracking"),
)
"""Names of passwords by which one machine knows what another one has made."""


def share_secrets(session: Session, settings: Settings) -> None:
    """Take what the first machine made; one that has its database for itself has its own."""
    if settings.database_file is None:
        share(session, settings, (*SHARED, *(one.password for one in ManagerAccount), *settings.supervisors))
