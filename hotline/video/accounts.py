"""Accounts of the sign-language service: applied for in one's own name, decided by staff (P3.6, P6.2, P6.6).

Whoever applies gets the same answer, whether there is an account or not, and may not often enough to time it:
accounts can be neither guessed nor counted.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Unpack

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import Session

from hotline import allowances
from hotline.accounts.tries import STRANGER
from hotline.allowances import LimitedRequest
from hotline.db import locked, numbered, one_at_a_time
from hotline.errors import HotlineError, existing
from hotline.keys.finding import has
from hotline.ledger.audit import audit
from hotline.ledger.changes import Authorship
from hotline.ledger.looks import IN_HAND, Reading, look_once
from hotline.outbox.service import write
from hotline.outbox.smtp import ADDRESS
from hotline.permissions import Action
from hotline.phones import phone
from hotline.staff.service import permitted
from hotline.terms import named
from hotline.texts import fit
from hotline.video.ending import finish
from hotline.video.rules import VideoEnd
from hotline.video.store import ACCOUNT, VideoAccount, VideoEntry, hold_line, open_of

APPLIED: Final = "video.apply"
"""The action under which it stands in the audit log."""
APPROVED, REFUSED, STOPPED = "N-72", "N-73", "N-74"
APPLICATIONS: Final = 10
"""Applications an hour from one network."""
OF_ONE: Final = 3
"""The same, and codes, for one contact."""
LONGEST_NAME, LONGEST_REASON = 64, 500


@named("video-account-kind")
class AccountKind(StrEnum):
    """Kind of account: a citizen's own, or the device of an agency's counter."""

    CITIZEN = "citizen"
    COUNTER = "counter"


@named("video-account-state")
class AccountState(StrEnum):
    """The state of an account (P6.2)."""

    APPLIED = "applied"
    ACTIVE = "active"
    LOCKED = "locked"
    CLOSED = "closed"
    REFUSED = "refused"


_ENDS: Final = (AccountState.REFUSED, AccountState.CLOSED)


class UnfitContact(HotlineError, code="video-unfit-contact"):
    """A contact that is neither a mobile, which takes an SMS, nor an e-mail address."""

    field: str = "contact"


class UnknownVideoAccount(HotlineError, code="unknown-video-account"):
    """An account that is not there."""

    number: int


class NotInState(HotlineError, code="video-account-not-in-state"):
    """A decision that has no place in the account's state."""

    number: int
    state: AccountState


def contact_of(typed: str) -> str:
    """A contact in the one form in which it is kept. Raises UnfitContact."""
    found = phone(typed)
    if found.takes_sms:
        return found.number
    plain = typed.strip().lower()
    if not ADDRESS.fullmatch(plain) or len(plain) > 128:
        raise UnfitContact
    return plain


def apply(
    session: Session, name: str, contact: str, at: datetime, address: str, *, is_proved: bool = False
) -> None:
    """Apply in one's own name; nobody is told whether there was an account (P6.6). Audited.

    ``is_proved``: a code came back from this contact. Raises UnfitText, UnfitContact, NoAllowance.
    """
    own, reached = fit("name", name, LONGEST_NAME), contact_of(contact)
    allowances.have(session, LimitedRequest.VIDEO_APPLY, address, APPLICATIONS, at)
    allowances.have(session, LimitedRequest.VIDEO_CONTACT, reached, OF_ONE, at)
    one_at_a_time(session, ACCOUNT)
    row = session.scalars(_of_citizen(reached)).first()
    if row is None:
        row = VideoAccount(
            kind=AccountKind.CITIZEN, login=_free_login(), contact=reached, applied_at=at, state_at=at
        )
        row.name, row.state, row.is_proved = own, AccountState.APPLIED, is_proved
        numbered(session, row)
    else:
        _again(session, row, own, at, is_proved=is_proved)
    audit(session, at, STRANGER, APPLIED, row.subject, after={"again": row.reapplications})


