"""Use cases of retrieval (P9): asked for, decided by another person, provided, heard, and ended.

While a request stands, its calls are held: what was asked for is not deleted meanwhile.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from hotline.db import locked, numbered
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.ledger.store import AuditRow
from hotline.legal_holds import HeldRecord, hold, release
from hotline.outbox import service as notices
from hotline.outbox.rules import spoken_instant
from hotline.permissions import ANY_OTHER, Action
from hotline.staff.rules import Staff
from hotline.staff.service import mailbox, permitted, require, staff
from hotline.texts import fit
from recordings import retrieval as rules
from recordings.playing import SoundSpan, Track
from recordings.plays import Heard, PlayKind
from recordings.retrieval import (
    Denial,
    OpenedPage,
    RetrievalRequest,
    RetrievalState,
    RetrievalStep,
)
from recordings.retrieval_store import Retrieval, RetrievalItem, SilencedPart

LONGEST: Final = 1000
COPIED: Final = "retrieval.copied"
"""What the audit log says of a copy; with the hash of its list, by which it is known again."""
DENIED: Final = "retrieval.denied"
"""What the audit log says of somebody who was shown nothing."""
BY_ITSELF: Final = "retrieval"
"""Who ends a page whose time is over."""


class NoSuchRetrieval(HotlineError, code="no-such-retrieval"):
    """No request has this number."""

    number: int


class NothingToRetrieve(HotlineError, code="nothing-to-retrieve"):
    """A request that is about no call."""

    case: str


class NoSuchPart(HotlineError, code="no-such-part"):
    """A request has no call of this number, or no silenced part."""

    number: int


@dataclass(frozen=True, slots=True)
class RetrievalRecord:
    """A request with the calls it is about and the parts that are silenced."""

    row: Retrieval
    items: Sequence[RetrievalItem]
    parts: Sequence[SilencedPart]

    def call(self, item: int) -> str:
        """The call of a number. Raises NoSuchPart."""
        found = next((one.call_id for one in self.items if one.number == item), None)
        return existing(found, NoSuchPart(item))

    def silenced(self, item: int, track: Track) -> list[SoundSpan]:
        """What is silent of a sound in what is provided."""
        return [
            SoundSpan(one.begins, one.ends)
            for one in self.parts
            if (one.item, one.track) == (item, str(track))
        ]

    def heard(self, item: int, track: Track, by: str, how: PlayKind = PlayKind.HEARD) -> Heard:
        """A play of it."""
        return Heard(by, subject(self.row), self.call(item), track, self.row.purpose, how)


def subject(row: Retrieval) -> str:
    """A request, as audit rows, holds and plays name it."""
    return f"retrieval:{row.id}"


def ask(
    session: Session, request: RetrievalRequest, calls: Sequence[str], *, by: str, at: datetime
) -> Retrieval:
    """Ask for calls on behalf of somebody of one's agency; they are held from now on. Audited.

    Raises NotPermitted, UnknownStaff, NothingToRetrieve, UnfitText.
    """
    person = staff(session, request.person, at)
    permitted(session, by, Action.RETRIEVAL_ASK, at, person.agency or ANY_OTHER)
    require(person, Action.RETRIEVAL_ASK)
    if not calls:
        raise NothingToRetrieve(request.case)
    row = Retrieval(state=RetrievalState.REQUESTED, agency=person.agency, person=person.login)
    row.ground, row.purpose = fit("ground", request.ground, LONGEST), fit("purpose", request.purpose, LONGEST)
    row.case_number, row.wants_copy = request.case, request.wants_copy
    row.calls_since, row.calls_until = request.since, request.until
    row.asked_by, row.asked_at = by, at
    numbered(session, row)
    for number, call_id in enumerate(dict.fromkeys(calls), 1):
        session.add(RetrievalItem(retrieval_id=row.id, number=number, call_id=call_id))
    hold(session, subject(row), HeldRecord.CALL, calls, by=by, at=at)
    _tell(session, row, Action.RETRIEVAL_ASK, "asked for", by, at, calls=list(calls), person=row.person)
    return row


def approve(session: Session, number: int, days: int, *, by: str, at: datetime) -> Retrieval:
    """Approve what others asked for, for so many days once it is provided. Audited.

    Raises NotPermitted, NoSuchRetrieval, RetrievalNotNow, OwnRetrieval, OpenDaysOutside.
    """
    row = _decided(session, number, RetrievalStep.APPROVE, by, at)
    rules.closes_at(at, days)
    row.days = days
    _tell(session, row, Action.RETRIEVAL_APPROVE, "approved", by, at, days=days)
    return row


def refuse(session: Session, number: int, reason: str, *, by: str, at: datetime) -> Retrieval:
    """Refuse what others asked for; who asked is told (N-65). Audited.

    Raises NotPermitted, NoSuchRetrieval, RetrievalNotNow, OwnRetrieval, UnfitText.
    """
    row = _decided(session, number, RetrievalStep.REFUSE, by, at)
    _notify(session, "N-65", row, row.asked_by, at)
    return _end(session, row, Action.RETRIEVAL_APPROVE, "refused", reason, by, at)


def provide(session: Session, number: int, *, by: str, at: datetime) -> Retrieval:
    """Open the page to the person named, who is told (N-64), for the days approved. Audited.

    Raises NotPermitted, NoSuchRetrieval, RetrievalNotNow.
    """
    permitted(session, by, Action.RETRIEVAL_WORK, at)
    row = _stepped(session, number, RetrievalStep.PROVIDE)
    row.provided_at, row.provided_by = at, by
    row.open_until, row.token = rules.closes_at(at, row.days), secrets.token_urlsafe(32)
    _notify(session, "N-64", row, row.person, at, due=spoken_instant(row.open_until))
    _tell(session, row, Action.RETRIEVAL_WORK, "provided", by, at, until=row.open_until, person=row.person)
    return row


def revoke(session: Session, number: int, reason: str, *, by: str, at: datetime) -> Retrieval:
    """Close what was approved or provided, from this instant on. Audited.

    Raises NotPermitted, NoSuchRetrieval, RetrievalNotNow, UnfitText.
    """
    permitted(session, by, Action.RETRIEVAL_APPROVE, at)
    row = _stepped(session, number, RetrievalStep.REVOKE)
    return _end(session, row, Action.RETRIEVAL_APPROVE, "revoked", reason, by, at)


def expire(session: Session, at: datetime) -> int:
    """Write down which pages have closed by themselves, and end their holds; how many. Idempotent."""
    past = Retrieval.state == RetrievalState.PROVIDED, Retrieval.open_until <= at
    rows = session.scalars(select(Retrieval).where(*past).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.state = rules.following(row.id, RetrievalState(row.state), RetrievalStep.EXPIRE)
        _end(session, row, Action.RETRIEVAL_WORK, "expired", "", BY_ITSELF, at)
    return len(rows)


def silence(
    session: Session,
    number: int,
    item: int,
    track: Track,
    span: SoundSpan,
    reason: str,
    *,
    by: str,
    at: datetime,
) -> SilencedPart:
    """Silence a part of what will be provided. Audited.

    Raises NotPermitted, NoSuchRetrieval, RetrievalNotNow, NoSuchPart, UnfitText.
    """
    row = _in_preparation(session, number, by, at)
    _of(session, row).call(item)
    part = SilencedPart(retrieval_id=row.id, item=item, track=track, begins=span.begins, ends=span.ends)
    part.reason, part.at, part.by = fit("reason", reason, LONGEST), at, by
    numbered(session, part)
    told = {"item": item, "track": track, "from": span.begins, "to": span.ends}
    _tell(session, row, Action.RETRIEVAL_WORK, "silenced", by, at, reason=part.reason, **told)
    return part


def lift(session: Session, number: int, part: int, *, by: str, at: datetime) -> None:
    """Let a silenced part be heard again. Audited.

    Raises NotPermitted, NoSuchRetrieval, RetrievalNotNow, NoSuchPart.
    """
    row = _in_preparation(session, number, by, at)
    found = existing(session.get(SilencedPart, part), NoSuchPart(part))
    if found.retrieval_id != row.id or found.lifted_at:
        raise NoSuchPart(part)
    found.lifted_at, found.lifted_by = at, by
    _tell(session, row, Action.RETRIEVAL_WORK, "part lifted", by, at, part=part)


def prepared(session: Session, number: int, *, by: str, at: datetime) -> RetrievalRecord:
    """A request whose sound is listened to before it is provided.

    Raises NotPermitted, NoSuchRetrieval, RetrievalNotNow.
    """
    permitted(session, by, Action.RETRIEVAL_WORK, at)
    found = retrieval(session, number)
    rules.following(number, RetrievalState(found.row.state), RetrievalStep.PROVIDE)
    return found


def admitted(session: Session, token: str, member: Staff, at: datetime) -> RetrievalRecord | Denial:
    """What the page of this address shows to somebody, or why nothing; a refusal is on record."""
    row = session.scalars(select(Retrieval).where(Retrieval.token == token)).one_or_none()
    if row is None:
        return _denied(session, "retrieval", "unknown", member.login, at)
    opening = OpenedPage(RetrievalState(row.state), row.person, row.agency, row.open_until)
    if why := rules.denial(opening, member.login, member.agency, at):
        return _denied(session, subject(row), why, member.login, at)
    return _of(session, row)


def note_copy(session: Session, row: Retrieval, digest: str, *, by: str, at: datetime) -> None:
    """Put on record that a copy was given away."""
    audit(session, at, by, COPIED, subject(row), after={"digest": digest})


def copied(session: Session, digest: str) -> AuditRow | None:
    """The row of the log that tells of a copy; None when it is none of ours."""
    rows = session.scalars(select(AuditRow).where(AuditRow.action == COPIED).order_by(AuditRow.id.desc()))
    return next((row for row in rows if (row.after or {}).get("digest") == digest), None)


def retrieval(session: Session, number: int) -> RetrievalRecord:
    """A request and all that belongs to it. Raises NoSuchRetrieval."""
    return _of(session, existing(session.get(Retrieval, number), NoSuchRetrieval(number)))


def seen(session: Session, number: int, member: Staff) -> RetrievalRecord:
    """A request, to who may know of it: who asked, who hears, and who reads all. Raises NoSuchRetrieval."""
    found = retrieval(session, number)
    if member.login in (found.row.asked_by, found.row.person) or member.may(Action.RETRIEVAL_READ):
        return found
    raise NoSuchRetrieval(number)


def retrievals(
    session: Session, member: Staff, number: int, size: int
) -> tuple[Sequence[tuple[Retrieval, int]], int]:
    """A page of the requests that somebody may know of, the newest first, each with how many calls it is
    about; and how many requests there are.
    """
    mine = _known_to(member)
    total = session.scalar(select(func.count(Retrieval.id)).where(mine)) or 0
    number = min(number, max(1, -(-total // size)))
    calls = select(func.count()).where(RetrievalItem.retrieval_id == Retrieval.id).scalar_subquery()
    chosen = select(Retrieval, calls).where(mine).order_by(Retrieval.id.desc())
    return [
        (row, count) for row, count in session.execute(chosen.offset((number - 1) * size).limit(size))
    ], total


def state_of(row: Retrieval, at: datetime) -> RetrievalState:
    """The state of a request at an instant."""
    return rules.state_at(RetrievalState(row.state), row.open_until, at)


def may_decide(row: Retrieval, login: str, at: datetime) -> bool:
    """Tell whether a request waits for a decision that this person may take: nobody decides their own."""
    return state_of(row, at) is RetrievalState.REQUESTED and login not in row.concerned


def listenable(session: Session, login: str, at: datetime, call_id: str = "") -> Sequence[Retrieval]:
    """What somebody may hear now (of one call), what closes first before all."""
    mine = [Retrieval.person == login, Retrieval.state == RetrievalState.PROVIDED, Retrieval.open_until > at]
    if call_id:
        about = select(RetrievalItem.retrieval_id).where(RetrievalItem.call_id == call_id)
        mine.append(Retrieval.id.in_(about))
    return session.scalars(select(Retrieval).where(*mine).order_by(Retrieval.open_until)).all()


def _known_to(member: Staff) -> ColumnElement[bool]:
    if member.may(Action.RETRIEVAL_READ):
        return true()
    return or_(Retrieval.asked_by == member.login, Retrieval.person == member.login)


def _of(session: Session, row: Retrieval) -> RetrievalRecord:
    items = select(RetrievalItem).where(RetrievalItem.retrieval_id == row.id).order_by(RetrievalItem.number)
    standing = SilencedPart.retrieval_id == row.id, SilencedPart.lifted_at.is_(None)
    parts = select(SilencedPart).where(*standing)
    ordered = parts.order_by(SilencedPart.item, SilencedPart.track, SilencedPart.begins)
    return RetrievalRecord(row, session.scalars(items).all(), session.scalars(ordered).all())


def _decided(session: Session, number: int, step: RetrievalStep, by: str, at: datetime) -> Retrieval:
    permitted(session, by, Action.RETRIEVAL_APPROVE, at)
    row = _stepped(session, number, step)
    rules.refuse_own(number, by, row.concerned)
    row.decided_at, row.decided_by = at, by
    return row


def _in_preparation(session: Session, number: int, by: str, at: datetime) -> Retrieval:
    permitted(session, by, Action.RETRIEVAL_WORK, at)
    row = existing(locked(session, Retrieval, number), NoSuchRetrieval(number))
    rules.following(number, RetrievalState(row.state), RetrievalStep.PROVIDE)
    return row


def _stepped(session: Session, number: int, step: RetrievalStep) -> Retrieval:
    row = existing(locked(session, Retrieval, number), NoSuchRetrieval(number))
    row.state = rules.following(number, RetrievalState(row.state), step)
    return row


def _end(
    session: Session, row: Retrieval, action: Action, did: str, reason: str, by: str, at: datetime
) -> Retrieval:
    row.ended_at, row.ended_by = at, by
    row.end_reason = fit("reason", reason, LONGEST, needed=by != BY_ITSELF)
    release(session, subject(row), by=by, at=at)
    _tell(session, row, action, did, by, at, reason=row.end_reason)
    return row


def _notify(session: Session, template: str, row: Retrieval, login: str, at: datetime, **facts: str) -> None:
    """Write to somebody concerned: what it is about stands behind the door, not in the mail."""
    told = {"number": str(row.id), **facts}
    notices.write(session, template, subject(row), [mailbox(session, login, at)], told, at)


def _denied(session: Session, about: str, why: Denial, by: str, at: datetime) -> Denial:
    audit(session, at, by, DENIED, about, after={"why": why})
    return why


def _tell(
    session: Session,
    row: Retrieval,
    action: Action,
    did: str,
    by: str,
    at: datetime,
    reason: str = "",
    **told: object,
) -> None:
    audit(session, at, by, action, subject(row), after={"did": did, **told}, reason=reason)
