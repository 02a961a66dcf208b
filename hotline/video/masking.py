"""What of accounts and sessions of the sign-language service is personal, and goes one day (P4.12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule, blank, emptied
from hotline.video.accounts import AccountState
from hotline.video.rules import OPEN
from hotline.video.store import VideoAccount, VideoSession


def _is_account_needed(_session: Session) -> ColumnElement[bool]:
    return VideoAccount.state.not_in((AccountState.CLOSED, AccountState.REFUSED))


def _is_session_needed(_session: Session) -> ColumnElement[bool]:
    return VideoSession.state.in_(OPEN)


def _empty_account(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, VideoAccount.id, ids, blank("name", "contact", "reason", "password"))


def _empty_session(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, VideoSession.id, ids, blank("officer", "topic"))


ACCOUNTS: Final = MaskRule(
    RetentionKind.VIDEO,
    VideoAccount.id,
    VideoAccount.ended_at,
    VideoAccount.masked_at,
    _is_account_needed,
    _empty_account,
    since=VideoAccount.applied_at,
)
SESSIONS: Final = MaskRule(
    RetentionKind.VIDEO,
    VideoSession.id,
    VideoSession.ended_at,
    VideoSession.masked_at,
    _is_session_needed,
    _empty_session,
    since=VideoSession.requested_at,
)
