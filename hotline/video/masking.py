"""What of accounts and sessions of the sign-language service is personal, and goes one day (P4.12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, or_
from sqlalchemy.orm import Session

from hotline.legal_holds import HeldRecord, is_held
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule, blank, emptied
from hotline.video.accounts import AccountState
from hotline.video.rules import OPEN
from hotline.video.store import VideoAccount, VideoSession

HELD: Final = is_held(HeldRecord.CALL, VideoSession.call_id)
"""Condition that a session is held, with its telephone call."""
HELD_ACCOUNT: Final = exists().where(VideoSession.account == VideoAccount.id, HELD)
"""Condition that a session of an account is: whose it was is found by the account."""


def _is_account_needed(_session: Session) -> ColumnElement[bool]:
    return or_(VideoAccount.state.not_in((AccountState.CLOSED, AccountState.REFUSED)), HELD_ACCOUNT)


def _is_session_needed(_session: Session) -> ColumnElement[bool]:
    return or_(VideoSession.state.in_(OPEN), HELD)


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
