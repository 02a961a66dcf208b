"""Use cases of the door: invite, choose a password, sign in, stay, leave. ``at`` is now.

What hashes a password takes the factory of sessions, and keeps no transaction open meanwhile.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.accounts import seconds, store, tries
from hotline.accounts.bindings import refuse_bound
from hotline.accounts.rules import INVITED, RECHECK, is_alive, refuse_weak, step_of
from hotline.accounts.seconds import digest
from hotline.accounts.store import CredentialRow, InvitationRow, KnownPlaceRow, SessionRow
from hotline.accounts.tries import MustWait, Visitor
from hotline.db import Sessions, execute, looking, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action, Role
from hotline.search import pinyin
from hotline.staff.rules import Staff
from hotline.staff.service import UnknownStaff, everybody, staff, tenure

HASHER = PasswordHasher()
"""argon2id with the parameters of RFC 9106's second choice: 64 MiB, some 50 ms."""
NOTED = timedelta(minutes=1)
"""A session in use is written down at most so often."""
LATE = timedelta(minutes=3)
"""So late the identity provider's next word may be before its owner is told."""


class BadInvitation(HotlineError, code="bad-invitation"):
    """A link that was used, has ended, or was never made."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in by password and, where set up, a code. ``left``: recovery codes left, when one was used."""

    token: str
    login: str
    left: int | None = None


class WrongProof(StrEnum):
    """A proof that a signed-in person gave wrongly:
    the password, the code, or the code of a new second factor.
    """

    PASSWORD = "password"
    CODE = "code"
    NEW = "new code"


@dataclass(frozen=True, slots=True)
class SignInRefusal:
    """Name, password or code are wrong; which, nobody is told. ``code_asked``: the password was right."""

    code_asked: bool = False


@dataclass(frozen=True, slots=True)
class SessionHolder:
    """The owner of a session. ``second``: a second factor is set up, or the identity provider says that one
    was used; ``needs_second``: it must be.
    """

    staff: Staff
    token: str
    second: bool
    by_provider: bool = False
    """Signed in by single sign-on."""
    away_until: datetime | None = None
    """The identity provider does not answer, and without another word of it the session ends then."""

    @property
    def needs_second(self) -> bool:
        """An administrator without one may do nothing but set it up."""
        return Role.ADMINISTRATOR in self.staff.roles and not self.second


def invite(
    session: Session, login: str, *, at: datetime, by: str, within: timedelta = INVITED, mailed: bool = False
) -> str:
    """The secret of a link with which ``login`` chooses a password; earlier links end. Audited.
    Raises UnknownStaff, BoundLogin.

    ``mailed``: it goes to its owner alone; else it is shown to ``by``, which is on record too.
    """
    staff(session, login, at)
    refuse_bound(session, login)
    token = secrets.token_urlsafe(32)
    works = InvitationRow.login == login, InvitationRow.used_at.is_(None), InvitationRow.ends_at > at
    session.execute(update(InvitationRow).where(*works).values(ends_at=at))
    session.add(InvitationRow(token=digest(token), login=login, made_at=at, ends_at=at + within, by=by))
    after = {"link": "mailed" if mailed else "shown"}
    audit(session, at, by, Action.STAFF_INVITE, f"staff:{login}", after=after)
    return token


def invited(session: Session, token: str, at: datetime) -> Staff:
    """Find the owner of a link, who may choose a password with it. Raises BadInvitation."""
    row = session.get(InvitationRow, digest(token))
    if row is None or row.used_at or row.ends_at <= at:
        raise BadInvitation
    held = _held(session, row.login, at, row.made_at)
    if held is None:
        raise BadInvitation
    return held


def accept(
    factory: Sessions, token: str, password: str, *, at: datetime, visitor: Visitor | None = None
) -> str:
    """Choose the password: whose it is. Ends the link, the old second factor,
    every session and every known place.

    Whoever came by the link is known there. Hashing takes its time and keeps nobody's transaction open.
    Raises BadInvitation, WeakPassword.
    """
    with looking(factory) as session:
        member = invited(session, token, at)
    refuse_weak_of(member, password)
    hashed = HASHER.hash(password)
    with transaction(factory) as session:
        unused = InvitationRow.token == digest(token), InvitationRow.used_at.is_(None)
        if not execute(session, update(InvitationRow).where(*unused).values(used_at=at)):
            raise BadInvitation
        _set_password(session, member.login, hashed, at, second="")
        session.execute(delete(KnownPlaceRow).where(KnownPlaceRow.login == member.login))
        if visitor:
            tries.remember(session, member.login, visitor, at)
    return member.login


