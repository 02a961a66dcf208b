"""Standing purposes (P9): a supervisor hears calls of the own agents, approved for a year by somebody else.

Each call is chosen first, by lot or for a reason, and may then be heard for a day.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import locked, numbered, one_at_a_time
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.rules import Staff
from hotline.staff.service import permitted
from hotline.texts import fit
from recordings import retrieval as rules
from recordings.playing import Track
from recordings.plays import Heard
from recordings.retrieval import RetrievalState, RetrievalStep
from recordings.retrieval_service import LONGEST
from recordings.retrieval_store import ChosenCall, StandingPurpose

VALID: Final = timedelta(days=365)
RENEWED: Final = timedelta(days=30)
"""So long before the end of one the next may be asked for."""
CHOSEN_FOR: Final = timedelta(days=1)
DENIED: Final = "standing-purpose.denied"


class NoSuchPurpose(HotlineError, code="no-such-purpose"):
    """No standing purpose has this number."""

    number: int


class NoPurpose(HotlineError, code="no-purpose"):
    """Somebody for whom no standing purpose is in force."""

    login: str


class PurposeStands(HotlineError, code="purpose-stands"):
    """A standing purpose that would be a second one."""

    number: int


class NotChosen(HotlineError, code="not-chosen"):
    """A call that nobody chose to hear, or chose longer ago than a day."""

    call_id: str


def ask(session: Session, purpose: str, *, by: str, at: datetime) -> StandingPurpose:
    """Ask for a standing purpose of one's own. Audited. Raises NotPermitted, PurposeStands, UnfitText."""
    permitted(session, by, Action.RECORDING_HEAR, at)
    one_at_a_time(session, f"standing-purpose:{by}")
    for row in session.scalars(select(StandingPurpose).where(StandingPurpose.login == by)):
        if row.state == RetrievalState.REQUESTED or _holds(row, at + RENEWED):
            raise PurposeStands(row.id)
    row = StandingPurpose(state=RetrievalState.REQUESTED, login=by, asked_at=at)
    row.purpose = fit("purpose", purpose, LONGEST)
    numbered(session, row)
    _tell(session, row, Action.RECORDING_HEAR, "asked for", by, at)
    return row


def approve(session: Session, number: int, *, by: str, at: datetime) -> StandingPurpose:
    """Approve what another person asked for, for a year. Audited.

    Raises NotPermitted, NoSuchPurpose, RetrievalNotNow, OwnRetrieval.
    """
    row = _decided(session, number, RetrievalStep.APPROVE, by, at)
    row.valid_until = at + VALID
    _tell(session, row, Action.RETRIEVAL_APPROVE, "approved", by, at)
    return row


def refuse(session: Session, number: int, reason: str, *, by: str, at: datetime) -> StandingPurpose:
    """Refuse what another person asked for. Audited.

    Raises NotPermitted, NoSuchPurpose, RetrievalNotNow, OwnRetrieval, UnfitText.
    """
    return _end(session, _decided(session, number, RetrievalStep.REFUSE, by, at), "refused", reason, by, at)


def revoke(session: Session, number: int, reason: str, *, by: str, at: datetime) -> StandingPurpose:
    """End a standing purpose at once. Audited.

    Raises NotPermitted, NoSuchPurpose, RetrievalNotNow, UnfitText.
    """
    permitted(session, by, Action.RETRIEVAL_APPROVE, at)
    return _end(session, _stepped(session, number, RetrievalStep.REVOKE), "revoked", reason, by, at)


def in_force(session: Session, login: str, at: datetime) -> StandingPurpose:
    """The standing purpose of a supervisor. Raises NotPermitted, NoPurpose."""
    permitted(session, login, Action.RECORDING_HEAR, at)
    return existing(standing(session, login, at), NoPurpose(login))


def standing(session: Session, login: str, at: datetime) -> StandingPurpose | None:
    """The standing purpose of a supervisor, if one is in force."""
    rows = session.scalars(select(StandingPurpose).where(StandingPurpose.login == login))
    return next((row for row in rows if _holds(row, at)), None)


