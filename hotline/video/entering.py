"""One-time codes, passwords and signed-in browsers of the sign-language service (P6.6).

A wrong login, a wrong password and an account that is locked are answered alike and take the same work; wrong
answers are limited as at the staff's door, and counted apart from theirs.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hotline import allowances, metrics
from hotline.accounts import service, tries
from hotline.accounts.rules import ABSOLUTE, is_alive, refuse_weak
from hotline.accounts.seconds import digest
from hotline.accounts.tries import STRANGER, MustWait, Try, Visitor
from hotline.allowances import LimitedRequest
from hotline.db import Sessions, execute, locked, looking, transaction
from hotline.keys.columns import ring_of
from hotline.keys.finding import has
from hotline.ledger.audit import audit
from hotline.outbox.service import write
from hotline.search import pinyin
from hotline.video.accounts import (
    OF_ONE,
    AccountKind,
    AccountState,
    UnfitContact,
    contact_of,
    end_entries,
    named_account,
)
from hotline.video.store import VideoAccount, VideoCode, VideoEntry

log = structlog.get_logger()
CODE: Final = "N-71"
DIGITS: Final = 8
LASTS: Final = timedelta(minutes=15)
"""A code counts for so long, from when it was asked for."""
WRONG: Final = 5
"""Wrong answers to one code; then it counts no more."""
CODES: Final = 20
"""Codes an hour that one network may ask for."""
SIGNED_IN, CHOSEN, FAILED = "video.sign-in", "video.password", "video.sign-in-failed"
"""The actions under which they stand in the audit log."""
HEARD: Final = timedelta(minutes=1)
"""A browser in use is written down at most so often."""


@dataclass(frozen=True, slots=True)
class VideoRefusal:
    """Login, password or code are wrong, or it is locked; which, nobody is told."""


def ask_code(session: Session, typed: str, address: str, at: datetime) -> None:
    """Ask for a code with which a password is chosen; it is sent if there is somebody to send it to.

    Raises NoAllowance.
    """
    name = _one_form(typed)
    allowances.have(session, LimitedRequest.VIDEO_CODE, address, CODES, at)
    allowances.have(session, LimitedRequest.VIDEO_CONTACT, name, OF_ONE, at)
    session.add(VideoCode(contact=name, asked_at=at))


def is_any_asked(session: Session) -> bool:
    """Tell whether ``send_codes`` would do anything."""
    return session.scalar(select(VideoCode.id).where(~VideoCode.is_handled).limit(1)) is not None


def send_codes(session: Session, at: datetime) -> int:
    """Make and send the codes that were asked for, to whom there is an account of; how many."""
    asked = select(VideoCode).where(~VideoCode.is_handled).order_by(VideoCode.id)
    sent = 0
    for row in session.scalars(asked.with_for_update(skip_locked=True)):
        row.is_handled = True
        account = named_account(session, row.contact)
        if account is None or account.state != AccountState.ACTIVE or at >= row.asked_at + LASTS:
            continue
        code = _code()
        row.digest = _digest(session, row.id, code)
        sent += write(session, CODE, f"video-code:{row.id}", [account.contact], {"proof": code}, at)
    session.flush()
    return sent


def set_password(
    factory: Sessions, typed: str, code: str, password: str, *, at: datetime, visitor: Visitor
) -> VideoRefusal | MustWait | None:
    """Choose a password by a code; every browser is signed out. A password chosen anew is counted (P6.6).

    Raises WeakPassword.
    """
    refuse_weak(password, typed)
    name = _one_form(typed)
    with transaction(factory) as session:
        one = tries.begin(session, _key(session, name), visitor, at)
    if isinstance(one, MustWait):
        return one
    with looking(factory) as session:
        row = _held(session, name)
        about = (row.name, pinyin(row.name)) if row else ()
    hashed = service.HASHER.hash(password)
    with transaction(factory) as session:
        account = _held(session, name)
        if not _uses(session, name, code, at) or account is None:
            _failed(session, one, account, at)
            return VideoRefusal()
        refuse_weak(password, *about)
        tries.succeeded(session, one, at)
        _put(session, account, hashed, at)
    return None


def sign_in(
    factory: Sessions, typed: str, password: str, *, at: datetime, visitor: Visitor
) -> str | VideoRefusal | MustWait:
    """The token of a browser that is signed in; or a refusal that says nothing more."""
    name = _one_form(typed)
    with transaction(factory) as session:
        one = tries.begin(session, _key(session, name), visitor, at)
        row = named_account(session, name)
    if isinstance(one, MustWait):
        return one
    right = service.is_right(row.password if row else "", password)
    token = secrets.token_urlsafe(32)
    with transaction(factory) as session:
        account = locked(session, VideoAccount, row.id) if row else None
        if account is None or account.state != AccountState.ACTIVE or not right:
            _failed(session, one, account, at)
            return VideoRefusal()
        tries.succeeded(session, one, at)
        session.add(VideoEntry(token=digest(token), account=account.id, begun_at=at, seen_at=at))
        audit(session, at, account.subject, SIGNED_IN, account.subject, after={"from": visitor.address})
    metrics.sign_ins.labels("in").inc()
    return token


def present(session: Session, token: str, at: datetime) -> VideoAccount | None:
    """The account of a browser; None once its sign-in is over or the account is not active."""
    entry = session.get(VideoEntry, digest(token)) if token else None
    if entry is None or entry.ended_at:
        return None
    account = session.get(VideoAccount, entry.account)
    if account is None or account.state != AccountState.ACTIVE or not _is_alive(account, entry, at):
        return None
    return account


def is_due_a_note(session: Session, token: str, at: datetime) -> bool:
    """Tell whether ``keep_alive`` would write."""
    entry = session.get(VideoEntry, digest(token))
    return entry is not None and entry.seen_at < at - HEARD


def keep_alive(session: Session, token: str, at: datetime) -> None:
    """Record that a browser is in use."""
    is_due = VideoEntry.token == digest(token), VideoEntry.seen_at < at - HEARD
    session.execute(update(VideoEntry).where(*is_due).values(seen_at=at))


def sign_out(session: Session, token: str, at: datetime) -> None:
    """End this browser's sign-in."""
    is_open = VideoEntry.token == digest(token), VideoEntry.ended_at.is_(None)
    session.execute(update(VideoEntry).where(*is_open).values(ended_at=at))


