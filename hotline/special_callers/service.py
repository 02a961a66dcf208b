"""The special list: proposed, approved, removed, each under a name (P7.3-a), and as decisions see it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import errors
from hotline.clock import TAIPEI
from hotline.db import Sessions, is_away, looking, numbered
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.numbers import ANONYMOUS, e164
from hotline.permissions import Action
from hotline.special_callers import rules
from hotline.special_callers.rules import Approval, EntryState, ListedCaller, review_day
from hotline.special_callers.store import SpecialEntry
from hotline.staff.service import permitted


class UnknownListedCaller(HotlineError, code="unknown-special"):
    """No entry has that number."""

    number: int


class NotProposable(HotlineError, code="not-proposable", varies_by="lacking"):
    """A proposal that lacks something: numbers that can be listed, or a reason with evidence."""

    lacking: Literal["numbers", "words"]


def propose(
    session: Session, numbers: Sequence[str], reason: str, evidence: Sequence[str], *, by: str, at: datetime
) -> int:
    """Propose a caller; the entry's number. Raises NotPermitted, NotProposable."""
    permitted(session, by, Action.SPECIAL_PROPOSE, at)
    known = tuple(dict.fromkeys(e164(number) for number in numbers))
    if not known or ANONYMOUS in known:
        raise NotProposable("numbers")
    if not reason or not evidence:
        raise NotProposable("words")
    row = SpecialEntry(numbers=list(known), reason=reason, evidence=list(evidence))
    row.state, row.proposed_by, row.proposed_at = EntryState.PROPOSED, by, at
    numbered(session, row)
    audit(session, at, by, Action.SPECIAL_PROPOSE, f"special:{row.id}", after=_says(row), reason=reason)
    return row.id


def approval(
    by: str, at: datetime, *, level: str, document: str, approved_on: date | None, review_on: date | None
) -> Approval:
    """An approval as it was filled in; of today and with a review in twelve months by default."""
    day = approved_on or at.astimezone(TAIPEI).date()
    return Approval(by, level.strip(), day, document.strip(), review_on or review_day(day))


def approve(
    session: Session,
    entry: int,
    *,
    level: str,
    document: str,
    by: str,
    at: datetime,
    approved_on: date | None = None,
    review_on: date | None = None,
) -> ListedCaller:
    """Approve a proposed entry. Raises NotPermitted, NotApprovable."""
    permitted(session, by, Action.SPECIAL_APPROVE, at)
    row = _row(session, entry)
    given = approval(by, at, level=level, document=document, approved_on=approved_on, review_on=review_on)
    errors.refuse(rules.wrong(_entry(row), given, at.astimezone(TAIPEI).date()))
    before = _says(row)
    row.state = EntryState.APPROVED
    row.approver, row.level, row.document = given.approver, given.level, given.document
    row.approved_on, row.review_on = given.approved_on, given.review_on
    audit(session, at, by, Action.SPECIAL_APPROVE, f"special:{row.id}", before=before, after=_says(row))
    return _entry(row)


def refuse(session: Session, entry: int, reason: str, *, by: str, at: datetime) -> None:
    """Refuse a proposal; it stays readable. Raises NotPermitted, UnknownListedCaller, NotOpen."""
    permitted(session, by, Action.SPECIAL_REFUSE, at)
    row = _row(session, entry)
    rules.refuse(_entry(row))
    _take_off(session, row, EntryState.REFUSED, Action.SPECIAL_REFUSE, reason, by, at)


def remove(session: Session, entry: int, reason: str, *, by: str, at: datetime) -> None:
    """Remove an entry; it stays readable. Idempotent. Raises NotPermitted, UnknownListedCaller."""
    permitted(session, by, Action.SPECIAL_REMOVE, at)
    row = _row(session, entry)
    if row.state in (EntryState.REMOVED, EntryState.REFUSED):
        return
    _take_off(session, row, EntryState.REMOVED, Action.SPECIAL_REMOVE, reason, by, at)


def _take_off(
    session: Session, row: SpecialEntry, state: EntryState, action: Action, reason: str, by: str, at: datetime
) -> None:
    before, row.state, row.removed_at = _says(row), state, at
    audit(session, at, by, action, f"special:{row.id}", before=before, after=_says(row), reason=reason)


def entries(session: Session) -> list[ListedCaller]:
    """List all that ever were, in their order."""
    return [_entry(row) for row in session.scalars(select(SpecialEntry).order_by(SpecialEntry.id))]


def evidence_calls(session: Session) -> set[str]:
    """The calls that show why somebody is, or may come, on the list."""
    stands = SpecialEntry.state.in_((EntryState.PROPOSED, EntryState.APPROVED))
    return {call for calls in session.scalars(select(SpecialEntry.evidence).where(stands)) for call in calls}


def entry_of(session: Session, entry: int) -> ListedCaller:
    """Find an entry. Raises UnknownListedCaller."""
    return _entry(existing(session.get(SpecialEntry, entry), UnknownListedCaller(entry)))


def _row(session: Session, entry: int) -> SpecialEntry:
    return existing(session.get(SpecialEntry, entry, with_for_update=True), UnknownListedCaller(entry))


def _entry(row: SpecialEntry) -> ListedCaller:
    approval = None
    if row.approved_on and row.review_on:
        approval = Approval(row.approver, row.level, row.approved_on, row.document, row.review_on)
    evidence, state = tuple(row.evidence), EntryState(row.state)
    return ListedCaller(row.id, tuple(row.numbers), row.reason, evidence, state, row.proposed_by, approval)


def _says(row: SpecialEntry) -> dict[str, object]:
    names = "numbers reason evidence state approver level approved_on document review_on"
    return {name: getattr(row, name) for name in names.split()}


class SpecialList:
    """The special list by number. While the database is away the entries seen last serve."""

    def __init__(self, factory: Sessions, away: Callable[[BaseException], None]) -> None:
        self._factory, self._away = factory, away
        self._by_number: Mapping[str, tuple[ListedCaller, ...]] = {}
        self._is_away = False

    def refresh(self) -> None:
        """Look at the rows again; called from time to time."""
        try:
            with looking(self._factory) as session:
                known = entries(session)
        except Exception as error:
            if not is_away(error):
                raise
            if not self._is_away:  # told once, not every second
                self._away(error)
            self._is_away = True
            return
        self._by_number, self._is_away = by_number(known), False

    def entry(self, number: str, at: datetime) -> int:
        """The entry in force for a number (E.164) on that day in Taipei, 0 for none."""
        on = at.astimezone(TAIPEI).date()
        return next((entry.id for entry in self._by_number.get(number, ()) if entry.works(on)), 0)


def by_number(known: list[ListedCaller]) -> dict[str, tuple[ListedCaller, ...]]:
    """List every entry under each of its numbers."""
    found: dict[str, tuple[ListedCaller, ...]] = {}
    for entry in known:
        for number in entry.numbers:
            found[number] = (*found.get(number, ()), entry)
    return found
