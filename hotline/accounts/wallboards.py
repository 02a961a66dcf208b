"""Tokens by which screens on a wall show the floor: made and shown once, kept as a hash, bound to networks.

Nobody is signed in on such a screen, so it proves itself by its token and by where it stands. Every opening
and every refusal is on record; where one network was refused too often, it is only told to wait.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import allowances
from hotline.accounts.seconds import digest
from hotline.accounts.store import WallboardRow
from hotline.accounts.tries import STRANGER
from hotline.allowances import LimitedRequest
from hotline.db import Sessions, looking, numbered, transaction
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.networks import is_within, networks
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit

OPENED: Final = "wallboard.opened"
REFUSED: Final = "wallboard.refused"
"""The actions under which openings and refusals stand in the audit log."""
LONGEST_PLACE: Final = 64
"""Characters of the name of a place."""
REFUSALS: Final = 20
"""So often an hour refusals of one network are answered and written down one by one."""
NOTED: Final = timedelta(minutes=1)
"""A screen that is open is written down at most so often."""


class WallboardRefusal(StrEnum):
    """Why a token opens nothing."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    ELSEWHERE = "elsewhere"
    """It is bound to other networks."""


class UnknownWallboard(HotlineError, code="unknown-wallboard"):
    """A wallboard that nobody made."""

    number: int


def make(session: Session, place: str, bound_to: str, *, at: datetime, by: str) -> str:
    """Make a token for the screen at a place; shown only here. Audited.

    ``bound_to``: addresses and networks from which it opens. Raises NotPermitted, UnfitText, UnfitNetwork.
    """
    permitted(session, by, Action.WALLBOARD_MAKE, at)
    token = secrets.token_urlsafe(32)
    row = WallboardRow(
        digest=digest(token),
        place=fit("place", place, LONGEST_PLACE),
        networks=list(networks(bound_to)),
        made_at=at,
        made_by=by,
    )
    numbered(session, row)
    after = {"screen": row.place, "networks": row.networks}
    audit(session, at, by, Action.WALLBOARD_MAKE, _subject(row), after=after)
    return token


def revoke(session: Session, number: int, *, at: datetime, by: str) -> WallboardRow:
    """A token opens nothing any more; harmless to repeat. Audited. Raises NotPermitted, UnknownWallboard."""
    permitted(session, by, Action.WALLBOARD_MAKE, at)
    row = existing(session.get(WallboardRow, number), UnknownWallboard(number))
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = at, by
        audit(session, at, by, Action.WALLBOARD_MAKE, _subject(row), after={"revoked": True})
    return row


def wallboards(session: Session) -> list[WallboardRow]:
    """List every one that was ever made, the newest first."""
    return list(session.scalars(select(WallboardRow).order_by(WallboardRow.id.desc())))


def enter(factory: Sessions, token: str, address: str, at: datetime) -> WallboardRow | WallboardRefusal:
    """Open the wallboard by a token, or say why not. Audited. Raises NoAllowance."""
    with transaction(factory) as session:
        row = _row(session, token)
        why = _refusal(row, address)
        if row is not None and why is None:
            _see(row, address, at)
            audit(session, at, _subject(row), OPENED, _subject(row), after={"from": address})
            return row
        refusal = why or WallboardRefusal.UNKNOWN
        allowances.have(session, LimitedRequest.WALLBOARD, address, REFUSALS, at)
        told = {"from": address, "why": refusal}
        audit(session, at, STRANGER, REFUSED, _subject(row) if row else "wallboard:unknown", after=told)
        return refusal


def is_open(factory: Sessions, token: str, address: str, at: datetime) -> bool:
    """Tell whether the token still opens it from there; asked as long as a screen is open."""
    with looking(factory) as session:
        row = _row(session, token)
        if row is None or _refusal(row, address):
            return False
        is_due = row.seen_at is None or row.seen_at < at - NOTED
    if is_due:
        with transaction(factory) as session:
            if (found := _row(session, token)) is not None:
                _see(found, address, at)
    return True


def _row(session: Session, token: str) -> WallboardRow | None:
    return session.scalar(select(WallboardRow).where(WallboardRow.digest == digest(token)))


def _refusal(row: WallboardRow | None, address: str) -> WallboardRefusal | None:
    if row is None:
        return WallboardRefusal.UNKNOWN
    if row.revoked_at:
        return WallboardRefusal.REVOKED
    return None if is_within(address, row.networks) else WallboardRefusal.ELSEWHERE


def _see(row: WallboardRow, address: str, at: datetime) -> None:
    row.seen_at, row.seen_from = at, address[:45]


def _subject(row: WallboardRow) -> str:
    return f"wallboard:{row.id}"