def change_password(
    factory: Sessions, member: Staff, old: str, new: str, *, at: datetime, visitor: Visitor
) -> WrongProof | MustWait | None:
    """One's own; what is wrong, which counts as at the door. Ends every session. Raises WeakPassword."""
    row = _proves(factory, member.login, old, None, at=at, visitor=visitor)
    if isinstance(row, WrongProof | MustWait):
        return row
    refuse_weak_of(member, new)
    hashed = HASHER.hash(new)
    with transaction(factory) as session:
        _set_password(session, member.login, hashed, at, second=row.second)
    return None


def _proves(
    factory: Sessions, login: str, password: str, code: str | None, *, at: datetime, visitor: Visitor
) -> CredentialRow | WrongProof | MustWait:
    """Prove a signed-in person again: by the password and, unless ``code`` is None, the second factor."""
    with transaction(factory) as session:
        one = tries.begin(session, login, visitor, at)
        row = session.get(CredentialRow, login)
    if isinstance(one, MustWait):
        return one
    right = is_right(row.password if row else "", password)
    with transaction(factory) as session:
        if row is None or not right:
            tries.failed(session, one, "password", at, is_known=True)
            return WrongProof.PASSWORD
        if row.second and code is not None and not seconds.uses(session, row, code, at):
            tries.failed(session, one, "code", at, is_known=True)
            return WrongProof.CODE
        tries.succeeded(session, one, at)
    return row


def has_password(session: Session, login: str) -> bool:
    """Tell whether anything was chosen yet."""
    return session.get(CredentialRow, login) is not None


def administrators_without(session: Session, at: datetime) -> list[str]:
    """Logins of administrators, if none of them has chosen a password yet: then nobody can let anybody in."""
    logins = [one.login for one in everybody(session, at) if Role.ADMINISTRATOR in one.roles]
    return [] if any(has_password(session, login) for login in logins) else logins


def sign_in(
    factory: Sessions, login: str, password: str, code: str, *, at: datetime, visitor: Visitor, browser: str
) -> SignIn | SignInRefusal | MustWait:
    """Check a name, a password and, where set up, a code. An unknown name takes as long as a known one."""
    login = login.strip()[:64]
    with transaction(factory) as session:
        one = tries.begin(session, login, visitor, at)
        row = session.get(CredentialRow, login)
        is_held = row is not None and _held(session, login, at, row.changed_at) is not None
    if isinstance(one, MustWait):
        return one
    right = is_right(row.password if row else "", password)
    if row is None or not is_held or not right:
        with transaction(factory) as session:
            tries.failed(session, one, "password" if is_held else "unknown", at, is_known=is_held)
        return SignInRefusal()
    again = HASHER.hash(password) if HASHER.check_needs_rehash(row.password) else ""
    token = secrets.token_urlsafe(32)
    with transaction(factory) as session:
        if row.second and not code.strip():
            tries.give_back(session, one)
            return SignInRefusal(code_asked=True)
        if row.second and not seconds.uses(session, row, code, at):
            tries.failed(session, one, "code", at, is_known=True)
            return SignInRefusal(code_asked=True)
        recovered = row.second and seconds.is_recovery(code)
        codes = seconds.left(session, login) if recovered else None
        if again:
            session.execute(update(CredentialRow).where(CredentialRow.login == login).values(password=again))
        tries.succeeded(session, one, at)
        begun = SessionRow(token=digest(token), login=login, begun_at=at, seen_at=at)
        begun.address, begun.browser = visitor.address[:45], browser[:120]
        session.add(begun)
        audit(session, at, login, Action.STAFF_SIGN_IN, f"staff:{login}", after={"from": visitor.address})
    metrics.sign_ins.labels("in").inc()
    return SignIn(token, login, codes)


def present(session: Session, token: str, at: datetime) -> SessionHolder | None:
    """Find the owner of a session token: None once the session is over or its owner left the staff."""
    row = session.get(SessionRow, digest(token)) if token else None
    if row is None or row.ended_at or not is_alive(row.begun_at, row.seen_at, at):
        return None
    member = _held(session, row.login, at, row.begun_at)
    if member is None:
        return None
    if row.holds_until and row.checked_at:
        late = row.checked_at + RECHECK + LATE <= at
        away = row.holds_until if late else None
        holder = SessionHolder(member, token, row.is_second_told, by_provider=True, away_until=away)
        return holder if at < row.holds_until else None
    credential = session.get(CredentialRow, row.login)
    return SessionHolder(member, token, bool(credential and credential.second))


