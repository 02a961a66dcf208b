"""The monthly review of the book: one press for an entry or for an agency's whole set (P4.4)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.clock import month_of
from hotline.directory.owners import liaisons
from hotline.errors import HotlineError, existing
from hotline.knowledge.rules import ReviewState, reminder_at, review_of
from hotline.knowledge.store import FaqReview, FaqRow
from hotline.ledger import history
from hotline.ledger.audit import audit
from hotline.outbox import service as notices
from hotline.permissions import Action
from hotline.staff.service import permitted


class NothingToReview(HotlineError, code="nothing-to-review"):
    """No such entry, or an agency without any."""

    what: str


@dataclass(frozen=True, slots=True)
class FaqReviewState:
    """An entry, when somebody last looked at it, and whether that is enough."""

    row: FaqRow
    reviewed_at: datetime
    state: ReviewState


def review(session: Session, number: str, *, at: datetime, by: str) -> None:
    """Record a review of an entry, changed or not. Raises NothingToReview, NotPermitted."""
    row = existing(history.in_force(session, FaqRow, number, at), NothingToReview(f"number {number}"))
    permitted(session, by, Action.FAQ_REVIEW, at, row.agency)
    looked_at(session, [row], by, at)
    audit(session, at, by, Action.FAQ_REVIEW, f"faq:{number}", after={"row": row.id})


def review_all(session: Session, agency: str, *, at: datetime, by: str) -> int:
    """Record a review of all entries of an agency; how many. Raises NothingToReview, NotPermitted."""
    permitted(session, by, Action.FAQ_REVIEW, at, agency)
    rows = history.all_in_force(session, FaqRow, at, FaqRow.agency == agency)
    if not rows:
        raise NothingToReview(f"the agency {agency}")
    looked_at(session, rows, by, at)
    numbers = [row.key for row in rows]
    audit(session, at, by, Action.FAQ_REVIEW, f"faqs:{agency}", after={"numbers": numbers})
    return len(rows)


def looked_at(session: Session, rows: Iterable[FaqRow], by: str, at: datetime) -> None:
    """Write down that somebody did."""
    session.add_all(FaqReview(number=row.key, agency=row.agency, row=row.id, at=at, by=by) for row in rows)
    session.flush()


def standings(
    session: Session, at: datetime, *, agency: str = "", numbers: Collection[str] | None = None
) -> list[FaqReviewState]:
    """List entries of an instant with their review, by number; of one agency or of all, some or every one."""
    which = [FaqRow.agency == agency] if agency else []
    if numbers is not None:
        which.append(FaqRow.key.in_(numbers))
    rows = history.all_in_force(session, FaqRow, at, *which)
    last = _last(session, at, numbers)
    found = [standing(row, last.get(row.key), at) for row in rows]
    return sorted(found, key=lambda one: int(one.row.key))


def standing(row: FaqRow, last: datetime | None, at: datetime) -> FaqReviewState:
    """State of an entry's review; one that nobody looked at since it was written, by when that was."""
    seen = last or row.valid_from
    return FaqReviewState(row, seen, review_of(seen, at))


def reviews_of(session: Session, number: str) -> list[FaqReview]:
    """List every look at an entry, the latest first."""
    chosen = select(FaqReview).where(FaqReview.number == number)
    return list(session.scalars(chosen.order_by(FaqReview.at.desc(), FaqReview.id.desc())))


def to_remind(session: Session, at: datetime) -> list[str]:
    """Agencies whose month is not done from the 20th on, and whose liaisons have not had N-10 for it."""
    month = month_of(at)
    if at < reminder_at(month):
        return []
    undone = _undone(standings(session, at))
    return [agency for agency in undone if not notices.notices(session, event=_event(month, agency), last=1)]


def remind(session: Session, agencies: Iterable[str], at: datetime) -> int:
    """Send N-10 to the liaisons of these agencies, once in a month; to how many agencies it went."""
    month = month_of(at)
    return sum(
        notices.write(session, "N-10", _event(month, one), liaisons(session, one, at), {}, at) > 0
        for one in agencies
    )


def _event(month: date, agency: str) -> str:
    return f"faq:review:{month:%Y-%m}:{agency}"


def _undone(found: Sequence[FaqReviewState]) -> list[str]:
    return sorted({one.row.agency for one in found if one.state is not ReviewState.DONE})


def _last(session: Session, at: datetime, numbers: Collection[str] | None) -> dict[str, datetime]:
    chosen = select(FaqReview.number, func.max(FaqReview.at)).where(FaqReview.at <= at)
    if numbers is not None:
        chosen = chosen.where(FaqReview.number.in_(numbers))
    return {number: seen for number, seen in session.execute(chosen.group_by(FaqReview.number)) if seen}
