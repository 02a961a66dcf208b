"""The special list (P7.3): who is on it, by whose approval, and until when. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hotline.errors import HotlineError

REVIEW_MONTHS = 12


class EntryState(StrEnum):
    """Proposed, approved, removed; never back."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REMOVED = "REMOVED"


class NotApprovable(HotlineError):
    """An entry that cannot be approved as asked; says what is missing."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, at which level (the mayor's or a delegated one), when, by which document, until which review."""

    approver: str
    level: str
    approved_on: date
    document: str
    review_on: date


@dataclass(frozen=True, slots=True)
class Entry:
    """One caller on the list: numbers in E.164, the reason, the calls that show it."""

    id: int
    numbers: tuple[str, ...]
    reason: str
    evidence: tuple[str, ...]
    state: EntryState
    proposed_by: str
    approval: Approval | None = None

    def works(self, on: date) -> bool:
        """Whether a call may be ended by it on that day: not without approval, not after the day of its review."""
        return (
            self.state is EntryState.APPROVED
            and self.approval is not None
            and is_complete(self.approval)
            and self.approval.approved_on <= on <= self.approval.review_on
        )


def is_complete(approval: Approval) -> bool:
    """No entry works without approver, level, date, document number and review date (P7.3-a)."""
    return all((approval.approver, approval.level, approval.document)) and (
        approval.approved_on < approval.review_on
    )


def review_day(approved_on: date) -> date:
    """Twelve months later, on the last day of a month that is too short."""
    year, month = approved_on.year + REVIEW_MONTHS // 12, approved_on.month
    return date(year, month, min(approved_on.day, monthrange(year, month)[1]))


def approve(entry: Entry, approval: Approval, today: date) -> None:
    """Whether it may be approved so. Raises NotApprovable."""
    if entry.state is not EntryState.PROPOSED:
        raise NotApprovable(f"Entry {entry.id} is {entry.state.lower()}; only a proposed one can be approved")
    if approval.approver == entry.proposed_by:
        raise NotApprovable("Nobody approves their own proposal; ask another approver")
    if approval.approved_on > today:
        raise NotApprovable(f"{approval.approved_on} has not come yet; give the day of the approval")
    if not is_complete(approval):
        raise NotApprovable(
            "An entry works only with approver, level, date, document number and a later review date (P7.3-a); "
            "give --level, --document and, if it is not in twelve months, --review"
        )