def choose(session: Session, call_id: str, reason: str, *, by: str, at: datetime) -> ChosenCall:
    """Choose a call to be heard; without a reason it was drawn. Audited.

    Raises NotPermitted, NoPurpose, UnfitText.
    """
    purpose = in_force(session, by, at)
    row = ChosenCall(purpose_id=purpose.id, login=by, call_id=call_id, at=at, until=at + CHOSEN_FOR)
    row.reason = fit("reason", reason, LONGEST, needed=False)
    numbered(session, row)
    _tell(session, purpose, Action.RECORDING_HEAR, "chosen", by, at, reason=row.reason, call=call_id)
    return row


def chosen(session: Session, call_id: str, login: str, at: datetime) -> ChosenCall | None:
    """What somebody chose of a call and may hear now; its standing purpose is in force still."""
    mine = ChosenCall.login == login, ChosenCall.call_id == call_id, ChosenCall.until > at
    found = session.scalars(select(ChosenCall).where(*mine).order_by(ChosenCall.id.desc())).first()
    purpose = session.get(StandingPurpose, found.purpose_id) if found else None
    return found if purpose and _holds(purpose, at) else None


def heard(session: Session, call_id: str, track: Track, login: str, at: datetime) -> Heard | None:
    """The play of a call that was chosen; None, and a refusal on record, where none was."""
    found = chosen(session, call_id, login, at)
    if found is None:
        audit(session, at, login, DENIED, f"call:{call_id}", after={"why": "not chosen"})
        return None
    return Heard(
        login, f"standing-purpose:{found.purpose_id}", call_id, track, found.reason or "drawn by lot"
    )


def purposes(session: Session, member: Staff) -> Sequence[StandingPurpose]:
    """Standing purposes that somebody may know of, the newest first."""
    mine = select(StandingPurpose).order_by(StandingPurpose.id.desc())
    if not member.may(Action.RETRIEVAL_READ):
        mine = mine.where(StandingPurpose.login == member.login)
    return session.scalars(mine).all()


def purpose_of(session: Session, number: int) -> StandingPurpose:
    """A standing purpose. Raises NoSuchPurpose."""
    return existing(session.get(StandingPurpose, number), NoSuchPurpose(number))


def state_at(row: StandingPurpose, at: datetime) -> RetrievalState:
    """The state at an instant: approved, it expires after its year."""
    is_past = row.state == RetrievalState.APPROVED and not _holds(row, at)
    return RetrievalState.EXPIRED if is_past else RetrievalState(row.state)


def may_decide(row: StandingPurpose, login: str) -> bool:
    """Tell whether it waits for a decision that this person may take: nobody decides their own."""
    return row.state == RetrievalState.REQUESTED and row.login != login


def _holds(row: StandingPurpose, at: datetime) -> bool:
    return row.state == RetrievalState.APPROVED and row.valid_until is not None and at < row.valid_until


def _decided(session: Session, number: int, step: RetrievalStep, by: str, at: datetime) -> StandingPurpose:
    permitted(session, by, Action.RETRIEVAL_APPROVE, at)
    row = _stepped(session, number, step)
    rules.refuse_own(number, by, (row.login,))
    row.decided_at, row.decided_by = at, by
    return row


def _stepped(session: Session, number: int, step: RetrievalStep) -> StandingPurpose:
    row = existing(locked(session, StandingPurpose, number), NoSuchPurpose(number))
    row.state = rules.following(number, RetrievalState(row.state), step)
    return row


def _end(
    session: Session, row: StandingPurpose, did: str, reason: str, by: str, at: datetime
) -> StandingPurpose:
    row.ended_at, row.ended_by, row.end_reason = at, by, fit("reason", reason, LONGEST)
    _tell(session, row, Action.RETRIEVAL_APPROVE, did, by, at, reason=row.end_reason)
    return row


def _tell(
    session: Session,
    row: StandingPurpose,
    action: Action,
    did: str,
    by: str,
    at: datetime,
    reason: str = "",
    **told: object,
) -> None:
    about = {"did": did, "login": row.login, **told}
    audit(session, at, by, action, f"standing-purpose:{row.id}", after=about, reason=reason)
