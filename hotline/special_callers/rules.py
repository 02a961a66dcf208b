"""The special list (P7.3): who is on it, by whose approval, and until when. Pure."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Literal

from hotline.errors import HotlineError

REVIEW_MONTHS = 12
REVIEW_SOON: Final = timedelta(days=30)
"""So long before its review an entry is shown as due for it."""


class EntryState(StrEnum):
    """Proposed, then approved or refused; approved, then removed; never back."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval: by whom, at which level (the mayor's or a delegated one), when, document, review day."""

    approver: str
    level: str
    approved_on: date
    document: str
    review_on: date


@dataclass(frozen=True, slots=True)
class ListedCaller:
    """One caller on the list: numbers in E.164, the reason, the calls that show it."""

    id: int
    numbers: tuple[str, ...]
    reason: str
    evidence: tuple[str, ...]
    state: EntryState
    proposed_by: str
    approval: Approval | None = None

    def works(self, on: date) -> bool:
        """Tell whether it may end a call on that day: approved, and not after the day of its review."""
        return (
            self.state is EntryState.APPROVED
            and self.approval is not None
            and is_complete(self.approval)
            and self.approval.approved_on <= on <= self.approval.review_on
        )


Why = Literal["state", "own", "early", "level", "document", "review"]


class NotApprovable(HotlineError, code="not-approvable", varies_by="why"):
    """An entry that cannot be approved; no level, no document, no later review are faults too (P7.3-a)."""

    number: int
    why: Why

    @property
    def field(self) -> str:
        """Name of what lacks or does not fit; empty when it is the whole."""
        days = {"early": "approved_on", "review": "review_on", "state": "", "own": ""}
        return days.get(self.why, self.why)


class NotOpen(HotlineError, code="not-open"):
    """An entry that nobody decides about any more."""

    number: int


def is_complete(approval: Approval) -> bool:
    """No entry works without approver, level, date, document number and review date (P7.3-a)."""
    return bool(approval.approver) and not any(_lacks(approval))


def _lacks(approval: Approval) -> Iterator[Literal["level", "document", "review"]]:
    if not approval.level:
        yield "level"
    if not approval.document:
        yield "document"
    if approval.approved_on >= approval.review_on:
        yield "review"


def review_day(approved_on: date) -> date:
    """Twelve months later, on the last day of a month that is too short."""
    year, month = approved_on.year + REVIEW_MONTHS // 12, approved_on.month
    return date(year, month, min(approved_on.day, monthrange(year, month)[1]))


def wrong(entry: ListedCaller, approval: Approval, today: date) -> list[HotlineError]:
    """List all that speaks against an approval."""
    return [NotApprovable(entry.id, why) for why in _against(entry, approval, today)]


def _against(entry: ListedCaller, approval: Approval, today: date) -> Iterator[Why]:
    if entry.state is not EntryState.PROPOSED:
        yield "state"
    elif approval.approver == entry.proposed_by:
        yield "own"
    if approval.approved_on > today:
        yield "early"
    yield from _lacks(approval)


def refuse(entry: ListedCaller) -> None:
    """Refuse to refuse an entry that was decided. Raises NotOpen."""
    if entry.state is not EntryState.PROPOSED:
        raise NotOpen(entry.id)


class ListingStatus(StrEnum):
    """The status of an entry on a day, for who reads the list."""

    PROPOSED = "proposed"
    WORKS = "works"
    REVIEW_SOON = "review-soon"
    """It works, and its review is due within ``REVIEW_SOON``."""
    OVERDUE = "overdue"
    """The day of its review has passed: it works no longer."""
    REFUSED = "refused"
    REMOVED = "removed"


def standing(entry: ListedCaller, on: date) -> ListingStatus:
    """Status of an entry on a day."""
    if entry.state is not EntryState.APPROVED:
        return ListingStatus(entry.state.lower())
    if not entry.works(on) or entry.approval is None:
        return ListingStatus.OVERDUE
    is_soon = entry.approval.review_on - on <= REVIEW_SOON
    return ListingStatus.REVIEW_SOON if is_soon else ListingStatus.WORKS