def _again(session: Session, row: VideoAccount, name: str, at: datetime, *, is_proved: bool) -> None:
    """An application of who has an account: counted, and led to where the account can be used.

    Whoever proved nothing changes nothing of an application whose contact was proved: it may be another's.
    """
    row.reapplications += 1
    state = AccountState(row.state)
    if state is AccountState.ACTIVE:
        _tell(session, row, APPROVED, at)
    if state is AccountState.APPLIED and row.is_proved and not is_proved:
        return
    if state in _ENDS:
        row.state, row.state_at, row.ended_at = AccountState.APPLIED, at, None
    if state in (*_ENDS, AccountState.APPLIED):
        row.name, row.is_proved, row.applied_at = name, is_proved, at
    else:
        row.is_proved = row.is_proved or is_proved


def approve(session: Session, number: int, *, at: datetime, by: str) -> VideoAccount:
    """Let somebody in; they choose a password by a code. Audited; the holder is told.

    Raises NotPermitted, UnknownVideoAccount, NotInState.
    """
    row = _decide(session, number, AccountState.ACTIVE, (AccountState.APPLIED,), "", at, by)
    _tell(session, row, APPROVED, at)
    return row


def refuse(session: Session, number: int, reason: str, *, at: datetime, by: str) -> VideoAccount:
    """Refuse an application for a reason that is kept. Audited; the holder is told.

    Raises NotPermitted, UnknownVideoAccount, NotInState, UnfitText.
    """
    row = _decide(session, number, AccountState.REFUSED, (AccountState.APPLIED,), _reason(reason), at, by)
    _tell(session, row, REFUSED, at)
    return row


def lock(session: Session, number: int, reason: str, *, at: datetime, by: str) -> VideoAccount:
    """Lock an account: it signs in nowhere, and what it has open ends. Audited; the holder is told.

    Raises NotPermitted, UnknownVideoAccount, NotInState, UnfitText.
    """
    return _stop(session, number, AccountState.LOCKED, (AccountState.ACTIVE,), reason, at, by)


def close(session: Session, number: int, reason: str, *, at: datetime, by: str) -> VideoAccount:
    """Close an account for good; who wants it again applies again. Audited; the holder is told.

    Raises NotPermitted, UnknownVideoAccount, NotInState, UnfitText.
    """
    stopped = (AccountState.ACTIVE, AccountState.LOCKED)
    row = _stop(session, number, AccountState.CLOSED, stopped, reason, at, by)
    row.password = ""
    return row


def unlock(session: Session, number: int, *, at: datetime, by: str) -> VideoAccount:
    """Let a locked account in again. Audited. Raises NotPermitted, UnknownVideoAccount, NotInState."""
    return _decide(session, number, AccountState.ACTIVE, (AccountState.LOCKED,), "", at, by)


def open_counter(
    session: Session, counter: int, agency: str, name: str, contact: str, **who: Unpack[Authorship]
) -> VideoAccount:
    """Make the account of a counter's device; its password is chosen by a code to the counter's mailbox.

    There is one for a counter: made again, it is renamed and let in. Audited. Raises NotPermitted,
    UnfitText, UnfitContact.
    """
    at, by = who["at"], who["by"]
    permitted(session, by, Action.VIDEO_COUNTER, at, agency)
    named_so, reached = fit("name", name, LONGEST_NAME), contact_of(contact)
    one_at_a_time(session, ACCOUNT)
    row = of_counter(session, counter)
    if row is None:
        row = VideoAccount(
            kind=AccountKind.COUNTER, login=f"counter-{counter}", counter=counter, applied_at=at
        )
        row.decided_at, row.decided_by = at, by
        session.add(row)
    row.name, row.contact, row.agency = named_so, reached, agency
    row.state, row.state_at, row.ended_at, row.reason = AccountState.ACTIVE, at, None, ""
    session.flush()
    audit(session, at, by, Action.VIDEO_ACCOUNT, row.subject, after={"state": row.state, "counter": counter})
    return row


def of_counter(session: Session, counter: int) -> VideoAccount | None:
    """The account of a counter's device."""
    return session.scalars(select(VideoAccount).where(VideoAccount.counter == counter)).first()


def named_account(session: Session, typed: str) -> VideoAccount | None:
    """The account that somebody means who types a login or a contact; no other is told."""
    try:
        reached = contact_of(typed)
    except UnfitContact:
        return session.scalars(select(VideoAccount).where(VideoAccount.login == typed.strip()[:64])).first()
    return session.scalars(_of_citizen(reached)).first()