def keep_alive(session: Session, token: str, at: datetime) -> None:
    """Record that a session is in use; at most once a minute, so that reading rarely writes."""
    is_due = SessionRow.token == digest(token), SessionRow.seen_at < at - NOTED
    session.execute(update(SessionRow).where(*is_due).values(seen_at=at))


def is_due_a_note(session: Session, token: str, at: datetime) -> bool:
    """Tell whether ``keep_alive`` would write."""
    row = session.get(SessionRow, digest(token))
    return row is not None and row.seen_at < at - NOTED


def sign_out(session: Session, token: str, at: datetime) -> None:
    """End this browser's session."""
    row = session.get(SessionRow, digest(token))
    if row is not None:
        store.end_sessions(session, row.login, at, SessionRow.token == row.token)


def end_sessions(session: Session, login: str, *, at: datetime, by: str, reason: str = "") -> int:
    """End all sessions of a login; returns how many. Audited."""
    ended = store.end_sessions(session, login, at)
    audit(session, at, by, Action.STAFF_SIGN_OUT, f"staff:{login}", after={"ended": ended}, reason=reason)
    return ended


def open_sessions(session: Session, login: str, at: datetime) -> list[SessionRow]:
    """A login's sessions that still count, the latest first."""
    chosen = select(SessionRow).where(SessionRow.login == login, SessionRow.ended_at.is_(None))
    return [
        row
        for row in session.scalars(chosen.order_by(SessionRow.begun_at.desc()))
        if is_alive(row.begun_at, row.seen_at, at)
    ]


def set_second(
    factory: Sessions,
    member: Staff,
    token: str,
    code: str,
    *,
    password: str,
    old: str,
    at: datetime,
    visitor: Visitor,
) -> list[str] | WrongProof | MustWait:
    """Put the secret offered to this session in force: its recovery codes, told this once.

    For the password and, when there is a second factor already, a code of it (or a recovery code).
    """
    with looking(factory) as session:
        here = session.get(SessionRow, digest(token))
        if here is None or step_of(here.offered, code, at) is None:
            return WrongProof.NEW
    proved = _proves(factory, member.login, password, old, at=at, visitor=visitor)
    if isinstance(proved, WrongProof | MustWait):
        return proved
    with transaction(factory) as session:
        return seconds.put(session, member, token, code, at) or WrongProof.NEW


def renew_codes(
    factory: Sessions, member: Staff, *, password: str, code: str, at: datetime, visitor: Visitor
) -> list[str] | WrongProof | MustWait:
    """A new set of recovery codes, told this once, for the password and a code of the second factor."""
    proved = _proves(factory, member.login, password, code, at=at, visitor=visitor)
    if isinstance(proved, WrongProof | MustWait):
        return proved
    if not proved.second:
        return WrongProof.CODE
    with transaction(factory) as session:
        return seconds.renew(session, member, at)


def forget_old(session: Session, at: datetime) -> int:
    """Drop wrong answers that count no longer, and sessions of last month; how many answers."""
    session.execute(delete(SessionRow).where(SessionRow.begun_at < at - timedelta(days=31)))
    return tries.forget(session, at)


def refuse_weak_of(member: Staff, password: str) -> None:
    """Let a password pass that is fit for somebody. Raises WeakPassword."""
    refuse_weak(password, *_about(member))


def _about(member: Staff) -> tuple[str, ...]:
    """Words that others know of a person and would try as a password."""
    return (member.login, member.name, pinyin(member.name), member.email, member.phone)


def _set_password(session: Session, login: str, hashed: str, at: datetime, second: str) -> None:
    row = session.get(CredentialRow, login)
    if row is None:
        row = CredentialRow(login=login, step=0)
        session.add(row)
    row.password, row.changed_at, row.second = hashed, at, second
    if not second:
        seconds.forget(session, login)
    store.end_sessions(session, login, at)
    audit(session, at, login, Action.STAFF_PASSWORD, f"staff:{login}")


def is_right(hashed: str, password: str) -> bool:
    """Tell whether a password is the one that was hashed; compared with nobody's it takes as long."""
    try:
        return HASHER.verify(hashed or _nobody(), password[:1024])
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """The hash that the password of an unknown name is compared with, so that it takes as long."""
    return HASHER.hash(secrets.token_urlsafe(16))


def _held(session: Session, login: str, at: datetime, proved_at: datetime) -> Staff | None:
    """The holder of a login, if it has been theirs without a break since something was proved."""
    try:
        held = tenure(session, login, at)
    except UnknownStaff:
        return None
    return held.member if proved_at >= held.since else None
