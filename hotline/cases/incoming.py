"""Reports that programs send: a draft that is nobody's until an agent takes it, and the token by which the
sender asks what number it was given.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cases.drafts import NoSuchDraft
from hotline.cases.events import told
from hotline.cases.rules import CaseState
from hotline.cases.store import Case, CaseToken
from hotline.db import locked, one_at_a_time
from hotline.errors import existing
from hotline.permissions import Action
from hotline.staff.service import permitted

NOBODYS: Final = "(open311)"
"""Owner of such a draft before an agent takes it; no login is written so."""
TAKEN: Final = "taken"
"""Kind of the event that an agent takes it."""
SAME: Final = timedelta(days=1)
"""Within which the same report of the same key is one, sent again."""
MOST_WAITING: Final = 8
"""Of those that wait, the ones that wait longest are listed."""


@dataclass(frozen=True, slots=True)
class SentReport:
    """A report as it was sent: by which key, and the mark of its text."""

    key: int
    digest: str


def sent(key: int, text: bytes) -> SentReport:
    """A report by its text."""
    return SentReport(key, sha256(text).hexdigest())


def token_of(session: Session, report: SentReport, at: datetime) -> str:
    """The token of the same report sent before, or empty. Who sends it at the same moment waits."""
    one_at_a_time(session, f"open311:{report.key}:{report.digest}")
    chosen = select(CaseToken.token).where(
        CaseToken.api_key == report.key, CaseToken.digest == report.digest, CaseToken.sent_at > at - SAME
    )
    return session.scalars(chosen.order_by(CaseToken.sent_at.desc()).limit(1)).first() or ""


def give_token(session: Session, row: Case, report: SentReport, at: datetime) -> str:
    """Make the token of a draft."""
    token = secrets.token_urlsafe(18)
    session.add(CaseToken(token=token, case_id=row.id, api_key=report.key, digest=report.digest, sent_at=at))
    return token


def of_token(session: Session, token: str) -> Case | None:
    """The case or draft of a token; None when there is none."""
    found = session.get(CaseToken, token)
    return session.get(Case, found.case_id) if found else None


def waiting(session: Session) -> list[Case]:
    """Reports that no agent has taken, the oldest first."""
    chosen = select(Case).where(Case.state == CaseState.DRAFT, Case.drafted_by == NOBODYS)
    return list(session.scalars(chosen.order_by(Case.id).limit(MOST_WAITING)))


def own(session: Session, case_id: int, by: str, at: datetime) -> Case:
    """A draft of somebody's own, locked; a report that a program sent becomes that.

    Raises NoSuchDraft, NotPermitted.
    """
    row = existing(locked(session, Case, case_id), NoSuchDraft(case_id))
    if row.drafted_by == NOBODYS and row.is_draft:
        take(session, row, by, at)
    if row.drafted_by != by:
        raise NoSuchDraft(case_id)
    return row


def take(session: Session, row: Case, by: str, at: datetime) -> None:
    """Make a locked report an agent's own draft. Raises NotPermitted."""
    permitted(session, by, Action.CASE_FILE, at)
    row.drafted_by = by
    told(session, row, by, TAKEN, row.state, at)