def known(session: Session, number: int, *, at: datetime, by: str) -> VideoAccount:
    """An account; who shows it masks name and contact. Raises NotPermitted, UnknownVideoAccount."""
    row = existing(session.get(VideoAccount, number), UnknownVideoAccount(number))
    _permit(session, row, by, at)
    return row


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """An account with the reading by which its name and contact are shown whole."""

    row: VideoAccount
    reading: Reading


def opened(session: Session, number: int, *, at: datetime, by: str) -> OpenedAccount:
    """An account as who decides on it sees it; on record. Raises NotPermitted, UnknownVideoAccount."""
    row = known(session, number, at=at, by=by)
    return OpenedAccount(row, look_once(session, at, by, row.subject, IN_HAND, "name, contact"))


def accounts(
    session: Session,
    *,
    at: datetime,
    by: str,
    states: Collection[AccountState] = tuple(AccountState),
    kind: AccountKind = AccountKind.CITIZEN,
    most: int = 200,
) -> Sequence[VideoAccount]:
    """Accounts by state, the latest first; their pages mask names and contacts. Raises NotPermitted."""
    permitted(session, by, Action.VIDEO_ACCOUNT, at)
    chosen = select(VideoAccount).where(VideoAccount.state.in_(states), VideoAccount.kind == kind)
    return session.scalars(
        chosen.order_by(VideoAccount.state_at.desc(), VideoAccount.id.desc()).limit(most)
    ).all()


def end_entries(session: Session, account: int, at: datetime) -> None:
    """Sign an account out everywhere."""
    is_open = VideoEntry.account == account, VideoEntry.ended_at.is_(None)
    session.execute(update(VideoEntry).where(*is_open).values(ended_at=at))


def _stop(
    session: Session,
    number: int,
    state: AccountState,
    of: Collection[AccountState],
    reason: str,
    at: datetime,
    by: str,
) -> VideoAccount:
    hold_line(session)
    row = _decide(session, number, state, of, _reason(reason), at, by)
    end_entries(session, row.id, at)
    if running := open_of(session, row.id):
        finish(session, running, VideoEnd.ACCOUNT, by, at)
    _tell(session, row, STOPPED, at)
    return row


def _decide(
    session: Session,
    number: int,
    state: AccountState,
    of: Collection[AccountState],
    reason: str,
    at: datetime,
    by: str,
) -> VideoAccount:
    """Bring an account into a state out of one ``of`` some; who lets in or refuses is kept."""
    row = existing(locked(session, VideoAccount, number), UnknownVideoAccount(number))
    _permit(session, row, by, at)
    before = AccountState(row.state)
    if before not in of:
        raise NotInState(number, before)
    if before is AccountState.APPLIED:
        row.decided_at, row.decided_by = at, by
    row.state, row.state_at, row.reason = state, at, reason
    row.ended_at = at if state in _ENDS else None
    told = {"state": state, "was": before}
    audit(session, at, by, Action.VIDEO_ACCOUNT, row.subject, after=told, reason=reason)
    session.flush()
    return row


def _permit(session: Session, row: VideoAccount, by: str, at: datetime) -> None:
    if row.kind == AccountKind.COUNTER:
        permitted(session, by, Action.VIDEO_COUNTER, at, row.agency)
    else:
        permitted(session, by, Action.VIDEO_ACCOUNT, at)


def _of_citizen(contact: str) -> Select[VideoAccount]:
    is_theirs: ColumnElement[bool] = has(VideoAccount.contact_hash, contact)
    chosen = select(VideoAccount).where(is_theirs, VideoAccount.kind == AccountKind.CITIZEN)
    return chosen.order_by(VideoAccount.id.desc()).limit(1).with_for_update()


def _tell(session: Session, row: VideoAccount, template: str, at: datetime) -> None:
    write(session, template, f"{row.subject}:{row.state}:{at.isoformat()}", [row.contact], {}, at)


def _reason(reason: str) -> str:
    return fit("reason", reason, LONGEST_REASON)


def _free_login() -> str:
    """A name of no meaning: a number in sequence would tell how many there are."""
    return f"citizen-{secrets.token_hex(5)}"
