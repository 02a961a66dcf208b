"""Grants of roles: one administrator, or, where it approves what others do, one who proposes and one who
confirms.

The same holds for the e-mail address of somebody who has such a role: whoever changes it alone could have the
link for a new password, and with it the role. The first two administrators are made at the shell.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import numbered
from hotline.errors import HotlineError, existing
from hotline.ledger import history
from hotline.ledger.audit import audit
from hotline.ledger.changes import Authorship
from hotline.ledger.periods import Period
from hotline.ledger.versions import expect, version
from hotline.permissions import Action
from hotline.staff.rules import Staff, described, needs_two, says_of
from hotline.staff.service import examine, member_of, permitted, set_staff
from hotline.staff.store import ProposalRow, StaffRow


class ProposalState(StrEnum):
    """The states of a proposal."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An identity that waits for another administrator's word, or had it."""

    number: int
    member: Staff
    period: Period
    renamed: bool
    reason: str
    by: str
    at: datetime
    state: ProposalState
    decided_by: str
    decided_at: datetime | None

    def may_be_confirmed_by(self, login: str) -> bool:
        """Tell whether it waits for a word that this person may give: neither proposer nor proposed."""
        return self.state is ProposalState.OPEN and login not in (self.by, self.member.login)


class NeedsTwo(HotlineError, code="needs-two"):
    """Something that no administrator does alone."""

    login: str


class NoProposal(HotlineError, code="no-proposal"):
    """No proposal has this number."""

    number: int


class DecidedAlready(HotlineError, code="decided-already"):
    """A proposal that was confirmed or refused before."""

    number: int
    state: ProposalState
    by: str


class NotAnother(HotlineError, code="not-another"):
    """A confirmation by the one who proposed, or whom it is about."""

    login: str


def refuse_alone(
    before: Mapping[str, Sequence[StaffRow]], after: Mapping[str, Sequence[StaffRow]], at: datetime
) -> None:
    """Refuse what two administrators must write from ``at`` on; counting rows by login. Raises NeedsTwo."""
    for login, rows in after.items():
        known = known_of(before.get(login, ()))
        for row in rows:
            for period in row.period.common(Period(at)):
                if needs_two(known, member_of(row), period):
                    raise NeedsTwo(login)


def is_given_by_two(session: Session, member: Staff, period: Period) -> bool:
    """Tell whether one administrator may not write this alone."""
    rows = history.counting(session, StaffRow, member.login)
    return needs_two(known_of(rows), member, history.held(period, (row.period for row in rows)))


def known_of(rows: Iterable[StaffRow]) -> list[tuple[Period, Staff]]:
    """Periods and holders of a login."""
    return [(row.period, member_of(row)) for row in rows]


def give(
    session: Session, member: Staff, period: Period, *, renamed: bool = False, **who: Unpack[Authorship]
) -> int | None:
    """Write an identity from a date of effect on; or propose it, where two must say so:
    the proposal's number. Audited.

    Raises what ``set_staff`` raises.
    """
    if not is_given_by_two(session, member, period):
        set_staff(session, member, period, renamed=renamed, **who)
        return None
    at, by, reason = who["at"], who["by"], who.get("reason", "")
    examine(session, member, period, at=at, by=by, renamed=renamed)
    row = ProposalRow(login=member.login, says=says_of(member), renamed=renamed, reason=reason)
    row.since, row.until, row.state = period.since, period.until, ProposalState.OPEN
    row.version, row.proposed_by, row.proposed_at = version(session, "staff", member.login), by, at
    numbered(session, row)
    after = {"proposal": row.id, **row.says}
    audit(session, at, by, Action.STAFF_CHANGE, f"staff:{member.login}", after=after, reason=reason)
    return row.id


def give_alone(
    session: Session, member: Staff, period: Period, *, renamed: bool = False, **who: Unpack[Authorship]
) -> None:
    """Write an identity where one administrator may; where two must say so, nothing is proposed.

    Raises NeedsTwo, and what ``set_staff`` raises.
    """
    examine(session, member, period, at=who["at"], by=who["by"], renamed=renamed)
    if is_given_by_two(session, member, period):
        raise NeedsTwo(member.login)
    set_staff(session, member, period, renamed=renamed, **who)


def confirm(session: Session, number: int, *, at: datetime, by: str) -> Proposal:
    """Write what another administrator proposed; from now on, where its date has passed meanwhile. Audited.

    Raises NotPermitted, NoProposal, DecidedAlready, NotAnother,
    ChangedMeanwhile and what ``set_staff`` raises.
    """
    row = _open(session, number, at, by)
    proposal = _proposal(row)
    if not proposal.may_be_confirmed_by(by):
        raise NotAnother(by)
    permitted(session, row.proposed_by, Action.STAFF_CHANGE, at)
    expect(session, "staff", row.login, row.version, proposal.period.since)
    period = Period(max(row.since, at), row.until)
    set_staff(
        session, proposal.member, period, at=at, by=row.proposed_by, reason=row.reason, renamed=row.renamed
    )
    _decide(session, row, ProposalState.CONFIRMED, at, by, "")
    return proposal


def refuse(session: Session, number: int, reason: str, *, at: datetime, by: str) -> Proposal:
    """Refuse a proposal; its author may too. Audited. Raises NotPermitted, NoProposal, DecidedAlready."""
    row = _open(session, number, at, by)
    _decide(session, row, ProposalState.REFUSED, at, by, reason)
    return _proposal(row)


def proposal_of(session: Session, number: int) -> Proposal:
    """Find a proposal. Raises NoProposal."""
    return _proposal(existing(session.get(ProposalRow, number), NoProposal(number)))


def open_proposals(session: Session, login: str = "") -> list[Proposal]:
    """List those that wait for somebody's word (about a login), the oldest first."""
    chosen = select(ProposalRow).where(ProposalRow.state == ProposalState.OPEN).order_by(ProposalRow.id)
    if login:
        chosen = chosen.where(ProposalRow.login == login)
    return [_proposal(row) for row in session.scalars(chosen)]


def _open(session: Session, number: int, at: datetime, by: str) -> ProposalRow:
    permitted(session, by, Action.STAFF_CONFIRM, at)
    row = existing(session.get(ProposalRow, number, with_for_update=True), NoProposal(number))
    if row.state != ProposalState.OPEN:
        raise DecidedAlready(number, ProposalState(row.state), row.decided_by)
    return row


def _decide(
    session: Session, row: ProposalRow, state: ProposalState, at: datetime, by: str, reason: str
) -> None:
    row.state, row.decided_by, row.decided_at = state, by, at
    after = {"proposal": row.id, "state": state}
    audit(session, at, by, Action.STAFF_CONFIRM, f"staff:{row.login}", after=after, reason=reason)


def _proposal(row: ProposalRow) -> Proposal:
    member, period = described(row.login, row.says), Period(row.since, row.until)
    decided = ProposalState(row.state), row.decided_by, row.decided_at
    return Proposal(
        row.id, member, period, row.renamed, row.reason, row.proposed_by, row.proposed_at, *decided
    )