def forget(session: Session, at: datetime) -> int:
    """Remove codes and sign-ins that are over; how many."""
    codes = execute(session, delete(VideoCode).where(VideoCode.asked_at < at - timedelta(days=1)))
    return codes + execute(session, delete(VideoEntry).where(VideoEntry.begun_at < at - timedelta(days=31)))


def _is_alive(account: VideoAccount, entry: VideoEntry, at: datetime) -> bool:
    """A counter's device stays signed in for a day's work, a citizen's while it is used."""
    if account.kind == AccountKind.COUNTER:
        return at < entry.begun_at + ABSOLUTE
    return is_alive(entry.begun_at, entry.seen_at, at)


def _put(session: Session, account: VideoAccount, hashed: str, at: datetime) -> None:
    account.resets += bool(account.password)
    account.password, account.password_at = hashed, at
    account.is_proved = True
    end_entries(session, account.id, at)
    told = {"password": "chosen", "resets": account.resets}
    audit(session, at, account.subject, CHOSEN, account.subject, after=told)


def _uses(session: Session, name: str, code: str, at: datetime) -> bool:
    """Tell whether a code is right and counts; it is used now, by one of two that come at once.

    The latest that was sent alone counts. Where none was, as much is compared.
    """
    chosen = select(VideoCode).where(has(VideoCode.contact_hash, name), VideoCode.digest != "")
    row = session.scalars(chosen.order_by(VideoCode.id.desc()).limit(1).with_for_update()).first()
    typed = "".join(code.split())[:DIGITS]
    is_right = hmac.compare_digest(
        _digest(session, row.id if row else 0, typed), row.digest if row else "-" * 32
    )
    if row is None or row.used_at or row.wrong >= WRONG or at >= row.asked_at + LASTS:
        return False
    if is_right:
        row.used_at = at
    else:
        row.wrong += 1
    return is_right


def _held(session: Session, name: str) -> VideoAccount | None:
    row = named_account(session, name)
    return row if row is not None and row.state == AccountState.ACTIVE else None


def _failed(session: Session, one: Try, account: VideoAccount | None, at: datetime) -> None:
    metrics.sign_ins.labels("wrong").inc()
    log.warning("video.sign_in_failed", address=one.visitor.address)
    subject = account.subject if account else "sign-in:unknown"
    audit(session, at, STRANGER, FAILED, subject, after={"from": one.visitor.address})


def _one_form(typed: str) -> str:
    """A login or contact in the one form in which it is looked for and counted."""
    try:
        return contact_of(typed)
    except UnfitContact:
        return typed.strip()[:64]


def _key(session: Session, name: str) -> str:
    """The name under which tries are counted; it tells nobody's number."""
    return f"sign:{ring_of(session.get_bind().dialect).digest('video sign-in', name)}"


def _digest(session: Session, number: int, code: str) -> str:
    return ring_of(session.get_bind().dialect).digest("video code", f"{number}:{code}")


def _code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
