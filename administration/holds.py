"""Legal holds by hand: for a complaint, a review or a procedure that the house does not know (P4.12)."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calls.store import refuse_unknown
from hotline.cases.find import by_number
from hotline.cases.moving import NoSuchCase
from hotline.cases.numbers import parsed
from hotline.db import one_at_a_time
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.legal_holds import TURNS, HeldRecord, LegalHold, hold, holds_of, release
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.terms import named
from hotline.texts import fit

LONGEST_REASON: Final = 500


@named("hold-ground")
class HoldGround(StrEnum):
    """Why records are held by hand."""

    COMPLAINT = "complaint"
    """An administrative appeal, a petition for review, damages (訴願, 國家賠償)."""
    REVIEW = "review"
    """An inquiry of the city into its own work."""
    COURT = "court"
    """A procedure of court, prosecutor or police without a referral of ours."""


class NoSuchHold(HotlineError, code="no-such-hold"):
    """No hold that stands has this name, or it ends by the procedure that made it."""

    origin: str


def place(
    session: Session,
    ground: HoldGround,
    kind: HeldRecord,
    subject: str,
    reason: str,
    *,
    by: str,
    at: datetime,
) -> str:
    """Hold a record, and what belongs to it, until it is released; the hold's name. Audited.

    Raises NotPermitted, NoSuchCase, NoSuchCall, UnfitText.
    """
    permitted(session, by, Action.HOLD_CHANGE, at)
    said, known = fit("reason", reason, LONGEST_REASON), _known(session, kind, subject)
    one_at_a_time(session, TURNS)
    count = func.count(LegalHold.origin.distinct())
    number = session.scalar(select(count).where(LegalHold.origin.startswith(f"{ground}:"))) or 0
    origin = f"{ground}:{number + 1}"
    hold(session, origin, kind, [known], by=by, at=at)
    told = {"did": "held", "kind": kind, "held": known}
    audit(session, at, by, Action.HOLD_CHANGE, f"hold:{origin}", after=told, reason=said)
    return origin


def end(session: Session, origin: str, reason: str, *, by: str, at: datetime) -> Sequence[LegalHold]:
    """End a hold that was placed by hand; what it held goes when its period is over. Audited.

    Raises NotPermitted, NoSuchHold, UnfitText.
    """
    permitted(session, by, Action.HOLD_CHANGE, at)
    said = fit("reason", reason, LONGEST_REASON)
    if not is_by_hand(origin) or not release(session, origin, by=by, at=at):
        raise NoSuchHold(origin)
    audit(session, at, by, Action.HOLD_CHANGE, f"hold:{origin}", after={"did": "released"}, reason=said)
    return holds_of(session, origin)


def is_by_hand(origin: str) -> bool:
    """Tell whether a hold was placed by hand, so that a hand ends it."""
    return origin.partition(":")[0] in frozenset(HoldGround)


def _known(session: Session, kind: HeldRecord, subject: str) -> str:
    """The record as it is called. Raises NoSuchCase, NoSuchCall."""
    if kind is HeldRecord.CASE:
        case = existing(by_number(session, parsed(subject) or subject.strip()), NoSuchCase(subject))
        return case.number or ""
    refuse_unknown(session, [subject.strip()])
    return subject.strip()
