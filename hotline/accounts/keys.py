"""Keys for programs that act for a login: shown once, kept as a hash, ended with it, by date or by hand."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hotline.accounts.bindings import stands_still
from hotline.accounts.store import ApiAnswerRow, ApiKeyRow
from hotline.db import execute, numbered
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.rules import Staff
from hotline.staff.service import UnknownStaff, staff, tenure
from hotline.terms import named

MARK: Final = "hotline_"
"""How a key begins, so that whoever finds one in a file knows whose it is."""
NOTED: Final = timedelta(minutes=1)
"""A key in use is written down at most so often."""
REMEMBERED: Final = timedelta(days=1)
"""Answers to named deeds are kept for so long."""


@named("key-scope")
class KeyScope(StrEnum):
    """Scope of a key: the doors that it opens."""

    ALL = "all"
    """Everything that its login may, by the API."""
    OPEN311 = "open311"
    """To send reports by Open311, and nothing else."""


class UnknownKey(HotlineError, code="unknown-key"):
    """A key that its login does not have."""

    number: int
    login: str


class EndedBefore(HotlineError, code="ended-before"):
    """A key, or a letter about unfounded reports, that would never hold."""

    ends_at: datetime


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whom a key acts for; ``is_due_a_note``: its use is to be written down again."""

    key: int
    staff: Staff
    is_due_a_note: bool
    scope: KeyScope = KeyScope.ALL


def make(
    session: Session,
    login: str,
    purpose: str,
    *,
    at: datetime,
    by: str,
    ends_at: datetime | None = None,
    scope: KeyScope = KeyScope.ALL,
) -> str:
    """Make a key for a program of ``login``; shown only here. Audited. Raises UnknownStaff, EndedBefore."""
    staff(session, login, at)
    if ends_at and ends_at <= at:
        raise EndedBefore(ends_at)
    key = MARK + secrets.token_urlsafe(32)
    row = ApiKeyRow(
        digest=_digest(key),
        login=login,
        scope=scope,
        purpose=purpose[:120],
        made_at=at,
        by=by,
        ends_at=ends_at,
    )
    numbered(session, row)
    after = {"key": row.id, "purpose": row.purpose, "scope": row.scope, "ends_at": ends_at}
    audit(session, at, by, Action.STAFF_KEY, f"staff:{login}", after=after)
    return key


def holder(session: Session, key: str, at: datetime) -> KeyHolder | None:
    """Look up the holder of a key; None for a key that is unknown, revoked or over, and where its login is
    nobody's or not confirmed by the identity provider.
    """
    row = session.scalar(select(ApiKeyRow).where(ApiKeyRow.digest == _digest(key)))
    if row is None or row.revoked_at or (row.ends_at and row.ends_at <= at):
        return None
    try:
        held = tenure(session, row.login, at)
    except UnknownStaff:
        return None
    if row.made_at < held.since or stands_still(session, row.login, at):
        return None
    is_due = row.used_at is None or row.used_at < at - NOTED
    return KeyHolder(row.id, held.member, is_due, KeyScope(row.scope))


def note_use(session: Session, number: int, at: datetime) -> None:
    """Record that a key is in use."""
    session.execute(update(ApiKeyRow).where(ApiKeyRow.id == number).values(used_at=at))


def keys_of(session: Session, login: str) -> list[ApiKeyRow]:
    """List every key ever made for a login, the newest first."""
    return list(
        session.scalars(select(ApiKeyRow).where(ApiKeyRow.login == login).order_by(ApiKeyRow.id.desc()))
    )


def revoke(session: Session, login: str, number: int, *, at: datetime, by: str, reason: str = "") -> None:
    """A key works no more; harmless to repeat. Audited. Raises UnknownKey."""
    row = session.get(ApiKeyRow, number)
    if row is None or row.login != login:
        raise UnknownKey(number, login)
    if row.revoked_at is None:
        row.revoked_at = at
        after = {"key": number, "revoked": True}
        audit(session, at, by, Action.STAFF_KEY, f"staff:{login}", after=after, reason=reason)


def forget_answers(session: Session, at: datetime) -> int:
    """Answers that nobody asks for again go; how many."""
    return execute(session, delete(ApiAnswerRow).where(ApiAnswerRow.at < at - REMEMBERED))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
